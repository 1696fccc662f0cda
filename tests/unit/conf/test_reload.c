/* SPDX-License-Identifier: Apache-2.0 */
/* What a reload keeps, and that each key says truly whether it does. */
#include <criterion/criterion.h>

#include <string.h>

#include "conf/config.h"
#include "conf/reload.h"

#define HEAD "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"

static struct config *parse(const char *yaml)
{
	struct problems problems = PROBLEMS_INIT;
	struct config *config = config_parse("f", span_str(yaml), &problems);

	cr_assert(config);
	problems_fini(&problems);
	return config;
}

static void expect_keys(
	struct config *fresh, const struct config *running, const char *wanted)
{
	struct buf keys = BUF_INIT;

	config_keep_fixed(fresh, running, &keys);
	cr_expect_str_eq(buf_cstr(&keys), wanted);
	buf_fini(&keys);
}

Test(reload, of_the_same_file_nothing_is_kept)
{
	struct config *running = config_default(), *fresh = config_default();

	expect_keys(fresh, running, "");
	config_unref(running);
	config_unref(fresh);
}

Test(reload, what_needs_a_restart_keeps_its_value)
{
	struct config *running = parse(HEAD
		"listen: {address: '127.0.0.1:1'}\n"
		"stateDir: /a\n"
		"upstream: {servers: ['https://a:1', 'https://b:1']}\n"
		"limits: {maxRequests: 100, maxHeaders: 50}\n");
	struct config *fresh = parse(HEAD
		"listen: {address: '127.0.0.2:2'}\n"
		"admin: {enabled: false}\n"
		"cleartext: {address: '127.0.0.1:3', credentials: Own}\n"
		"limits: {maxRequests: 200, maxHeaders: 60}\n");

	expect_keys(fresh, running,
		"listen.address, cleartext.address, "
		"cleartext.credentials, admin.enabled, "
		"upstream.servers, stateDir, limits.maxRequests");
	/* Nothing of it is borrowed from the one that goes. */
	config_unref(running);
	cr_expect_str_eq(fresh->listen.address.host, "127.0.0.1");
	cr_expect_eq(fresh->listen.address.port, 1);
	cr_expect_str_eq(fresh->state_dir, "/a");
	cr_assert_eq(fresh->upstream.servers.count, 2);
	cr_expect_str_eq(fresh->upstream.servers.items[1], "https://b:1");
	cr_expect_eq(fresh->policy.endpoint_count, 2);
	cr_expect_eq(fresh->policy.requests_max, 100);
	cr_expect_eq(fresh->cleartext.credentials, CREDENTIALS_PASS_THROUGH);
	cr_expect(fresh->admin.is_enabled);
	/* What does not is the new one's. */
	cr_expect_eq(fresh->limits.head_fields_max, 60);
	config_unref(fresh);
}

static void expect_kept(
	const char *running_yaml, const char *fresh_yaml, const char *wanted)
{
	struct config *running = parse(running_yaml), *fresh;
	struct buf keys = BUF_INIT;
	struct err err = { "" };

	fresh = parse(fresh_yaml);
	config_keep_fixed(fresh, running, &keys);
	cr_expect_eq(config_check_kept(fresh, &err), *wanted ? -1 : 0);
	cr_expect_str_eq(err.text, wanted);
	config_unref(running);
	config_unref(fresh);
	buf_fini(&keys);
}

#define KEPT "it does not go with what needs a restart: "

Test(reload, what_stays_must_go_with_what_is_new)
{
	/* Less than a seat for a replica would be no cap at all. */
	expect_kept(HEAD "preset: gateway\n"
			 "replicas: {divide: true, max: 4}\n",
		HEAD "preset: gateway\n"
		     "replicas: {divide: true, max: 2}\n"
		     "lanes: [{name: events, seats: 2}]\n",
		KEPT "4 replicas need a seat each, and events's seats is 2; "
		     "raise that, or lower max");
	expect_kept(HEAD,
		HEAD "identity: {tokens: TokenReview}\n"
		     "rules: [{name: x, lane: reads, users: [a]}]\n",
		KEPT "rule \"x\" asks for who Fairway does not know "
		     "(identity)");
	expect_kept(HEAD "identity: {clientCAFile: /a}\n",
		HEAD "identity: {tokens: TokenReview}\n"
		     "rules: [{name: x, lane: reads, users: [a]}]\n", "");
	expect_kept(HEAD "identity: {clientCAFile: /a}\n",
		HEAD "identity: {tokens: TokenReview}\n"
		     "rules: [{name: x, lane: reads,\n"
		     "  serviceAccounts: ['a:b']}]\n",
		KEPT "rule \"x\" asks for who Fairway does not know "
		     "(identity)");
	expect_kept(HEAD, HEAD "identity: {tokens: TokenReview}\n", "");
}

