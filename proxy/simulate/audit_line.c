/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/simulate/audit_line.h"

#include <stdlib.h>
#include <string.h>

#include "conf/arena.h"
#include "policy/classify.h"
#include "proxy/simulate/fields.h"

/* A watch's events begin; when is not in its last event. */
#define WATCH_OPENS_IN USEC_PER_MSEC

static const cJSON *item_of(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static struct span text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(item_of(object, key));

	return text ? span_str(text) : SPAN_NONE;
}

/* ---- what it was --------------------------------------------------------- */

/* The method that becomes such a verb; of what is no resource it is one. */
static struct span method_of(struct span verb)
{
	static const struct {
		const char *verb;
		struct span method;
	} METHODS[] = {
		{ "get", SPAN_INIT("GET") },
		{ "list", SPAN_INIT("GET") },
		{ "watch", SPAN_INIT("GET") },
		{ "create", SPAN_INIT("POST") },
		{ "post", SPAN_INIT("POST") },
		{ "update", SPAN_INIT("PUT") },
		{ "put", SPAN_INIT("PUT") },
		{ "patch", SPAN_INIT("PATCH") },
		{ "delete", SPAN_INIT("DELETE") },
		{ "deletecollection", SPAN_INIT("DELETE") },
		{ "head", SPAN_INIT("HEAD") },
		{ "options", SPAN_INIT("OPTIONS") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(METHODS); i++) {
		if (span_eq_str(verb, METHODS[i].verb))
			return METHODS[i].method;
	}
	return SPAN_NONE;
}

/* Keys that only a strategic merge patch has. */
static bool has_directive(const cJSON *object)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object)
	{
		if ((item->string && item->string[0] == '$') ||
			has_directive(item))
			return true;
	}
	return false;
}

static struct span patch_type(const cJSON *body, struct span target)
{
	if (cJSON_IsArray(body))
		return SPAN("application/json-patch+json");
	if (has_directive(body))
		return SPAN("application/strategic-merge-patch+json");
	if (item_of(body, "apiVersion") && item_of(body, "kind") &&
		memmem(target.ptr, target.len, "fieldManager=", 13))
		return SPAN("application/apply-patch+yaml");
	return SPAN("application/merge-patch+json");
}

static void read_body(const cJSON *event, struct head *head,
	struct arena *arena, struct recorded *ret)
{
	const cJSON *object = item_of(event, "requestObject");
	char *body = object ? cJSON_PrintUnformatted(object) : NULL;
	struct span kept;

	if (!body) {
		ret->is_unread = true;
		return;
	}
	kept = recorded_text(arena, span_str(body));
	free(body);
	ret->body_len = kept.len;
	head->content_type = ret->class.verb == VERB_PATCH
		? patch_type(object, head->target)
		: SPAN("application/json");
	classify_body(&CLASSIFIER_DEFAULT, head, kept.ptr, kept.len, true,
		&ret->class);
}

static enum line_kind read_class(
	const cJSON *event, struct arena *arena, struct recorded *ret)
{
	struct head head = {
		.method = method_of(text_of(event, "verb")),
		.target = recorded_text(arena, text_of(event, "requestURI")),
	};

	if (span_is_absent(head.method) || !head.target.len)
		return LINE_LACKS;
	if (classify_head(&head, arena_alloc(arena, head.target.len + 1),
		    &ret->class))
		read_body(event, &head, arena, ret);
	return LINE_REQUEST;
}

/* ---- whose --------------------------------------------------------------- */

static void read_subject(
	const cJSON *event, struct arena *arena, struct recorded *ret)
{
	const cJSON *user = item_of(event, "impersonatedUser");
	const cJSON *groups, *group;
	struct span *list;
	size_t count = 0;

	if (!user)
		user = item_of(event, "user");
	groups = item_of(user, "groups");
	list = arena_alloc(arena,
		((size_t)cJSON_GetArraySize(groups) + 1) * sizeof(*list));
	cJSON_ArrayForEach(group, groups)
	{
		if (cJSON_IsString(group))
			list[count++] = recorded_text(
				arena, span_str(group->valuestring));
	}
	ret->subject = (struct subject){
		.user = recorded_text(arena, text_of(user, "username")),
		.groups = list,
		.group_count = count,
	};
	ret->has_subject = ret->subject.user.len > 0;
	ret->identity = recorded_number(ret->subject.user);
}

/* ---- when ---------------------------------------------------------------- */

static bool read_times(const cJSON *event, struct recorded *ret)
{
	usec_t end, took;

	if (!line_wall_time(
		    text_of(event, "requestReceivedTimestamp"), &ret->at) ||
		!line_wall_time(text_of(event, "stageTimestamp"), &end))
		return false;
	took = usec_since(end, ret->at);
	ret->is_service_known = true;
	ret->service = took;
	if (ret->class.is_long_running) {
		ret->service = u64_min(took, WATCH_OPENS_IN);
		ret->transfer = took - ret->service;
	}
	return true;
}

/* ---- the event ----------------------------------------------------------- */

bool audit_line_is(const cJSON *event)
{
	return span_eq(text_of(event, "kind"), SPAN("Event")) &&
		span_starts_with(
			text_of(event, "apiVersion"), SPAN("audit.k8s.io/"));
}

enum line_kind audit_line_read(
	const cJSON *event, struct arena *arena, struct recorded *ret)
{
	const cJSON *ips = item_of(event, "sourceIPs");
	const cJSON *ip = cJSON_GetArrayItem(ips, 0);
	const cJSON *code = item_of(item_of(event, "responseStatus"), "code");
	int status = cJSON_IsNumber(code) ? code->valueint : 0;
	enum line_kind kind;

	if (!span_eq(text_of(event, "stage"), SPAN("ResponseComplete")))
		return LINE_OTHER;
	if (status == 429)
		return LINE_THROTTLED;
	*ret = (struct recorded){
		.user_agent = recorded_text(arena, text_of(event, "userAgent")),
		.status = recorded_status((uint64_t)status),
		.is_apart = status == 101,
		.patience = USEC_NEVER,
	};
	if (cJSON_IsString(ip))
		ret->peer = recorded_number(span_str(ip->valuestring));
	read_subject(event, arena, ret);
	kind = read_class(event, arena, ret);
	if (kind == LINE_REQUEST && !read_times(event, ret))
		kind = LINE_LACKS;
	return kind;
}
