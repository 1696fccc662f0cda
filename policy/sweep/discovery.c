/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sweep/discovery.h"

#include "base/json.h"

#define DEPTH_MAX 128u

static int read_resource(struct json *json, struct sweep_served *ret_served)
{
	struct sweep_served served = { .is_namespaced = false };

	if (json->token != JSON_OBJECT)
		return -1;
	while (json_next(json) == JSON_KEY) {
		struct span key = json->text;
		bool is_text;

		json_next(json);
		is_text = json->token == JSON_STRING && !json->has_escape;
		if (span_eq(key, SPAN("name")) && is_text)
			served.resource = json->text;
		else if (span_eq(key, SPAN("kind")) && is_text)
			served.kind = json->text;
		else if (span_eq(key, SPAN("namespaced")))
			served.is_namespaced = json->token == JSON_TRUE;
		if (json_skip(json))
			return -1;
	}
	*ret_served = served;
	return json->token == JSON_OBJECT_END ? 0 : -1;
}

static bool is_it(const struct sweep_served *served, struct span resource,
	struct span kind)
{
	if (!served->resource.len || !served->kind.len ||
		memchr(served->resource.ptr, '/', served->resource.len))
		return false;
	return span_is_absent(resource) ? span_eq(served->kind, kind)
					: span_eq(served->resource, resource);
}

static int read_resources(struct json *json, struct span resource,
	struct span kind, struct sweep_served *served, bool *is_found)
{
	if (json->token != JSON_ARRAY)
		return -1;
	while (json_next(json) == JSON_OBJECT) {
		struct sweep_served one;

		if (read_resource(json, &one))
			return -1;
		if (!*is_found && is_it(&one, resource, kind)) {
			*served = one;
			*is_found = true;
		}
	}
	return json->token == JSON_ARRAY_END ? 0 : -1;
}

int sweep_discovery_find(struct span text, struct span resource,
	struct span kind, struct sweep_served *ret_served)
{
	bool is_list = false, is_found = false;
	struct sweep_served served;
	struct json json;

	json_init(&json, text.ptr, text.len, DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT)
		return -1;
	while (json_next(&json) == JSON_KEY) {
		struct span key = json.text;
		int result;

		json_next(&json);
		if (span_eq(key, SPAN("kind")))
			is_list = json.token == JSON_STRING &&
				span_eq(json.text, SPAN("APIResourceList"));
		if (span_eq(key, SPAN("resources")))
			result = read_resources(
				&json, resource, kind, &served, &is_found);
		else
			result = json_skip(&json);
		if (result)
			return -1;
	}
	if (json_next(&json) != JSON_END || !is_list)
		return -1;
	if (is_found)
		*ret_served = served;
	return is_found;
}
