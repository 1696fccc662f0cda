/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "policy/replicas/peers.h"

#define PERIOD (15 * USEC_PER_SEC)
#define NOW (1000 * USEC_PER_SEC)

static const struct lease_part SIX[QUOTAS_MAX] = { { 9, 6 } };

static struct lease_seen lease(const char *name, const char *version)
{
	return (struct lease_seen){
		.name = span_str(name),
		.uid = span_str("u"),
		.holder = span_str("x"),
		.version = span_str(version),
		.is_readable = true,
		.parts = SIX,
	};
}

/* Asked and answered at once. */
static void note(struct peers *peers, const struct lease_seen *leases,
	uint32_t count, usec_t now)
{
	peers_note(peers, leases, count, SPAN("own"), 1, PERIOD, now, now);
	peers_check(peers);
}

static struct peers *peers_new(void)
{
	return xcalloc(1, sizeof(struct peers));
}

Test(peers, claims_add_up_and_the_own_is_passed_over)
{
	struct peers *peers = peers_new();
	const struct lease_seen leases[] = { lease("b", "1"),
		lease("own", "2"), lease("a", "3") };

	note(peers, leases, 3, NOW);
	cr_expect_eq(peers_live(peers), 2);
	cr_expect_eq(peers_claim(peers, 0), 12);
	cr_expect_str_eq(peers->items[0].name, "a");
	free(peers);
}

Test(peers, one_that_does_not_change_expires)
{
	struct peers *peers = peers_new();
	struct lease_seen one = lease("a", "1");

	note(peers, &one, 1, NOW);
	note(peers, &one, 1, NOW + PERIOD - 1);
	cr_expect_eq(peers_claim(peers, 0), 6);
	note(peers, &one, 1, NOW + PERIOD);
	cr_expect_eq(peers_claim(peers, 0), 0);
	cr_expect_eq(peers_live(peers), 0);
	one = lease("a", "2");
	note(peers, &one, 1, NOW + PERIOD + 1);
	cr_expect_eq(peers_claim(peers, 0), 6);
	free(peers);
}

/* From when the answer came to when the next question was asked. */
Test(peers, the_time_of_questions_is_not_ones_own)
{
	struct peers *peers = peers_new();
	struct lease_seen one = lease("a", "1");

	peers_note(peers, &one, 1, SPAN("own"), 1, PERIOD, NOW, NOW + 5);
	peers_note(peers, &one, 1, SPAN("own"), 1, PERIOD, NOW + PERIOD + 4,
		NOW + PERIOD + 1000);
	cr_expect_eq(peers_live(peers), 1);
	peers_note(peers, &one, 1, SPAN("own"), 1, PERIOD, NOW + PERIOD + 5,
		NOW + PERIOD + 1000);
	cr_expect_eq(peers_live(peers), 0);
	free(peers);
}

/* It may have claimed more since. */
Test(peers, one_that_was_deleted_claims_everything_for_a_period)
{
	struct peers *peers = peers_new();
	struct lease_seen one = lease("a", "1");

	note(peers, &one, 1, NOW);
	note(peers, NULL, 0, NOW + PERIOD / 2);
	note(peers, NULL, 0, NOW + PERIOD / 2 + PERIOD - 1);
	cr_expect_eq(peers_claim(peers, 0), UINT64_MAX);
	cr_expect_eq(peers_live(peers), 1);
	note(peers, NULL, 0, NOW + PERIOD / 2 + PERIOD);
	cr_expect_eq(peers_claim(peers, 0), 0);
	cr_expect_eq(peers->count, 0);
	free(peers);
}

Test(peers, one_that_was_created_anew_was_deleted)
{
	struct peers *peers = peers_new();
	struct lease_seen one = lease("a", "1");

	note(peers, &one, 1, NOW);
	one = lease("a", "2");
	one.uid = span_str("v");
	note(peers, &one, 1, NOW + 1);
	cr_expect_eq(peers_claim(peers, 0), UINT64_MAX);
	one.version = span_str("3");
	note(peers, &one, 1, NOW + PERIOD);
	cr_expect_eq(peers_claim(peers, 0), UINT64_MAX);
	note(peers, &one, 1, NOW + 1 + PERIOD);
	cr_expect_eq(peers_claim(peers, 0), 6);
	free(peers);
}

Test(peers, one_that_cannot_be_read_claims_everything)
{
	struct peers *peers = peers_new();
	struct lease_seen one = lease("a", "1");

	one.is_readable = false;
	note(peers, &one, 1, NOW);
	cr_expect_eq(peers_claim(peers, 0), UINT64_MAX);
	cr_expect_eq(peers_unreadable(peers), 1);
	note(peers, &one, 1, NOW + PERIOD);
	cr_expect_eq(peers_claim(peers, 0), 0);
	free(peers);
}

Test(peers, of_too_many_nothing_is_known)
{
	struct peers *peers = peers_new();
	struct lease_seen leases[PEERS_MAX + 1];
	char names[PEERS_MAX + 1][8];

	for (unsigned i = 0; i <= PEERS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "n%u", i);
		leases[i] = lease(names[i], "1");
	}
	note(peers, leases, PEERS_MAX, NOW);
	cr_expect_eq(peers_claim(peers, 0), 6 * PEERS_MAX);
	note(peers, leases, PEERS_MAX + 1, NOW + 1);
	cr_expect_eq(peers_claim(peers, 0), UINT64_MAX);
	/* Those that have expired make room. */
	note(peers, leases, PEERS_MAX + 1, NOW + PERIOD);
	cr_expect_neq(peers_claim(peers, 0), UINT64_MAX);
	free(peers);
}

Test(peers, other_quotas_do_not_begin_its_time_anew)
{
	struct peers *peers = peers_new();
	struct lease_seen one = lease("a", "1");
	const uint32_t from[] = { UINT32_MAX, 0 };

	note(peers, &one, 1, NOW);
	peers_renumber(peers, from, 2);
	cr_expect_eq(peers_claim(peers, 0), UINT64_MAX);
	peers_note(peers, &one, 1, SPAN("own"), 2, PERIOD, NOW + 1, NOW + 1);
	cr_expect_eq(peers_claim(peers, 0), 6);
	note(peers, &one, 1, NOW + PERIOD);
	cr_expect_eq(peers_live(peers), 0);
	free(peers);
}
