/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/relay.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"

/* Takes all that waits and compares. */
static void expect_all(struct relay *relay, struct span expected)
{
	while (relay_waiting(relay) > 0) {
		struct span run = relay_peek(relay);

		cr_assert(run.len > 0 && run.len <= expected.len);
		cr_assert(span_eq(run, span_of(expected.ptr, run.len)));
		expected = span_skip(expected, run.len);
		relay_take(relay, run.len);
		relay_check(relay);
	}
	cr_assert_eq(expected.len, 0);
	cr_assert(span_is_empty(relay_peek(relay)));
}

/* `len` bytes that say where they stand; free() them. */
static char *numbered_bytes(size_t len)
{
	char *bytes = xmalloc(len);

	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	return bytes;
}

Test(relay, starts_empty_and_without_memory)
{
	struct relay relay;

	relay_init(&relay, 0);
	relay_check(&relay);
	cr_assert_eq(relay_waiting(&relay), 0);
	cr_assert_eq(relay.held, 0);
	cr_assert(span_is_empty(relay_peek(&relay)));
	cr_assert(span_is_absent(relay_prefix(&relay, NULL, 0)));
	relay_add(&relay, "", 0);
	relay_check(&relay);
	cr_assert_eq(relay.held, 0);
	relay_fini(&relay);
}

Test(relay, gives_bytes_in_order_and_unchanged)
{
	size_t len = 100000;
	char *bytes = numbered_bytes(len);
	struct relay relay;

	relay_init(&relay, 0);
	for (size_t at = 0, n = 1; at < len; at += n, n = n * 3 + 1) {
		n = u64_min(n, len - at);
		relay_add(&relay, bytes + at, n);
		relay_check(&relay);
	}
	expect_all(&relay, span_of(bytes, len));
	relay_fini(&relay);
	free(bytes);
}

Test(relay, holds_nothing_once_all_was_taken)
{
	uint64_t charged = 0;
	struct relay relay;

	relay_init(&relay, 0);
	relay_charge_to(&relay, &charged);
	relay_add(&relay, "an event\n", 9);
	cr_assert_gt(charged, 0);
	relay_take(&relay, 9);
	relay_check(&relay);
	cr_assert_eq(relay.held, 0);
	cr_assert_eq(charged, 0);
	relay_fini(&relay);
}

Test(relay, small_body_costs_little)
{
	struct relay relay;
	char body[110] = { 0 };

	relay_init(&relay, 64 * 1024);
	relay_add(&relay, body, sizeof(body));
	cr_assert_leq(relay.held, 256);
	relay_fini(&relay);
}

Test(relay, large_body_costs_little_more_than_its_bytes)
{
	size_t len = 1000 * 1000;
	char *bytes = numbered_bytes(len);
	struct relay relay;

	relay_init(&relay, 0);
	for (size_t at = 0; at < len; at += 1000)
		relay_add(&relay, bytes + at, 1000);
	cr_assert_leq(relay.held, len + len / 20);
	relay_fini(&relay);
	free(bytes);
}

Test(relay, is_sent_again_from_the_start_while_it_keeps)
{
	size_t len = 5000;
	char *bytes = numbered_bytes(len);
	struct relay relay;

	relay_init(&relay, len);
	relay_add(&relay, bytes, 3000);
	relay_take(&relay, 1234);
	relay_rewind(&relay);
	relay_check(&relay);
	cr_assert_eq(relay_waiting(&relay), 3000);
	expect_all(&relay, span_of(bytes, 3000));
	relay_rewind(&relay);
	relay_add(&relay, bytes + 3000, len - 3000);
	relay_end(&relay);
	expect_all(&relay, span_of(bytes, len));
	cr_assert(relay.is_keeping);
	relay_fini(&relay);
	free(bytes);
}

Test(relay, above_the_limit_it_gives_up_keeping_for_good)
{
	size_t len = 5000;
	char *bytes = numbered_bytes(len);
	struct relay relay;

	relay_init(&relay, len - 1);
	relay_add(&relay, bytes, 4000);
	relay_take(&relay, 3000);
	cr_assert(relay.is_keeping);
	relay_add(&relay, bytes + 4000, 1000);
	relay_check(&relay);
	cr_assert_not(relay.is_keeping);
	expect_all(&relay, span_of(bytes + 3000, 2000));
	cr_assert_eq(relay.held, 0);
	relay_fini(&relay);
	free(bytes);
}

Test(relay, stops_keeping_when_told_and_frees_what_was_taken)
{
	uint64_t charged = 0;
	size_t len = 40000;
	char *bytes = numbered_bytes(len);
	struct relay relay;

	relay_init(&relay, len);
	relay_charge_to(&relay, &charged);
	relay_add(&relay, bytes, len);
	relay_take(&relay, len - 10);
	relay_stop_keeping(&relay);
	relay_check(&relay);
	cr_assert_leq(charged, 16384);
	cr_assert_eq(charged, relay.held);
	expect_all(&relay, span_of(bytes + len - 10, 10));
	cr_assert_eq(charged, 0);
	relay_stop_keeping(&relay);
	relay_fini(&relay);
	free(bytes);
}

Test(relay, not_keeping_can_still_be_rewound_before_the_first_byte_left)
{
	struct relay relay;

	relay_init(&relay, 0);
	relay_add(&relay, "body", 4);
	relay_rewind(&relay);
	expect_all(&relay, SPAN("body"));
	relay_fini(&relay);
}

