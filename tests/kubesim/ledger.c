/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/ledger.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

void ledger_init(struct ledger *ledger, size_t max)
{
	CHECK(max > 0);
	*ledger = (struct ledger){ .max = max };
	ledger->lines = xcalloc(max, sizeof(*ledger->lines));
}

void ledger_fini(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->max; i++)
		buf_fini(&ledger->lines[i]);
	free(ledger->lines);
	ledger->lines = NULL;
}

void ledger_clear(struct ledger *ledger)
{
	ledger->first = ledger->next;
	ledger->counter_count = 0;
}

void ledger_count(struct ledger *ledger, const struct request *req, int code)
{
	struct counter *counter;

	for (unsigned i = 0; i < ledger->counter_count; i++) {
		counter = &ledger->counters[i];
		if (counter->code == code &&
			!strcmp(counter->plural, req->plural) &&
			!strcmp(counter->verb, req->verb)) {
			counter->count++;
			return;
		}
	}
	/* Only paths that are no resource of ours could fill it up. */
	if (ledger->counter_count == LEDGER_MAX_COUNTERS)
		return;
	counter = &ledger->counters[ledger->counter_count++];
	*counter = (struct counter){ .code = code, .count = 1 };
	snprintf(counter->verb, sizeof(counter->verb), "%s", req->verb);
	snprintf(counter->plural, sizeof(counter->plural), "%s", req->plural);
}

/* A patch or an object is known again by this. */
static void note_body(cJSON *line, struct span body)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char text[2 * SHA256_DIGEST_LENGTH + 1] = "";

	SHA256((const uint8_t *)body.ptr, body.len, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	json_set_str(line, "bodySha256", body.len ? text : "");
}

/* What became of the object, and which finalizers it lost. */
static void note_change(cJSON *line, const struct change *change)
{
	static const char *const words[] = {
		[CHANGE_ADDED] = "added",
		[CHANGE_MODIFIED] = "modified",
		[CHANGE_DELETED] = "deleted",
	};
	cJSON *lost = cJSON_CreateArray();
	const cJSON *before = NULL;
	const cJSON *after = NULL;
	const cJSON *name;

	json_set_str(line, "change", change ? words[change->type] : "none");
	if (change && change->before) {
		before = json_get_path(
			change->before->tree, "metadata.finalizers");
		after = json_get_path(change->now->tree, "metadata.finalizers");
	}
	cJSON_ArrayForEach(name, before)
	{
		if (!json_array_has(after, name->valuestring))
			cJSON_AddItemToArray(lost, json_dup(name));
	}
	json_set(line, "finalizersGone", lost);
}

void ledger_note(struct ledger *ledger, const struct effect *effect)
{
	const struct call *call = effect->call;
	const struct request *req = call->req;
	const struct object *obj = effect->obj;
	const char *uid = json_str(obj->tree, "metadata.uid");
	const cJSON *labels = json_get_path(obj->tree, "metadata.labels");
	cJSON *line = cJSON_CreateObject();
	char *method = span_dup(call->method);
	char rv[32];
	char *text;

	snprintf(rv, sizeof(rv), "%" PRIu64, obj->rv);
	json_set_num(line, "seq", (double)ledger->next);
	json_set_num(line, "usec", (double)call->now);
	json_set_num(line, "waitedUsec",
		(double)usec_since(call->now, effect->started_at));
	json_set_str(line, "method", method);
	json_set_str(line, "path", req->path);
	json_set_str(line, "verb", req->verb);
	json_set_str(line, "resource", req->plural);
	json_set_str(line, "namespace", obj->ns);
	json_set_str(line, "name", obj->name);
	json_set_str(line, "uid", uid ? uid : "");
	json_set_str(line, "resourceVersion", rv);
	json_set_str(line, "user", call->user->user);
	json_set_num(line, "code", effect->code);
	json_set_str(line, "auditID", effect->audit_id);
	note_body(line, call->body);
	note_change(line, effect->change);
	json_set(line, "labels",
		labels ? json_dup(labels) : cJSON_CreateObject());
	text = json_print(line);
	ledger_restore(ledger, span_str(text));
	free(text);
	free(method);
	cJSON_Delete(line);
}

void ledger_restore(struct ledger *ledger, struct span line)
{
	struct buf *slot = &ledger->lines[ledger->next % ledger->max];

	if (ledger->next - ledger->first == ledger->max)
		ledger->first++;
	buf_clear(slot);
	buf_append_span(slot, line);
	ledger->next++;
}

void ledger_go_on_from(struct ledger *ledger, uint64_t next)
{
	ledger->first = ledger->next = next;
}

struct span ledger_last(const struct ledger *ledger)
{
	CHECK(ledger->next > 0);
	return buf_span(&ledger->lines[(ledger->next - 1) % ledger->max]);
}

void ledger_print(const struct ledger *ledger, uint64_t since, struct buf *out)
{
	if (since < ledger->first)
		since = ledger->first;
	buf_append_str(out, "[");
	for (uint64_t i = since; i < ledger->next; i++) {
		if (i != since)
			buf_append_str(out, ",\n");
		buf_append_span(out, buf_span(&ledger->lines[i % ledger->max]));
	}
	buf_append_str(out, "]\n");
}

cJSON *ledger_report(const struct ledger *ledger)
{
	cJSON *list = cJSON_CreateArray();

	for (unsigned i = 0; i < ledger->counter_count; i++) {
		const struct counter *counter = &ledger->counters[i];
		cJSON *item = cJSON_CreateObject();

		json_set_str(item, "verb", counter->verb);
		json_set_str(item, "resource", counter->plural);
		json_set_num(item, "code", counter->code);
		json_set_num(item, "count", (double)counter->count);
		cJSON_AddItemToArray(list, item);
	}
	return list;
}
