/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sweep/memory.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_quote.h"

#define KEY_CAP 384 /* a uid, a space, and the longest finalizer */
/* Quotes, a separator, and two numbers more; nothing in a key is escaped. */
#define ENTRY_BYTES_MAX (KEY_CAP + 48)
#define DEPTH_MAX 8u
#define REMOVED_FOR (7 * 24 * 3600)
/* A ConfigMap takes a mebibyte; the rest of it is what was removed. */
#define TEXT_MAX 1000000
#define SEEN_MAX 700000

enum entry_kind {
	ENTRY_SEEN,
	ENTRY_REMOVED,
};

struct entry {
	enum entry_kind kind;
	bool is_new; /* of this sweep: seen or removed by it */
	uint32_t count;
	int64_t at;
	char key[KEY_CAP];
};

struct sweep_memory {
	size_t count, max;
	struct entry entries[];
};

struct sweep_memory *sweep_memory_new(size_t entries_max)
{
	struct sweep_memory *memory = xcalloc(
		1, sizeof(*memory) + entries_max * sizeof(struct entry));

	memory->max = entries_max;
	return memory;
}

void sweep_memory_free(struct sweep_memory *memory)
{
	free(memory);
}

/* ---- entries ------------------------------------------------------------- */

static int key_write(char key[KEY_CAP], struct span uid, struct span finalizer)
{
	if (uid.len + 1 + finalizer.len >= KEY_CAP)
		return -1;
	memcpy(key, uid.ptr, uid.len);
	key[uid.len] = ' ';
	memcpy(key + uid.len + 1, finalizer.ptr, finalizer.len);
	key[uid.len + 1 + finalizer.len] = '\0';
	return 0;
}

/* Its index; the count: there is none. */
static size_t find(const struct sweep_memory *memory, enum entry_kind kind,
	const char *key)
{
	size_t i = 0;

	while (i < memory->count &&
		(memory->entries[i].kind != kind ||
			strcmp(memory->entries[i].key, key) != 0))
		i++;
	return i;
}

/* Where a removal goes when removals have their half: that of the oldest. */
static struct entry *oldest_removed(struct sweep_memory *memory)
{
	struct entry *oldest = NULL;
	size_t count = 0;

	for (size_t i = 0; i < memory->count; i++) {
		struct entry *entry = &memory->entries[i];

		if (entry->kind != ENTRY_REMOVED)
			continue;
		count++;
		if (!oldest || entry->at < oldest->at)
			oldest = entry;
	}
	return count >= memory->max / 2 ? oldest : NULL;
}

/* NULL: there is no place. */
static struct entry *add(
	struct sweep_memory *memory, enum entry_kind kind, const char *key)
{
	struct entry *entry =
		kind == ENTRY_REMOVED ? oldest_removed(memory) : NULL;

	if (!entry && memory->count == memory->max)
		return NULL;
	if (!entry)
		entry = &memory->entries[memory->count++];
	*entry = (struct entry){ .kind = kind };
	memcpy(entry->key, key, strlen(key) + 1);
	return entry;
}

static struct entry *find_or_add(
	struct sweep_memory *memory, enum entry_kind kind, const char *key)
{
	size_t i = find(memory, kind, key);

	return i < memory->count ? &memory->entries[i]
				 : add(memory, kind, key);
}

/* ---- the document -------------------------------------------------------- */

static int read_number(struct json *json, int64_t *ret_number)
{
	uint64_t number;

	if (json_next(json) != JSON_NUMBER ||
		span_to_u64(json->text, &number) || number > INT64_MAX)
		return -1;
	*ret_number = (int64_t)number;
	return 0;
}

/* "key": [count, at] */
static int read_entry(
	struct sweep_memory *memory, enum entry_kind kind, struct json *json)
{
	struct span text = json->text;
	char key[KEY_CAP];
	struct entry *entry;
	int64_t count, at;

	/* None of ours. */
	if (json->has_escape || text.len >= sizeof(key))
		return json_skip(json);
	memcpy(key, text.ptr, text.len);
	key[text.len] = '\0';
	if (json_next(json) != JSON_ARRAY || read_number(json, &count) ||
		read_number(json, &at) || json_next(json) != JSON_ARRAY_END ||
		count > UINT32_MAX)
		return -1;
	entry = add(memory, kind, key);
	if (entry) {
		entry->count = (uint32_t)count;
		entry->at = at;
	}
	return 0;
}

