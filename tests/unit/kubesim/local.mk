# The parts of tests/kubesim that need no event loop.
check_PROGRAMS += tests/unit/kubesim/kubesim-tests
TESTS += tests/unit/kubesim/kubesim-tests
tests_unit_kubesim_kubesim_tests_SOURCES = \
	tests/unit/kubesim/test_apf.c \
	tests/unit/kubesim/test_h1.c \
	tests/unit/kubesim/test_apply.c \
	tests/unit/kubesim/test_json.c \
	tests/unit/kubesim/test_media.c \
	tests/unit/kubesim/test_list_options.c \
	tests/unit/kubesim/test_patch.c \
	tests/unit/kubesim/protobuf_samples.h \
	tests/unit/kubesim/test_protobuf.c \
	tests/unit/kubesim/test_registry.c \
	tests/unit/kubesim/test_request.c \
	tests/unit/kubesim/test_store.c \
	tests/unit/kubesim/test_tunnel.c
tests_unit_kubesim_kubesim_tests_CPPFLAGS = $(UNIT_CPPFLAGS) $(CJSON_CFLAGS) \
	$(OPENSSL_CFLAGS) $(ZLIB_CFLAGS)
tests_unit_kubesim_kubesim_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_kubesim_kubesim_tests_LDADD = libkubesim.a libconf.a libbase.a \
	$(CJSON_LIBS) $(YAML_LIBS) $(OPENSSL_LIBS) $(ZLIB_LIBS) \
	$(CRITERION_LIBS)
