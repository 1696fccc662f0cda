# libFuzzer programs for conf/: make fuzz_config; ./fuzz_config CORPUS
if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_config tests/fuzz/fuzz_config_kube

tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c
tests_fuzz_fuzz_config_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_config_LDADD = libconf.a libpolicy.a libbase.a $(YAML_LIBS)

tests_fuzz_fuzz_config_kube_SOURCES = tests/fuzz/fuzz_config_kube.c
tests_fuzz_fuzz_config_kube_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
tests_fuzz_fuzz_config_kube_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_config_kube_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_config_kube_LDADD = libconf.a libbase.a $(YAML_LIBS)
endif
