/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address book: which address of which configured server each endpoint slot
 * stands for.
 *
 *	          an answer has it             it fails, or gives way
 *	VACANT ------------------> LISTED <--> KEPT ------------> VACANT
 *	                              answers have it, or not
 *
 * An address that a name has lost is KEPT as long as it works, as a client
 * keeps its connection: name servers that answer with a part of their records
 * would move everybody all the time.  It gives way when its slot is needed;
 * the one that was listed longest ago first.
 *
 * Plain data: no I/O, no time but what it is told.
 */
#ifndef PROXY_EXCHANGE_ADDRESS_BOOK_H
#define PROXY_EXCHANGE_ADDRESS_BOOK_H

#include <stdbool.h>

#include "base/util.h"
#include "policy/settings.h"
#include "proxy/loop/resolver.h"

struct address_slot {
	bool is_taken;
	bool is_listed; /* in the last answer about its server */
	bool is_new;    /* taken by the last address_book_answer() */
	unsigned server;
	struct resolver_address address; /* the last one, when VACANT */
	usec_t listed_at;
};

struct address_book {
	struct address_slot slots[POLICY_ENDPOINTS_MAX];
	unsigned slot_count;
	unsigned server_count; /* each can have one slot at least */
};

void address_book_init(
	struct address_book *book, unsigned slot_count, unsigned server_count);
/*
 * All addresses of a server, as they are now.  Slots that are `is_new` behind
 * the call were vacant or have given way.
 */
void address_book_answer(struct address_book *book, unsigned server,
	const struct resolver_address *addresses, unsigned count, usec_t now);
/* The address of that slot failed.  True: it was KEPT and is VACANT now. */
bool address_book_failed(struct address_book *book, unsigned slot);

#endif
