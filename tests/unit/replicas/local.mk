# Unit tests of policy/replicas/, and the walk of several of them.
check_PROGRAMS += tests/unit/replicas/replicas-tests
TESTS += tests/unit/replicas/replicas-tests
tests_unit_replicas_replicas_tests_SOURCES = \
	tests/unit/replicas/fleet.c tests/unit/replicas/fleet.h \
	tests/unit/replicas/test_demand.c \
	tests/unit/replicas/test_division.c \
	tests/unit/replicas/test_fleet.c \
	tests/unit/replicas/test_peers.c \
	tests/unit/replicas/test_replica.c \
	tests/unit/replicas/test_walk.c
tests_unit_replicas_replicas_tests_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_replicas_replicas_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_replicas_replicas_tests_LDADD = libpolicy.a libbase.a \
	$(CRITERION_LIBS)
