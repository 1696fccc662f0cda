/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "conf/number.h"
#include "conf/schema.h"
#include "tests/unit/conf/fixture.h"

#define HEAD "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"

static struct config *parse(const char *yaml)
{
	struct problems problems = PROBLEMS_INIT;
	struct buf lines = BUF_INIT;
	struct config *config = config_parse("f", span_str(yaml), &problems);

	problems_print(&problems, &lines);
	cr_assert(config, "%s", buf_cstr(&lines));
	buf_fini(&lines);
	problems_fini(&problems);
	return config;
}

static void expect_problems(const char *yaml, const char *wanted)
{
	struct problems problems = PROBLEMS_INIT;
	struct buf lines = BUF_INIT;

	cr_assert_null(config_parse("f", span_str(yaml), &problems));
	problems_print(&problems, &lines);
	cr_expect_str_eq(buf_cstr(&lines), wanted);
	buf_fini(&lines);
	problems_fini(&problems);
}

static const struct lane_settings *lane(
	const struct config *config, const char *name)
{
	for (uint32_t i = 0; i < config->policy.lane_count; i++)
		if (!strcmp(config->policy.lanes[i].name, name))
			return &config->policy.lanes[i];
	cr_assert_fail("no lane %s", name);
	return NULL;
}

static const struct rule_settings *rule(
	const struct config *config, const char *name)
{
	for (uint32_t i = 0; i < config->policy.rule_count; i++)
		if (!strcmp(config->policy.rules[i].name, name))
			return &config->policy.rules[i];
	cr_assert_fail("no rule %s", name);
	return NULL;
}

/* ---- the table -------------------------------------------------------- */

Test(schema, every_key_is_explained_and_every_number_bounded)
{
	for (size_t i = 0; i < SCHEMA_COUNT; i++) {
		const struct schema_key *key = &SCHEMA[i];

		cr_expect(key->help && *key->help, "%s", key->path);
		cr_expect_eq(schema_find(key->path), key, "%s", key->path);
		if (number_is_type(key->type))
			cr_expect(key->max > key->min, "%s", key->path);
		if (key->type == SCHEMA_ENUM || key->type == SCHEMA_ENUM_SET ||
			key->type == SCHEMA_FIXED)
			cr_expect(key->words, "%s", key->path);
	}
}

Test(schema, a_burst_comes_right_after_its_rate)
{
	for (size_t i = 0; i < SCHEMA_COUNT; i++) {
		if (SCHEMA[i].type != SCHEMA_BURST)
			continue;
		cr_expect_eq(
			SCHEMA[i - 1].type, SCHEMA_QPS, "%s", SCHEMA[i].path);
		cr_expect_eq(SCHEMA[i - 1].offset, SCHEMA[i].offset);
	}
}

Test(schema, a_key_stands_in_a_section_or_list_that_is_there)
{
	for (size_t i = 0; i < SCHEMA_COUNT; i++) {
		char parent[80];
		char *dot;

		snprintf(parent, sizeof(parent), "%s", SCHEMA[i].path);
		dot = strrchr(parent, '.');
		if (!dot)
			continue;
		*dot = '\0';
		if (dot[-1] == ']')
			dot[-2] = '\0';
		cr_expect(schema_find(parent), "%s", SCHEMA[i].path);
	}
}

/* ---- defaults --------------------------------------------------------- */

Test(config, defaults_are_there_without_a_file)
{
	struct config *config = config_default();

	cr_assert_str_eq(config->listen.address.host, "127.0.0.1");
	cr_assert_eq(config->listen.address.port, 7443);
	cr_assert_str_eq(config->listen.tls_cert_file, "");
	cr_assert(config->admin.is_enabled);
	cr_assert_eq(config->limits.head_bytes_max, 64 << 10);
	cr_assert_eq(config->limits.idle, 300 * USEC_PER_SEC);
	cr_assert_geq(config->limits.streams_max, 1000);
	cr_assert_eq(config->log.level, LOG_LEVEL_INFO);
	cr_assert_eq(config->policy.endpoint_count, 1);
	cr_assert_gt(config->policy.lane_count, 0);
	config_unref(config);
}

