# libFuzzer program for HTTP/1.1:
#	tests/fuzz/fuzz_h1 DIR tests/fuzz/corpus/h1
FUZZ_H1_LIBS = libproxy.a libbase.a $(LIBEVENT_LIBS) $(OPENSSL_LIBS) \
	$(NGHTTP2_LIBS) $(HTTP_PARSER_LIBS)

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_h1

tests_fuzz_fuzz_h1_CPPFLAGS = $(fairway_CPPFLAGS)
tests_fuzz_fuzz_h1_SOURCES = tests/fuzz/fuzz_h1.c
tests_fuzz_fuzz_h1_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_h1_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_h1_LDADD = $(FUZZ_H1_LIBS)
endif
