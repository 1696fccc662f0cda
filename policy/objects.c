/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/objects.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

void objects_init(
	struct objects *objects, uint32_t max, const struct hash_key *key)
{
	*objects = (struct objects){ .max = max, .key = *key };
	list_init(&objects->free);
	list_init(&objects->seen);
	map_init_fixed(&objects->by_place, max);
	/* Pages that are never used are never there. */
	objects->entries = xcalloc(max, sizeof(*objects->entries));
}

void objects_fini(struct objects *objects)
{
	map_fini(&objects->by_place);
	free(objects->entries);
	objects->entries = NULL;
}

/* ---- places -------------------------------------------------------------- */

struct object_place object_place_of(const struct class *class)
{
	/* RequestInfo has a Namespace in itself, its metadata does not. */
	bool is_namespace = !class->group.len &&
		span_eq(class->resource, SPAN("namespaces"));

	return (struct object_place){
		.group = class->group,
		.resource = class->resource,
		.namespace = is_namespace ? SPAN("") : class->namespace,
		.name = class->name,
	};
}

static uint64_t hash_of(
	const struct objects *objects, const struct object_place *place)
{
	uint64_t hash = hash_span(&objects->key, 2, place->group);

	hash = hash_span(&objects->key, hash, place->resource);
	hash = hash_span(&objects->key, hash, place->namespace);
	return hash_span(&objects->key, hash, place->name);
}

static bool place_eq(
	const struct object_place *a, const struct object_place *b)
{
	return span_eq(a->name, b->name) &&
		span_eq(a->namespace, b->namespace) &&
		span_eq(a->resource, b->resource) &&
		span_eq(a->group, b->group);
}

static struct object_kept *find(const struct objects *objects,
	const struct object_place *place, uint64_t hash)
{
	struct map_node *node;

	for (node = map_first(&objects->by_place, hash); node;
		node = map_next(node)) {
		struct object_kept *kept =
			CONTAINER_OF(node, struct object_kept, node);

		if (place_eq(&kept->seen.place, place))
			return kept;
	}
	return NULL;
}

const struct object_kept *objects_find(
	const struct objects *objects, const struct object_place *place)
{
	if (!objects_count(objects))
		return NULL;
	return find(objects, place, hash_of(objects, place));
}

/* ---- entries ------------------------------------------------------------- */

static size_t text_len(const struct object_seen *seen)
{
	const struct object_place *place = &seen->place;
	size_t len = place->group.len + place->resource.len +
		place->namespace.len + place->name.len + seen->uid.len +
		seen->resource_version.len;

	for (unsigned i = 0; i < seen->finalizer_count; i++)
		len += seen->finalizers[i].len;
	return len;
}

static bool fits(const struct object_seen *seen)
{
	return seen->finalizer_count <= OBJECT_FINALIZERS_MAX &&
		text_len(seen) <= OBJECT_TEXT_MAX;
}

static void own(char **at, struct span *text)
{
	if (text->len)
		memcpy(*at, text->ptr, text->len);
	text->ptr = *at;
	*at += text->len;
}

/* `seen` is borrowed from elsewhere: not from this entry. */
static void fill(struct object_kept *kept, const struct object_seen *seen)
{
	char *at = kept->text;

	kept->seen = *seen;
	own(&at, &kept->seen.place.group);
	own(&at, &kept->seen.place.resource);
	own(&at, &kept->seen.place.namespace);
	own(&at, &kept->seen.place.name);
	own(&at, &kept->seen.uid);
	own(&at, &kept->seen.resource_version);
	for (unsigned i = 0; i < seen->finalizer_count; i++)
		own(&at, &kept->seen.finalizers[i]);
}

static void drop(struct objects *objects, struct object_kept *kept)
{
	map_remove(&objects->by_place, &kept->node);
	list_remove(&kept->used);
	list_push_front(&objects->free, &kept->used);
}

static struct object_kept *kept_of(struct list_node *node)
{
	return CONTAINER_OF(node, struct object_kept, used);
}