Test(relay, rewind_of_what_is_gone_is_our_own_bug, .signal = SIGABRT)
{
	struct relay relay;

	relay_init(&relay, 0);
	relay_add(&relay, "body", 4);
	relay_take(&relay, 1);
	relay_rewind(&relay);
}

Test(relay, add_behind_the_end_is_our_own_bug, .signal = SIGABRT)
{
	struct relay relay;

	relay_init(&relay, 0);
	relay_end(&relay);
	relay_add(&relay, "more", 4);
}

Test(relay, take_of_more_than_waits_is_our_own_bug, .signal = SIGABRT)
{
	struct relay relay;

	relay_init(&relay, 0);
	relay_add(&relay, "body", 4);
	relay_take(&relay, 5);
}

Test(relay, prefix_of_a_small_body_is_where_it_lies)
{
	struct relay relay;
	struct span prefix;

	relay_init(&relay, 100);
	relay_add(&relay, "{\"metadata\":", 12);
	relay_add(&relay, "{}}", 3);
	prefix = relay_prefix(&relay, NULL, 0);
	cr_assert(span_eq(prefix, SPAN("{\"metadata\":{}}")));
	/* The body may be on its way already. */
	relay_take(&relay, 5);
	cr_assert(span_eq(relay_prefix(&relay, NULL, 0), prefix));
	relay_fini(&relay);
}

Test(relay, prefix_of_a_large_body_is_gathered_as_far_as_it_fits)
{
	size_t len = 50000;
	char *bytes = numbered_bytes(len);
	char *scratch = xmalloc(len);
	struct relay relay;

	relay_init(&relay, len);
	for (size_t at = 0; at < len; at += 1000)
		relay_add(&relay, bytes + at, 1000);
	cr_assert(span_eq(
		relay_prefix(&relay, scratch, 20001), span_of(bytes, 20001)));
	cr_assert(span_eq(
		relay_prefix(&relay, scratch, len), span_of(bytes, len)));
	relay_fini(&relay);
	free(scratch);
	free(bytes);
}

Test(relay, prefix_is_absent_once_the_beginning_is_gone)
{
	struct relay relay;

	relay_init(&relay, 0);
	relay_add(&relay, "body", 4);
	relay_take(&relay, 1);
	cr_assert(span_is_absent(relay_prefix(&relay, NULL, 0)));
	relay_fini(&relay);
}

Test(relay, end_and_break_are_remembered)
{
	struct relay relay;

	relay_init(&relay, 0);
	cr_assert_not(relay.is_ended || relay.is_broken);
	relay_break(&relay);
	cr_assert(relay.is_broken);
	relay_end(&relay);
	cr_assert(relay.is_ended);
	relay_fini(&relay);
}

/* ---- any order of calls, against a plain array ------------------------- */

enum { WALK_BYTES_MAX = 400000 };

struct walk {
	struct relay relay;
	uint64_t charged;
	struct rng rng;
	const char *bytes; /* that are added, in order */
	size_t added;
	size_t taken;
};

static void walk_step(struct walk *walk)
{
	struct relay *relay = &walk->relay;
	size_t waiting = walk->added - walk->taken;
	size_t n;

	switch (rng_below(&walk->rng, 16)) {
	case 0:
		if (relay->is_keeping || walk->taken == 0) {
			relay_rewind(relay);
			walk->taken = 0;
		}
		return;
	case 1:
		if (rng_below(&walk->rng, 16) == 0)
			relay_stop_keeping(relay);
		return;
	case 2:
	case 3:
	case 4:
	case 5:
	case 6:
	case 7:
		n = 1U << rng_below(&walk->rng, 16);
		n = u64_min(rng_below(&walk->rng, n + 1),
			WALK_BYTES_MAX - walk->added);
		relay_add(relay, walk->bytes + walk->added, n);
		walk->added += n;
		return;
	default:
		n = relay_peek(relay).len;
		cr_assert_eq(n == 0, waiting == 0);
		cr_assert(span_eq(relay_peek(relay),
			span_of(walk->bytes + walk->taken, n)));
		/* Taking goes across chunks, too. */
		n = rng_below(&walk->rng, u64_min(2 * n, waiting) + 1);
		relay_take(relay, n);
		walk->taken += n;
		return;
	}
}

Test(relay, random_walk_loses_and_changes_nothing)
{
	char *bytes = numbered_bytes(WALK_BYTES_MAX);
	struct walk walk;

	for (uint64_t seed = 1; seed <= 60; seed++) {
		walk = (struct walk){ .bytes = bytes };
		rng_init(&walk.rng, seed);
		relay_init(&walk.relay, seed % 4 * 30000);
		relay_charge_to(&walk.relay, &walk.charged);
		for (unsigned step = 0; step < 400; step++) {
			walk_step(&walk);
			relay_check(&walk.relay);
			cr_assert_eq(walk.relay.held, walk.charged);
			cr_assert_eq(relay_waiting(&walk.relay),
				walk.added - walk.taken);
		}
		expect_all(&walk.relay,
			span_of(bytes + walk.taken, walk.added - walk.taken));
		relay_fini(&walk.relay);
		cr_assert_eq(walk.charged, 0);
	}
	free(bytes);
}
