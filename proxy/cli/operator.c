/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/operator.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "proxy/cli/inputs.h"
#include "proxy/exchange/order.h"
#include "proxy/exchange/server.h"
#include "proxy/observe/audit.h"
#include "proxy/observe/log.h"

/* ---- what an order names -------------------------------------------------- */

/* "reads", "lane reads", "flow 4711", "upstream 10.0.0.1:6443" … */
enum target_kind {
	TARGET_ALL,
	TARGET_LANE,
	TARGET_FLOW,
	TARGET_UPSTREAM,
	TARGET_REQUEST,
	TARGET_CONNECTION,
	TARGET_NOTHING,
};

struct target {
	enum target_kind kind;
	struct span name;
	uint64_t number; /* of a flow, a request, a connection */
	uint16_t index;  /* of a lane, an API server */
};

static const char *const TARGET_WORDS[] = {
	[TARGET_LANE] = "lane",
	[TARGET_FLOW] = "flow",
	[TARGET_UPSTREAM] = "upstream",
	[TARGET_REQUEST] = "request",
	[TARGET_CONNECTION] = "connection",
};

static const struct policy_settings *settings_of(
	const struct operator *operator)
{
	return &operator->inputs->config->policy;
}

static int find_lane(const struct policy_settings *settings,
	struct target *target, struct err *err)
{
	for (uint16_t i = 0; i < settings->lane_count; i++) {
		if (!span_eq_str(target->name, settings->lanes[i].name))
			continue;
		if (settings->lanes[i].kind == LANE_EXEMPT)
			return err_set(err,
				"lane %.*s is exempt: leases that wait are "
				"lost",
				SPAN_ARG(target->name));
		target->index = i;
		return 0;
	}
	return err_set(err, "there is no lane %.*s; see fairway lanes",
		SPAN_ARG(target->name));
}

static int find_upstream(
	struct server *server, struct target *target, struct err *err)
{
	struct policy_stats *stats = xcalloc(1, sizeof(*stats));
	int result = -1;

	policy_read_stats(server_policy(server), stats);
	for (uint16_t i = 0; i < stats->endpoint_count && result; i++) {
		if (stats->endpoints[i].health == HEALTH_VACANT ||
			!span_eq_str(target->name,
				server_endpoint_name(server, i)))
			continue;
		target->index = i;
		result = 0;
	}
	free(stats);
	return result ? err_set(err,
				"there is no API server %.*s; see fairway "
				"upstream",
				SPAN_ARG(target->name))
		      : 0;
}

static int resolve(const struct operator *operator, struct target *target,
	struct err *err)
{
	switch (target->kind) {
	case TARGET_LANE:
		return find_lane(settings_of(operator), target, err);
	case TARGET_UPSTREAM:
		return find_upstream(operator->server, target, err);
	case TARGET_FLOW:
	case TARGET_REQUEST:
	case TARGET_CONNECTION:
		if (!span_to_u64(target->name, &target->number))
			return 0;
		return err_set(err, "a %s is a number, not %.*s",
			TARGET_WORDS[target->kind], SPAN_ARG(target->name));
	case TARGET_ALL:
	case TARGET_NOTHING:
		break;
	}
	return 0;
}

/* One word is a lane. */
static int read_target(const struct operator *operator, const char *what,
	struct target *ret, struct err *err)
{
	struct span rest = span_str(what);
	struct span first = span_cut(&rest, ' ');

	*ret = (struct target){ .kind = TARGET_NOTHING, .name = rest };
	if (!*what) {
		ret->kind = TARGET_ALL;
	} else if (span_is_absent(rest)) {
		ret->kind = TARGET_LANE;
		ret->name = first;
	}
	for (size_t i = TARGET_LANE;
		ret->kind == TARGET_NOTHING && i < ARRAY_SIZE(TARGET_WORDS);
		i++) {
		if (span_eq_str(first, TARGET_WORDS[i]))
			ret->kind = (enum target_kind)i;
	}
	return resolve(operator, ret, err);
}

/* ---- pause, drain, resume ------------------------------------------------ */

static int pause_lanes(const struct operator *operator,
	const struct target *target, struct buf *ret_said, struct err *err)
{
	const struct policy_settings *settings = settings_of(operator);

	if (target->kind != TARGET_ALL && target->kind != TARGET_LANE)
		return err_set(err, "a lane can be paused, nothing else");
	for (uint16_t i = 0; i < settings->lane_count; i++) {
		if (settings->lanes[i].kind == LANE_EXEMPT ||
			(target->kind == TARGET_LANE && target->index != i))
			continue;
		order_pause_lane(operator->server, i, true);
		buf_printf(ret_said, "%s%s", buf_len(ret_said) ? ", " : "",
			settings->lanes[i].name);
	}
	buf_append_str(ret_said, ": paused");
	return 0;
}

