/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reply: an answer of Fairway's own making, from a verdict: a metav1.Status
 * in JSON, which every client of the API server reads, whatever it accepts.
 *
 * `retry-after` is there only as the decision says, since it promises that
 * the request was not executed (DESIGN.md section 8, "Answers").
 */
#ifndef PROXY_EXCHANGE_REPLY_H
#define PROXY_EXCHANGE_REPLY_H

#include "policy/verdict.h"
#include "proxy/exchange/response_head.h"
#include "proxy/wire/fields.h"

/* Room for any body that reply_body_write() makes. */
#define REPLY_BODY_CAP 1024

/*
 * Returns its length.  `intent`: the removal is kept, and sent again; 0: it is
 * not, or is none.
 */
size_t reply_body_write(enum verdict verdict, unsigned retry_after,
	uint64_t intent, char ret_body[static REPLY_BODY_CAP]);

/* Appends the head; its X-Fairway-Reason is the verdict's. */
void reply_head_write(enum verdict verdict, unsigned retry_after,
	size_t body_len, const struct response_notes *notes,
	struct fields *ret_fields);

#endif
