/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/address_book.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* 10.0.0.`last` */
static struct resolver_address address(unsigned last)
{
	struct resolver_address address;
	char text[32];

	snprintf(text, sizeof(text), "10.0.0.%u", last);
	cr_assert(address_read(text, &address));
	return address;
}

struct answer {
	struct resolver_address items[RESOLVER_ADDRESSES_MAX];
	unsigned count;
};

static void add(struct answer *answer, unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++)
		answer->items[answer->count++] = address(i);
}

/* Addresses from `first` to `last` are what the name has. */
static void told(struct address_book *book, unsigned server, unsigned first,
	unsigned last, usec_t now)
{
	struct answer answer = { .count = 0 };

	add(&answer, first, last);
	address_book_answer(book, server, answer.items, answer.count, now);
}

static unsigned taken(const struct address_book *book)
{
	unsigned count = 0;

	for (unsigned i = 0; i < book->slot_count; i++)
		count += book->slots[i].is_taken;
	return count;
}

static unsigned news(const struct address_book *book)
{
	unsigned count = 0;

	for (unsigned i = 0; i < book->slot_count; i++)
		count += book->slots[i].is_new;
	return count;
}

/* Of the slot that has it; the count of slots: none. */
static unsigned slot_of(const struct address_book *book, unsigned last)
{
	struct resolver_address wanted = address(last);
	unsigned i = 0;

	while (i < book->slot_count &&
		!(book->slots[i].is_taken &&
			address_eq(&book->slots[i].address, &wanted)))
		i++;
	return i;
}

Test(address_book, each_address_has_a_slot)
{
	struct address_book book;

	address_book_init(&book, 8, 1);
	told(&book, 0, 1, 3, 1);
	cr_expect_eq(taken(&book), 3);
	cr_expect_eq(news(&book), 3);
	told(&book, 0, 1, 3, 2);
	cr_expect_eq(taken(&book), 3);
	cr_expect_eq(news(&book), 0);
}

Test(address_book, what_is_no_longer_listed_stays_until_it_fails)
{
	struct address_book book;
	unsigned slot;

	address_book_init(&book, 8, 1);
	told(&book, 0, 1, 2, 1);
	slot = slot_of(&book, 1);
	told(&book, 0, 2, 3, 2);
	cr_expect_eq(taken(&book), 3);
	cr_expect_eq(slot_of(&book, 1), slot);
	cr_expect(address_book_failed(&book, slot));
	cr_expect_eq(taken(&book), 2);
	cr_expect_not(address_book_failed(&book, slot));
}

Test(address_book, what_is_listed_stays_though_it_fails)
{
	struct address_book book;

	address_book_init(&book, 8, 1);
	told(&book, 0, 1, 2, 1);
	cr_expect_not(address_book_failed(&book, slot_of(&book, 1)));
	cr_expect_eq(taken(&book), 2);
}

Test(address_book, the_one_listed_longest_ago_gives_way)
{
	struct address_book book;
	unsigned slot;

	address_book_init(&book, 3, 1);
	told(&book, 0, 1, 1, 1);
	slot = slot_of(&book, 1);
	told(&book, 0, 2, 2, 2);
	told(&book, 0, 3, 3, 3);
	told(&book, 0, 4, 4, 4);
	cr_expect_eq(slot_of(&book, 4), slot);
	cr_expect(book.slots[slot].is_new);
	cr_expect_eq(slot_of(&book, 1), 3);
	cr_expect_lt(slot_of(&book, 2), 3);
}

Test(address_book, who_comes_back_gets_its_slot_again)
{
	struct address_book book;
	unsigned slot;

	address_book_init(&book, 8, 1);
	told(&book, 0, 1, 2, 1);
	slot = slot_of(&book, 2);
	told(&book, 0, 1, 1, 2);
	cr_assert(address_book_failed(&book, slot));
	told(&book, 0, 1, 2, 3);
	cr_expect_eq(slot_of(&book, 2), slot);
}

Test(address_book, more_addresses_than_slots_do_not_push_each_other_out)
{
	struct address_book book;
	struct answer answer = { .count = 0 };

	address_book_init(&book, 8, 1);
	told(&book, 0, 1, 12, 1);
	cr_expect_eq(taken(&book), 8);
	/* The same in another order, as name servers give them. */
	add(&answer, 7, 12);
	add(&answer, 1, 6);
	address_book_answer(&book, 0, answer.items, answer.count, 2);
	cr_expect_eq(news(&book), 0);
	cr_expect_eq(taken(&book), 8);
}

Test(address_book, one_slot_is_left_for_each_other_server)
{
	struct address_book book;

	address_book_init(&book, 8, 3);
	told(&book, 0, 1, 12, 1);
	cr_expect_eq(taken(&book), 6);
	told(&book, 1, 21, 21, 2);
	told(&book, 2, 31, 31, 3);
	cr_expect_eq(taken(&book), 8);
}

Test(address_book, servers_with_one_address_in_common_have_a_slot_each)
{
	struct address_book book;

	address_book_init(&book, 8, 2);
	told(&book, 0, 1, 1, 1);
	told(&book, 1, 1, 1, 1);
	cr_expect_eq(taken(&book), 2);
}
