/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of the configuration, each written as its type is: 3, 2.5, 10%,
 * 30s, 64Ki, or `unlimited` where the key allows it.
 */
#ifndef CONF_NUMBER_H
#define CONF_NUMBER_H

#include "conf/value.h"

/* Is it one of the types that are read here? */
bool number_is_type(enum schema_type type);

/* As value_parse(), value_format() and value_describe(). */
int number_parse(const struct schema_key *key, const struct value_text *value,
	void *ret_value, struct err *err);
bool number_format(
	const struct schema_key *key, const void *value, struct buf *ret_text);
void number_describe(const struct schema_key *key, struct buf *ret_text);

/* The number itself, in the unit that it is stored in; of a bucket, 0. */
uint64_t number_value(const struct schema_key *key, const void *value);

#endif
