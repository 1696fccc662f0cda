/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memo: what policy learned about a key, in a table of fixed size that
 * forgets.  Keys are seeded hashes; each has a set of four places, of which
 * the longest unused is taken over.  Forgetting is always safe: what is not
 * known is learned again.
 */
#ifndef POLICY_MEMO_H
#define POLICY_MEMO_H

#include <stdbool.h>

#include "base/util.h"

struct memo_entry {
	uint64_t key; /* 0: free */
	uint64_t value;
	uint32_t used; /* the table's count of uses, for the age */
};

struct memo {
	struct memo_entry *entries; /* owned */
	uint32_t mask;		    /* sets - 1 */
	uint32_t uses;
};

void memo_init(struct memo *memo, uint32_t entries);
void memo_fini(struct memo *memo);
/* A key of 0 is never known. */
bool memo_get(struct memo *memo, uint64_t key, uint64_t *ret_value);
void memo_put(struct memo *memo, uint64_t key, uint64_t value);
void memo_forget(struct memo *memo, uint64_t key);

#endif