Test(config, a_minimal_file_says_what_the_defaults_say)
{
	struct config *config = parse(HEAD), *wanted = config_default();

	cr_assert_eq(config->policy.lane_count, wanted->policy.lane_count);
	cr_assert_eq(config->policy.rule_count, wanted->policy.rule_count);
	for (uint32_t i = 0; i < config->policy.lane_count; i++)
		cr_assert_eq(memcmp(&config->policy.lanes[i],
				     &wanted->policy.lanes[i],
				     sizeof(struct lane_settings)),
			0);
	for (uint32_t i = 0; i < config->policy.rule_count; i++)
		cr_assert_eq(memcmp(&config->policy.rules[i],
				     &wanted->policy.rules[i],
				     sizeof(struct rule_settings)),
			0);
	config_unref(config);
	config_unref(wanted);
}

/* Each default, given by hand, is legal and changes nothing. */
Test(config, printed_defaults_are_a_file_that_says_the_same)
{
	struct buf yaml = BUF_INIT;
	struct config *config, *wanted = config_default();

	config_print_defaults(&yaml);
	config = parse(buf_cstr(&yaml));
	cr_assert_eq(config->policy.lane_count, wanted->policy.lane_count);
	for (uint32_t i = 0; i < config->policy.lane_count; i++) {
		struct lane_settings a = config->policy.lanes[i];
		const struct lane_settings *b = &wanted->policy.lanes[i];

		cr_expect_str_eq(a.name, b->name);
		a.name = b->name;
		cr_expect_eq(memcmp(&a, b, sizeof(a)), 0, "%s", b->name);
	}
	for (uint32_t i = 0; i < config->policy.rule_count; i++) {
		const struct rule_settings *a = &config->policy.rules[i];
		const struct rule_settings *b = &wanted->policy.rules[i];

		cr_expect_str_eq(a->name, b->name);
		cr_expect_eq(a->matching_precedence, b->matching_precedence);
		cr_expect_eq(a->lane, b->lane);
		cr_expect_eq(a->verbs, b->verbs);
		cr_expect_eq(a->effects, b->effects);
		cr_expect_eq(a->body_max, b->body_max);
		cr_expect_eq(a->resources.count, b->resources.count);
	}
	cr_expect_eq(memcmp(&config->policy.total, &wanted->policy.total,
			     sizeof(struct total_settings)),
		0);
	cr_expect_eq(memcmp(&config->policy.health, &wanted->policy.health,
			     sizeof(struct health_settings)),
		0);
	cr_expect_eq(memcmp(&config->limits, &wanted->limits,
			     sizeof(struct limits_config)),
		0);
	config_unref(config);
	config_unref(wanted);
	buf_fini(&yaml);
}

Test(config, an_empty_value_is_the_default)
{
	struct config *config = parse(HEAD "listen:\n"
					   "log: ~\n"
					   "lanes: null\n"
					   "limits:\n"
					   "  maxConnections:\n"
					   "  maxHeaders: ~\n");

	cr_assert_eq(config->limits.connections_max, 4096);
	cr_assert_eq(config->limits.head_fields_max, 256);
	config_unref(config);
}

/* ---- values ----------------------------------------------------------- */

Test(config, cleartext_is_off_or_local)
{
	static const struct {
		const char *given, *taken;
	} CASES[] = {
		{ "", "" },
		{ "127.0.0.1:7444", "127.0.0.1:7444" },
		{ "127.8.0.1:0", "127.8.0.1:0" },
		{ "[::1]:7444", "[::1]:7444" },
		{ "unix:/run/fairway/api.sock", "unix:/run/fairway/api.sock" },
	};
	struct config *config = config_default();

	cr_assert_str_eq(config->cleartext.address, "");
	cr_assert_eq(config->cleartext.credentials, CREDENTIALS_PASS_THROUGH);
	config_unref(config);
	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
		struct buf text = BUF_INIT;

		buf_printf(&text, HEAD "cleartext: {address: '%s'}\n",
			CASES[i].given);
		config = parse(buf_cstr(&text));
		cr_expect_str_eq(config->cleartext.address, CASES[i].taken);
		config_unref(config);
		buf_fini(&text);
	}
	config = parse(HEAD "cleartext: {address: 'unix:a', "
			    "credentials: Own}\n");
	cr_assert_eq(config->cleartext.credentials, CREDENTIALS_OWN);
	config_unref(config);
}

