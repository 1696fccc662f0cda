# One Criterion program for the scheduler of policy/.
check_PROGRAMS += tests/unit/policy/policy-tests
TESTS += tests/unit/policy/policy-tests
tests_unit_policy_policy_tests_SOURCES = \
	tests/unit/policy/test_abort.c \
	tests/unit/policy/test_apart.c \
	tests/unit/policy/test_door.c \
	tests/unit/policy/test_drained.c \
	tests/unit/policy/test_fair_queue.c \
	tests/unit/policy/test_health.c \
	tests/unit/policy/test_intents.c \
	tests/unit/policy/test_homes.c \
	tests/unit/policy/test_level.c \
	tests/unit/policy/test_limits.c \
	tests/unit/policy/test_memo.c \
	tests/unit/policy/test_object_seen.c \
	tests/unit/policy/test_objects.c \
	tests/unit/policy/test_outage.c \
	tests/unit/policy/test_priority.c \
	tests/unit/policy/test_quotas.c \
	tests/unit/policy/test_reconfigure.c \
	tests/unit/policy/test_retry.c \
	tests/unit/policy/test_retry_after.c \
	tests/unit/policy/test_shadow.c \
	tests/unit/policy/test_shares.c \
	tests/unit/policy/test_shares_random.c \
	tests/unit/policy/test_rules.c \
	tests/unit/policy/test_rules_random.c \
	tests/unit/policy/test_token_bucket.c \
	tests/unit/policy/test_total.c \
	tests/unit/policy/test_verdict.c \
	tests/unit/policy/test_walk.c \
	tests/unit/policy/test_world.c \
	tests/sim/oracle.c tests/sim/oracle.h \
	tests/sim/variation.c tests/sim/variation.h \
	tests/sim/walk.c tests/sim/walk.h \
	$(SIM_WORLD)
tests_unit_policy_policy_tests_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_policy_policy_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_policy_tests_LDADD = libsim.a libpolicy.a libbase.a \
	$(CRITERION_LIBS)
