/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sweep/patch.h"

#include <stdio.h>

#include "base/json_quote.h"

static void append_operation(
	struct buf *json, const char *op, const char *path, struct span value)
{
	buf_printf(json, "{\"op\":\"%s\",\"path\":\"%s\",\"value\":", op, path);
	json_append_quoted(json, value, SIZE_MAX);
	buf_append_str(json, "}");
}

/* It is that object, as it was read; more operations follow. */
static void append_identity(
	struct buf *json, const struct sweep_object *object)
{
	append_operation(json, "test", "/metadata/uid", object->uid);
	buf_append_str(json, ",");
	append_operation(json, "test", "/metadata/resourceVersion",
		object->resource_version);
	buf_append_str(json, ",");
}

void sweep_patch_write_removal(const struct sweep_object *object,
	struct span finalizer, struct buf *ret_json)
{
	char path[48];

	snprintf(path, sizeof(path), "/metadata/finalizers/%u",
		object->finalizer_index);
	buf_append_str(ret_json, "[");
	append_identity(ret_json, object);
	append_operation(ret_json, "test", path, finalizer);
	buf_printf(ret_json, ",{\"op\":\"remove\",\"path\":\"%s\"}]", path);
}

void sweep_patch_write_addition(const struct sweep_object *object,
	struct span finalizer, struct buf *ret_json)
{
	buf_append_str(ret_json, "[");
	append_identity(ret_json, object);
	if (!object->has_finalizers)
		buf_append_str(ret_json,
			"{\"op\":\"add\",\"path\":\"/metadata/finalizers\","
			"\"value\":[]},");
	append_operation(
		ret_json, "add", "/metadata/finalizers/-", finalizer);
	buf_append_str(ret_json, "]");
}
