/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intent: the durable record of a finalizer removal whose outcome is not
 * known yet, and the ways in which one ends.
 *
 * It holds what a replay needs and nothing secret: no token, only a keyed
 * hash of whose it was.
 */
#ifndef PROXY_JOURNAL_INTENT_H
#define PROXY_JOURNAL_INTENT_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"

enum {
	INTENT_IDENTITY_LEN = 16,
	/* Of each text; what is longer is not journaled. */
	INTENT_TEXT_MAX = 8192,
};

enum intent_end {
	INTENT_DONE,       /* 200: the API server removed it */
	INTENT_GONE,       /* 404: there is no such object any more */
	INTENT_REMOVED,    /* the object lives, its finalizer was gone */
	INTENT_RECREATED,  /* another uid by that name */
	INTENT_CONFLICT,   /* the object changed: the client's to decide */
	INTENT_REFUSED,    /* 403, or another answer that will not change */
	INTENT_SUPERSEDED, /* a later intent for the same removal */
	INTENT_EXPIRED,    /* waited for too long */
	INTENT_DISCARDED,  /* by an operator */
	INTENT_WITHDRAWN,  /* never sent, and its client was told so */
	INTENT_END_COUNT,
};

/* "done", "gone" …: for logs, metrics and audit. */
const char *intent_end_name(enum intent_end end);

struct intent {
	uint64_t id;        /* never 0, never reused in one journal */
	uint64_t opened_at; /* wall clock, microseconds since 1970 */
	uint8_t identity[INTENT_IDENTITY_LEN]; /* keyed hash of the credential
						*/
	bool is_own;   /* the credential was ours: our token may replay it */
	bool was_sent; /* its fate is unknown, not only its future */
	struct span target;       /* path and query, as sent */
	struct span content_type; /* of the patch */
	struct span body;         /* as sent */
	struct span uid;          /* of the object, where it was known */
};

#endif