Test(config, the_journal_keeps_what_is_held_unless_told_otherwise)
{
	struct config *config = parse(HEAD);

	cr_assert(config);
	cr_expect_eq(config->policy.intents.mode, JOURNAL_WHEN_HELD);
	cr_assert_eq(config->policy.intents.labels.count, 1);
	cr_expect_str_eq(config->policy.intents.labels.items[0],
		"workflows.argoproj.io/completed");
	cr_expect_eq(config->journal.on_conflict, CONFLICT_LEAVE);
	cr_expect_eq(config->journal.expire_after, 900 * USEC_PER_SEC);
	config_unref(config);
	config = parse(HEAD "journal: {mode: Always, onConflict: Rebase, "
			    "labels: [a, b/c], expireAfter: 1h, "
			    "replayQPS: 7, keyFile: /k}\n");
	cr_assert(config);
	cr_expect_eq(config->policy.intents.mode, JOURNAL_ALWAYS);
	cr_expect_eq(config->policy.intents.labels.count, 2);
	cr_expect_eq(config->journal.on_conflict, CONFLICT_REBASE);
	cr_expect_eq(config->policy.intents.replays.milli_qps, 7000);
	cr_expect_str_eq(config->journal.key_file, "/k");
	config_unref(config);
}

Test(config, values_of_every_type_arrive)
{
	struct config *config =
		parse(HEAD "listen: {address: '[::1]:0', tlsCertFile: /a,"
			   " tlsPrivateKeyFile: b/c}\n"
			   "admin: {enabled: false}\n"
			   "upstream:\n"
			   "  servers: [https://a, 'https://[::1]:6443/x']\n"
			   "  insecureSkipTLSVerify: true\n"
			   "  connections: {bulk: 7}\n"
			   "  reconnectBackoff: {max: 1m}\n"
			   "budget: {qps: 0.5}\n"
			   "total: {initial: 4.25, adaptive: false}\n"
			   "gate: {closedMin: 1.5ms}\n"
			   "retry: {budget: 12.5%}\n"
			   "hold: {maxBytes: 1Gi, rampGrowth: 1.05}\n"
			   "limits: {idleTimeout: 1h30m, maxTargetBytes: 16Ki, "
			   "maxMemoryBytes: 2Gi}\n"
			   "log: {level: debug, format: json}\n");

	cr_assert_str_eq(config->file, "f");
	cr_assert_str_eq(config->listen.address.host, "::1");
	cr_assert_eq(config->listen.address.port, 0);
	cr_assert_str_eq(config->listen.tls_cert_file, "/a");
	cr_assert_str_eq(config->listen.tls_key_file, "b/c");
	cr_assert_not(config->admin.is_enabled);
	cr_assert_eq(config->upstream.servers.count, 2);
	cr_assert_str_eq(
		config->upstream.servers.items[1], "https://[::1]:6443/x");
	cr_assert_eq(config->policy.endpoint_count, 2);
	cr_assert(config->upstream.insecure_skip_tls_verify);
	cr_assert_eq(config->upstream.bulk_connections, 7);
	cr_assert_eq(config->upstream.express_connections, 1);
	cr_assert_eq(config->upstream.reconnect_max, 60 * USEC_PER_SEC);
	cr_assert(config->policy.root_bucket.is_limited);
	cr_assert_eq(config->policy.root_bucket.milli_qps, 500);
	cr_assert_eq(config->policy.root_bucket.burst, 1);
	cr_assert_eq(config->policy.total.initial, 4250);
	cr_assert_not(config->policy.total.is_adaptive);
	cr_assert_eq(config->policy.gate.closed_min_usec, 1500);
	cr_assert_eq(config->policy.retry.budget, 125);
	cr_assert_eq(config->policy.held_bytes_max, 1 << 30);
	cr_assert_eq(config->policy.health.ramp_growth, 1050);
	cr_assert_eq(config->limits.idle, 5400 * USEC_PER_SEC);
	cr_assert_eq(config->limits.target_bytes_max, 16 << 10);
	cr_assert_eq(config->log.level, LOG_LEVEL_DEBUG);
	cr_assert_eq(config->log.format, LOG_FORMAT_JSON);
	config_unref(config);
}

/* ---- lanes and rules -------------------------------------------------- */

Test(config, a_lane_with_a_known_name_changes_only_what_is_given)
{
	struct config *plain = config_default();
	struct config *config = parse(HEAD "lanes:\n"
					   "- name: finalizers\n"
					   "  seats: 3\n"
					   "  flowQPS: 7.5\n"
					   "  waitMax: unlimited\n");
	const struct lane_settings *a = lane(config, "finalizers");
	const struct lane_settings *b = lane(plain, "finalizers");

	cr_assert_eq(config->policy.lane_count, plain->policy.lane_count);
	cr_assert_eq(a->seats_max, 3 * SEAT);
	cr_assert_eq(a->flow_bucket.milli_qps, 7500);
	cr_assert_eq(a->flow_bucket.burst, 8, "a second's worth, rounded up");
	cr_assert_eq(a->wait_max, USEC_NEVER);
	cr_assert_eq(a->hold_max, b->hold_max);
	cr_assert_eq(a->order, b->order);
	cr_assert_eq(a->overflow_lane, b->overflow_lane);
	config_unref(plain);
	config_unref(config);
}

