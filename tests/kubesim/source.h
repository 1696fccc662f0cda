/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the rest of an answer comes from that is not whole at once: a watch,
 * the log of a container that is followed, what runs in a pod.
 *
 * Nothing calls a source back: source_pump() is called once a turn and
 * appends to the answer's body what there is.
 */
#ifndef TESTS_KUBESIM_SOURCE_H
#define TESTS_KUBESIM_SOURCE_H

#include <event2/buffer.h>
#include <time.h>

#include "base/list.h"
#include "base/span.h"

struct source;

struct source_ops {
	void (*pump)(struct source *source, usec_t now, time_t wall);
	/* Of an upgraded connection: what the client sends, and its end. */
	void (*receive)(struct source *source, struct span bytes);
	void (*close)(struct source *source);
};

/* The first member of what it is a part of. */
struct source {
	struct list_node node; /* in api->sources */
	const struct source_ops *ops;
	void *owner;          /* borrowed: whose answer this is */
	struct evbuffer *out; /* borrowed from the answer */
	bool is_over;         /* the answer is complete */
};

void source_init(struct source *source, const struct source_ops *ops,
	struct evbuffer *out, struct list *sources);
/* Returns whether something was written or the source is over. */
bool source_pump(struct source *source, usec_t now, time_t wall);
/* The client has sent something; only to those that can receive. */
void source_receive(struct source *source, struct span bytes);
void source_close(struct source *source); /* NULL is fine */

#endif
