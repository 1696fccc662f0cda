/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/tap.h"

#include <stdlib.h>

#include "base/alloc.h"

enum {
	HELD_CAP_MIN = 4096,
	LENGTH_BYTES = 4,
};

/* ---- what passes --------------------------------------------------------- */

static enum object_glance glance(enum tap_kind kind, struct span text)
{
	switch (kind) {
	case TAP_OBJECT_JSON:
	case TAP_EVENTS_JSON:
		return object_glance_json(text);
	case TAP_OBJECT_PROTOBUF:
		return object_glance_protobuf(text);
	case TAP_EVENTS_PROTOBUF:
		return object_glance_protobuf_event(text);
	case TAP_NONE:
		break;
	}
	return OBJECT_GLANCE_NONE;
}

static int read_seen(
	enum tap_kind kind, struct span text, struct object_seen *ret_seen)
{
	switch (kind) {
	case TAP_OBJECT_JSON:
		return object_seen_read_json(text, ret_seen);
	case TAP_EVENTS_JSON:
		return object_seen_read_json_event(text, ret_seen);
	case TAP_OBJECT_PROTOBUF:
		return object_seen_read_protobuf(text, ret_seen);
	case TAP_EVENTS_PROTOBUF:
		return object_seen_read_protobuf_event(text, ret_seen);
	case TAP_NONE:
		break;
	}
	return -1;
}

static bool is_of_events(enum tap_kind kind)
{
	return kind == TAP_EVENTS_JSON || kind == TAP_EVENTS_PROTOBUF;
}

/* One object or event, or as much of it as was kept. */
static void look(struct tap *tap, struct span text)
{
	struct object_seen seen;

	switch (glance(tap->kind, text)) {
	case OBJECT_GLANCE_NONE:
		return;
	case OBJECT_GLANCE_LIVING:
		if (!is_of_events(tap->kind))
			tap->fn(tap->user, NULL);
		return;
	case OBJECT_GLANCE_DELETING:
		if (read_seen(tap->kind, text, &seen))
			tap->pool->unread++;
		else
			tap->fn(tap->user, &seen);
		return;
	}
}

/* ---- what is kept of it -------------------------------------------------- */

static void drop_held(struct tap *tap)
{
	free(tap->held);
	tap->pool->held -= tap->held_cap;
	tap->held = NULL;
	tap->held_len = tap->held_cap = 0;
}

/* False: there is no room for so much. */
static bool reserve(struct tap *tap, uint32_t len)
{
	uint32_t cap = tap->held_cap ? tap->held_cap : HELD_CAP_MIN;

	while (cap < len)
		cap *= 2;
	if (cap == tap->held_cap)
		return true;
	if (tap->pool->held + (cap - tap->held_cap) > tap->pool->max)
		return false;
	tap->pool->held += cap - tap->held_cap;
	tap->held = xrealloc(tap->held, cap);
	tap->held_cap = cap;
	return true;
}

/* More of one that is not whole yet. */
static void hold(struct tap *tap, struct span bytes)
{
	size_t room = TAP_HELD_MAX - tap->held_len;
	uint32_t len = (uint32_t)u64_min(bytes.len, room);

	if (tap->is_skipping || len == 0)
		return;
	if (!reserve(tap, tap->held_len + len)) {
		tap->pool->unread++;
		drop_held(tap);
		tap->is_skipping = true;
		return;
	}
	memcpy(tap->held + tap->held_len, bytes.ptr, len);
	tap->held_len += len;
	/* As much as is looked at: the rest need not be waited for. */
	if (tap->held_len == TAP_HELD_MAX) {
		look(tap, span_of(tap->held, tap->held_len));
		drop_held(tap);
		tap->is_skipping = true;
	}
}

