# One Criterion program for the proofs of policy/sweep/.
check_PROGRAMS += tests/unit/sweep/sweep-tests
TESTS += tests/unit/sweep/sweep-tests
tests_unit_sweep_sweep_tests_SOURCES = \
	tests/unit/sweep/test_discovery.c \
	tests/unit/sweep/test_list.c \
	tests/unit/sweep/test_memory.c \
	tests/unit/sweep/test_plan.c \
	tests/unit/sweep/test_proof.c \
	tests/unit/sweep/test_rule.c
tests_unit_sweep_sweep_tests_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_sweep_sweep_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_sweep_sweep_tests_LDADD = libpolicy.a libbase.a $(CRITERION_LIBS)
