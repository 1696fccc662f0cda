# What a decision costs: tests/bench/policy-bench prints a table.
noinst_PROGRAMS += tests/bench/policy-bench
tests_bench_policy_bench_SOURCES = tests/bench/policy-bench.c
tests_bench_policy_bench_LDADD = libpolicy.a libbase.a
