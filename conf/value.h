/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values: one scalar of the file to and from what is stored, by its type in
 * the schema.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/arena.h"
#include "conf/schema.h"

struct value_text {
	struct span text;
	bool is_plain;    /* not in quotes */
	const char *file; /* paths are relative to its folder; "": stay */
};

/*
 * Reads a scalar.  Also one item of SCHEMA_STRINGS and SCHEMA_URLS, which is
 * stored as const char *, and of SCHEMA_ENUM_SET, which adds to the set.
 * On -1 the text of `err` is "must be …, is …".
 */
int value_parse(const struct schema_key *key, const struct value_text *value,
	struct arena *arena, void *ret_value, struct err *err);

/*
 * Writes what is stored as a file would have it, lists in flow style.  True
 * if there is anything to write: a burst without a rate is not.
 */
bool value_format(
	const struct schema_key *key, const void *value, struct buf *ret_text);

/* What a value must look like: "true or false", "1 to 100", … */
void value_describe(const struct schema_key *key, struct buf *ret_text);

#endif
