/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/classify/case.h"

/* Classifies "METHOD PATH?query"; the caller frees. */
static void ask(struct classified *c, const char *method, const char *target)
{
	classified_init(c,
		&(struct request_case){
			.method = span_str(method),
			.target = span_str(target),
		});
}

static enum verb verb_of(const char *target)
{
	struct classified c;

	ask(&c, "GET", target);
	classified_fini(&c);
	return c.class.verb;
}

#define PODS "/api/v1/pods"

Test(query, anything_but_false_and_0_is_a_watch)
{
	static const char *const WATCHES[] = { "watch", "watch=", "watch=1",
		"watch=true", "watch=TRUE", "watch=banana", "w%61tch=1",
		"watch=f%61lsy", "watch=00", "watch=+false", "a=b&watch=t",
		"&&watch=1", "watch=1&watch=0", "watch=1&fieldSelector=%zz",
		"watch=a=b", "x=;&watch=1", "watch=true&limit=x" };
	static const char *const LISTS[] = { "", "watch=0", "watch=false",
		"watch=False", "watch=FALSE", "w%61tch=%30", "Watch=1",
		"watch=false&watch=true", "watch=1;", "watch=1;a=b", ";watch=1",
		"watch=%zz", "watch=%", "w%atch=1", "=watch", "watch%3D1",
		"watch=fal%C5%BFe", "watch+=1", "wat%00ch=1" };
	char target[128];

	for (size_t i = 0; i < ARRAY_SIZE(WATCHES); i++) {
		snprintf(target, sizeof(target), PODS "?%s", WATCHES[i]);
		cr_expect_eq(verb_of(target), VERB_WATCH, "%s", WATCHES[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(LISTS); i++) {
		snprintf(target, sizeof(target), PODS "?%s", LISTS[i]);
		cr_expect_eq(verb_of(target), VERB_LIST, "%s", LISTS[i]);
	}
	cr_assert_eq(verb_of(PODS "/p?watch=1"), VERB_GET);
	cr_assert_eq(verb_of("/healthz?watch=1"), VERB_GET);
	cr_assert_eq(verb_of(PODS "??watch=1"), VERB_LIST);
}

Test(query, more_pairs_than_go_reads_are_none)
{
	size_t pairs = 10000, at = sizeof(PODS "?watch=1") - 1;
	char *target = malloc(at + pairs + 1);

	memcpy(target, PODS "?watch=1", at);
	memset(target + at, '&', pairs);
	target[at + pairs] = '\0';
	cr_assert_eq(verb_of(target), VERB_LIST);
	target[at + pairs - 1] = '\0';
	cr_assert_eq(verb_of(target), VERB_WATCH);
	free(target);
}

static void check_name(const char *query, const char *name)
{
	struct classified c;
	char target[256];

	snprintf(target, sizeof(target), PODS "?%s", query);
	ask(&c, "GET", target);
	cr_expect(span_eq_str(c.class.name, name), "%s: %.*s", query,
		SPAN_ARG(c.class.name));
	cr_expect(c.class.is_collection);
	classified_fini(&c);
}

Test(query, a_field_selector_names_the_object)
{
	check_name("fieldSelector=metadata.name%3Dp1", "p1");
	check_name("fieldSelector=metadata.name=p1", "p1");
	check_name("fieldSelector=metadata.name%3D%3Dp1&watch=1", "p1");
	check_name("fieldSelector=spec.nodeName=n,metadata.name=p1", "p1");
	check_name("fieldSelector=,metadata.name=p1,", "p1");
	check_name("fieldSelector=metadata.name=p1&fieldSelector=x", "p1");
	check_name("fieldSelector=metadata.name=a\\,b", "a,b");
	check_name("fieldSelector=metadata.name=a%5C%5Cb", "a\\b");
	/* sorted, the first counts */
	check_name("fieldSelector=metadata.name=b,metadata.name=a", "a");
	/* no such selector, or none that is accepted */
	check_name("fieldSelector=metadata.name!=p1", "");
	check_name("fieldSelector=metadata.namespace=p1", "");
	check_name("fieldSelector=+metadata.name=p1", "");
	check_name("fieldSelector=metadata.name=p1,x", "");
	check_name("fieldSelector=metadata.name=p1,a=b=c", "");
	check_name("fieldSelector=metadata.name=p1\\", "");
	check_name("fieldSelector=metadata.name=p1\\x", "");
	check_name("fieldSelector=metadata.name=a%252Fb", "");
	check_name("fieldSelector=metadata.name=a/b", "");
	check_name("fieldSelector=metadata.name=..", "");
	check_name("fieldSelector=metadata.name=p1&limit=x", "");
	check_name("fieldSelector=metadata.name=p1&timeoutSeconds=1.5", "");
	check_name("fieldSelector=metadata.name=p1&limit=%2B07", "p1");
}

Test(query, a_decoded_path_and_a_selector_share_the_scratch)
{
	struct classified c;

	ask(&c, "GET",
		"/%61pi/v1/n%61mespaces/argo/p%6fds?fieldSelector="
		"metadata%2Ename%3Dp1&timeoutSeconds=5&limit=7&watch=1");
	cr_assert_eq(c.class.verb, VERB_WATCH);
	cr_assert(span_eq_str(c.class.namespace, "argo"));
	cr_assert(span_eq_str(c.class.resource, "pods"));
	cr_assert(span_eq_str(c.class.name, "p1"));
	cr_assert(span_eq_str(c.class.path, "/api/v1/namespaces/argo/pods"));
	cr_assert(c.class.has_limit);
	cr_assert_eq(c.class.timeout, 5 * USEC_PER_SEC);
	classified_fini(&c);
}

Test(query, selectors_limits_and_versions_are_noted)
{
	struct classified c;

	ask(&c, "GET", PODS "?limit=500&labelSelector=a&resourceVersion=0");
	cr_assert(c.class.has_limit);
	cr_assert(c.class.has_selector);
	cr_assert(c.class.from_cache);
	classified_fini(&c);
	ask(&c, "GET", PODS "?limit=0&labelSelector=&resourceVersion=");
	cr_assert_not(c.class.has_limit);
	cr_assert_not(c.class.has_selector);
	cr_assert_not(c.class.from_cache);
	classified_fini(&c);
	ask(&c, "GET", PODS "?watch=1&sendInitialEvents=true");
	cr_assert(c.class.initial_events);
	cr_assert(c.class.is_long_running);
	classified_fini(&c);
	ask(&c, "GET", PODS "?watch=1&sendInitialEvents=false");
	cr_assert_not(c.class.initial_events);
	classified_fini(&c);
}

Test(query, timeouts_are_durations_and_for_watches_seconds)
{
	struct classified c;

	ask(&c, "GET", PODS "?timeout=1m2s&timeoutSeconds=9");
	cr_assert_eq(c.class.timeout, 62 * USEC_PER_SEC);
	classified_fini(&c);
	ask(&c, "GET", PODS "?watch=1&timeout=7m12s&timeoutSeconds=432");
	cr_assert_eq(c.class.timeout, 432 * USEC_PER_SEC);
	classified_fini(&c);
	ask(&c, "PATCH", PODS "/p?timeout=x");
	cr_assert_eq(c.class.timeout, 0);
	classified_fini(&c);
	ask(&c, "GET", PODS "?watch=1&timeoutSeconds=9223372036854775807");
	cr_assert_eq(c.class.timeout, USEC_NEVER);
	classified_fini(&c);
	ask(&c, "GET", PODS "?watch=1&timeoutSeconds=-5");
	cr_assert_eq(c.class.timeout, 0);
	classified_fini(&c);
}

Test(query, streams_are_long_running)
{
	static const struct {
		const char *target;
		bool is_long_running, follows;
	} ROWS[] = {
		{ PODS "/p/log", true, false },
		{ PODS "/p/log?follow=true", true, true },
		{ PODS "/p/log?follow=false", true, false },
		{ PODS "/p/exec?command=ls", true, false },
		{ PODS "/p/attach", true, false },
		{ PODS "/p/portforward", true, false },
		{ PODS "/p/proxy/x", true, false },
		{ "/api/v1/proxy/pods/p", true, false },
		{ "/api/v1/watch/pods", true, false },
		{ PODS "/p/status?follow=true", false, false },
		{ PODS, false, false },
		{ PODS "/log", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		struct classified c;

		ask(&c, "GET", ROWS[i].target);
		cr_expect_eq(c.class.is_long_running, ROWS[i].is_long_running,
			"%s", ROWS[i].target);
		cr_expect_eq(
			c.class.follows, ROWS[i].follows, "%s", ROWS[i].target);
		classified_fini(&c);
	}
}

Test(query, a_dry_run_has_no_effect)
{
	static const char *const TARGETS[] = { POD_PATH "?dryRun=All",
		POD_PATH "?dryRun=", POD_PATH "?dryRun",
		POD_PATH "?a=b&dry%52un=All" };

	for (size_t i = 0; i < ARRAY_SIZE(TARGETS); i++) {
		struct classified c;

		classified_init(&c,
			&(struct request_case){
				.method = SPAN("PATCH"),
				.target = span_str(TARGETS[i]),
				.content_type = MERGE,
				.body = SPAN("{\"metadata\":"
					     "{\"finalizers\":null}}"),
			});
		cr_expect(c.class.is_dry_run);
		cr_expect_eq(c.class.effect, EFFECT_NONE);
		cr_expect_eq(c.class.why, EFFECT_WHY_DRY_RUN);
		classified_fini(&c);
	}
}
