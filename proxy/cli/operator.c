/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/operator.h"

#include <string.h>

#include "proxy/cli/inputs.h"
#include "proxy/exchange/server.h"
#include "proxy/observe/log.h"

/* ---- lanes --------------------------------------------------------------- */

static void set_paused(
	struct operator *operator, const char *lane, bool is_paused,
	struct buf *ret_said)
{
	const struct policy_settings *settings =
		&operator->inputs->config->policy;

	for (uint16_t i = 0; i < settings->lane_count; i++) {
		const struct lane_settings *each = &settings->lanes[i];

		if (each->kind == LANE_EXEMPT ||
			(*lane && strcmp(each->name, lane) != 0))
			continue;
		server_pause_lane(operator->server, i, is_paused);
		buf_printf(ret_said, "%s%s", buf_len(ret_said) ? ", " : "",
			each->name);
	}
}

static int find_lane(
	const struct policy_settings *settings, const char *name,
	struct err *err)
{
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		if (strcmp(settings->lanes[i].name, name) != 0)
			continue;
		if (settings->lanes[i].kind == LANE_EXEMPT)
			return err_set(err,
				"lane %s is exempt: leases that wait are lost",
				name);
		return 0;
	}
	return err_set(err, "there is no lane %s; see fairway lanes", name);
}

static int pause_lanes(struct operator *operator, const char *lane,
	bool is_paused, struct buf *ret_said, struct err *err)
{
	if (*lane &&
		find_lane(&operator->inputs->config->policy, lane, err) != 0)
		return -1;
	set_paused(operator, lane, is_paused, ret_said);
	buf_append_str(ret_said, is_paused ? ": paused" : ": resumed");
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
	const struct view_reload *found;

	inputs_reload(operator->inputs);
	found = inputs_look(operator->inputs);
	if (*found->why)
		return err_set(err, "configuration: %s", found->why);
	if (*found->why_listen)
		return err_set(err, "certificate: %s", found->why_listen);
	if (*found->why_upstream)
		return err_set(err, "upstream: %s", found->why_upstream);
	buf_append_str(ret_said, "read again");
	return 0;
}

static int carry_out(struct operator *operator, const struct act *act,
	struct buf *ret_said, struct err *err)
{
	switch (act->kind) {
	case ACT_PAUSE:
		return pause_lanes(
			operator, act->what, true, ret_said, err);
	case ACT_RESUME:
		return pause_lanes(
			operator, act->what, false, ret_said, err);
	case ACT_LOG_LEVEL:
		return set_log_level(operator->log, act->what, ret_said, err);
	case ACT_RELOAD:
		return reload(operator, ret_said, err);
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
	return result;
}
