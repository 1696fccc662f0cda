# libFuzzer program for the scheduler:
#	tests/fuzz/fuzz_policy -max_len=3000
# Coverage of the library too: see classify.mk.
if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_policy

tests_fuzz_fuzz_policy_SOURCES = tests/fuzz/fuzz_policy.c \
	tests/sim/oracle.c tests/sim/oracle.h \
	tests/sim/walk.c tests/sim/walk.h
tests_fuzz_fuzz_policy_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_policy_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_policy_LDADD = libpolicy.a libbase.a
endif