static int read_entries(
	struct sweep_memory *memory, enum entry_kind kind, struct json *json)
{
	if (json_next(json) != JSON_OBJECT)
		return -1;
	while (json_next(json) == JSON_KEY) {
		if (read_entry(memory, kind, json))
			return -1;
	}
	return json->token == JSON_OBJECT_END ? 0 : -1;
}

int sweep_memory_read(struct sweep_memory *memory, struct span text)
{
	struct json json;

	memory->count = 0;
	if (!text.len)
		return 0;
	json_init(&json, text.ptr, text.len, DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT)
		return -1;
	while (json_next(&json) == JSON_KEY) {
		enum entry_kind kind;

		if (span_eq(json.text, SPAN("seen")))
			kind = ENTRY_SEEN;
		else if (span_eq(json.text, SPAN("removed")))
			kind = ENTRY_REMOVED;
		else
			return -1;
		if (read_entries(memory, kind, &json))
			return -1;
	}
	return json_next(&json) == JSON_END ? 0 : -1;
}

static bool is_kept(const struct entry *entry, int64_t wall)
{
	switch (entry->kind) {
	case ENTRY_SEEN:
		return entry->is_new;
	case ENTRY_REMOVED:
		return wall - entry->at < REMOVED_FOR;
	}
	return false;
}

static void write_entries(const struct sweep_memory *memory,
	enum entry_kind kind, int64_t wall, size_t bytes_max, struct buf *out)
{
	const char *separator = "";

	for (size_t i = 0; i < memory->count; i++) {
		const struct entry *entry = &memory->entries[i];

		if (entry->kind != kind || !is_kept(entry, wall))
			continue;
		if (buf_len(out) + ENTRY_BYTES_MAX > bytes_max)
			return;
		buf_append_str(out, separator);
		json_append_quoted(out, span_str(entry->key), SIZE_MAX);
		buf_printf(out, ":[%" PRIu32 ",%" PRId64 "]", entry->count,
			entry->at);
		separator = ",\n";
	}
}

void sweep_memory_write(
	const struct sweep_memory *memory, int64_t wall, struct buf *ret_text)
{
	buf_append_str(ret_text, "{\"seen\":{");
	write_entries(memory, ENTRY_SEEN, wall, SEEN_MAX, ret_text);
	buf_append_str(ret_text, "},\n\"removed\":{");
	write_entries(memory, ENTRY_REMOVED, wall, TEXT_MAX, ret_text);
	buf_append_str(ret_text, "}}");
}

/* ---- what happens -------------------------------------------------------- */

uint32_t sweep_memory_see(struct sweep_memory *memory, struct span uid,
	struct span finalizer, int64_t wall, int64_t interval)
{
	char key[KEY_CAP];
	struct entry *entry;

	if (key_write(key, uid, finalizer))
		return 1;
	entry = find_or_add(memory, ENTRY_SEEN, key);
	if (!entry)
		return 1;
	if (!entry->count ||
		(entry->at <= wall && wall - entry->at >= interval)) {
		entry->count++;
		entry->at = wall;
	}
	/*
	 * Counted by a clock that is ahead of this one: how long ago is not
	 * known, and it must not stay so for ever.
	 */
	if (entry->at > wall)
		entry->at = wall;
	entry->is_new = true;
	return entry->count;
}

void sweep_memory_note_removed(struct sweep_memory *memory, struct span uid,
	struct span finalizer, int64_t wall)
{
	char key[KEY_CAP];
	struct entry *entry;
	size_t i;

	if (key_write(key, uid, finalizer))
		return;
	entry = find_or_add(memory, ENTRY_REMOVED, key);
	if (!entry)
		return;
	entry->count++;
	entry->at = wall;
	/* It begins anew, should it come back. */
	i = find(memory, ENTRY_SEEN, key);
	if (i < memory->count)
		memory->entries[i].is_new = false;
}

bool sweep_memory_was_removed(const struct sweep_memory *memory,
	struct span uid, struct span finalizer)
{
	char key[KEY_CAP];

	return !key_write(key, uid, finalizer) &&
		find(memory, ENTRY_REMOVED, key) < memory->count;
}
