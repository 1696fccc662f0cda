# Unit tests of proxy/observe/ and proxy/identity/.
check_PROGRAMS += tests/unit/proxy/observe-tests
TESTS += tests/unit/proxy/observe-tests
tests_unit_proxy_observe_tests_SOURCES = \
	tests/unit/proxy/observe/test_audit.c \
	tests/unit/proxy/observe/test_audit_event.c \
	tests/unit/proxy/observe/test_audit_file.c \
	tests/unit/proxy/observe/test_audit_sink.c \
	tests/unit/proxy/observe/test_client_ca.c \
	tests/unit/proxy/observe/test_history.c \
	tests/unit/proxy/observe/test_log.c \
	tests/unit/proxy/observe/test_log_pace.c \
	tests/unit/proxy/observe/test_metrics.c \
	tests/unit/proxy/observe/test_own_token.c \
	tests/unit/proxy/observe/test_path_walk.c \
	tests/unit/proxy/observe/test_pki.c
tests_unit_proxy_observe_tests_CPPFLAGS = $(UNIT_CPPFLAGS) $(CJSON_CFLAGS) \
	$(OPENSSL_CFLAGS)
tests_unit_proxy_observe_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_proxy_observe_tests_LDADD = libproxy.a libconf.a libpolicy.a \
	libbase.a $(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(NGHTTP2_LIBS) $(HTTP_PARSER_LIBS) \
	$(CJSON_LIBS) $(YAML_LIBS) $(CRITERION_LIBS)
