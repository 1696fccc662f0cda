/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/patch.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

void patch_merge(cJSON *doc, const cJSON *patch)
{
	for (const cJSON *item = patch->child; item; item = item->next) {
		cJSON *old;

		if (cJSON_IsNull(item)) {
			json_remove(doc, item->string);
			continue;
		}
		if (!cJSON_IsObject(item)) {
			json_set(doc, item->string, json_dup(item));
			continue;
		}
		/* A new object goes through the merge as well: it loses its
		 * nulls. */
		old = json_make_object(doc, item->string);
		patch_merge(old, item);
	}
}

/* JSON pointer: RFC 6901 */

/* What a pointer's last step names: a member or a place in an array. */
struct place {
	cJSON *parent; /* borrowed; NULL: the pointer is the document */
	char *key;     /* owned: the last token, unescaped */
};

static void place_fini(struct place *place)
{
	free(place->key);
}

static char *unescape_token(struct span token)
{
	char *key = xmalloc(token.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < token.len; i++) {
		char c = token.ptr[i];

		if (c == '~' && i + 1 < token.len) {
			if (token.ptr[i + 1] == '0') {
				i++;
			} else if (token.ptr[i + 1] == '1') {
				c = '/';
				i++;
			}
		}
		key[n++] = c;
	}
	key[n] = '\0';
	return key;
}

/*
 * The index that a token names in an array of `count` elements; negative
 * ones count from the end.  `limit` is the first index that is too large.
 */
static int array_index(
	const char *token, size_t count, size_t limit, size_t *ret_index)
{
	bool from_end = *token == '-';
	uint64_t number;

	if (span_to_u64(span_str(token + from_end), &number) != 0)
		return -1;
	if (from_end) {
		if (number == 0 || number > count)
			return -1;
		number = count - number;
	}
	if (number >= limit)
		return -1;
	*ret_index = (size_t)number;
	return 0;
}

static cJSON *array_item(const cJSON *array, size_t index)
{
	cJSON *item = array->child;

	while (item && index--)
		item = item->next;
	return item;
}

static cJSON *child_of(const cJSON *parent, const char *token)
{
	size_t count;
	size_t index;

	if (cJSON_IsObject(parent))
		return json_get(parent, token);
	if (!cJSON_IsArray(parent))
		return NULL;
	count = json_count(parent);
	if (array_index(token, count, count, &index) != 0)
		return NULL;
	return array_item(parent, index);
}

/* Finds the parent of what `pointer` names; -1 when there is none. */
static int find_place(cJSON *doc, const char *pointer, struct place *ret_place)
{
	struct span rest = span_str(pointer);
	cJSON *parent = doc;
	char *key;

	if (span_is_empty(rest)) {
		*ret_place = (struct place){ 0 };
		return 0;
	}
	if (*pointer != '/')
		return -1;
	rest = span_skip(rest, 1);
	key = unescape_token(span_cut(&rest, '/'));
	while (!span_is_absent(rest)) {
		parent = child_of(parent, key);
		free(key);
		if (!parent)
			return -1;
		key = unescape_token(span_cut(&rest, '/'));
	}
	if (!cJSON_IsObject(parent) && !cJSON_IsArray(parent)) {
		free(key);
		return -1;
	}
	*ret_place = (struct place){ .parent = parent, .key = key };
	return 0;
}

static cJSON *value_at(cJSON *doc, const char *pointer)
{
	struct place place;
	cJSON *value;

	if (find_place(doc, pointer, &place) != 0)
		return NULL;
	value = place.parent ? child_of(place.parent, place.key) : doc;
	place_fini(&place);
	return value;
}

/* The operations.  Each returns -1 where it does not fit the document. */

static int op_add(cJSON **doc, const char *pointer, const cJSON *value)
{
	struct place place;
	size_t count;
	size_t index;
	int ret = -1;

	if (find_place(*doc, pointer, &place) != 0)
		return -1;
	if (!place.parent) {
		cJSON *copy = json_dup(value);

		cJSON_Delete(*doc);
		*doc = copy;
		ret = 0;
	} else if (cJSON_IsObject(place.parent)) {
		json_set(place.parent, place.key, json_dup(value));
		ret = 0;
	} else if (!strcmp(place.key, "-")) {
		cJSON_AddItemToArray(place.parent, json_dup(value));
		ret = 0;
	} else {
		count = json_count(place.parent);
		if (array_index(place.key, count, count + 1, &index) == 0) {
			if (index == count)
				cJSON_AddItemToArray(
					place.parent, json_dup(value));
			else
				json_insert_before(place.parent,
					array_item(place.parent, index),
					json_dup(value));
			ret = 0;
		}
	}
	place_fini(&place);
	return ret;
}

