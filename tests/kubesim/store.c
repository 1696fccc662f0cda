/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

/* An array serves well: names mostly come in order, and lists want it. */
struct collection {
	struct object **items; /* owned, each with a reference */
	size_t count;
	size_t cap;
};

struct store {
	uint64_t rv;
	uint64_t compacted; /* changes up to this one are forgotten */
	struct collection collections[RESOURCE_COUNT];
	struct change *log; /* owned ring */
	size_t log_size;
	size_t log_first;
	size_t log_count;
	store_change_fn *on_change; /* NULL: nobody is told */
	void *on_change_user;
};

struct object *object_ref(struct object *obj)
{
	obj->refs++;
	return obj;
}

void object_unref(struct object *obj)
{
	if (!obj || --obj->refs > 0)
		return;
	cJSON_Delete(obj->tree);
	free(obj->text);
	free(obj);
}

struct object *object_new(const struct resource *res, cJSON *tree, uint64_t rv)
{
	struct object *obj = xcalloc(1, sizeof(*obj));
	cJSON *metadata = json_make_object(tree, "metadata");
	char text[32];
	char prefix[128];
	int len;

	if (rv) {
		snprintf(text, sizeof(text), "%" PRIu64, rv);
		json_set_str(metadata, "resourceVersion", text);
	}
	/* In this order, so that list items can leave the first two out. */
	json_remove(tree, "kind");
	json_remove(tree, "apiVersion");
	json_set_first(
		tree, "apiVersion", cJSON_CreateString(res->api_version));
	json_set_first(tree, "kind", cJSON_CreateString(res->kind));
	obj->refs = 1;
	obj->rv = rv;
	obj->ns = json_str(metadata, "namespace");
	obj->name = json_str(metadata, "name");
	CHECK(obj->name);
	if (!obj->ns)
		obj->ns = "";
	obj->tree = tree;
	obj->text = json_print(tree);
	obj->len = strlen(obj->text);
	if (!res->custom) {
		len = snprintf(prefix, sizeof(prefix),
			"{\"kind\":\"%s\",\"apiVersion\":\"%s\",", res->kind,
			res->api_version);
		CHECK(len > 0 && !strncmp(obj->text, prefix, (size_t)len));
		obj->list_skip = (size_t)len;
	} else {
		obj->list_skip = 1;
	}
	return obj;
}

static struct change *log_at(const struct store *store, size_t place)
{
	return &store->log[(store->log_first + place) % store->log_size];
}

static void log_drop_first(struct store *store)
{
	struct change *change = log_at(store, 0);

	store->compacted = change->rv;
	object_unref(change->before);
	object_unref(change->now);
	*change = (struct change){ 0 };
	store->log_first = (store->log_first + 1) % store->log_size;
	store->log_count--;
}

/* Takes both references. */
static void log_append(struct store *store, const struct resource *res,
	enum change_type type, struct object *before, struct object *now)
{
	if (store->log_count == store->log_size)
		log_drop_first(store);
	*log_at(store, store->log_count) = (struct change){
		.rv = store->rv,
		.type = type,
		.res = res,
		.before = before,
		.now = now,
	};
	store->log_count++;
	if (store->on_change)
		store->on_change(store->on_change_user,
			log_at(store, store->log_count - 1));
}

void store_on_change(struct store *store, store_change_fn *fn, void *user)
{
	store->on_change = fn;
	store->on_change_user = user;
}

void store_compact(struct store *store)
{
	while (store->log_count)
		log_drop_first(store);
	store->compacted = store->rv;
}

struct store *store_new(size_t log_size)
{
	struct store *store = xcalloc(1, sizeof(*store));

	CHECK(log_size > 0);
	store->log = xcalloc(log_size, sizeof(*store->log));
	store->log_size = log_size;
	return store;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	store_compact(store);
	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		struct collection *coll = &store->collections[i];

		for (size_t k = 0; k < coll->count; k++)
			object_unref(coll->items[k]);
		free(coll->items);
	}
	free(store->log);
	free(store);
}

uint64_t store_rv(const struct store *store)
{
	return store->rv;
}

static int key_cmp(const char *ns_a, const char *name_a, const char *ns_b,
	const char *name_b)
{
	int order = strcmp(ns_a, ns_b);

	return order ? order : strcmp(name_a, name_b);
}

