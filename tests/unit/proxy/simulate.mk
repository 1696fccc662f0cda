# Unit tests of proxy/simulate/.
check_PROGRAMS += tests/unit/proxy/simulate-tests
TESTS += tests/unit/proxy/simulate-tests
tests_unit_proxy_simulate_tests_SOURCES = \
	tests/unit/proxy/simulate/test_access_line.c \
	tests/unit/proxy/simulate/test_audit_line.c \
	tests/unit/proxy/simulate/test_rehearsal.c
tests_unit_proxy_simulate_tests_CPPFLAGS = $(UNIT_CPPFLAGS) $(CJSON_CFLAGS)
tests_unit_proxy_simulate_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_proxy_simulate_tests_LDADD = libproxy.a libconf.a libsim.a \
	libpolicy.a libbase.a $(CJSON_LIBS) $(CRITERION_LIBS)
