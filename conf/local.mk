# The configuration: YAML to struct config, and kubeconfig files.
noinst_LIBRARIES += libconf.a
libconf_a_SOURCES = \
	conf/arena.c conf/arena.h \
	conf/base64.c conf/base64.h \
	conf/config.c conf/config.h \
	conf/config_check.c conf/config_check.h \
	conf/json_schema.c \
	conf/kubeconfig.c conf/kubeconfig.h \
	conf/kubeconfig_files.c conf/kubeconfig_files.h \
	conf/kubeconfig_write.c \
	conf/lanes.c conf/lanes.h \
	conf/lanes_check.c \
	conf/manual.c \
	conf/number.c conf/number.h \
	conf/places.c conf/places.h \
	conf/preset.c conf/preset.h \
	conf/print.c \
	conf/problem.c conf/problem.h \
	conf/reload.c conf/reload.h \
	conf/rules_check.c \
	conf/schema.c conf/schema.h \
	conf/schema_table.c \
	conf/server_url.c conf/server_url.h \
	conf/suggest.c conf/suggest.h \
	conf/sweep_config.c conf/sweep_config.h \
	conf/text_file.c conf/text_file.h \
	conf/value.c conf/value.h \
	conf/yaml_doc.c conf/yaml_doc.h
libconf_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS) -D_DEFAULT_SOURCE

EXTRA_DIST += \
	conf/examples/cleartext.yaml \
	conf/examples/fairway.yaml \
	conf/examples/gateway.yaml \
	conf/examples/minimal.yaml \
	conf/examples/sweep.yaml
