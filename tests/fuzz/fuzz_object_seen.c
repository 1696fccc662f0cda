/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an answer that passes: what is read lies inside them, in one
 * piece or in several the same is seen, and the memory of it stays whole.  The
 * first byte says which form they have and where they are cut.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "policy/objects.h"
#include "proxy/exchange/tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct watcher {
	struct objects objects;
	uint64_t digest; /* of all that was told */
	usec_t now;
};

static void digest_text(struct watcher *watcher, struct span text)
{
	watcher->digest = hash_span(
		&watcher->objects.key, watcher->digest + 1, text);
}

static void on_seen(void *user, const struct object_seen *seen)
{
	struct watcher *watcher = user;
	struct object_seen noted;
	unsigned count;

	watcher->digest++;
	if (!seen)
		return;
	noted = *seen;
	noted.place.group = SPAN("");
	noted.place.resource = SPAN("pods");
	digest_text(watcher, seen->place.namespace);
	digest_text(watcher, seen->place.name);
	digest_text(watcher, seen->uid);
	digest_text(watcher, seen->resource_version);
	count = (unsigned)u64_min(seen->finalizer_count, OBJECT_FINALIZERS_MAX);
	for (unsigned i = 0; i < count; i++)
		digest_text(watcher, seen->finalizers[i]);
	objects_note(&watcher->objects, &noted, ++watcher->now);
	objects_check(&watcher->objects);
}

/* In pieces of that size, each of its own memory. */
static uint64_t digest_of(enum tap_kind kind, struct span text, size_t piece)
{
	static const struct hash_key key = { 1, 2 };
	struct watcher watcher = { .digest = 0 };
	struct tap_pool pool = { .max = SIZE_MAX / 2 };
	struct tap tap;

	objects_init(&watcher.objects, 4, &key);
	tap_open(&tap, kind, &pool, on_seen, &watcher);
	while (text.len) {
		size_t len = u64_min(piece, text.len);
		char *copy = xmalloc(len);

		memcpy(copy, text.ptr, len);
		text = span_skip(text, len);
		tap_feed(&tap, span_of(copy, len), false);
		free(copy);
	}
	tap_end(&tap);
	CHECK(pool.held == 0);
	objects_fini(&watcher.objects);
	return watcher.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum tap_kind KINDS[] = {
		TAP_OBJECT_JSON,
		TAP_OBJECT_PROTOBUF,
		TAP_EVENTS_JSON,
		TAP_EVENTS_PROTOBUF,
	};
	enum tap_kind kind;
	struct span text;

	if (size < 2)
		return 0;
	kind = KINDS[data[0] % ARRAY_SIZE(KINDS)];
	text = span_of(data + 1, size - 1);
	CHECK(digest_of(kind, text, text.len) ==
		digest_of(kind, text, 1 + data[0] / ARRAY_SIZE(KINDS)));
	return 0;
}
