# One Criterion program for conf/.
check_PROGRAMS += tests/unit/conf/conf-tests tests/unit/conf/config-tool
TESTS += tests/unit/conf/conf-tests
tests_unit_conf_conf_tests_SOURCES = \
	tests/unit/conf/broken.c tests/unit/conf/broken.h \
	tests/unit/conf/fixture.c tests/unit/conf/fixture.h \
	tests/unit/conf/test_config.c \
	tests/unit/conf/test_config_relations.c \
	tests/unit/conf/test_config_values.c \
	tests/unit/conf/test_every_key.c \
	tests/unit/conf/test_kubeconfig.c \
	tests/unit/conf/test_kubeconfig_write.c \
	tests/unit/conf/test_reload.c \
	tests/unit/conf/test_server_url.c \
	tests/unit/conf/test_suggest.c \
	tests/unit/conf/test_sweep_config.c \
	tests/unit/conf/test_text_file.c \
	tests/unit/conf/test_yaml_doc.c
tests_unit_conf_conf_tests_CPPFLAGS = $(UNIT_CPPFLAGS) -D_GNU_SOURCE
tests_unit_conf_conf_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_conf_conf_tests_LDADD = libconf.a libpolicy.a libbase.a \
	$(YAML_LIBS) $(CRITERION_LIBS)

tests_unit_conf_config_tool_SOURCES = tests/unit/conf/config_tool.c
tests_unit_conf_config_tool_LDADD = libconf.a libpolicy.a libbase.a $(YAML_LIBS)

# The reference page of all keys, from the schema's table.
update-docs: tests/unit/conf/config-tool
	tests/unit/conf/config-tool reference >$(srcdir)/docs/configuration.md
	tests/unit/conf/config-tool manual >$(srcdir)/docs/fairway.yaml.5
