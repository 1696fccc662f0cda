/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/checks.h"

struct check {
	const char *name;
	bool is_of_live;
	bool counts; /* in the whole */
	/* Appends what is wrong; nothing: it is well. */
	void (*look)(const struct view *view, struct buf *why);
};

/* ---- what is looked at --------------------------------------------------- */

static void look_at_loop(const struct view *view, struct buf *why)
{
	/* It answers, so it turns. */
	(void)view;
	(void)why;
}

static void look_at_upstream(const struct view *view, struct buf *why)
{
	for (unsigned i = 0; view_next_endpoint(view, &i); i++)
		if (view->policy->endpoints[i].health != HEALTH_AWAY)
			return;
	buf_append_str(why, "away");
}

static void look_at_config(const struct view *view, struct buf *why)
{
	buf_append_str(why, view->reload->why);
}

static void look_at_certificate(const struct view *view, struct buf *why)
{
	buf_append_str(why, view->reload->why_listen);
}

static void look_at_credentials(const struct view *view, struct buf *why)
{
	buf_append_str(why, view->reload->why_upstream);
}

static void look_at_journal(const struct view *view, struct buf *why)
{
	if (view->intents->is_wanted && !view->intents->is_on)
		buf_printf(why, "off: %s", view->intents->trouble);
}

static void look_at_audit(const struct view *view, struct buf *why)
{
	if (view->audit->is_failing)
		buf_append_str(why, view->audit->trouble.text);
}

static void look_at_replicas(const struct view *view, struct buf *why)
{
	const struct replica_stats *stats;

	if (!view->replicas)
		return;
	stats = &view->replicas->stats;
	if (stats->state == REPLICA_CUT_OFF ||
		stats->state == REPLICA_NAMELESS)
		buf_printf(why, "%s: %s", replica_state_name(stats->state),
			view->replicas->trouble);
	else if (stats->too_many)
		buf_printf(why, "%u are too many", stats->too_many);
}

static void look_at_shutdown(const struct view *view, struct buf *why)
{
	if (!view->is_ready)
		buf_append_str(why, "has begun");
}

static const struct check CHECKS[] = {
	{ "loop", true, true, look_at_loop },
	{ "upstream", false, false, look_at_upstream },
	{ "config", false, false, look_at_config },
	{ "certificate", false, false, look_at_certificate },
	{ "credentials", false, false, look_at_credentials },
	{ "journal", false, false, look_at_journal },
	{ "audit", false, false, look_at_audit },
	{ "replicas", false, false, look_at_replicas },
	{ "shutdown", false, true, look_at_shutdown },
};

static bool is_of(const struct check *check, enum checks_of of)
{
	return of == CHECKS_READY || check->is_of_live;
}

static const char *name_of(enum checks_of of)
{
	return of == CHECKS_LIVE ? "livez" : "readyz";
}

/* ---- what is asked ------------------------------------------------------- */

/* Cuts "key=value" off; false: nothing is left. */
static bool next_option(
	struct span *query, struct span *ret_key, struct span *ret_value)
{
	if (span_is_absent(*query))
		return false;
	*ret_value = span_cut(query, '&');
	*ret_key = span_cut(ret_value, '=');
	return true;
}

static bool asks_verbose(struct span query)
{
	struct span key, value;

	while (next_option(&query, &key, &value))
		if (span_eq_str(key, "verbose"))
			return true;
	return false;
}

static bool is_excluded(const struct check *check, struct span query)
{
	struct span key, value;

	while (next_option(&query, &key, &value))
		if (span_eq_str(key, "exclude") &&
			span_eq_str(value, check->name))
			return true;
	return false;
}

static const struct check *check_by_name(enum checks_of of, struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(CHECKS); i++)
		if (is_of(&CHECKS[i], of) && span_eq_str(name, CHECKS[i].name))
			return &CHECKS[i];
	return NULL;
}

/* ---- what is answered ---------------------------------------------------- */

/* None, where no name could be looked up. */
static bool has_endpoint(const struct view *view)
{
	unsigned i = 0;

	return view_next_endpoint(view, &i);
}

/* "upstream" has a line for each API server. */
static void write_endpoints(const struct view *view, struct buf *out)
{
	for (unsigned i = 0; view_next_endpoint(view, &i); i++)
		buf_printf(out, "[+]upstream %s is %s (never counts)\n",
			view->endpoints[i],
			health_state_name(view->policy->endpoints[i].health));
}

static void write_line(const struct check *check, const struct view *view,
	struct span why, struct buf *out)
{
	if (check->look == look_at_upstream && has_endpoint(view))
		write_endpoints(view, out);
	else if (check->look == look_at_journal && !view->intents->is_wanted)
		return;
	else if (why.len)
		buf_printf(out, "[-]%s: %.*s%s\n", check->name, SPAN_ARG(why),
			check->counts ? "" : " (never counts)");
	else
		buf_printf(out, "[+]%s ok\n", check->name);
}

/* A name that nobody has is a mistake, but not of who is asked. */
static void write_unknown_excludes(
	enum checks_of of, struct span query, struct buf *out)
{
	struct span key, value;

	while (next_option(&query, &key, &value))
		if (span_eq_str(key, "exclude") && !check_by_name(of, value))
			buf_append_str(out,
				"warn: some of what is excluded is no check\n");
}

enum checks_result checks_write(enum checks_of of, const struct view *view,
	struct span query, struct buf *ret_text)
{
	enum checks_result result = CHECKS_PASSED;
	struct buf lines = BUF_INIT, why = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(CHECKS); i++) {
		const struct check *check = &CHECKS[i];

		if (!is_of(check, of))
			continue;
		if (is_excluded(check, query)) {
			buf_printf(&lines, "[+]%s excluded: ok\n", check->name);
			continue;
		}
		buf_clear(&why);
		check->look(view, &why);
		write_line(check, view, buf_span(&why), &lines);
		if (check->counts && buf_len(&why))
			result = CHECKS_FAILED;
	}
	write_unknown_excludes(of, query, &lines);
	if (asks_verbose(query)) {
		buf_append_span(ret_text, buf_span(&lines));
		buf_printf(ret_text, "%s check %s\n", name_of(of),
			result == CHECKS_PASSED ? "passed" : "failed");
	} else {
		buf_append_str(ret_text,
			result == CHECKS_PASSED ? "ok" : "shutting down");
	}
	buf_fini(&lines);
	buf_fini(&why);
	return result;
}

enum checks_result checks_write_one(enum checks_of of, const struct view *view,
	struct span name, struct buf *ret_text)
{
	const struct check *check = check_by_name(of, name);
	struct buf why = BUF_INIT;
	enum checks_result result;

	if (!check)
		return CHECKS_UNKNOWN;
	check->look(view, &why);
	result = buf_len(&why) ? CHECKS_FAILED : CHECKS_PASSED;
	if (result == CHECKS_PASSED)
		buf_append_str(ret_text, "ok");
	else
		buf_printf(ret_text, "%s: %s\n", check->name, buf_cstr(&why));
	buf_fini(&why);
	return result;
}
