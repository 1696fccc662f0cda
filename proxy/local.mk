# The program: everything that touches the world.
bin_PROGRAMS += fairway
fairway_SOURCES = proxy/main.c
fairway_CPPFLAGS = $(AM_CPPFLAGS) $(LIBEVENT_CFLAGS) $(OPENSSL_CFLAGS) \
	$(NGHTTP2_CFLAGS) $(CJSON_CFLAGS) $(YAML_CFLAGS)
fairway_LDADD = libproxy.a libconf.a libsim.a libpolicy.a libbase.a \
	$(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(NGHTTP2_LIBS) $(HTTP_PARSER_LIBS) $(CJSON_LIBS) \
	$(YAML_LIBS) $(SECCOMP_LIBS)

noinst_LIBRARIES += libproxy.a
libproxy_a_SOURCES =
libproxy_a_CPPFLAGS = $(fairway_CPPFLAGS)
include proxy/loop/local.mk
include proxy/harden/local.mk
include proxy/wire/local.mk
include proxy/identity/local.mk
include proxy/journal/local.mk
include proxy/exchange/local.mk
include proxy/observe/local.mk
include proxy/replicas/local.mk
include proxy/sweep/local.mk
include proxy/simulate/local.mk
include proxy/cli/local.mk

dist_man_MANS += docs/fairway.1 docs/fairway.yaml.5