/* The place of the first item that is not before the key. */
static size_t lower_bound(struct object *const *items, size_t count,
	const char *ns, const char *name)
{
	size_t low = 0;

	while (count > 0) {
		size_t half = count / 2;
		const struct object *obj = items[low + half];

		if (key_cmp(obj->ns, obj->name, ns, name) < 0) {
			low += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return low;
}

static bool is_at(const struct collection *coll, size_t place, const char *ns,
	const char *name)
{
	return place < coll->count &&
		!key_cmp(coll->items[place]->ns, coll->items[place]->name, ns,
			name);
}

struct object *store_get(const struct store *store, const struct resource *res,
	const char *ns, const char *name)
{
	const struct collection *coll =
		&store->collections[resource_index(res)];
	size_t place = lower_bound(coll->items, coll->count, ns, name);

	return is_at(coll, place, ns, name) ? coll->items[place] : NULL;
}

struct object_range store_range(
	const struct store *store, const struct resource *res, const char *ns)
{
	const struct collection *coll =
		&store->collections[resource_index(res)];
	size_t first = 0;
	size_t end = coll->count;

	if (*ns) {
		first = lower_bound(coll->items, coll->count, ns, "");
		/* No name has a byte above 0x7f. */
		end = lower_bound(coll->items, coll->count, ns, "\xff");
	}
	return (struct object_range){
		.items = coll->items ? coll->items + first : NULL,
		.count = end - first,
	};
}

struct object_range object_range_behind(
	struct object_range range, const char *ns, const char *name)
{
	size_t place = lower_bound(range.items, range.count, ns, name);

	if (place < range.count &&
		!key_cmp(range.items[place]->ns, range.items[place]->name, ns,
			name))
		place++;
	range.items = range.items ? range.items + place : NULL;
	range.count -= place;
	return range;
}

static void collection_insert(
	struct collection *coll, size_t place, struct object *obj)
{
	if (coll->count == coll->cap) {
		coll->cap = coll->cap ? coll->cap * 2 : 64;
		coll->items =
			xrealloc(coll->items, coll->cap * sizeof(*coll->items));
	}
	memmove(coll->items + place + 1, coll->items + place,
		(coll->count - place) * sizeof(*coll->items));
	coll->items[place] = obj;
	coll->count++;
}

struct object *store_put(
	struct store *store, const struct resource *res, cJSON *tree)
{
	struct collection *coll = &store->collections[resource_index(res)];
	struct object *now = object_new(res, tree, ++store->rv);
	size_t place =
		lower_bound(coll->items, coll->count, now->ns, now->name);

	if (is_at(coll, place, now->ns, now->name)) {
		/* The log takes over the store's reference. */
		log_append(store, res, CHANGE_MODIFIED, coll->items[place],
			object_ref(now));
		coll->items[place] = now;
	} else {
		collection_insert(coll, place, now);
		log_append(store, res, CHANGE_ADDED, NULL, object_ref(now));
	}
	return now;
}

void store_remove(struct store *store, const struct resource *res, cJSON *tree)
{
	struct collection *coll = &store->collections[resource_index(res)];
	struct object *last = object_new(res, tree, ++store->rv);
	size_t place =
		lower_bound(coll->items, coll->count, last->ns, last->name);

	CHECK(is_at(coll, place, last->ns, last->name));
	log_append(store, res, CHANGE_DELETED, coll->items[place], last);
	coll->count--;
	memmove(coll->items + place, coll->items + place + 1,
		(coll->count - place) * sizeof(*coll->items));
}

void store_restore(struct store *store, const struct resource *res,
	cJSON *tree, uint64_t rv, bool is_removed)
{
	store->rv = rv - 1;
	if (is_removed)
		store_remove(store, res, tree);
	else
		store_put(store, res, tree);
}

void store_go_on_from(struct store *store, uint64_t rv)
{
	store->rv = rv;
}

const struct change *store_change_behind(const struct store *store, uint64_t rv)
{
	size_t low = 0;
	size_t count = store->log_count;

	while (count > 0) {
		size_t half = count / 2;

		if (log_at(store, low + half)->rv <= rv) {
			low += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return low < store->log_count ? log_at(store, low) : NULL;
}

bool store_reaches(const struct store *store, uint64_t rv)
{
	return rv >= store->compacted;
}

void store_check(const struct store *store)
{
	uint64_t rv = store->compacted;

	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		const struct collection *coll = &store->collections[i];

		for (size_t k = 0; k < coll->count; k++) {
			const struct object *obj = coll->items[k];

			CHECK(obj->refs > 0);
			CHECK(obj->rv <= store->rv);
			CHECK(k == 0 ||
				key_cmp(coll->items[k - 1]->ns,
					coll->items[k - 1]->name, obj->ns,
					obj->name) < 0);
		}
	}
	for (size_t i = 0; i < store->log_count; i++) {
		const struct change *change = log_at(store, i);

		CHECK(change->rv > rv);
		CHECK(change->now->rv == change->rv);
		CHECK(!change->before == (change->type == CHANGE_ADDED));
		rv = change->rv;
	}
	CHECK(rv <= store->rv);
}
