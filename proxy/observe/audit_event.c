/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/audit_event.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "base/json_quote.h"
#include "base/timestamp.h"

/* "," before all but the first of an object. */
static void put_key(struct buf *out, const char *key)
{
	char last = out->data[out->end - 1];

	buf_printf(out, "%s\"%s\":", last == '{' ? "" : ",", key);
}

static void put_text(struct buf *out, const char *key, struct span value)
{
	if (!value.len)
		return;
	put_key(out, key);
	json_append_quoted(out, value, SIZE_MAX);
}

/* metav1.MicroTime: always six digits, always UTC. */
static void put_time(struct buf *out, const char *key, usec_t wall)
{
	char text[TIMESTAMP_CAP];

	timestamp_format((int64_t)(wall / USEC_PER_SEC), text);
	put_key(out, key);
	buf_printf(out, "\"%.*s.%06uZ\"", (int)strlen(text) - 1, text,
		(unsigned)(wall % USEC_PER_SEC));
}

static void put_groups(struct buf *out, const struct audit_event *event)
{
	if (!event->group_count)
		return;
	put_key(out, "groups");
	for (size_t i = 0; i < event->group_count; i++) {
		buf_append_str(out, i ? "," : "[");
		json_append_quoted(out, event->groups[i], SIZE_MAX);
	}
	buf_append_str(out, "]");
}

static void put_user(struct buf *out, const struct audit_event *event)
{
	put_key(out, "user");
	buf_append_str(out, "{");
	put_text(out, "username", event->user);
	put_text(out, "uid", event->user_uid);
	put_groups(out, event);
	if (event->user_pid.len)
		buf_printf(out, ",\"extra\":{\"fairway.dev/pid\":[\"%.*s\"]}",
			SPAN_ARG(event->user_pid));
	buf_append_str(out, "}");
}

/* Without its port; nothing if it is no address (a socket's path). */
static void put_source(struct buf *out, struct span peer)
{
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char address[sizeof(struct in6_addr)];
	bool is_v6 = span_starts_with(peer, SPAN("["));
	struct span rest = is_v6 ? span_skip(peer, 1) : peer;
	struct span host = span_cut(&rest, is_v6 ? ']' : ':');

	if (!host.len || host.len >= sizeof(text))
		return;
	memcpy(text, host.ptr, host.len);
	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, text, address) != 1)
		return;
	put_key(out, "sourceIPs");
	buf_printf(out, "[\"%s\"]", text);
}

static void put_object(struct buf *out, const struct audit_object *object)
{
	if (!object->resource.len)
		return;
	put_key(out, "objectRef");
	buf_append_str(out, "{");
	put_text(out, "resource", object->resource);
	put_text(out, "namespace", object->namespace);
	put_text(out, "name", object->name);
	put_text(out, "uid", object->uid);
	put_text(out, "apiGroup", object->group);
	put_text(out, "apiVersion", object->version);
	put_text(out, "subresource", object->subresource);
	buf_append_str(out, "}");
}

static void put_status(struct buf *out, const struct audit_event *event)
{
	if (!event->status)
		return;
	put_key(out, "responseStatus");
	buf_append_str(out, "{\"metadata\":{}");
	if (event->status >= 400)
		put_text(out, "status", SPAN("Failure"));
	put_text(out, "message", span_str(event->message));
	put_text(out, "reason", span_str(event->reason));
	buf_printf(out, ",\"code\":%u}", event->status);
}

static void put_notes(struct buf *out, const struct audit_note *notes)
{
	put_key(out, "annotations");
	buf_append_str(out, "{");
	for (; notes->key; notes++) {
		if (!notes->value.len)
			continue;
		buf_printf(out, "%s\"fairway.dev/%s\":",
			out->data[out->end - 1] == '{' ? "" : ",", notes->key);
		json_append_quoted(out, notes->value, SIZE_MAX);
	}
	buf_append_str(out, "}");
}

void audit_event_write(const struct audit_event *event, struct buf *ret_line)
{
	buf_append_str(ret_line,
		"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\","
		"\"level\":\"Metadata\"");
	put_text(ret_line, "auditID", event->audit_id);
	put_text(ret_line, "stage", SPAN("ResponseComplete"));
	put_text(ret_line, "requestURI", event->uri);
	put_text(ret_line, "verb", span_str(event->verb));
	put_user(ret_line, event);
	put_source(ret_line, event->peer);
	put_text(ret_line, "userAgent", event->user_agent);
	put_object(ret_line, &event->object);
	put_status(ret_line, event);
	put_time(ret_line, "requestReceivedTimestamp", event->began_at);
	put_time(ret_line, "stageTimestamp", event->ended_at);
	put_notes(ret_line, event->notes);
	buf_append_str(ret_line, "}\n");
}
