# Unit tests of proxy/wire/: what can be told without a connection.
check_PROGRAMS += tests/unit/proxy/wire-tests
TESTS += tests/unit/proxy/wire-tests
tests_unit_proxy_wire_tests_SOURCES = \
	tests/unit/proxy/wire/test_fields.c \
	tests/unit/proxy/wire/test_flood.c \
	tests/unit/proxy/wire/test_relay.c
tests_unit_proxy_wire_tests_CPPFLAGS = $(UNIT_CPPFLAGS) $(NGHTTP2_CFLAGS)
tests_unit_proxy_wire_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_proxy_wire_tests_LDADD = libproxy.a libbase.a \
	$(NGHTTP2_LIBS) $(CRITERION_LIBS)
