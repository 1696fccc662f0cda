# libFuzzer program for what a response's head tells policy.
if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_retry_after

tests_fuzz_fuzz_retry_after_CPPFLAGS = $(fairway_CPPFLAGS)
tests_fuzz_fuzz_retry_after_SOURCES = tests/fuzz/fuzz_retry_after.c
tests_fuzz_fuzz_retry_after_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_retry_after_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_retry_after_LDADD = libproxy.a libpolicy.a libbase.a \
	$(NGHTTP2_LIBS) $(HTTP_PARSER_LIBS)
endif