static int op_remove(cJSON *doc, const char *pointer)
{
	struct place place;
	cJSON *value;
	int ret = -1;

	if (find_place(doc, pointer, &place) != 0)
		return -1;
	value = place.parent ? child_of(place.parent, place.key) : NULL;
	if (value) {
		cJSON_Delete(cJSON_DetachItemViaPointer(place.parent, value));
		ret = 0;
	}
	place_fini(&place);
	return ret;
}

static int op_replace(cJSON **doc, const char *pointer, const cJSON *value)
{
	struct place place;
	cJSON *old;
	cJSON *copy;
	int ret = -1;

	if (!*pointer)
		return op_add(doc, pointer, value);
	if (find_place(*doc, pointer, &place) != 0)
		return -1;
	if (cJSON_IsObject(place.parent)) {
		/* The real one does not mind if there was none before. */
		json_set(place.parent, place.key, json_dup(value));
		ret = 0;
	} else if ((old = child_of(place.parent, place.key))) {
		copy = json_dup(value);
		free(copy->string);
		copy->string = NULL;
		CHECK(cJSON_ReplaceItemViaPointer(place.parent, old, copy));
		ret = 0;
	}
	place_fini(&place);
	return ret;
}

static int op_copy(cJSON **doc, const char *from, const char *to, bool move)
{
	cJSON *value = value_at(*doc, from);
	int ret;

	if (!value)
		return -1;
	value = json_dup(value);
	if (move && op_remove(*doc, from) != 0)
		ret = -1;
	else
		ret = op_add(doc, to, value);
	cJSON_Delete(value);
	return ret;
}

static int op_test(cJSON *doc, const char *pointer, const cJSON *value)
{
	const cJSON *actual = value_at(doc, pointer);

	/* The real one takes an absent value for null. */
	if (!actual)
		return cJSON_IsNull(value) ? 0 : -1;
	return json_equal(actual, value) ? 0 : -1;
}

static int apply_operation(cJSON **doc, const cJSON *op, struct status *st)
{
	const char *name = json_str(op, "op");
	const char *path = json_str(op, "path");
	const char *from = json_str(op, "from");
	const cJSON *value = json_get(op, "value");
	int ret;

	if (!name || !path)
		return status_unprocessable(st);
	if (!strcmp(name, "remove"))
		ret = op_remove(*doc, path);
	else if (!strcmp(name, "add") && value)
		ret = op_add(doc, path, value);
	else if (!strcmp(name, "replace") && value)
		ret = op_replace(doc, path, value);
	else if (!strcmp(name, "test") && value)
		ret = op_test(*doc, path, value);
	else if (!strcmp(name, "move") && from)
		ret = op_copy(doc, from, path, true);
	else if (!strcmp(name, "copy") && from)
		ret = op_copy(doc, from, path, false);
	else
		ret = -1;
	return ret == 0 ? 0 : status_unprocessable(st);
}

int patch_json(cJSON **doc, const cJSON *operations, struct status *st)
{
	size_t count = json_count(operations);

	if (!cJSON_IsArray(operations))
		return status_bad_request(st,
			"error decoding patch: json: cannot unmarshal %s into "
			"Go value of type []handlers.jsonPatchOp",
			json_type_name(operations));
	if (count > PATCH_MAX_OPERATIONS)
		return status_set(st, 413, "RequestEntityTooLarge",
			"Request entity too large: The allowed maximum "
			"operations in a JSON patch is %d, got %zu",
			PATCH_MAX_OPERATIONS, count);
	for (const cJSON *op = operations->child; op; op = op->next) {
		if (!cJSON_IsObject(op))
			return status_bad_request(st,
				"error decoding patch: json: cannot unmarshal "
				"%s into Go value of type "
				"handlers.jsonPatchOp",
				json_type_name(op));
		if (apply_operation(doc, op, st) != 0)
			return -1;
	}
	return 0;
}