Test(reload, text_differs_wherever_it_does)
{
#define LONG "/a/folder/with/a/name/that/is/longer/than/any/message/shows/@/"
	struct config *running = parse(HEAD "stateDir: " LONG "a\n"
		"upstream: {context: 'a\"b'}\n");
	struct config *fresh = parse(HEAD "stateDir: " LONG "b\n"
		"upstream: {context: 'a\"c'}\n");

	expect_keys(fresh, running, "upstream.context, stateDir");
	config_unref(running);
	config_unref(fresh);
}

/* The lanes and rules of what was printed and read again are the same. */
static void expect_same_items(const struct config *a, const struct config *b)
{
	const struct policy_settings *one = &a->policy, *other = &b->policy;

	cr_assert_eq(one->lane_count, other->lane_count);
	for (uint32_t i = 0; i < one->lane_count; i++) {
		struct lane_settings lane = one->lanes[i];

		cr_expect_str_eq(lane.name, other->lanes[i].name);
		lane.name = other->lanes[i].name;
		cr_expect_eq(memcmp(&lane, &other->lanes[i], sizeof(lane)), 0,
			"%s", lane.name);
	}
	cr_assert_eq(one->rule_count, other->rule_count);
	for (uint32_t i = 0; i < one->rule_count; i++) {
		const struct rule_settings *rule = &one->rules[i];
		const struct rule_settings *like = &other->rules[i];

		cr_expect_str_eq(rule->name, like->name);
		cr_expect_eq(rule->lane, like->lane);
		cr_expect_eq(rule->matching_precedence,
			like->matching_precedence);
		cr_expect_eq(rule->verbs, like->verbs);
		cr_expect_eq(rule->effects, like->effects);
		cr_expect_eq(rule->only_pure, like->only_pure);
		cr_expect_eq(rule->body_max, like->body_max);
		cr_expect_eq(rule->only_resources, like->only_resources);
		cr_expect_eq(rule->only_reviews, like->only_reviews);
		cr_expect_eq(rule->resources.count, like->resources.count);
		cr_expect_eq(rule->user_agents.count, like->user_agents.count);
	}
}

static void expect_same_printed(const char *yaml)
{
	struct config *config = parse(yaml), *again;
	struct buf once = BUF_INIT, twice = BUF_INIT;

	config_print(config, &once);
	again = parse(buf_cstr(&once));
	config_print(again, &twice);
	cr_expect_str_eq(buf_cstr(&once), buf_cstr(&twice));
	expect_same_items(config, again);
	config_unref(config);
	config_unref(again);
	buf_fini(&once);
	buf_fini(&twice);
}

Test(reload, what_was_taken_from_a_default_is_printed)
{
	expect_same_printed(HEAD
		"lanes:\n"
		"- {name: finalizers, reserveSeats: 0, overflow: '',\n"
		"   flowQPS: unlimited, waitMax: 1m}\n"
		"- {name: reads, minShare: 0%, wideListSeats: unlimited}\n"
		"- {name: sweep, qps: unlimited}\n"
		"rules:\n"
		"- {name: finalizer-removals, finalizersOnly: false,\n"
		"   maxBodyBytes: unlimited, requests: Any, verbs: []}\n"
		"- {name: sweep, userAgents: []}\n");
	expect_same_printed(HEAD
		"preset: gateway\n"
		"lanes:\n"
		"- {name: finalizers, reserveSeats: 2}\n"
		"- {name: reads, wideListSeats: unlimited}\n");
}

Test(reload, text_is_printed_as_it_was_given)
{
	struct config *config = parse(HEAD
		"upstream:\n"
		"  servers: ['https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-"
		"central-1.eks.amazonaws.com']\n"
		"  context: 'a \"quoted\" \\ \u00e4'\n"
		"rules: [{name: 'null', lane: reads, userAgents: ['null']}]\n");
	struct buf text = BUF_INIT;
	struct config *again;

	config_print(config, &text);
	again = parse(buf_cstr(&text));
	cr_expect_str_eq(again->upstream.servers.items[0],
		config->upstream.servers.items[0]);
	cr_expect_str_eq(again->upstream.context, config->upstream.context);
	expect_same_items(config, again);
	config_unref(config);
	config_unref(again);
	buf_fini(&text);
}

Test(reload, what_runs_is_printed_as_a_file_that_is_the_same)
{
	struct config *config = parse(HEAD
		"lanes: [{name: mine, order: 7, qps: 2.5}]\n"
		"log: {level: debug}\n");
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct config *again;

	config_print(config, &once);
	again = parse(buf_cstr(&once));
	config_print(again, &twice);
	cr_expect_str_eq(buf_cstr(&once), buf_cstr(&twice));
	cr_expect_eq(again->log.level, LOG_LEVEL_DEBUG);
	config_unref(config);
	config_unref(again);
	buf_fini(&once);
	buf_fini(&twice);
}
