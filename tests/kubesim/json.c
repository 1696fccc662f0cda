/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/util.h"
#include "tests/kubesim/json_scan.h"

enum {
	/* Below this many members comparing each with each is quickest. */
	FEW_MEMBERS = 32,
	MAX_PATH = 256,
};

struct member {
	cJSON *item; /* borrowed */
	size_t place;
};

void json_use_xmalloc(void)
{
	cJSON_Hooks hooks = { .malloc_fn = xmalloc, .free_fn = free };

	cJSON_InitHooks(&hooks);
}

size_t json_count(const cJSON *container)
{
	size_t count = 0;

	if (!container)
		return 0;
	for (const cJSON *item = container->child; item; item = item->next)
		count++;
	return count;
}

static int member_cmp(const void *left, const void *right)
{
	const struct member *a = left;
	const struct member *b = right;
	int order = strcmp(a->item->string, b->item->string);

	if (order)
		return order;
	return a->place < b->place ? -1 : a->place > b->place;
}

static void drop_duplicates_of_many(cJSON *object, size_t count)
{
	struct member *members = xcalloc(count, sizeof(*members));
	size_t n = 0;

	for (cJSON *item = object->child; item; item = item->next) {
		members[n] = (struct member){ .item = item, .place = n };
		n++;
	}
	CHECK(n == count);
	qsort(members, count, sizeof(*members), member_cmp);
	for (size_t i = 0; i + 1 < count; i++) {
		if (!strcmp(members[i].item->string,
			    members[i + 1].item->string))
			cJSON_Delete(cJSON_DetachItemViaPointer(
				object, members[i].item));
	}
	free(members);
}

static bool comes_again(const cJSON *item)
{
	for (const cJSON *later = item->next; later; later = later->next) {
		if (!strcmp(item->string, later->string))
			return true;
	}
	return false;
}

/* The last of duplicate keys wins, on every level. */
static void drop_duplicates(cJSON *doc)
{
	if (cJSON_IsObject(doc)) {
		size_t count = json_count(doc);
		cJSON *next;

		if (count > FEW_MEMBERS) {
			drop_duplicates_of_many(doc, count);
		} else {
			for (cJSON *item = doc->child; item; item = next) {
				next = item->next;
				if (comes_again(item))
					cJSON_Delete(cJSON_DetachItemViaPointer(
						doc, item));
			}
		}
	}
	/* cJSON bounds the depth when it parses (CJSON_NESTING_LIMIT). */
	for (cJSON *item = doc->child; item; item = item->next)
		drop_duplicates(item);
}

cJSON *json_parse(struct span text, struct err *err)
{
	cJSON *doc;

	/* cJSON takes more than JSON; this is what Go takes. */
	if (json_scan(text, err) != 0)
		return NULL;
	doc = cJSON_ParseWithLength(text.ptr, text.len);
	if (!doc) {
		err_set(err, "invalid surrogate pair");
		return NULL;
	}
	drop_duplicates(doc);
	return doc;
}

/* encoding/json escapes what would be markup in a page.  Takes the text. */
static char *escape_markup(char *text)
{
	struct buf escaped = BUF_INIT;
	char *at = text;
	char *copy;

	for (;;) {
		size_t plain = strcspn(at, "<>&");

		buf_append(&escaped, at, plain);
		at += plain;
		if (!*at)
			break;
		buf_printf(&escaped, "\\u%04x", (unsigned)*at++);
	}
	copy = xstrdup(buf_cstr(&escaped));
	buf_fini(&escaped);
	free(text);
	return copy;
}

char *json_print(const cJSON *doc)
{
	char *text = cJSON_PrintUnformatted(doc);

	CHECK(text);
	return strpbrk(text, "<>&") ? escape_markup(text) : text;
}

cJSON *json_dup(const cJSON *doc)
{
	cJSON *copy = cJSON_Duplicate(doc, 1);

	CHECK(copy);
	return copy;
}

cJSON *json_get(const cJSON *object, const char *key)
{
	if (!cJSON_IsObject(object))
		return NULL;
	/* cJSON_GetObjectItemCaseSensitive, without its checks for NULL. */
	for (cJSON *item = object->child; item; item = item->next) {
		if (!strcmp(item->string, key))
			return item;
	}
	return NULL;
}

