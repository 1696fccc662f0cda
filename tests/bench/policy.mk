# What a decision costs: tests/bench/policy-bench prints a table.
noinst_PROGRAMS += tests/bench/policy-bench
tests_bench_policy_bench_SOURCES = tests/bench/policy-bench.c
tests_bench_policy_bench_LDADD = libpolicy.a libbase.a
EXTRA_DIST += tests/bench/policy-instructions.sh

# … its instructions, and what a classification costs.
bench-policy: tests/bench/policy-bench tests/bench/classify-bench
	tests/bench/policy-bench
	$(srcdir)/tests/bench/policy-instructions.sh tests/bench/policy-bench
	tests/bench/classify-bench
.PHONY: bench-policy