static int drain_upstream(const struct operator *operator,
	const struct target *target, struct err *err)
{
	struct policy_stats *stats = xcalloc(1, sizeof(*stats));
	unsigned others = 0;

	policy_read_stats(server_policy(operator->server), stats);
	for (uint16_t i = 0; i < stats->endpoint_count; i++)
		others += i != target->index &&
			!stats->endpoints[i].is_drained &&
			stats->endpoints[i].health != HEALTH_VACANT;
	free(stats);
	if (!others)
		return err_set(err,
			"%.*s is the only API server that is left: pause lanes "
			"instead",
			SPAN_ARG(target->name));
	order_drain_endpoint(operator->server, target->index, true);
	return 0;
}

static int drain_target(const struct operator *operator,
	const struct target *target, struct err *err)
{
	switch (target->kind) {
	case TARGET_LANE:
		order_drain_lane(operator->server, target->index, true);
		return 0;
	case TARGET_FLOW:
		if (!order_drain_flow(operator->server, target->number, true))
			return 0;
		return err_set(err, "%d flows are drained already",
			POLICY_DRAINED_FLOWS_MAX);
	case TARGET_UPSTREAM:
		return drain_upstream(operator, target, err);
	case TARGET_ALL:
	case TARGET_REQUEST:
	case TARGET_CONNECTION:
	case TARGET_NOTHING:
		break;
	}
	return err_set(err, "say lane NAME, flow HASH or upstream ADDRESS");
}

static void resume_all(const struct operator *operator)
{
	struct policy *policy = server_policy(operator->server);
	const struct policy_settings *settings = settings_of(operator);
	struct policy_stats *stats = xcalloc(1, sizeof(*stats));
	const uint64_t *flows;

	policy_read_stats(policy, stats);
	for (uint16_t i = 0; i < settings->lane_count; i++) {
		if (settings->lanes[i].kind == LANE_EXEMPT)
			continue;
		order_pause_lane(operator->server, i, false);
		order_drain_lane(operator->server, i, false);
	}
	for (uint16_t i = 0; i < stats->endpoint_count; i++)
		order_drain_endpoint(operator->server, i, false);
	while (policy_drained_flows(policy, &flows))
		order_drain_flow(operator->server, flows[0], false);
	free(stats);
}

static int resume(const struct operator *operator, const struct target *target,
	struct buf *ret_said, struct err *err)
{
	switch (target->kind) {
	case TARGET_ALL:
		resume_all(operator);
		buf_append_str(ret_said, "all: resumed");
		return 0;
	case TARGET_LANE:
		order_pause_lane(operator->server, target->index, false);
		order_drain_lane(operator->server, target->index, false);
		break;
	case TARGET_FLOW:
		if (order_drain_flow(operator->server, target->number, false))
			return err_set(err, "flow %.*s is not drained",
				SPAN_ARG(target->name));
		break;
	case TARGET_UPSTREAM:
		order_drain_endpoint(operator->server, target->index, false);
		break;
	case TARGET_REQUEST:
	case TARGET_CONNECTION:
	case TARGET_NOTHING:
		return err_set(
			err, "say lane NAME, flow HASH or upstream ADDRESS");
	}
	buf_printf(ret_said, "%.*s: resumed", SPAN_ARG(target->name));
	return 0;
}

/* ---- kill ---------------------------------------------------------------- */

static int kill_target(const struct operator *operator,
	const struct target *target, struct buf *ret_said, struct err *err)
{
	struct server *server = operator->server;
	size_t count = 0;

	switch (target->kind) {
	case TARGET_REQUEST:
		count = order_kill_request(server, target->number);
		break;
	case TARGET_CONNECTION:
		count = order_kill_connection(server, target->number);
		break;
	case TARGET_FLOW:
		count = order_kill_flow(server, target->number);
		break;
	case TARGET_ALL:
	case TARGET_LANE:
	case TARGET_UPSTREAM:
	case TARGET_NOTHING:
		return err_set(err,
			"say request ID, connection ID or flow HASH; see "
			"/debug/requests and fairway flows");
	}
	if (!count)
		return err_set(err, "there is no %s %.*s with a request",
			TARGET_WORDS[target->kind], SPAN_ARG(target->name));
	buf_printf(ret_said, "%s %.*s: %zu ended", TARGET_WORDS[target->kind],
		SPAN_ARG(target->name), count);
	return 0;
}