/* One that is in no list. */
static struct object_kept *take(struct objects *objects)
{
	if (list_is_empty(&objects->free) && objects->fresh < objects->max)
		return &objects->entries[objects->fresh++];
	if (list_is_empty(&objects->free)) {
		struct list_node *oldest = list_first(&objects->seen);

		CHECK(oldest);
		objects->given_up++;
		drop(objects, kept_of(oldest));
	}
	return kept_of(list_pop_front(&objects->free));
}

static void remember(struct objects *objects, const struct object_seen *seen,
	uint64_t hash, usec_t now)
{
	struct object_kept *kept = find(objects, &seen->place, hash);
	bool is_new = !kept || !span_eq(kept->seen.uid, seen->uid);

	if (!kept) {
		kept = take(objects);
		map_insert(&objects->by_place, &kept->node, hash);
	}
	fill(kept, seen);
	if (is_new)
		kept->first_seen = now;
	kept->last_seen = now;
	list_remove(&kept->used);
	list_push_back(&objects->seen, &kept->used);
}

void objects_note(
	struct objects *objects, const struct object_seen *seen, usec_t now)
{
	if (!objects_are_wanted(objects))
		return;
	if (!object_seen_is_kept(seen)) {
		objects_forget(objects, &seen->place);
	} else if (!fits(seen)) {
		objects->too_long++;
		objects_forget(objects, &seen->place);
	} else {
		remember(objects, seen, hash_of(objects, &seen->place), now);
	}
}

void objects_forget(struct objects *objects, const struct object_place *place)
{
	struct object_kept *kept;

	if (!objects_count(objects))
		return;
	kept = find(objects, place, hash_of(objects, place));
	if (kept)
		drop(objects, kept);
}

/* ---- to look at ---------------------------------------------------------- */

const struct object_kept *objects_next(
	const struct objects *objects, const struct object_kept *after)
{
	struct list_node *node = after ? list_next(&after->used)
				       : list_first(&objects->seen);

	return node ? kept_of(node) : NULL;
}

static void tally_add(struct objects_tally *tally,
	const struct object_place *place, struct span finalizer)
{
	struct objects_tally_row *row;

	for (uint32_t i = 0; i < tally->row_count; i++) {
		row = &tally->rows[i];
		if (span_eq(row->resource, place->resource) &&
			span_eq(row->group, place->group) &&
			span_eq(row->finalizer, finalizer)) {
			row->count++;
			return;
		}
	}
	row = &tally->rows[tally->row_count];
	if (tally->row_count < OBJECTS_TALLY_ROWS - 1) {
		*row = (struct objects_tally_row){ place->group,
			place->resource, finalizer, 0 };
		tally->row_count++;
	}
	row->count++;
}

void objects_tally(const struct objects *objects, int64_t wall,
	int64_t stuck_after, struct objects_tally *ret_tally)
{
	const struct object_kept *kept = NULL;
	struct objects_tally *tally = ret_tally;

	memset(tally, 0, sizeof(*tally));
	while ((kept = objects_next(objects, kept))) {
		int64_t age = wall - kept->seen.deleted_at;

		if (age > tally->oldest)
			tally->oldest = age;
		if (age < stuck_after)
			continue;
		tally->stuck++;
		for (unsigned i = 0; i < kept->seen.finalizer_count; i++)
			tally_add(tally, &kept->seen.place,
				kept->seen.finalizers[i]);
	}
}

static void check_entry(
	const struct objects *objects, const struct object_kept *kept)
{
	CHECK(objects_find(objects, &kept->seen.place) == kept);
	CHECK(object_seen_is_kept(&kept->seen));
	CHECK(fits(&kept->seen));
	CHECK(kept->first_seen <= kept->last_seen);
	CHECK(kept->seen.uid.ptr >= kept->text &&
		kept->seen.uid.ptr + kept->seen.uid.len <=
			kept->text + OBJECT_TEXT_MAX);
}

void objects_check(const struct objects *objects)
{
	const struct object_kept *kept = NULL;

	list_check(&objects->free);
	list_check(&objects->seen);
	map_check(&objects->by_place);
	CHECK(objects->by_place.count == objects->seen.count);
	CHECK(objects->free.count + objects->seen.count == objects->fresh);
	CHECK(objects->fresh <= objects->max);
	while ((kept = objects_next(objects, kept)))
		check_entry(objects, kept);
}
