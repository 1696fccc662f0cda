/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPDY/3.1 frames (draft-mbelshe-httpbis-spdy-00), as much of them as
 * kubectl and client-go use for exec, attach and port-forward.  Knows no
 * connection: bytes go in, frames come out, one at a time.
 *
 * Their library has no flow control and neither has this.
 */
#ifndef TESTS_KUBESIM_SPDY_H
#define TESTS_KUBESIM_SPDY_H

#include <stdbool.h>
#include <zlib.h>

#include "base/buf.h"

enum { SPDY_MAX_HEADERS = 16 };

enum spdy_type {
	SPDY_SYN_STREAM,
	SPDY_DATA,
	SPDY_RESET,
	SPDY_PING,
	SPDY_GOAWAY,
	SPDY_OTHER, /* nothing to be done */
};

struct spdy_header {
	struct span name; /* in lower case */
	struct span value;
};

/* Spans are valid until the next call. */
struct spdy_frame {
	enum spdy_type type;
	uint32_t stream;  /* of SPDY_PING: its id */
	bool fin;         /* nothing follows on the stream from the peer */
	struct span data; /* SPDY_DATA: perhaps not all of the frame */
	struct spdy_header headers[SPDY_MAX_HEADERS];
	size_t header_count;
};

struct spdy {
	z_stream inflate; /* of all header blocks that come */
	z_stream deflate; /* of those that go */
	struct buf block; /* the last one that came */
	uint32_t data_left;
	uint32_t data_stream;
	bool data_fin;
};

void spdy_init(struct spdy *spdy);
void spdy_fini(struct spdy *spdy);

/* Takes a frame from the front of `*in`.  1: there is one; 0: more bytes are
 * needed; -1: this is no SPDY. */
int spdy_read(struct spdy *spdy, struct span *in, struct spdy_frame *ret_frame);
/* Absent when there is none of that name. */
struct span spdy_frame_header(const struct spdy_frame *frame, const char *name);

/* These append a frame. */
void spdy_add_reply(struct spdy *spdy, struct buf *to, uint32_t stream);
void spdy_add_data(struct buf *to, uint32_t stream, struct span data, bool fin);
void spdy_add_ping(struct buf *to, uint32_t id);
void spdy_add_goaway(struct buf *to, uint32_t last_stream);

#endif
