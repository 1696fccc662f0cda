/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation of a JSON patch (RFC 6902), its members in any order; of a
 * member that comes twice the last counts.
 */
#ifndef POLICY_PATCH_OP_H
#define POLICY_PATCH_OP_H

#include "base/json.h"
#include "policy/pointer.h"

enum op_kind {
	OP_ADD,
	OP_REMOVE,
	OP_REPLACE,
	OP_MOVE,
	OP_COPY,
	OP_TEST,
	OP_UNKNOWN,
};

struct patch_op {
	enum op_kind kind;
	bool has_path, has_from;
	bool is_plain; /* no key twice or with an escape */
	struct pointer path, from;
	struct span value; /* as JSON; absent like null */
};

/*
 * Reads the operation whose brace is json's current token, to its end.
 * Returns 0, or -1 if it is not one: the whole patch is refused then (400).
 */
int patch_op_read(struct json *json, struct patch_op *ret_op);

#endif
