# What a classification costs: tests/bench/classify-bench prints a table.
noinst_PROGRAMS += tests/bench/classify-bench
tests_bench_classify_bench_SOURCES = tests/bench/classify-bench.c
tests_bench_classify_bench_CPPFLAGS = $(AM_CPPFLAGS) $(CJSON_CFLAGS)
tests_bench_classify_bench_LDADD = libpolicy.a libbase.a $(CJSON_LIBS)
