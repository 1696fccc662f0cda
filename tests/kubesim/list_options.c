/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/list_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define MATCH "resourceVersionMatch"

/* The options that are looked at; "" when absent. */
struct options {
	const char *version;
	const char *match;
	const char *page;    /* continue */
	const char *initial; /* sendInitialEvents */
};

static const char *param(const struct request *req, const char *key)
{
	const char *value = request_param(req, key);

	return value ? value : "";
}

static const struct resource options_kind = {
	.group = "meta.k8s.io",
	.kind = "ListOptions",
};

/* One more cause. */
static void add(
	struct status *st, const char *what, const char *field, const char *why)
{
	struct status one;
	unsigned count = st->cause_count;

	status_invalid(&one, &options_kind, "", what, field, "%s", why);
	if (!count)
		*st = one;
	else if (count < STATUS_MAX_CAUSES)
		st->causes[st->cause_count++] = one.causes[0];
}

static void add_unsupported(
	struct status *st, const char *match, const char *supported)
{
	char why[256];

	snprintf(why, sizeof(why), "\"%.100s\": supported values: %s", match,
		supported);
	add(st, "Unsupported value", MATCH, why);
}

static void check_list(const struct options *options, struct status *st)
{
	bool is_exact = !strcmp(options->match, "Exact");

	if (*options->match && !*options->version)
		add(st, "Forbidden", MATCH,
			"resourceVersionMatch is forbidden unless "
			"resourceVersion is provided");
	if (*options->match && *options->page)
		add(st, "Forbidden", MATCH,
			"resourceVersionMatch is forbidden when continue is "
			"provided");
	if (*options->match && !is_exact &&
		strcmp(options->match, "NotOlderThan") != 0)
		add_unsupported(st, options->match,
			"\"Exact\", \"NotOlderThan\", \"\"");
	if (is_exact && !strcmp(options->version, "0"))
		add(st, "Forbidden", MATCH,
			"resourceVersionMatch \"exact\" is forbidden for "
			"resourceVersion \"0\"");
	if (*options->initial)
		add(st, "Forbidden", "sendInitialEvents",
			"sendInitialEvents is forbidden for list");
}

static void check_watch(const struct options *options, struct status *st)
{
	bool fits = !strcmp(options->match, "NotOlderThan");

	if (*options->initial && !fits)
		add(st, "Forbidden", MATCH,
			"sendInitialEvents requires setting "
			"resourceVersionMatch to NotOlderThan");
	if (*options->match && !*options->initial)
		add(st, "Forbidden", MATCH,
			"resourceVersionMatch is forbidden for watch unless "
			"sendInitialEvents is provided");
	if (*options->match && !fits)
		add_unsupported(st, options->match, "\"NotOlderThan\"");
	if (*options->match && *options->page)
		add(st, "Forbidden", MATCH,
			"resourceVersionMatch is forbidden when continue is "
			"provided");
}

/* Several causes are told as a list. */
static void tell_all(struct status *st)
{
	struct buf text = BUF_INIT;

	for (unsigned i = 0; i < st->cause_count; i++)
		buf_printf(&text, "%s%s: %s", i ? ", " : "",
			st->causes[i].field, st->causes[i].message);
	snprintf(st->message, sizeof(st->message),
		"ListOptions.meta.k8s.io \"\" is invalid: [%s]",
		buf_cstr(&text));
	buf_fini(&text);
}

int list_options_check(
	const struct request *req, bool is_watch, struct status *st)
{
	const struct options options = {
		.version = param(req, "resourceVersion"),
		.match = param(req, MATCH),
		.page = param(req, "continue"),
		.initial = param(req, "sendInitialEvents"),
	};

	st->cause_count = 0;
	if (is_watch)
		check_watch(&options, st);
	else
		check_list(&options, st);
	if (!st->cause_count)
		return 0;
	if (st->cause_count > 1)
		tell_all(st);
	return -1;
}

int list_options_check_version(
	const struct request *req, uint64_t current, struct status *st)
{
	uint64_t wanted = request_param_u64(req, "resourceVersion", 0);
	struct status_cause *cause;

	if (wanted <= current)
		return 0;
	status_set(st, 504, "Timeout",
		"Timeout: Too large resource version: %" PRIu64
		", current: %" PRIu64,
		wanted, current);
	st->has_details = true;
	st->retry_after = 1;
	cause = &st->causes[st->cause_count++];
	*cause = (struct status_cause){ .reason = "ResourceVersionTooLarge" };
	snprintf(cause->message, sizeof(cause->message),
		"Too large resource version");
	return -1;
}
