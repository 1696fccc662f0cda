/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/memo.h"

#include <stdlib.h>

#include "base/alloc.h"

#define MEMO_WAYS 4

void memo_init(struct memo *memo, uint32_t entries)
{
	uint32_t sets = 1;

	while (sets * MEMO_WAYS < entries)
		sets *= 2;
	*memo = (struct memo){ .mask = sets - 1 };
	memo->entries =
		xcalloc((size_t)sets * MEMO_WAYS, sizeof(*memo->entries));
}

void memo_fini(struct memo *memo)
{
	free(memo->entries);
	*memo = (struct memo){ 0 };
}

static struct memo_entry *set_of(const struct memo *memo, uint64_t key)
{
	return &memo->entries[(key & memo->mask) * MEMO_WAYS];
}

static struct memo_entry *find(const struct memo *memo, uint64_t key)
{
	struct memo_entry *set = set_of(memo, key);

	for (int i = 0; key && i < MEMO_WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
	}
	return NULL;
}

bool memo_get(struct memo *memo, uint64_t key, uint64_t *ret_value)
{
	struct memo_entry *entry = find(memo, key);

	if (!entry)
		return false;
	entry->used = ++memo->uses;
	*ret_value = entry->value;
	return true;
}

void memo_put(struct memo *memo, uint64_t key, uint64_t value)
{
	struct memo_entry *set = set_of(memo, key);
	struct memo_entry *entry = find(memo, key);

	if (!key)
		return;
	if (!entry) {
		entry = &set[0];
		for (int i = 0; i < MEMO_WAYS && entry->key; i++) {
			/* Ages, so that the count may wrap around. */
			if (!set[i].key ||
				memo->uses - set[i].used >
					memo->uses - entry->used)
				entry = &set[i];
		}
	}
	*entry = (struct memo_entry){ key, value, ++memo->uses };
}

void memo_forget(struct memo *memo, uint64_t key)
{
	struct memo_entry *entry = find(memo, key);

	if (entry)
		*entry = (struct memo_entry){ 0 };
}
