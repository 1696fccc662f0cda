/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/ledger.h"

#include <inttypes.h>
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

void ledger_note(struct ledger *ledger, const struct call *call, int code,
	const struct object *obj, const char *audit_id, usec_t started)
{
	const struct request *req = call->req;
	const char *uid = json_str(obj->tree, "metadata.uid");
	cJSON *line = cJSON_CreateObject();
	struct buf *slot = &ledger->lines[ledger->next % ledger->max];
	char *method = span_dup(call->method);
	char rv[32];
	char *text;

	if (ledger->next - ledger->first == ledger->max)
		ledger->first++;
	snprintf(rv, sizeof(rv), "%" PRIu64, obj->rv);
	json_set_num(line, "seq", (double)ledger->next);
	json_set_num(line, "usec", (double)call->now);
	json_set_num(
		line, "waitedUsec", (double)usec_since(call->now, started));
	json_set_str(line, "method", method);
	json_set_str(line, "path", req->path);
	json_set_str(line, "verb", req->verb);
	json_set_str(line, "resource", req->plural);
	json_set_str(line, "namespace", obj->ns);
	json_set_str(line, "name", obj->name);
	json_set_str(line, "uid", uid ? uid : "");
	json_set_str(line, "resourceVersion", rv);
	json_set_str(line, "user", call->user->user);
	json_set_num(line, "code", code);
	json_set_str(line, "auditID", audit_id);
	text = json_print(line);
	buf_clear(slot);
	buf_append_str(slot, text);
	free(text);
	free(method);
	cJSON_Delete(line);
	ledger->next++;
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