Test(config, a_lane_with_another_name_is_a_new_one)
{
	struct config *plain = config_default();
	struct config *config = parse(HEAD "lanes:\n"
					   "- name: batch\n"
					   "  order: 9\n"
					   "  minShare: 1.5%\n"
					   "  qps: 10\n"
					   "  burst: 99\n"
					   "  flowQPS: 2\n"
					   "  overflow: events\n");
	const struct lane_settings *batch = lane(config, "batch");

	cr_assert_eq(config->policy.lane_count, plain->policy.lane_count + 1);
	cr_assert_eq(batch->kind, LANE_QUEUED);
	cr_assert_eq(batch->order, 9);
	cr_assert_eq(batch->min_share, 15);
	cr_assert_eq(batch->seats_max, 0);
	cr_assert_eq(batch->bucket.milli_qps, 10000);
	cr_assert_eq(batch->bucket.burst, 99);
	cr_assert_eq(batch->wait_max, 60 * USEC_PER_SEC);
	cr_assert_eq(batch->overdue_after, USEC_NEVER);
	cr_assert_str_eq(
		config->policy.lanes[batch->overflow_lane].name, "events");
	config_unref(plain);
	config_unref(config);
}

Test(config, limits_and_overflow_can_be_taken_away)
{
	struct config *config = parse(HEAD "lanes:\n"
					   "- name: finalizers\n"
					   "  flowQPS: unlimited\n"
					   "  overflow: ''\n"
					   "- name: reads\n"
					   "  wideListSeats: unlimited\n");

	cr_assert_not(lane(config, "finalizers")->flow_bucket.is_limited);
	cr_assert_eq(lane(config, "finalizers")->overflow_lane, -1);
	cr_assert_eq(lane(config, "reads")->wide_list_seats, 0);
	config_unref(config);
}

Test(config, a_rule_matches_on_what_flow_schemas_match_on_and_more)
{
	struct config *config =
		parse(HEAD "rules:\n"
			   "- name: mine\n"
			   "  lane: finalizers\n"
			   "  matchingPrecedence: 50\n"
			   "  distinguisherMethod: {type: ByNamespace}\n"
			   "  verbs: [patch, update]\n"
			   "  apiGroups: ['', argoproj.io]\n"
			   "  resources: [pods, pods/status]\n"
			   "  namespaces: ['*']\n"
			   "  names: [a]\n"
			   "  requests: Resource\n"
			   "  duration: Short\n"
			   "  finalizerEffects: [Removes, Mixed]\n"
			   "  finalizers: [workflows.argoproj.io/status]\n"
			   "  userAgents: [argo-]\n"
			   "  maxBodyBytes: 4Ki\n"
			   "  releasedObjects: true\n"
			   "- name: all-verbs\n"
			   "  lane: reads\n"
			   "  verbs: ['*']\n"
			   "  nonResourceURLs: [/healthz, /debug/*]\n"
			   "  distinguisherMethod: {type: None}\n");
	const struct rule_settings *mine = rule(config, "mine");
	const struct rule_settings *all = rule(config, "all-verbs");

	cr_assert_str_eq(config->policy.lanes[mine->lane].name, "finalizers");
	cr_assert_eq(mine->matching_precedence, 50);
	cr_assert_not(mine->flow_by_identity);
	cr_assert(mine->flow_by_namespace);
	cr_assert_eq(mine->verbs, 1 << VERB_PATCH | 1 << VERB_UPDATE);
	cr_assert_eq(mine->api_groups.count, 2);
	cr_assert_str_eq(mine->api_groups.items[0], "");
	cr_assert_str_eq(mine->resources.items[1], "pods/status");
	cr_assert_str_eq(mine->namespaces.items[0], "*");
	cr_assert_str_eq(mine->names.items[0], "a");
	cr_assert(mine->only_resources);
	cr_assert_not(mine->only_non_resources);
	cr_assert(mine->only_short);
	cr_assert_not(mine->only_long_running);
	cr_assert_eq(mine->effects, 1 << EFFECT_REMOVES | 1 << EFFECT_MIXED);
	cr_assert_str_eq(
		mine->finalizers.items[0], "workflows.argoproj.io/status");
	cr_assert_str_eq(mine->user_agents.items[0], "argo-");
	cr_assert_eq(mine->body_max, 4096);
	cr_assert(mine->only_released_objects);
	cr_assert_eq(all->verbs, 0);
	cr_assert_eq(all->matching_precedence, 1000);
	cr_assert_eq(all->non_resource_urls.count, 2);
	cr_assert_not(all->flow_by_identity);
	cr_assert_not(all->flow_by_namespace);
	config_unref(config);
}

