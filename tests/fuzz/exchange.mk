# libFuzzer programs for what a response's head tells policy, and for what is
# looked at of its body; for logs that `fairway simulate` reads.
FUZZ_SIMULATE_LIBS = libproxy.a libconf.a libsim.a libpolicy.a libbase.a \
	$(CJSON_LIBS)

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_object_seen tests/fuzz/fuzz_retry_after \
	tests/fuzz/fuzz_simulate

tests_fuzz_fuzz_simulate_CPPFLAGS = $(fairway_CPPFLAGS)
tests_fuzz_fuzz_simulate_SOURCES = tests/fuzz/fuzz_simulate.c
tests_fuzz_fuzz_simulate_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_simulate_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_simulate_LDADD = $(FUZZ_SIMULATE_LIBS)

tests_fuzz_fuzz_object_seen_CPPFLAGS = $(fairway_CPPFLAGS)
tests_fuzz_fuzz_object_seen_SOURCES = tests/fuzz/fuzz_object_seen.c
tests_fuzz_fuzz_object_seen_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_object_seen_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_object_seen_LDADD = libproxy.a libpolicy.a libbase.a

tests_fuzz_fuzz_retry_after_CPPFLAGS = $(fairway_CPPFLAGS)
tests_fuzz_fuzz_retry_after_SOURCES = tests/fuzz/fuzz_retry_after.c
tests_fuzz_fuzz_retry_after_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_retry_after_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_retry_after_LDADD = libproxy.a libpolicy.a libbase.a \
	$(NGHTTP2_LIBS) $(HTTP_PARSER_LIBS)
endif
