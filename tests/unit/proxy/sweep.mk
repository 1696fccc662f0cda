# Unit tests of proxy/sweep/, as far as it asks nobody.
check_PROGRAMS += tests/unit/proxy/sweep-tests
TESTS += tests/unit/proxy/sweep-tests
tests_unit_proxy_sweep_tests_SOURCES = \
	tests/unit/proxy/sweep/test_metrics.c \
	tests/unit/proxy/sweep/test_record.c \
	tests/unit/proxy/sweep/test_target.c
tests_unit_proxy_sweep_tests_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_proxy_sweep_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_proxy_sweep_tests_LDADD = $(tests_unit_proxy_observe_tests_LDADD)
