# Unit tests of proxy/replicas/.
check_PROGRAMS += tests/unit/proxy/replicas-tests
TESTS += tests/unit/proxy/replicas-tests
tests_unit_proxy_replicas_tests_SOURCES = \
	tests/unit/proxy/replicas/test_lease.c
tests_unit_proxy_replicas_tests_CPPFLAGS = $(UNIT_CPPFLAGS) $(CJSON_CFLAGS)
tests_unit_proxy_replicas_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_proxy_replicas_tests_LDADD = libproxy.a libpolicy.a libbase.a \
	$(CJSON_LIBS) $(CRITERION_LIBS)
