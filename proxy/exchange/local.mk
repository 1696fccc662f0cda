libproxy_a_SOURCES += \
	proxy/exchange/address_book.c proxy/exchange/address_book.h \
	proxy/exchange/apart.c proxy/exchange/apart.h \
	proxy/exchange/attempt.c \
	proxy/exchange/attempt_start.c \
	proxy/exchange/authenticate.c \
	proxy/exchange/boundary.c proxy/exchange/boundary.h \
	proxy/exchange/client_identity.c \
	proxy/exchange/client_identity.h \
	proxy/exchange/decimal.h \
	proxy/exchange/drain.c proxy/exchange/drain.h \
	proxy/exchange/endpoint.c proxy/exchange/endpoint.h \
	proxy/exchange/errand.c proxy/exchange/errand.h \
	proxy/exchange/exchange.c proxy/exchange/exchange.h \
	proxy/exchange/guard.c proxy/exchange/guard.h \
	proxy/exchange/intake.c \
	proxy/exchange/intents.c proxy/exchange/intents.h \
	proxy/exchange/intents_client.c \
	proxy/exchange/intents_order.c \
	proxy/exchange/intent_stats.h \
	proxy/exchange/identity_cache.c \
	proxy/exchange/identity_cache.h \
	proxy/exchange/impersonation.c proxy/exchange/impersonation.h \
	proxy/exchange/lookup.c proxy/exchange/lookup.h \
	proxy/exchange/order.c proxy/exchange/order.h \
	proxy/exchange/passing.c \
	proxy/exchange/pace.c proxy/exchange/pace.h \
	proxy/exchange/pending.c proxy/exchange/pending.h \
	proxy/exchange/pool.c proxy/exchange/pool.h \
	proxy/exchange/principal.c proxy/exchange/principal.h \
	proxy/exchange/probe.c proxy/exchange/probe.h \
	proxy/exchange/pump.c proxy/exchange/pump.h \
	proxy/exchange/reconfigure.c \
	proxy/exchange/rebase.c proxy/exchange/rebase.h \
	proxy/exchange/record.c proxy/exchange/record.h \
	proxy/exchange/removal_note.c proxy/exchange/removal_note.h \
	proxy/exchange/replay.c proxy/exchange/replay.h \
	proxy/exchange/replay_queues.c proxy/exchange/replay_queues.h \
	proxy/exchange/reply.c proxy/exchange/reply.h \
	proxy/exchange/request_head.c proxy/exchange/request_head.h \
	proxy/exchange/response_head.c proxy/exchange/response_head.h \
	proxy/exchange/review_stats.h \
	proxy/exchange/review_text.c proxy/exchange/review_text.h \
	proxy/exchange/reviews.c proxy/exchange/reviews.h \
	proxy/exchange/server.c proxy/exchange/server.h \
	proxy/exchange/server_impl.h \
	proxy/exchange/tap.c proxy/exchange/tap.h \
	proxy/exchange/tunnel.c proxy/exchange/tunnel.h \
	proxy/exchange/upstream.c proxy/exchange/upstream.h