/* The last bytes of one. */
static void finish(struct tap *tap, struct span bytes)
{
	if (tap->is_skipping) {
		tap->is_skipping = false;
	} else if (!tap->held) {
		look(tap, bytes);
	} else {
		hold(tap, bytes);
		if (tap->held)
			look(tap, span_of(tap->held, tap->held_len));
		tap->is_skipping = false;
	}
	if (tap->held)
		drop_held(tap);
}

/* ---- from bytes to events ------------------------------------------------ */

static void feed_lines(struct tap *tap, struct span bytes)
{
	while (bytes.len > 0) {
		const char *end = memchr(bytes.ptr, '\n', bytes.len);
		size_t len;

		if (!end) {
			hold(tap, bytes);
			return;
		}
		len = (size_t)(end - bytes.ptr);
		finish(tap, span_of(bytes.ptr, len));
		bytes = span_skip(bytes, len + 1);
	}
}

static void feed_lengths(struct tap *tap, struct span bytes)
{
	while (bytes.len > 0) {
		size_t part;

		if (tap->length_have < LENGTH_BYTES) {
			tap->length = tap->length << 8 |
				(unsigned char)bytes.ptr[0];
			tap->length_have++;
			bytes = span_skip(bytes, 1);
			continue;
		}
		part = (size_t)u64_min(tap->length, bytes.len);
		tap->length -= (uint32_t)part;
		if (tap->length == 0) {
			finish(tap, span_of(bytes.ptr, part));
			tap->length_have = 0;
		} else {
			hold(tap, span_of(bytes.ptr, part));
		}
		bytes = span_skip(bytes, part);
	}
}

static void feed_object(struct tap *tap, struct span bytes, bool is_last)
{
	if (is_last)
		finish(tap, bytes);
	else
		hold(tap, bytes);
}

/* ---- as a whole ---------------------------------------------------------- */

enum tap_kind tap_kind_of(struct span content_type, bool is_watch)
{
	struct span rest = content_type;
	struct span media;

	/* Mostly, and as the API server writes it. */
	if (span_eq(content_type, SPAN("application/json")))
		return is_watch ? TAP_EVENTS_JSON : TAP_OBJECT_JSON;
	media = span_trim(span_cut(&rest, ';'));
	if (span_eq_nocase(media, SPAN("application/json")))
		return is_watch ? TAP_EVENTS_JSON : TAP_OBJECT_JSON;
	if (!span_eq_nocase(media, SPAN("application/vnd.kubernetes.protobuf")))
		return TAP_NONE;
	if (!is_watch)
		return TAP_OBJECT_PROTOBUF;
	while (!span_is_absent(rest)) {
		struct span parameter = span_trim(span_cut(&rest, ';'));

		if (span_eq_nocase(parameter, SPAN("stream=watch")))
			return TAP_EVENTS_PROTOBUF;
	}
	return TAP_NONE;
}

void tap_open(struct tap *tap, enum tap_kind kind, struct tap_pool *pool,
	tap_fn *fn, void *user)
{
	*tap = (struct tap){
		.kind = kind,
		.pool = pool,
		.fn = fn,
		.user = user,
	};
}

void tap_feed(struct tap *tap, struct span bytes, bool is_last)
{
	switch (tap->kind) {
	case TAP_NONE:
		return;
	case TAP_OBJECT_JSON:
	case TAP_OBJECT_PROTOBUF:
		feed_object(tap, bytes, is_last);
		if (is_last)
			tap_close(tap);
		return;
	case TAP_EVENTS_JSON:
		feed_lines(tap, bytes);
		return;
	case TAP_EVENTS_PROTOBUF:
		feed_lengths(tap, bytes);
		return;
	}
}

void tap_end(struct tap *tap)
{
	/* An event that is not whole is none. */
	if (tap_is_open(tap) && !is_of_events(tap->kind) && tap->held)
		finish(tap, SPAN_NONE);
	tap_close(tap);
}

void tap_close(struct tap *tap)
{
	if (tap->held)
		drop_held(tap);
	tap->kind = TAP_NONE;
}
