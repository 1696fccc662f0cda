/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusal: the answer to what is no request yet, since its head breaks the
 * protocol or a limit: a metav1.Status in JSON, which every client of the API
 * server reads.  Requests that reach the exchange are its own to refuse.
 */
#ifndef PROXY_WIRE_REFUSAL_H
#define PROXY_WIRE_REFUSAL_H

#include <stddef.h>

#include "proxy/wire/fields.h"

/* Constants of who refuses: what is wrong, for people. */
struct refusal {
	unsigned status;     /* 400 to 505 */
	const char *message; /* nothing in it to escape */
};

/* Room for any body that refusal_write() makes. */
#define REFUSAL_BODY_CAP 512

extern const struct refusal REFUSAL_HEAD_TOO_LARGE;
extern const struct refusal REFUSAL_METHOD;
extern const struct refusal REFUSAL_TARGET_TOO_LONG;

/* Appends the head to `ret_head`; returns the body's length. */
size_t refusal_write(const struct refusal *refusal, struct fields *ret_head,
	char ret_body[static REFUSAL_BODY_CAP]);

#endif
