# Unit tests of proxy/loop/ and proxy/wire/, and of sessions of ours that talk
# over loopback to each other or to hostile peers.
check_PROGRAMS += tests/unit/proxy/wire-tests
TESTS += tests/unit/proxy/wire-tests
tests_unit_proxy_wire_tests_SOURCES = \
	tests/unit/proxy/wire/certs.c \
	tests/unit/proxy/wire/certs.h \
	tests/unit/proxy/wire/loopback.c \
	tests/unit/proxy/wire/loopback.h \
	tests/unit/proxy/wire/raw_peer.c \
	tests/unit/proxy/wire/raw_peer.h \
	tests/unit/proxy/wire/test_bell.c \
	tests/unit/proxy/wire/test_client_peer.c \
	tests/unit/proxy/wire/test_closed_streams.c \
	tests/unit/proxy/wire/test_fields.c \
	tests/unit/proxy/wire/test_file_watch.c \
	tests/unit/proxy/wire/test_flood.c \
	tests/unit/proxy/wire/test_h1_client.c \
	tests/unit/proxy/wire/test_h1_ends.c \
	tests/unit/proxy/wire/test_h1_protocols.c \
	tests/unit/proxy/wire/test_h1_refused.c \
	tests/unit/proxy/wire/test_h1_server.c \
	tests/unit/proxy/wire/test_h1_tunnel.c \
	tests/unit/proxy/wire/test_listener.c \
	tests/unit/proxy/wire/test_loop.c \
	tests/unit/proxy/wire/test_pool.c \
	tests/unit/proxy/wire/test_random.c \
	tests/unit/proxy/wire/test_relay.c \
	tests/unit/proxy/wire/test_server_peer.c \
	tests/unit/proxy/wire/test_session.c \
	tests/unit/proxy/wire/test_stream.c \
	tests/unit/proxy/wire/text_peer.c \
	tests/unit/proxy/wire/text_peer.h
tests_unit_proxy_wire_tests_CPPFLAGS = $(UNIT_CPPFLAGS) $(LIBEVENT_CFLAGS) \
	$(OPENSSL_CFLAGS) $(NGHTTP2_CFLAGS)
tests_unit_proxy_wire_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_proxy_wire_tests_LDADD = libproxy.a libconf.a libbase.a \
	$(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(NGHTTP2_LIBS) $(HTTP_PARSER_LIBS) \
	$(CRITERION_LIBS)