cJSON *json_get_path(const cJSON *object, const char *path)
{
	struct span rest = span_str(path);
	cJSON *at = NULL;

	while (!span_is_absent(rest)) {
		struct span part = span_cut(&rest, '.');
		char key[MAX_PATH];

		CHECK(part.len < sizeof(key));
		memcpy(key, part.ptr, part.len);
		key[part.len] = '\0';
		at = json_get(object, key);
		if (!at)
			return NULL;
		object = at;
	}
	return at;
}

const char *json_str(const cJSON *object, const char *path)
{
	return cJSON_GetStringValue(json_get_path(object, path));
}

double json_num(const cJSON *object, const char *path, double otherwise)
{
	const cJSON *item = json_get_path(object, path);

	return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

bool json_is_true(const cJSON *object, const char *path)
{
	return cJSON_IsTrue(json_get_path(object, path));
}

bool json_has(const cJSON *object, const char *path)
{
	const cJSON *item = json_get_path(object, path);

	return item && !cJSON_IsNull(item);
}

void json_set(cJSON *object, const char *key, cJSON *value)
{
	cJSON *old = json_get(object, key);

	if (!old) {
		CHECK(cJSON_AddItemToObject(object, key, value));
		return;
	}
	free(value->string);
	value->string = xstrdup(key);
	CHECK(cJSON_ReplaceItemViaPointer(object, old, value));
}

void json_set_first(cJSON *object, const char *key, cJSON *value)
{
	if (!object->child || json_get(object, key)) {
		json_set(object, key, value);
		return;
	}
	free(value->string);
	value->string = xstrdup(key);
	json_insert_before(object, object->child, value);
}

void json_insert_before(cJSON *array, cJSON *at, cJSON *value)
{
	CHECK(at);
	value->prev = at->prev;
	value->next = at;
	if (at == array->child)
		array->child = value;
	else
		at->prev->next = value;
	at->prev = value;
}

void json_set_str(cJSON *object, const char *key, const char *value)
{
	json_set(object, key, cJSON_CreateString(value));
}

void json_set_num(cJSON *object, const char *key, double value)
{
	json_set(object, key, cJSON_CreateNumber(value));
}

void json_remove(cJSON *object, const char *key)
{
	cJSON *item = json_get(object, key);

	if (item)
		cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
}

cJSON *json_make_object(cJSON *object, const char *key)
{
	cJSON *item = json_get(object, key);

	if (!cJSON_IsObject(item)) {
		item = cJSON_CreateObject();
		json_set(object, key, item);
	}
	return item;
}

static bool json_equal_objects(const cJSON *a, const cJSON *b)
{
	const cJSON *same_place = b->child;

	for (const cJSON *item = a->child; item; item = item->next) {
		const cJSON *other = same_place;

		/* Documents of one origin mostly have one order. */
		if (!other || strcmp(other->string, item->string) != 0)
			other = json_get(b, item->string);
		if (!other || !json_equal(item, other))
			return false;
		same_place = other->next;
	}
	return json_count(a) == json_count(b);
}

static bool json_equal_arrays(const cJSON *a, const cJSON *b)
{
	const cJSON *other = b->child;

	for (const cJSON *item = a->child; item; item = item->next) {
		if (!other || !json_equal(item, other))
			return false;
		other = other->next;
	}
	return !other;
}

bool json_equal(const cJSON *a, const cJSON *b)
{
	if (!a || !b)
		return a == b;
	if ((a->type & 0xff) != (b->type & 0xff))
		return false;
	if (cJSON_IsObject(a))
		return json_equal_objects(a, b);
	if (cJSON_IsArray(a))
		return json_equal_arrays(a, b);
	if (cJSON_IsString(a))
		return !strcmp(a->valuestring, b->valuestring);
	if (cJSON_IsNumber(a))
		return !(a->valuedouble < b->valuedouble ||
			a->valuedouble > b->valuedouble);
	return true;
}

bool json_array_has(const cJSON *array, const char *text)
{
	if (!cJSON_IsArray(array))
		return false;
	for (const cJSON *item = array->child; item; item = item->next) {
		if (cJSON_IsString(item) && !strcmp(item->valuestring, text))
			return true;
	}
	return false;
}

const char *json_type_name(const cJSON *value)
{
	if (cJSON_IsString(value))
		return "string";
	if (cJSON_IsNumber(value))
		return "number";
	if (cJSON_IsArray(value))
		return "array";
	if (cJSON_IsObject(value))
		return "object";
	return cJSON_IsBool(value) ? "bool" : "null";
}
