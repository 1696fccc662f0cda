libproxy_a_SOURCES += \
	proxy/wire/carrier.h \
	proxy/wire/conn.c proxy/wire/conn.h \
	proxy/wire/field_name.c \
	proxy/wire/fields.c proxy/wire/fields.h proxy/wire/fields_impl.h \
	proxy/wire/flood.c proxy/wire/flood.h \
	proxy/wire/h1.c proxy/wire/h1_impl.h \
	proxy/wire/h1_chunks.c proxy/wire/h1_chunks.h \
	proxy/wire/h1_framing.c proxy/wire/h1_framing.h \
	proxy/wire/h1_head.c \
	proxy/wire/h1_parser.c proxy/wire/h1_parser.h \
	proxy/wire/h1_recv.c \
	proxy/wire/h1_send.c \
	proxy/wire/h1_syntax.c proxy/wire/h1_syntax.h \
	proxy/wire/h2.c proxy/wire/h2_impl.h \
	proxy/wire/h2_recv.c \
	proxy/wire/h2_send.c \
	proxy/wire/linger.c proxy/wire/linger.h \
	proxy/wire/listener.c \
	proxy/wire/pool.c proxy/wire/pool.h \
	proxy/wire/refusal.c proxy/wire/refusal.h \
	proxy/wire/relay.c proxy/wire/relay.h \
	proxy/wire/session.c proxy/wire/session.h \
	proxy/wire/session_sweep.c \
	proxy/wire/stream.c proxy/wire/stream.h \
	proxy/wire/tls.c proxy/wire/tls.h \
	proxy/wire/wire.c proxy/wire/wire_impl.h
