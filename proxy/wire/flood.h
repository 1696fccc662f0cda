/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flood: how much of what costs us and carries nothing one peer may send.
 *
 *	resets   RST_STREAMs that the peer makes us send (MadeYouReset): each
 *		 frees a stream of its limit while the work goes on upstream
 *	frames	 empty DATA, WINDOW_UPDATE, PRIORITY, unknown types
 *
 * nghttp2 itself limits received resets, CONTINUATION, and the answers to
 * PING and SETTINGS.  Header bytes and fields are counted per message, in
 * h2_recv.c.
 */
#ifndef PROXY_WIRE_FLOOD_H
#define PROXY_WIRE_FLOOD_H

#include <stdbool.h>

#include "base/util.h"

/* Holds `burst` at most, and gains `per_second`; full at first. */
struct flood_bucket {
	uint64_t micro; /* what is in it, in millionths */
	usec_t at;      /* … then */
	uint32_t burst;
	uint32_t per_second;
};

void flood_init(struct flood_bucket *bucket, uint32_t burst,
	uint32_t per_second, usec_t now);
/* Takes one; false: it is empty. */
bool flood_take(struct flood_bucket *bucket, usec_t now);
/* Puts back, for what we gave the peer reason to send. */
void flood_give(struct flood_bucket *bucket, uint32_t n);
/* False: flood_take() would fail. */
bool flood_has(struct flood_bucket *bucket, usec_t now);

#endif
