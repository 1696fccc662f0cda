# Every fuzz target as a plain program, over its corpus, in any build.  The
# name behind replay_ is that of the corpus.
REPLAYS = \
	tests/fuzz/replay_classify \
	tests/fuzz/replay_config \
	tests/fuzz/replay_h1 \
	tests/fuzz/replay_journal \
	tests/fuzz/replay_json \
	tests/fuzz/replay_kubeconfig \
	tests/fuzz/replay_object_seen \
	tests/fuzz/replay_policy \
	tests/fuzz/replay_retry_after \
	tests/fuzz/replay_rules \
	tests/fuzz/replay_simulate \
	tests/fuzz/replay_sweep

check_PROGRAMS += $(REPLAYS)
TESTS += tests/fuzz/replay.sh
EXTRA_DIST += tests/fuzz/replay.sh tests/fuzz/corpus

tests_fuzz_replay_classify_SOURCES = tests/fuzz/replay.c \
	tests/fuzz/fuzz_classify.c
tests_fuzz_replay_classify_LDADD = libpolicy.a libbase.a

tests_fuzz_replay_config_SOURCES = tests/fuzz/replay.c \
	tests/fuzz/fuzz_config.c
tests_fuzz_replay_config_LDADD = libconf.a libpolicy.a libbase.a $(YAML_LIBS)

tests_fuzz_replay_h1_CPPFLAGS = $(fairway_CPPFLAGS)
tests_fuzz_replay_h1_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_h1.c
tests_fuzz_replay_h1_LDADD = $(FUZZ_H1_LIBS)

tests_fuzz_replay_journal_CPPFLAGS = $(fairway_CPPFLAGS)
tests_fuzz_replay_journal_SOURCES = tests/fuzz/replay.c $(FUZZ_JOURNAL)
tests_fuzz_replay_journal_LDADD = $(FUZZ_JOURNAL_LIBS)

tests_fuzz_replay_json_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_json.c
tests_fuzz_replay_json_LDADD = libbase.a

tests_fuzz_replay_kubeconfig_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
tests_fuzz_replay_kubeconfig_SOURCES = tests/fuzz/replay.c \
	tests/fuzz/fuzz_config_kube.c
tests_fuzz_replay_kubeconfig_LDADD = libconf.a libbase.a $(YAML_LIBS)

tests_fuzz_replay_object_seen_CPPFLAGS = $(fairway_CPPFLAGS)
tests_fuzz_replay_object_seen_SOURCES = tests/fuzz/replay.c \
	tests/fuzz/fuzz_object_seen.c
tests_fuzz_replay_object_seen_LDADD = libproxy.a libpolicy.a libbase.a

tests_fuzz_replay_policy_SOURCES = tests/fuzz/replay.c $(FUZZ_POLICY)
tests_fuzz_replay_policy_LDADD = libpolicy.a libbase.a

tests_fuzz_replay_retry_after_CPPFLAGS = $(fairway_CPPFLAGS)
tests_fuzz_replay_retry_after_SOURCES = tests/fuzz/replay.c \
	tests/fuzz/fuzz_retry_after.c
tests_fuzz_replay_retry_after_LDADD = libproxy.a libpolicy.a libbase.a \
	$(NGHTTP2_LIBS) $(HTTP_PARSER_LIBS)

tests_fuzz_replay_rules_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_rules.c
tests_fuzz_replay_rules_LDADD = libpolicy.a libbase.a

tests_fuzz_replay_simulate_CPPFLAGS = $(fairway_CPPFLAGS)
tests_fuzz_replay_simulate_SOURCES = tests/fuzz/replay.c \
	tests/fuzz/fuzz_simulate.c
tests_fuzz_replay_simulate_LDADD = $(FUZZ_SIMULATE_LIBS)

tests_fuzz_replay_sweep_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_sweep.c
tests_fuzz_replay_sweep_LDADD = libpolicy.a libbase.a
