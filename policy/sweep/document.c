/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sweep/document.h"

#include <stddef.h>
#include <string.h>

#include "base/json.h"
#include "policy/sweep/object.h"

#define DEPTH_MAX 128u

struct place {
	const char *path; /* of keys, with a dot before each */
	size_t offset;
};

#define AT(member) offsetof(struct sweep_document, member)

static const struct place PLACES[] = {
	{ ".kind", AT(kind) },
	{ ".reason", AT(reason) },
	{ ".details.name", AT(details_name) },
	{ ".details.kind", AT(details_kind) },
	{ ".metadata.name", AT(name) },
	{ ".metadata.uid", AT(uid) },
	{ ".metadata.labels." SWEEP_LABEL_COMPLETED, AT(completed) },
	{ ".status.finishedAt", AT(finished_at) },
};

#define PATH_MAX_BYTES 64
#define PATH_DEPTH 3

/*
 * A dot in a key would make it look like a place further inside: only labels
 * have such keys among what is wanted.
 */
static bool is_misleading(const struct json *json, const char *prefix)
{
	return memchr(json->text.ptr, '.', json->text.len) &&
		strcmp(prefix, ".metadata.labels") != 0;
}

/*
 * An object's members, and below those whose paths are wanted.  Others may be
 * of any depth.
 */
static int read_members(struct json *json, const char *prefix, size_t depth,
	struct sweep_document *document)
{
	size_t prefix_len = strlen(prefix);

	while (json_next(json) == JSON_KEY) {
		const struct place *place = NULL;
		bool is_inner = false;
		char path[PATH_MAX_BYTES];

		if (json->text.len + prefix_len + 2 > sizeof(path) ||
			is_misleading(json, prefix)) {
			if (json_pass_over(json))
				return -1;
			continue;
		}
		memcpy(path, prefix, prefix_len);
		path[prefix_len] = '.';
		memcpy(path + prefix_len + 1, json->text.ptr, json->text.len);
		path[prefix_len + 1 + json->text.len] = '\0';
		for (size_t i = 0; i < ARRAY_SIZE(PLACES); i++) {
			size_t len = strlen(path);

			if (!strcmp(PLACES[i].path, path))
				place = &PLACES[i];
			is_inner |= !strncmp(PLACES[i].path, path, len) &&
				PLACES[i].path[len] == '.';
		}
		json_next(json);
		if (place && json->token == JSON_STRING && !json->has_escape) {
			memcpy((char *)document + place->offset, &json->text,
				sizeof(json->text));
		} else if (is_inner && json->token == JSON_OBJECT &&
			depth < PATH_DEPTH) {
			if (read_members(json, path, depth + 1, document))
				return -1;
		} else if (json_pass_over(json)) {
			return -1;
		}
	}
	return json->token == JSON_OBJECT_END ? 0 : -1;
}

int sweep_document_read(
	struct span body, struct sweep_document *ret_document)
{
	struct json json;

	*ret_document = (struct sweep_document){ .kind = SPAN_NONE };
	json_init(&json, body.ptr, body.len, DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT ||
		read_members(&json, "", 0, ret_document))
		return -1;
	return json_next(&json) == JSON_END ? 0 : -1;
}

bool sweep_document_says_not_found(const struct sweep_document *document,
	struct span resource, struct span name)
{
	return span_eq(document->kind, SPAN("Status")) &&
		span_eq(document->reason, SPAN("NotFound")) &&
		span_eq(document->details_kind, resource) &&
		span_eq(document->details_name, name);
}

/* ---- a node of a Workflow ------------------------------------------------ */

/* The scanner at the value of `name`, of the object that it stands at. */
static bool enter(struct json *json, struct span name)
{
	if (json->token != JSON_OBJECT)
		return false;
	while (json_next(json) == JSON_KEY) {
		bool is_it = json_text_is(json, name);

		json_next(json);
		if (is_it)
			return true;
		if (json_skip(json))
			return false;
	}
	return false;
}

/* util: NodeStatus.Fulfilled() (pkg/apis/workflow/v1alpha1). */
static bool is_over(struct span phase)
{
	static const struct span PHASES[] = { SPAN_INIT("Succeeded"),
		SPAN_INIT("Failed"), SPAN_INIT("Error"), SPAN_INIT("Skipped"),
		SPAN_INIT("Omitted") };

	for (size_t i = 0; i < ARRAY_SIZE(PHASES); i++) {
		if (span_eq(phase, PHASES[i]))
			return true;
	}
	return false;
}

/* The scanner stands at the node. */
static bool node_is_recorded(struct json *json)
{
	bool is_fulfilled = false, is_synced = false;

	if (json->token != JSON_OBJECT)
		return false;
	while (json_next(json) == JSON_KEY) {
		bool is_phase = json_text_is(json, SPAN("phase"));
		bool is_sync = json_text_is(json, SPAN("taskResultSynced"));

		json_next(json);
		if (is_phase)
			is_fulfilled = json->token == JSON_STRING &&
				is_over(json->text);
		else if (is_sync)
			is_synced = json->token == JSON_TRUE;
		if (json_skip(json))
			return false;
	}
	return json->token == JSON_OBJECT_END && is_fulfilled && is_synced;
}

bool sweep_node_is_recorded(struct span workflow, struct span node_id)
{
	struct json json, status;

	json_init(&json, workflow.ptr, workflow.len, DEPTH_MAX);
	json_next(&json);
	if (!node_id.len || !enter(&json, SPAN("status")))
		return false;
	status = json;
	if (enter(&status, SPAN("compressedNodes")))
		return false;
	status = json;
	if (enter(&status, SPAN("offloadNodeStatusVersion")))
		return false;
	return enter(&json, SPAN("nodes")) && enter(&json, node_id) &&
		node_is_recorded(&json);
}
