/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts: why Fairway answers a request itself.  One table gives each its
 * HTTP status, the reason of its metav1.Status, its word in metrics, logs and
 * X-Fairway-Reason, and whether it may carry Retry-After.
 *
 * Retry-After is a promise that the request was not executed: client-go then
 * repeats any verb, POST included (DESIGN.md section 8, "Answers").
 */
#ifndef POLICY_VERDICT_H
#define POLICY_VERDICT_H

#include <stdbool.h>

enum verdict {
	VERDICT_NONE,
	/* policy's */
	VERDICT_QUEUE_FULL,	/* 429: its lane's queue or the bytes are full */
	VERDICT_WAITED_TOO_LONG, /* 429: wait_max passed */
	VERDICT_THROTTLED,	/* 429: the API server's 429s outlasted it */
	VERDICT_RATE_LIMITED,	/* 429: a bucket that lets nothing through */
	VERDICT_GAVE_WAY,	/* 429: a higher lane needed its place */
	VERDICT_STREAM_PACED,	/* 429: too many stream starts at once */
	VERDICT_STREAM_AWAY,	/* 429: a new watch while nobody is there */
	VERDICT_AWAY,		/* 503: held as long as allowed */
	VERDICT_NO_ANSWER,	/* 504: sent, and the answer never came */
	VERDICT_DEADLINE,	/* 504: the client's own ?timeout= passed */
	VERDICT_SERVER_ERROR,	/* 503: 500 or 502 to a guarded removal */
	VERDICT_SHUTTING_DOWN,	/* 429: Fairway itself drains */
	VERDICT_PAUSED,		/* 429: an operator's pause outlasted it */
	VERDICT_DRAINED,	/* 429: an operator drains its lane or flow */
	VERDICT_KILLED,		/* 429: an operator ended it while it waited */
	/* the proxy's, before policy sees the request */
	VERDICT_BAD_REQUEST,	/* 400 */
	VERDICT_TWO_CREDENTIALS, /* 400: a certificate and a token */
	VERDICT_UNAUTHORIZED,	/* 401: the certificate names nobody */
	VERDICT_TOKEN,		/* 401: the token is nobody's */
	VERDICT_USER_REFUSED,	/* 403: whom no certificate may name */
	VERDICT_IMPERSONATION,	/* 403 */
	VERDICT_NOT_ALLOWED,	/* 403: an impersonation, by a review */
	VERDICT_REVIEW,		/* 503: a review was not answered */
	VERDICT_METHOD,		/* 405 */
	VERDICT_BODY_TOO_LARGE, /* 413 */
	VERDICT_HEAD_TOO_LARGE, /* 431 */
	VERDICT_TOO_MANY,	/* 429: over a limit of connections or streams */
	VERDICT_COUNT,
};

struct verdict_info {
	unsigned status;       /* HTTP */
	const char *reason;    /* metav1.StatusReason */
	const char *word;      /* metric label, log word, X-Fairway-Reason */
	const char *message;   /* for a person */
	bool is_not_executed;  /* may carry Retry-After */
};

const struct verdict_info *verdict_info(enum verdict verdict);

#endif
