/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/patch_op.h"

#include "base/check.h"

static enum op_kind op_kind_of(const struct json *json)
{
	static const struct span NAMES[OP_UNKNOWN] = {
		[OP_ADD] = SPAN_INIT("add"),
		[OP_REMOVE] = SPAN_INIT("remove"),
		[OP_REPLACE] = SPAN_INIT("replace"),
		[OP_MOVE] = SPAN_INIT("move"),
		[OP_COPY] = SPAN_INIT("copy"),
		[OP_TEST] = SPAN_INIT("test"),
	};

	for (unsigned i = 0; i < OP_UNKNOWN; i++) {
		if (json_text_is(json, NAMES[i]))
			return (enum op_kind)i;
	}
	return OP_UNKNOWN;
}

/* A string or null; returns 0, or -1 if it is something else. */
static int op_read_pointer(
	struct json *json, struct pointer *pointer, bool *is_present)
{
	*is_present = json->token == JSON_STRING;
	if (*is_present)
		*pointer = pointer_read(json->text);
	return *is_present || json->token == JSON_NULL ? 0 : -1;
}

static void op_read_value(struct json *json, struct patch_op *op)
{
	const char *begin = json->begin;
	bool is_null = json->token == JSON_NULL;

	if (json_skip(json) == 0)
		op->value = is_null ? SPAN_NONE : json_since(json, begin);
}

enum member {
	MEMBER_OP,
	MEMBER_PATH,
	MEMBER_FROM,
	MEMBER_VALUE,
	MEMBER_COUNT,
};

static enum member member_of(const struct json *json)
{
	static const struct span NAMES[MEMBER_COUNT] = {
		[MEMBER_OP] = SPAN_INIT("op"),
		[MEMBER_PATH] = SPAN_INIT("path"),
		[MEMBER_FROM] = SPAN_INIT("from"),
		[MEMBER_VALUE] = SPAN_INIT("value"),
	};

	for (unsigned i = 0; i < MEMBER_COUNT; i++) {
		if (json_text_is(json, NAMES[i]))
			return (enum member)i;
	}
	return MEMBER_COUNT;
}

/* The member's value begins at the current token.  Returns 0 or -1. */
static int op_read_member(
	struct json *json, enum member member, struct patch_op *op)
{
	switch (member) {
	case MEMBER_OP:
		op->kind = OP_UNKNOWN;
		if (json->token == JSON_STRING)
			op->kind = op_kind_of(json);
		else if (json->token != JSON_NULL)
			return -1;
		return 0;
	case MEMBER_PATH:
		op->is_plain &= !json->has_escape;
		return op_read_pointer(json, &op->path, &op->has_path);
	case MEMBER_FROM:
		return op_read_pointer(json, &op->from, &op->has_from);
	case MEMBER_VALUE:
		op_read_value(json, op);
		return 0;
	case MEMBER_COUNT:
		op->is_plain = false;
		return json_skip(json);
	}
	CHECK_UNREACHABLE();
}

int patch_op_read(struct json *json, struct patch_op *ret_op)
{
	struct patch_op op = { .kind = OP_UNKNOWN, .is_plain = true };
	unsigned seen = 0;

	while (json_next(json) == JSON_KEY) {
		enum member member = member_of(json);

		op.is_plain &= !json->has_escape && !(seen >> member & 1);
		seen |= 1u << member;
		json_next(json);
		if (op_read_member(json, member, &op))
			return -1;
	}
	*ret_op = op;
	return json->token == JSON_OBJECT_END ? 0 : -1;
}
