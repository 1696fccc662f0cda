/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protobuf, as far as an object's metadata needs it: the fields of a message
 * one by one, and the envelope of Kubernetes, "k8s\0" and a runtime.Unknown
 * (apimachinery/pkg/runtime/generated.proto).
 *
 * Borrows the bytes, allocates nothing.
 */
#ifndef POLICY_PROTOBUF_H
#define POLICY_PROTOBUF_H

#include "base/span.h"
#include "base/util.h"

enum {
	PROTOBUF_VARINT = 0,
	PROTOBUF_FIXED64 = 1,
	PROTOBUF_BYTES = 2,
	PROTOBUF_FIXED32 = 5,
};

/* Of every kind, and of its ObjectMeta (meta/v1/generated.proto). */
enum {
	OBJECT_META = 1,
	META_NAME = 1,
	META_NAMESPACE = 3,
	META_UID = 5,
	META_RESOURCE_VERSION = 6,
	META_DELETION_TIMESTAMP = 9,
	META_FINALIZERS = 14,
};

struct protobuf_field {
	uint64_t number;
	unsigned wire;
	uint64_t value;    /* of PROTOBUF_VARINT */
	struct span bytes; /* of PROTOBUF_BYTES */
};

/* Cuts one field off a message that is not empty.  Returns 0 or -1. */
int protobuf_take(struct span *rest, struct protobuf_field *ret_field);

/* What stands in the envelope: the object; absent: an empty one. */
int protobuf_open(struct span body, struct span *ret_object);

#endif