Test(config, a_condition_of_a_default_rule_can_be_taken_away)
{
	struct config *plain = config_default();
	uint32_t i = 0;
	struct buf yaml = BUF_INIT;
	struct config *config;

	while (i < plain->policy.rule_count && !plain->policy.rules[i].verbs)
		i++;
	cr_assert_lt(i, plain->policy.rule_count);
	buf_printf(&yaml, HEAD "rules: [{name: %s, verbs: [], resources: []}]",
		plain->policy.rules[i].name);
	config = parse(buf_cstr(&yaml));
	cr_assert_eq(config->policy.rules[i].verbs, 0);
	cr_assert_eq(config->policy.rules[i].resources.count, 0);
	cr_assert_eq(config->policy.rules[i].lane, plain->policy.rules[i].lane);
	config_unref(plain);
	config_unref(config);
	buf_fini(&yaml);
}

Test(config, the_number_of_lanes_and_rules_is_bounded)
{
	struct buf yaml = BUF_INIT;
	struct problems problems = PROBLEMS_INIT;

	buf_append_str(&yaml, HEAD "lanes:\n");
	for (int i = 0; i < POLICY_LANES_MAX; i++)
		buf_printf(&yaml, "- {name: l%d, order: 9}\n", i);
	buf_append_str(&yaml, "rules:\n");
	for (int i = 0; i < POLICY_RULES_MAX; i++)
		buf_printf(&yaml, "- {name: r%d, lane: writes}\n", i);
	cr_assert_null(config_parse("f", buf_span(&yaml), &problems));
	cr_assert(strstr(problems.items[0].text,
		"too many; at most 32 are possible, the default ones "
		"included"));
	cr_assert(strstr(problems.items[problems.count - 1].text,
		"too many; at most 256 are possible, the default ones "
		"included"));
	problems_fini(&problems);
	buf_fini(&yaml);
}

/* ---- files ------------------------------------------------------------ */

Test(config, all_errors_come_at_once_in_the_files_order)
{
	expect_problems("kind: Config\n"
			"log: {level: loud, level: info}\n"
			"lanes:\n"
			"- name: writes\n"
			"  seats: 0\n"
			"  oder: 3\n"
			"listen: {tlsCertFile: a}\n",
		"f:1:1: \"apiVersion\" is missing; add \"apiVersion: "
		"fairway.dev/v1alpha1\"\n"
		"f:1:7: kind: must be Configuration, is \"Config\"\n"
		"f:2:14: log.level: must be error, warn, info or debug, is "
		"\"loud\"\n"
		"f:2:20: log.level: given twice; remove one, it is already in "
		"line 2\n"
		"f:5:10: lanes[0].seats: must be 1 to 10000, or unlimited, is "
		"0\n"
		"f:6:3: lanes[0].oder: unknown key; did you mean \"order\"?\n"
		"f:7:23: listen.tlsCertFile: needs tlsPrivateKeyFile; set both "
		"or neither\n");
}

Test(config, a_file_without_content_is_refused)
{
	static const char EMPTY[] =
		"f: the file is empty; it must begin with \"apiVersion: "
		"fairway.dev/v1alpha1\" and \"kind: Configuration\"\n";

	expect_problems("", EMPTY);
	expect_problems("# nothing\n", EMPTY);
	expect_problems("---\n...\n", EMPTY);
	expect_problems("- a\n",
		"f:1:1: the file must be a mapping, is a "
		"list\n");
	expect_problems("text\n",
		"f:1:1: the file must be a mapping, is "
		"text\n");
	expect_problems("apiVersion: fairway.dev/v1\nkind: Configuration\n",
		"f:1:13: apiVersion: must be fairway.dev/v1alpha1, is "
		"\"fairway.dev/v1\"\n");
}

