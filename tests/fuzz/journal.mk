# libFuzzer program for the journal's reader:
#	tests/fuzz/fuzz_journal DIR tests/fuzz/corpus/journal
FUZZ_JOURNAL = tests/fuzz/fuzz_journal.c \
	tests/unit/proxy/journal/fake_disk.c \
	tests/unit/proxy/journal/fake_disk.h
FUZZ_JOURNAL_LIBS = libproxy.a libbase.a $(OPENSSL_LIBS)

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_journal

tests_fuzz_fuzz_journal_CPPFLAGS = $(fairway_CPPFLAGS)
tests_fuzz_fuzz_journal_SOURCES = $(FUZZ_JOURNAL)
tests_fuzz_fuzz_journal_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_journal_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_journal_LDADD = $(FUZZ_JOURNAL_LIBS)
endif
