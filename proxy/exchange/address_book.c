/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/address_book.h"

#include "base/check.h"

void address_book_init(
	struct address_book *book, unsigned slot_count, unsigned server_count)
{
	CHECK(slot_count <= POLICY_ENDPOINTS_MAX && server_count <= slot_count);
	*book = (struct address_book){
		.slot_count = slot_count,
		.server_count = server_count,
	};
}

static bool is_of(const struct address_slot *slot, unsigned server,
	const struct resolver_address *address)
{
	return slot->server == server && address_eq(&slot->address, address);
}

static struct address_slot *find_taken(struct address_book *book,
	unsigned server, const struct resolver_address *address)
{
	for (unsigned i = 0; i < book->slot_count; i++) {
		struct address_slot *slot = &book->slots[i];

		if (slot->is_taken && is_of(slot, server, address))
			return slot;
	}
	return NULL;
}

enum usefulness {
	USE_NOT,    /* taken and listed */
	USE_KEPT,   /* gives way */
	USE_VACANT, /* … but what is known of it is of another address */
	USE_NEVER_TAKEN,
	USE_SAME, /* it had that very address */
};

static enum usefulness usefulness_of(const struct address_slot *slot,
	unsigned server, const struct resolver_address *address)
{
	if (slot->is_taken)
		return slot->is_listed ? USE_NOT : USE_KEPT;
	if (!slot->address.len)
		return USE_NEVER_TAKEN;
	return is_of(slot, server, address) ? USE_SAME : USE_VACANT;
}

/* Of equals the one that was listed longest ago; NULL: all are in use. */
static struct address_slot *find_room(struct address_book *book,
	unsigned server, const struct resolver_address *address)
{
	struct address_slot *best = NULL;
	enum usefulness use = USE_NOT;

	for (unsigned i = 0; i < book->slot_count; i++) {
		struct address_slot *slot = &book->slots[i];
		enum usefulness its = usefulness_of(slot, server, address);

		if (its > use ||
			(its == use && best &&
				slot->listed_at < best->listed_at)) {
			use = its;
			best = slot;
		}
	}
	return best;
}

static void take(struct address_slot *slot, unsigned server,
	const struct resolver_address *address, usec_t now)
{
	*slot = (struct address_slot){
		.is_taken = true,
		.is_listed = true,
		.is_new = true,
		.server = server,
		.address = *address,
		.listed_at = now,
	};
}

void address_book_answer(struct address_book *book, unsigned server,
	const struct resolver_address *addresses, unsigned count, usec_t now)
{
	/* One is left for each of the other servers. */
	unsigned most = book->slot_count - (book->server_count - 1);
	unsigned listed = 0;

	CHECK(server < book->server_count);
	for (unsigned i = 0; i < book->slot_count; i++) {
		book->slots[i].is_new = false;
		if (book->slots[i].server == server)
			book->slots[i].is_listed = false;
	}
	/* Those that are known first, or they would give way to the others. */
	for (unsigned i = 0; i < count; i++) {
		struct address_slot *slot =
			find_taken(book, server, &addresses[i]);

		if (!slot)
			continue;
		slot->is_listed = true;
		slot->listed_at = now;
		listed++;
	}
	for (unsigned i = 0; i < count && listed < most; i++) {
		struct address_slot *slot =
			find_room(book, server, &addresses[i]);

		if (!slot || find_taken(book, server, &addresses[i]))
			continue;
		take(slot, server, &addresses[i], now);
		listed++;
	}
}

bool address_book_failed(struct address_book *book, unsigned slot)
{
	struct address_slot *failed = &book->slots[slot];

	if (!failed->is_taken || failed->is_listed)
		return false;
	failed->is_taken = false;
	return true;
}
