/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client accepts: the Accept header, read as the API server reads it
 * (k8s.io/apiserver/pkg/endpoints/handlers/negotiation and go-restful, which
 * asks first).
 *
 * YAML is accepted and answered by JSON, which is YAML.
 */
#ifndef TESTS_KUBESIM_MEDIA_H
#define TESTS_KUBESIM_MEDIA_H

#include <stdbool.h>

enum media_format {
	MEDIA_JSON,
	MEDIA_YAML,
	MEDIA_PROTOBUF,
};

/* What an object is to be turned into: "as=". */
enum media_as {
	MEDIA_AS_IS,
	MEDIA_AS_TABLE,
	MEDIA_AS_PARTIAL,
	MEDIA_AS_PARTIAL_LIST,
};

struct media {
	enum media_format format;
	enum media_as as;
	bool is_beta; /* of meta.k8s.io/v1beta1, not v1 */
};

enum media_allow {
	MEDIA_ALLOW_AS = 1,       /* something else than the object */
	MEDIA_ALLOW_PROTOBUF = 2, /* the object itself in protobuf */
	MEDIA_ALLOW_YAML = 4,     /* not in streams */
	MEDIA_ALLOW_ALL = 7,
};

/* The first of what is wanted that is allowed; false: there is none. */
bool media_negotiate(
	const char *accept, unsigned allow, struct media *ret_media);

/* Whether go-restful lets the request through to the negotiation. */
bool media_is_produced(const char *accept);

const char *media_type_name(enum media_format format);

#endif