Test(config, paths_begin_at_the_folder_of_the_file)
{
	struct folder folder = folder_new();
	char *path = folder_path(&folder, "f.yaml");
	char *wanted = folder_path(&folder, "certs/ca.crt");
	struct problems problems = PROBLEMS_INIT;
	struct config *config;

	folder_write(&folder, "f.yaml",
		HEAD "upstream: {certificateAuthority: certs/ca.crt,"
		     " kubeconfig: /abs}\n");
	config = config_load(path, &problems);
	cr_assert(config);
	cr_assert_str_eq(config->file, path);
	cr_assert_str_eq(config->upstream.certificate_authority, wanted);
	cr_assert_str_eq(config->upstream.kubeconfig, "/abs");
	config_unref(config);
	problems_fini(&problems);
	free(path);
	free(wanted);
	folder_remove(&folder);
}

Test(config, a_file_that_cannot_be_read_is_one_problem)
{
	static const struct {
		const char *path;
		const char *wanted;
	} CASES[] = {
		{ "/nonexistent/f",
			"/nonexistent/f: cannot be opened: No such "
			"file or directory\n" },
		{ "/", "/: cannot be read: Is a directory\n" },
		{ "/dev/zero", "/dev/zero: is larger than 1024 KiB\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
		struct problems problems = PROBLEMS_INIT;
		struct buf lines = BUF_INIT;

		cr_expect_null(config_load(CASES[i].path, &problems));
		problems_print(&problems, &lines);
		cr_expect_str_eq(buf_cstr(&lines), CASES[i].wanted);
		buf_fini(&lines);
		problems_fini(&problems);
	}
}

Test(config, a_preset_comes_before_the_other_keys)
{
	struct config *config = parse(HEAD "total: {min: 9}\n"
					   "lanes: [{name: reads, order: 9}]\n"
					   "preset: gateway\n");

	cr_expect_eq(config->preset, PRESET_GATEWAY);
	cr_expect_eq(config->policy.total.initial, 64 * SEAT);
	cr_expect_eq(config->policy.total.min, 9 * SEAT);
	cr_expect_eq(lane(config, "reads")->order, 9);
	cr_expect_eq(lane(config, "reads")->wide_list_seats, 8 * SEAT);
	cr_expect_eq(config->upstream.bulk_connections, 8);
	config_unref(config);
	config = parse(HEAD "preset: sidecar\n");
	cr_expect_eq(config->policy.total.initial, 8 * SEAT);
	config_unref(config);
	expect_problems(HEAD "preset: Gateway\n",
		"f:3:9: preset: must be sidecar or gateway, is \"Gateway\"; "
		"did you mean \"gateway\"?\n");
}

Test(config, the_last_reference_frees_it)
{
	struct config *config = config_default();

	cr_assert_eq(config_ref(config), config);
	config_unref(config);
	cr_assert_str_eq(config->listen.address.host, "127.0.0.1");
	config_unref(config);
	config_unref(NULL);
}

/* ---- what is packed with it ------------------------------------------- */

static const char *source_folder(void)
{
	const char *folder = getenv("top_srcdir");

	return folder ? folder : ".";
}

Test(config, every_example_is_right)
{
	struct buf pattern = BUF_INIT;
	glob_t found;

	buf_printf(&pattern, "%s/conf/examples/*.yaml", source_folder());
	cr_assert_eq(glob(buf_cstr(&pattern), 0, NULL, &found), 0);
	cr_assert_geq(found.gl_pathc, 3);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct problems problems = PROBLEMS_INIT;
		struct buf lines = BUF_INIT;
		struct config *config =
			config_load(found.gl_pathv[i], &problems);

		problems_print(&problems, &lines);
		cr_expect_str_eq(buf_cstr(&lines), "");
		config_unref(config);
		buf_fini(&lines);
		problems_fini(&problems);
	}
	globfree(&found);
	buf_fini(&pattern);
}

static void expect_page(const char *file, void (*write)(struct buf *ret_text))
{
	struct buf path = BUF_INIT, wanted = BUF_INIT;
	char *page;

	buf_printf(&path, "%s/docs/%s", source_folder(), file);
	page = slurp(buf_cstr(&path));
	write(&wanted);
	cr_assert(!strcmp(page, buf_cstr(&wanted)),
		"docs/%s is old; run `make update-docs`", file);
	free(page);
	buf_fini(&path);
	buf_fini(&wanted);
}

Test(config, the_pages_are_the_tables)
{
	expect_page("configuration.md", config_write_reference);
	expect_page("fairway.yaml.5", config_write_manual);
}
