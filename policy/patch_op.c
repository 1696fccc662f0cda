/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/patch_op.h"

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

int patch_op_read(struct json *json, struct patch_op *ret_op)
{
	struct patch_op op = { .kind = OP_UNKNOWN, .is_plain = true };
	unsigned seen = 0;

	while (json_next(json) == JSON_KEY) {
		bool is_op = json_text_is(json, SPAN("op"));
		bool is_path = json_text_is(json, SPAN("path"));
		bool is_from = json_text_is(json, SPAN("from"));
		bool is_value = json_text_is(json, SPAN("value"));
		unsigned bit =
			is_op | is_path << 1 | is_from << 2 | is_value << 3;

		op.is_plain &= !json->has_escape && bit && !(seen & bit);
		seen |= bit;
		json_next(json);
		if (is_op) {
			if (json->token != JSON_STRING &&
				json->token != JSON_NULL)
				return -1;
			op.kind = json->token == JSON_STRING ? op_kind_of(json)
							     : OP_UNKNOWN;
		} else if (is_path) {
			op.is_plain &= !json->has_escape;
			if (op_read_pointer(json, &op.path, &op.has_path))
				return -1;
		} else if (is_from) {
			if (op_read_pointer(json, &op.from, &op.has_from))
				return -1;
		} else if (is_value) {
			op_read_value(json, &op);
		} else {
			json_skip(json);
		}
	}
	*ret_op = op;
	return json->token == JSON_OBJECT_END ? 0 : -1;
}
