/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/response.h"

#include <stdio.h>

#include "base/check.h"
#include "tests/kubesim/gzip.h"
#include "tests/kubesim/source.h"

/* No protocol tells the length of what is longer. */
enum { MAX_TOLD_LENGTH = 4096 };

static void add(struct response_head *head, const char *name, const char *value)
{
	CHECK(head->response.count < RESPONSE_MAX_HEADERS);
	head->headers[head->response.count++] = (struct header){ name, value };
}

/* In the order of their names, as Go sends them. */
static void add_headers(struct response_head *head, const struct exchange *ex)
{
	const struct answer *answer = &ex->answer;
	const cJSON *warnings = answer->warnings;

	if (*ex->audit_id)
		add(head, "audit-id", ex->audit_id);
	add(head, "cache-control", "no-cache, private");
	if (ex->gzip)
		add(head, "content-encoding", "gzip");
	if (answer->content_type)
		add(head, "content-type", answer->content_type);
	if (answer->retry_after) {
		snprintf(head->retry_after, sizeof(head->retry_after), "%u",
			answer->retry_after);
		add(head, "retry-after", head->retry_after);
	}
	if (ex->gzip)
		add(head, "vary", "Accept-Encoding");
	for (const cJSON *item = warnings ? warnings->child : NULL; item;
		item = item->next)
		add(head, "warning", item->valuestring);
	if (answer->nosniff)
		add(head, "x-content-type-options", "nosniff");
	if (*ex->level_uid) {
		add(head, "x-kubernetes-pf-flowschema-uid", ex->schema_uid);
		add(head, "x-kubernetes-pf-prioritylevel-uid", ex->level_uid);
	}
}

/* An upgrade is answered by the kubelet, and in its order. */
static void add_upgrade(
	struct response_head *head, const struct upgrade *upgrade)
{
	const char *protocol = upgrade->protocol;

	if (*upgrade->accept) {
		add(head, "upgrade", upgrade->to);
		add(head, "connection", "Upgrade");
		/* Sent as "Sec-WebSocket-...": not as Go would spell it. */
		add(head, "sec-webSocket-accept", upgrade->accept);
		if (*protocol)
			add(head, "sec-webSocket-protocol", protocol);
		head->response.is_dateless = true;
		return;
	}
	add(head, "connection", "Upgrade");
	add(head, "upgrade", upgrade->to);
	if (*protocol)
		add(head, "x-stream-protocol-version", protocol);
}

/* k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/writers.go */
static bool is_to_be_packed(const struct exchange *ex, size_t len)
{
	const char *accepted = ex->headers[HEADER_ACCEPT_ENCODING];
	size_t above = ex->server->settings.gzip_above;

	return above && len > above && !ex->answer.source && accepted &&
		gzip_is_accepted(accepted);
}

void response_prepare(struct response_head *head, struct exchange *ex)
{
	const struct answer *answer = &ex->answer;
	struct response *response = &head->response;
	size_t len = evbuffer_get_length(answer->body);
	const char *method = ex->headers[HEADER_METHOD];

	*response = (struct response){
		.code = answer->code,
		.headers = head->headers,
		.has_body = (answer->source || len) &&
			!(method && !strcmp(method, "HEAD")),
		.is_whole = !answer->source,
		.len = len,
	};
	if (is_to_be_packed(ex, len)) {
		ex->gzip = gzip_new(answer->body);
		response->is_whole =
			gzip_is_less(ex->gzip, MAX_TOLD_LENGTH, &response->len);
	}
	if (answer->upgrade.to)
		add_upgrade(head, &answer->upgrade);
	else
		add_headers(head, ex);
}
