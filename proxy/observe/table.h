/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Table: what the tables of the commands have in common.  They are made of
 * documents that a Fairway of another version may have written: what is not
 * there is "?" or 0.  Everything is made to fit into 80 columns.
 */
#ifndef PROXY_OBSERVE_TABLE_H
#define PROXY_OBSERVE_TABLE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/*
 * The document that a table is made of; NULL: it is no JSON.  Namespaces and
 * paths are as some client wrote them: each control character in a text is a
 * "?", so that none gets to a terminal as a command or begins a line.
 */
cJSON *table_parse(struct span json);

const char *table_text(const cJSON *object, const char *key);
double table_number(const cJSON *object, const char *key);
bool table_is_true(const cJSON *object, const char *key);
const cJSON *table_item(const cJSON *object, const char *key);

#define TABLE_CELL_CAP 32
/* 12345 -> "12345", 1234567 -> "1234k", so that columns stay columns. */
void table_format_count(double count, char ret_text[TABLE_CELL_CAP]);
/* "0.4ms", "12ms", "1.20s", "34s"; "-": below 0, nothing was counted. */
void table_format_wait(double seconds, char ret_text[TABLE_CELL_CAP]);

#endif
