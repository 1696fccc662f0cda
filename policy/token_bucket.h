/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token bucket: `milli_qps` thousandths of a token a second, at most `burst`
 * tokens.  Kept as the time at which it would have been empty and full again
 * (the virtual scheduling form of GCRA), so that it needs one number, no
 * division and no rounding that adds up.
 *
 *	full at `full_at` and earlier; each token moves it one interval later;
 *	a token is there while full_at - now <= (burst - 1) intervals
 *
 * A clock that steps back adds nothing.
 */
#ifndef POLICY_TOKEN_BUCKET_H
#define POLICY_TOKEN_BUCKET_H

#include <stdbool.h>

#include "base/util.h"
#include "policy/settings.h"

struct token_bucket {
	usec_t full_at;
};

/* When the next token is there: `now` or earlier: already. */
usec_t token_bucket_ready_at(const struct token_bucket *bucket,
	const struct bucket_settings *settings, usec_t now);
/* Takes one if it is there. */
bool token_bucket_take(struct token_bucket *bucket,
	const struct bucket_settings *settings, usec_t now);
/*
 * It has other settings from now on, and is as full in proportion; one that
 * had no limit is full.
 */
void token_bucket_resettle(struct token_bucket *bucket,
	const struct bucket_settings *from, const struct bucket_settings *to,
	usec_t now);
/*
 * As above, only that no token comes of it: it has as many as it had, or as
 * many as it now can.  What has no limit, or lets nothing through, is full.
 */
void token_bucket_resize(struct token_bucket *bucket,
	const struct bucket_settings *from, const struct bucket_settings *to,
	usec_t now);
/*
 * Takes one that may come later: returns when it is there.  USEC_NEVER, and
 * nothing taken, if the bucket lets nothing through.
 */
usec_t token_bucket_reserve(struct token_bucket *bucket,
	const struct bucket_settings *settings, usec_t now);

#endif
