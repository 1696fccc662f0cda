/* SPDX-License-Identifier: Apache-2.0 */
/*
 * application/vnd.kubernetes.protobuf: the API's objects as client-go sends
 * and asks for them (k8s.io/apimachinery/pkg/runtime/serializer/protobuf).
 *
 *   "k8s\0"  runtime.Unknown { typeMeta { apiVersion, kind }, raw, "", "" }
 *                              raw: the kind's own message
 *
 * Here an object is always its JSON document; this turns one into the other
 * by the tables of protobuf_type.h, byte for byte as the real server.  What
 * the tables do not know is refused in both directions and never dropped.
 *
 * A stream of watch events is framed: four bytes of length, high byte first,
 * then WatchEvent { type, object { raw } } without an envelope of its own.
 */
#ifndef TESTS_KUBESIM_PROTOBUF_H
#define TESTS_KUBESIM_PROTOBUF_H

#include "base/buf.h"
#include "tests/kubesim/json.h"

#define PROTOBUF_MEDIA_TYPE "application/vnd.kubernetes.protobuf"

/* Whether objects of that kind have a form in protobuf. */
bool protobuf_has(const char *api_version, const char *kind);

/* Appends the document, which says its kind and apiVersion. */
int protobuf_encode(struct buf *out, const cJSON *doc, struct err *err);

/* Appends a frame of a watch; `type` is "ADDED" and so on. */
int protobuf_encode_event(
	struct buf *out, const char *type, const cJSON *doc, struct err *err);

/* Whether it is some kind of object, whatever is in it. */
bool protobuf_is(struct span bytes);

/* The document, caller owns; NULL and `err` when it is none. */
cJSON *protobuf_decode(struct span bytes, struct err *err);

#endif
