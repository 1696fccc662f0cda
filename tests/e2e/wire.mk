# A server with proxy/wire/ alone; not run by `make check`.
noinst_PROGRAMS += tests/e2e/wire-echo
tests_e2e_wire_echo_SOURCES = tests/e2e/wire-echo.c
tests_e2e_wire_echo_CPPFLAGS = $(fairway_CPPFLAGS)
tests_e2e_wire_echo_LDADD = libproxy.a libconf.a libbase.a \
	$(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(NGHTTP2_LIBS) $(HTTP_PARSER_LIBS)