/* ---- intents ------------------------------------------------------------- */

static int read_id(const char *text, uint64_t *ret_id, struct err *err)
{
	if (span_to_u64(span_str(text), ret_id))
		return err_set(err,
			"an intent is a number, not %s; see fairway journal",
			*text ? text : "nothing");
	return 0;
}

static int replay(struct operator *operator, const char *what,
	struct buf *ret_said, struct err *err)
{
	size_t count;
	uint64_t id;

	if (!*what) {
		count = server_replay_intents(operator->server);
		buf_printf(ret_said, "%zu: due now", count);
		return 0;
	}
	if (read_id(what, &id, err) ||
		server_replay_intent(operator->server, id, err))
		return -1;
	buf_printf(ret_said, "%s: due now", what);
	return 0;
}

static int discard(struct operator *operator, const char *what,
	struct buf *ret_said, struct err *err)
{
	uint64_t id;

	if (read_id(what, &id, err) ||
		server_discard_intent(operator->server, id, err))
		return -1;
	buf_printf(ret_said, "%s: discarded", what);
	return 0;
}

/* ---- the rest ------------------------------------------------------------ */

static int set_log_level(struct log *log, const char *name,
	struct buf *ret_said, struct err *err)
{
	if (*name && log_level_by_name(name, &log->level) != 0)
		return err_set(err,
			"the level is error, warn, info or debug, not %s",
			name);
	buf_printf(ret_said, "log level: %s", log_level_name(log->level));
	return 0;
}

static int reload(
	struct operator *operator, struct buf *ret_said, struct err *err)
{
	if (inputs_reload(operator->inputs, err) != 0)
		return -1;
	buf_append_str(ret_said, "read again");
	return 0;
}

static int carry_out(struct operator *operator, const struct act *act,
	struct buf *ret_said, struct err *err)
{
	struct target target;

	if (act->kind == ACT_LOG_LEVEL)
		return set_log_level(operator->log, act->what, ret_said, err);
	if (act->kind == ACT_RELOAD)
		return reload(operator, ret_said, err);
	if (act->kind == ACT_REPLAY)
		return replay(operator, act->what, ret_said, err);
	if (act->kind == ACT_DISCARD)
		return discard(operator, act->what, ret_said, err);
	if (read_target(operator, act->what, &target, err) != 0)
		return -1;
	switch (act->kind) {
	case ACT_PAUSE:
		return pause_lanes(operator, &target, ret_said, err);
	case ACT_RESUME:
		return resume(operator, &target, ret_said, err);
	case ACT_DRAIN:
		if (drain_target(operator, &target, err) != 0)
			return -1;
		buf_printf(ret_said, "%.*s: drained", SPAN_ARG(target.name));
		return 0;
	case ACT_KILL:
		return kill_target(operator, &target, ret_said, err);
	case ACT_LOG_LEVEL:
	case ACT_RELOAD:
	case ACT_REPLAY:
	case ACT_DISCARD:
	case ACT_COUNT:
		break;
	}
	return err_set(err, "no such order");
}

int operator_carry_out(
	const struct act *act, void *user, struct buf *ret_said,
	struct err *err)
{
	struct operator *operator = user;
	int result = carry_out(operator, act, ret_said, err);

	/* Whatever the level is: who changed something is always told. */
	log_event(operator->log, LOG_LEVEL_ERROR < operator->log->level
			? LOG_LEVEL_WARN
			: LOG_LEVEL_ERROR,
		"an operator's order",
		LOG_FIELDS(LOG_STR("verb", act_name(act->kind)),
			LOG_STR("what", *act->what ? act->what : "-"),
			LOG_UINT("uid", act->uid),
			LOG_UINT("pid", (uint64_t)act->pid),
			LOG_STR("result", result ? "refused" : "done"),
			LOG_STR("why", result ? err->text : "-")));
	audit_order(operator->audit, act, result ? err->text : NULL);
	return result;
}

/* ---- without the socket -------------------------------------------------- */

void operator_hang_up(struct operator *operator)
{
	const struct act act = {
		.kind = ACT_RELOAD, .by = ACT_BY_SIGNAL, .what = ""
	};
	struct err err;
	int result = inputs_reload(operator->inputs, &err);

	audit_order(operator->audit, &act, result ? err.text : NULL);
}

void operator_note_file(
	struct operator *operator, const char *what, const char *why)
{
	const struct act act = {
		.kind = ACT_RELOAD, .by = ACT_BY_FILE, .what = what
	};

	audit_order(operator->audit, &act, why);
}
