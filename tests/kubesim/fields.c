/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/fields.h"

#include <stdio.h>

#include "base/buf.h"
#include "tests/kubesim/protobuf_type.h"

enum { PATH_MAX_BYTES = 512 };

static const struct pb_field *find_field(
	const struct pb_type *type, const char *name)
{
	for (const struct pb_field *field = type->fields; field->number;
		field++) {
		const struct pb_field *inner = field;

		if (field->shape == PB_INLINE)
			inner = find_field(field->type, name);
		else if (strcmp(field->name, name) != 0)
			continue;
		if (inner)
			return inner;
	}
	return NULL;
}

static void note(cJSON **unknown, const char *path)
{
	char text[PATH_MAX_BYTES + 32];

	if (!*unknown)
		*unknown = cJSON_CreateArray();
	snprintf(text, sizeof(text), "unknown field \"%s\"", path);
	cJSON_AddItemToArray(*unknown, cJSON_CreateString(text));
}

static void drop_in(const struct pb_type *type, cJSON *object, const char *path,
	cJSON **unknown);

/* A message, or each of several. */
static void drop_below(const struct pb_field *field, cJSON *value,
	const char *path, cJSON **unknown)
{
	bool is_many = cJSON_IsArray(value) || field->shape == PB_MAP;
	char longer[PATH_MAX_BYTES];
	unsigned place = 0;

	if (field->type->kind != PB_MESSAGE)
		return;
	if (!is_many) {
		drop_in(field->type, value, path, unknown);
		return;
	}
	for (cJSON *item = value->child; item; item = item->next, place++) {
		if (item->string)
			snprintf(longer, sizeof(longer), "%.400s.%.100s", path,
				item->string);
		else
			snprintf(longer, sizeof(longer), "%.400s[%u]", path,
				place);
		drop_in(field->type, item, longer, unknown);
	}
}

static void drop_in(const struct pb_type *type, cJSON *object, const char *path,
	cJSON **unknown)
{
	bool is_top = !*path;
	cJSON *next;

	if (!cJSON_IsObject(object))
		return;
	for (cJSON *item = object->child; item; item = next) {
		const struct pb_field *field = find_field(type, item->string);
		char longer[PATH_MAX_BYTES];

		next = item->next;
		if (is_top &&
			(!strcmp(item->string, "kind") ||
				!strcmp(item->string, "apiVersion")))
			continue;
		snprintf(longer, sizeof(longer), "%.400s%s%.100s", path,
			is_top ? "" : ".", item->string);
		if (field) {
			drop_below(field, item, longer, unknown);
			continue;
		}
		note(unknown, longer);
		cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
	}
}

cJSON *fields_drop_unknown(const struct resource *res, cJSON *doc)
{
	cJSON *unknown = NULL;

	if (res->custom)
		drop_in(&pb_object_meta, json_get(doc, "metadata"), "metadata",
			&unknown);
	else
		drop_in(pb_type_find(res->api_version, res->kind), doc, "",
			&unknown);
	return unknown;
}

void fields_set_error(const cJSON *unknown, struct err *err)
{
	struct buf text = BUF_INIT;

	for (const cJSON *item = unknown->child; item; item = item->next)
		buf_printf(&text, "%s%s", item == unknown->child ? "" : ", ",
			item->valuestring);
	err_set(err, "strict decoding error: %s", buf_cstr(&text));
	buf_fini(&text);
}
