/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects, lists and events as the client wants them: as they are, as a
 * Table or by their metadata alone, in JSON or in protobuf.
 */
#ifndef TESTS_KUBESIM_ENCODE_H
#define TESTS_KUBESIM_ENCODE_H

#include "tests/kubesim/api.h"
#include "tests/kubesim/table.h"

/*
 * Settles what the answer will be in.  Returns -1 and a status where there is
 * nothing that the client accepts.
 */
int encode_negotiate(struct answer *answer, const struct call *call,
	const struct resource *res, struct status *st);

void encode_object(struct answer *answer, const struct call *call,
	const struct resource *res, int code, struct object *obj);

/* `metadata` is the list's, as JSON. */
void encode_list(struct answer *answer, const struct call *call,
	const struct resource *res, const char *metadata,
	struct object *const *items, size_t count);

/* How the events of a watch look. */
struct event_form {
	const struct resource *res;
	struct media media;
	enum table_object table_object;
	bool table_started; /* the columns were told */
};

void encode_event(struct evbuffer *out, struct event_form *form,
	const char *type, struct object *obj, time_t wall);
/* An event with something else than an object of the kind. */
void encode_event_doc(struct evbuffer *out, const struct event_form *form,
	const char *type, const cJSON *doc);

/* The Content-Type of a watch. */
const char *encode_stream_type(const struct media *media);

#endif
