/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON documents as the API server reads them, on top of cJSON.
 *
 * cJSON alone takes more than JSON, keeps duplicate keys and looks keys up
 * without regard to case; a document from json_parse() has none of these
 * left: of duplicate keys only the last one is there, and all look-ups here
 * are case-sensitive.
 *
 * Numbers are doubles: integers are exact up to 2^53.  A string ends at
 * \u0000.
 */
#ifndef TESTS_KUBESIM_JSON_H
#define TESTS_KUBESIM_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

/* Makes cJSON abort instead of returning NULL when memory is gone. */
void json_use_xmalloc(void);

/* Caller owns the document; NULL and `err` when it is not JSON. */
cJSON *json_parse(struct span text, struct err *err);

/* Without white space.  free() it. */
char *json_print(const cJSON *doc);

cJSON *json_dup(const cJSON *doc);

/* The member, NULL when absent or when `object` is NULL or no object. */
cJSON *json_get(const cJSON *object, const char *key);
/* Follows dots: "metadata.uid".  Keys with dots cannot be reached. */
cJSON *json_get_path(const cJSON *object, const char *path);
/* The string at the path; NULL when there is none. */
const char *json_str(const cJSON *object, const char *path);
/* The number at the path; `otherwise` when there is none. */
double json_num(const cJSON *object, const char *path, double otherwise);
bool json_is_true(const cJSON *object, const char *path);
/* Neither absent nor null. */
bool json_has(const cJSON *object, const char *path);

/* Takes `value`; the member is replaced at its place, or appended. */
void json_set(cJSON *object, const char *key, cJSON *value);
/* The same, but a new member becomes the first one. */
void json_set_first(cJSON *object, const char *key, cJSON *value);
/*
 * Takes `value`; `at` is an element of the array.  cJSON_InsertItemInArray of
 * Debian's 1.7.15-1+deb12u refuses every place but the first.
 */
void json_insert_before(cJSON *array, cJSON *at, cJSON *value);
void json_set_str(cJSON *object, const char *key, const char *value);
void json_set_num(cJSON *object, const char *key, double value);
void json_remove(cJSON *object, const char *key);
/* The member if it is an object; else a new one is put there. */
cJSON *json_make_object(cJSON *object, const char *key);

/* The same value; the order of members does not matter. */
bool json_equal(const cJSON *a, const cJSON *b);

/* Whether the array holds that string. */
bool json_array_has(const cJSON *array, const char *text);

/* In the words of encoding/json: "object", "number". */
const char *json_type_name(const cJSON *value);

/* How many members or elements are in it. */
size_t json_count(const cJSON *container);

#endif
