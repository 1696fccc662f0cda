# The in-memory API server: a test double, not installed.
noinst_PROGRAMS += tests/kubesim/kubesim
noinst_LIBRARIES += libkubesim.a
# What needs no event loop: the unit tests use it as well.
libkubesim_a_SOURCES = \
	tests/kubesim/apf.c tests/kubesim/apf.h \
	tests/kubesim/apf_config.c tests/kubesim/apf_config.h \
	tests/kubesim/apply.c tests/kubesim/apply.h \
	tests/kubesim/apply_merge.c tests/kubesim/apply_merge.h \
	tests/kubesim/apply_schema.c tests/kubesim/apply_schema.h \
	tests/kubesim/apply_set.c tests/kubesim/apply_set.h \
	tests/kubesim/dropped.c tests/kubesim/dropped.h \
	tests/kubesim/faults.c tests/kubesim/faults.h \
	tests/kubesim/h1_chunks.c tests/kubesim/h1_chunks.h \
	tests/kubesim/h1_head.c tests/kubesim/h1_head.h \
	tests/kubesim/fields.c tests/kubesim/fields.h \
	tests/kubesim/identity.c tests/kubesim/identity.h \
	tests/kubesim/json.c tests/kubesim/json.h \
	tests/kubesim/json_scan.c tests/kubesim/json_scan.h \
	tests/kubesim/kinds.c tests/kubesim/kinds.h \
	tests/kubesim/list_options.c tests/kubesim/list_options.h \
	tests/kubesim/media.c tests/kubesim/media.h \
	tests/kubesim/patch.c tests/kubesim/patch.h \
	tests/kubesim/program.c tests/kubesim/program.h \
	tests/kubesim/preload.c tests/kubesim/preload.h \
	tests/kubesim/protobuf.h \
	tests/kubesim/protobuf_decode.c \
	tests/kubesim/protobuf_encode.c \
	tests/kubesim/protobuf_time.c tests/kubesim/protobuf_time.h \
	tests/kubesim/protobuf_type.c tests/kubesim/protobuf_type.h \
	tests/kubesim/protobuf_type_container.c \
	tests/kubesim/protobuf_type_meta.c \
	tests/kubesim/protobuf_type_pod.c \
	tests/kubesim/protobuf_type_small.c \
	tests/kubesim/protobuf_type_volume.c \
	tests/kubesim/registry.c tests/kubesim/registry.h \
	tests/kubesim/registry_delete.c tests/kubesim/registry_impl.h \
	tests/kubesim/request.c tests/kubesim/request.h \
	tests/kubesim/resource.c tests/kubesim/resource.h \
	tests/kubesim/selector.c tests/kubesim/selector.h \
	tests/kubesim/spdy.c tests/kubesim/spdy.h \
	tests/kubesim/status.c tests/kubesim/status.h \
	tests/kubesim/store.c tests/kubesim/store.h \
	tests/kubesim/strategic.c \
	tests/kubesim/table.c tests/kubesim/table.h \
	tests/kubesim/websocket.c tests/kubesim/websocket.h \
	tests/kubesim/yaml.c tests/kubesim/yaml.h
libkubesim_a_CPPFLAGS = $(AM_CPPFLAGS) $(CJSON_CFLAGS) $(OPENSSL_CFLAGS) \
	$(ZLIB_CFLAGS)

tests_kubesim_kubesim_SOURCES = \
	tests/kubesim/admin.c tests/kubesim/admin.h \
	tests/kubesim/api.c tests/kubesim/api.h \
	tests/kubesim/authn.c \
	tests/kubesim/permissions.c tests/kubesim/permissions.h \
	tests/kubesim/body.c tests/kubesim/body.h \
	tests/kubesim/carrier_spdy.c \
	tests/kubesim/carrier_websocket.c \
	tests/kubesim/connect.c tests/kubesim/connect.h \
	tests/kubesim/discovery.c tests/kubesim/discovery.h \
	tests/kubesim/encode.c tests/kubesim/encode.h \
	tests/kubesim/exchange.c tests/kubesim/exchange.h \
	tests/kubesim/gzip.c tests/kubesim/gzip.h \
	tests/kubesim/h1.c \
	tests/kubesim/h2.c \
	tests/kubesim/keep.c tests/kubesim/keep.h \
	tests/kubesim/ledger.c tests/kubesim/ledger.h \
	tests/kubesim/main.c \
	tests/kubesim/openapi.c tests/kubesim/openapi.h \
	tests/kubesim/pki.c tests/kubesim/pki.h \
	tests/kubesim/podlog.c tests/kubesim/podlog.h \
	tests/kubesim/remote.c tests/kubesim/remote.h \
	tests/kubesim/response.c tests/kubesim/response.h \
	tests/kubesim/rest.c tests/kubesim/rest.h \
	tests/kubesim/rest_apply.c \
	tests/kubesim/rest_read.c \
	tests/kubesim/rest_write.c \
	tests/kubesim/review.c tests/kubesim/review.h \
	tests/kubesim/server.c tests/kubesim/server.h \
	tests/kubesim/session.c tests/kubesim/session.h \
	tests/kubesim/source.c tests/kubesim/source.h \
	tests/kubesim/tunnel.c tests/kubesim/tunnel.h \
	tests/kubesim/watch.c tests/kubesim/watch.h
tests_kubesim_kubesim_CPPFLAGS = $(AM_CPPFLAGS) $(LIBEVENT_CFLAGS) \
	$(OPENSSL_CFLAGS) $(NGHTTP2_CFLAGS) $(CJSON_CFLAGS) $(ZLIB_CFLAGS)
tests_kubesim_kubesim_LDADD = libkubesim.a libconf.a libbase.a $(LIBEVENT_LIBS) \
	-levent_openssl $(OPENSSL_LIBS) $(NGHTTP2_LIBS) $(CJSON_LIBS) \
	$(YAML_LIBS) $(ZLIB_LIBS)

TESTS += tests/e2e/kubesim-faults.sh tests/e2e/kubesim-kubectl.sh \
	tests/e2e/kubesim_h1.py tests/e2e/kubesim_upgrade.py
EXTRA_DIST += \
	tests/e2e/kubesim-compare.sh \
	tests/e2e/kubesim-faults.sh \
	tests/e2e/kubesim-kubectl.sh \
	tests/e2e/kubesim_protobuf.py \
	tests/e2e/kubesim-requests.txt \
	tests/e2e/kubesim_h1.py tests/e2e/kubesim_h1.txt \
	tests/e2e/kubesim_upgrade.py
