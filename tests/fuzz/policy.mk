# libFuzzer programs for the scheduler and the rules:
#	tests/fuzz/fuzz_policy -max_len=3000
# Coverage of the library too: see classify.mk.
FUZZ_POLICY = tests/fuzz/fuzz_policy.c \
	tests/sim/oracle.c tests/sim/oracle.h \
	tests/sim/variation.c tests/sim/variation.h \
	tests/sim/walk.c tests/sim/walk.h

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_policy tests/fuzz/fuzz_rules \
	tests/fuzz/fuzz_sweep

tests_fuzz_fuzz_sweep_SOURCES = tests/fuzz/fuzz_sweep.c
tests_fuzz_fuzz_sweep_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_sweep_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_sweep_LDADD = libpolicy.a libbase.a

tests_fuzz_fuzz_policy_SOURCES = $(FUZZ_POLICY)
tests_fuzz_fuzz_policy_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_policy_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_policy_LDADD = libpolicy.a libbase.a

tests_fuzz_fuzz_rules_SOURCES = tests/fuzz/fuzz_rules.c
tests_fuzz_fuzz_rules_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_rules_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_rules_LDADD = libpolicy.a libbase.a
endif
