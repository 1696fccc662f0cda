/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/recall.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_quote.h"

#define KEY "memory.json"
#define DEPTH_MAX 64u
/* A ConfigMap has a mebibyte, an entry some 100 bytes. */
#define ENTRIES_MAX 6000

static void append_place(const struct sweep_run *run, struct buf *path)
{
	buf_printf(path, "/api/v1/namespaces/%s/configmaps/%s",
		run->order->memory_namespace, run->order->memory_name);
}

/* The text of a member of the object that `json` stands at; raw. */
static int read_member(
	struct json *json, struct span name, struct span *ret_text)
{
	if (json->token != JSON_OBJECT)
		return -1;
	while (json_next(json) == JSON_KEY) {
		bool is_it = json_text_is(json, name);

		json_next(json);
		if (is_it && json->token == JSON_STRING)
			*ret_text = json->text;
		if (json_skip(json))
			return -1;
	}
	return json->token == JSON_OBJECT_END ? 0 : -1;
}

/* Of a ConfigMap: its resourceVersion, and what is kept in it. */
static int read_map(
	struct span text, struct span *ret_version, struct span *ret_kept)
{
	struct json json;

	json_init(&json, text.ptr, text.len, DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT)
		return -1;
	while (json_next(&json) == JSON_KEY) {
		struct span key = json.text;
		int result;

		json_next(&json);
		if (span_eq(key, SPAN("metadata")))
			result = read_member(
				&json, SPAN("resourceVersion"), ret_version);
		else if (span_eq(key, SPAN("data")) &&
			json.token == JSON_OBJECT)
			result = read_member(&json, SPAN(KEY), ret_kept);
		else
			result = json_skip(&json);
		if (result)
			return -1;
	}
	return json_next(&json) == JSON_END && ret_version->len ? 0 : -1;
}

/* The answer's ConfigMap; `memory` NULL: only its version is of interest. */
static int take_map(struct sweep_run *run, struct sweep_memory *memory)
{
	struct span version = SPAN_NONE, raw = SPAN_NONE;
	struct buf text = BUF_INIT;
	int result = 0;

	if (read_map(buf_span(&run->answer.body), &version, &raw))
		return -1;
	if (memory && raw.len) {
		buf_commit(&text,
			json_unescape(
				raw, buf_reserve(&text, raw.len), raw.len));
		result = sweep_memory_read(memory, buf_span(&text));
	}
	buf_fini(&text);
	free(run->memory_version);
	run->memory_version = span_dup(version);
	return result;
}

int sweep_recall(struct sweep_run *run, struct err *err)
{
	struct buf path = BUF_INIT;

	if (!*run->order->memory_name)
		return 0;
	append_place(run, &path);
	if (sweep_ask(run, &path, err))
		return -1;
	if (run->answer.status == 404)
		return err_set(err,
			"there is no ConfigMap %s/%s to keep sightings in; "
			"make an empty one",
			run->order->memory_namespace, run->order->memory_name);
	if (run->answer.status != 200)
		return sweep_no_use(run, "the ConfigMap of sightings", err);
	run->memory = sweep_memory_new(ENTRIES_MAX);
	if (take_map(run, run->memory))
		return err_set(err,
			"ConfigMap %s/%s: its " KEY " is not what a sweep "
			"writes; remove it to begin anew",
			run->order->memory_namespace, run->order->memory_name);
	return 0;
}

int sweep_keep(struct sweep_run *run, struct err *err)
{
	struct buf path = BUF_INIT, body = BUF_INIT, text = BUF_INIT;

	if (!run->memory)
		return 0;
	sweep_memory_write(run->memory, sweep_wall(run), &text);
	buf_append_str(&body, "{\"metadata\":{\"resourceVersion\":");
	json_append_quoted(&body, span_str(run->memory_version), SIZE_MAX);
	buf_append_str(&body, "},\"data\":{\"" KEY "\":");
	json_append_quoted(&body, buf_span(&text), SIZE_MAX);
	buf_append_str(&body, "}}");
	buf_fini(&text);
	append_place(run, &path);
	if (sweep_send(run, "PATCH", &path,
		    SPAN("application/merge-patch+json"), &body, NULL, err))
		return -1;
	if (run->answer.status == 409)
		return err_set(err,
			"another sweep keeps its sightings in ConfigMap %s/%s",
			run->order->memory_namespace, run->order->memory_name);
	if (run->answer.status != 200 || take_map(run, NULL))
		return sweep_no_use(run, "keep sightings", err);
	return 0;
}

void sweep_recall_forget(struct sweep_run *run)
{
	sweep_memory_free(run->memory);
	free(run->memory_version);
}
