/* SPDX-License-Identifier: Apache-2.0 */
/* What a reload keeps, and that each key says truly whether it does. */
#include <criterion/criterion.h>

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
