# libFuzzer programs for the classifier and its scanner, each with a corpus:
#	tests/fuzz/fuzz_classify DIR tests/fuzz/corpus/classify
# Coverage of the libraries too: CC=clang CFLAGS='-g -O1
# -fsanitize=fuzzer-no-link' --enable-fuzzers --with-sanitizer=...
if FUZZERS
noinst_PROGRAMS += \
	tests/fuzz/fuzz_classify \
	tests/fuzz/fuzz_json

tests_fuzz_fuzz_classify_SOURCES = tests/fuzz/fuzz_classify.c
tests_fuzz_fuzz_classify_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_classify_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_classify_LDADD = libpolicy.a libbase.a

tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c
tests_fuzz_fuzz_json_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_json_LDADD = libbase.a
endif

