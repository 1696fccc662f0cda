# What looking at an answer costs: tests/bench/tap-bench prints a table.
noinst_PROGRAMS += tests/bench/tap-bench
tests_bench_tap_bench_SOURCES = tests/bench/tap-bench.c
tests_bench_tap_bench_CPPFLAGS = $(fairway_CPPFLAGS)
tests_bench_tap_bench_LDADD = libproxy.a libpolicy.a libbase.a
