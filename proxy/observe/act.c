/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/act.h"

#include <cjson/cJSON.h>

#include "base/check.h"

const char *act_name(enum act_kind kind)
{
	switch (kind) {
	case ACT_PAUSE:
		return "pause";
	case ACT_RESUME:
		return "resume";
	case ACT_DRAIN:
		return "drain";
	case ACT_KILL:
		return "kill";
	case ACT_LOG_LEVEL:
		return "log-level";
	case ACT_RELOAD:
		return "reload";
	case ACT_REPLAY:
		return "replay";
	case ACT_DISCARD:
		return "discard";
	case ACT_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}

bool act_is_change(const struct act *act)
{
	return act->kind != ACT_LOG_LEVEL || *act->what;
}

static const char *text_of(const cJSON *root, const char *key)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(root, key));
}

int act_read_answer(struct span json, struct buf *ret_said, struct err *err)
{
	cJSON *root = cJSON_ParseWithLength(json.ptr, json.len);
	const char *done = text_of(root, "done");
	const char *error = text_of(root, "error");
	int result = 0;

	if (error)
		result = err_set(err, "%s", error);
	else if (!done)
		result = err_set(err, "the answer is none to an order");
	else
		buf_append_str(ret_said, done);
	cJSON_Delete(root);
	return result;
}
