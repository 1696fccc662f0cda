# Unit tests of proxy/exchange/: what can be told without a connection.
check_PROGRAMS += tests/unit/proxy/exchange-tests
TESTS += tests/unit/proxy/exchange-tests
tests_unit_proxy_exchange_tests_SOURCES = \
	tests/unit/proxy/exchange/test_address_book.c \
	tests/unit/proxy/exchange/test_boundary.c \
	tests/unit/proxy/exchange/test_guard.c \
	tests/unit/proxy/exchange/test_identity_cache.c \
	tests/unit/proxy/exchange/test_impersonation.c \
	tests/unit/proxy/exchange/test_lookup.c \
	tests/unit/proxy/exchange/test_pace.c \
	tests/unit/proxy/exchange/test_principal.c \
	tests/unit/proxy/exchange/test_rebase.c \
	tests/unit/proxy/exchange/test_replay_queues.c \
	tests/unit/proxy/exchange/test_reply.c \
	tests/unit/proxy/exchange/test_request_head.c \
	tests/unit/proxy/exchange/test_review_text.c \
	tests/unit/proxy/exchange/test_tap.c \
	tests/unit/proxy/exchange/test_response_head.c
tests_unit_proxy_exchange_tests_CPPFLAGS = $(UNIT_CPPFLAGS) \
	$(LIBEVENT_CFLAGS) $(NGHTTP2_CFLAGS) $(CJSON_CFLAGS)
tests_unit_proxy_exchange_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_proxy_exchange_tests_LDADD = libproxy.a libconf.a libpolicy.a libbase.a \
	$(LIBEVENT_LIBS) $(NGHTTP2_LIBS) $(HTTP_PARSER_LIBS) $(CJSON_LIBS) \
	$(CRITERION_LIBS)
