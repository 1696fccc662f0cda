/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/replay_queues.h"

#include <criterion/criterion.h>

#include "proxy/exchange/intents.h"

enum {
	PODS = 1,
	WORKFLOWS = 2,
	LEASES = 3,
	ALIKE_MAX = 4,
	MAX = 6,
	COUNT = 20,
};

struct world {
	struct replay_queues queues;
	struct pending pendings[COUNT];
	unsigned count;
};

static void begin(struct world *world)
{
	*world = (struct world){ .count = 0 };
	replay_queues_init(&world->queues);
}

/* One of that kind; it waits for that time. */
static struct pending *add(struct world *world, uint64_t kind, usec_t at)
{
	struct pending *pending = &world->pendings[world->count++];

	replay_queues_join(&world->queues, pending, kind);
	replay_queues_wait(&world->queues, pending, at);
	return pending;
}

/* How many may start, one after the other; they do. */
static unsigned start(struct world *world, usec_t now)
{
	struct pending *pending;
	unsigned count = 0;

	while ((pending = replay_queues_next(&world->queues, now))) {
		replay_queues_start(&world->queues, pending);
		count++;
		replay_queues_check(&world->queues);
	}
	return count;
}

static void end(struct world *world)
{
	for (unsigned i = 0; i < world->count; i++)
		replay_queues_leave(&world->queues, &world->pendings[i]);
	replay_queues_check(&world->queues);
	replay_queues_fini(&world->queues);
}

Test(replay_queues, who_is_due_first_goes_first)
{
	struct world world;
	struct pending *pod, *workflow, *other;

	begin(&world);
	pod = add(&world, PODS, 30);
	workflow = add(&world, WORKFLOWS, 20);
	other = add(&world, PODS, 10);
	cr_expect_eq(replay_queues_at(&world.queues), 10);
	cr_expect_null(replay_queues_next(&world.queues, 9));
	cr_expect_eq(replay_queues_next(&world.queues, 99), other);
	replay_queues_start(&world.queues, other);
	cr_expect_eq(replay_queues_next(&world.queues, 99), workflow);
	replay_queues_unwait(&world.queues, workflow);
	cr_expect_eq(replay_queues_next(&world.queues, 99), pod);
	cr_expect_eq(replay_queues_at(&world.queues), 30);
	end(&world);
}

Test(replay_queues, who_waits_for_another_time_has_another_turn)
{
	struct world world;
	struct pending *first, *second;

	begin(&world);
	first = add(&world, PODS, 10);
	second = add(&world, WORKFLOWS, 20);
	replay_queues_wait(&world.queues, first, 30);
	cr_expect_eq(replay_queues_next(&world.queues, 99), second);
	replay_queues_wait(&world.queues, first, 5);
	cr_expect_eq(replay_queues_next(&world.queues, 99), first);
	end(&world);
}

Test(replay_queues, of_one_kind_only_so_many)
{
	struct world world;

	begin(&world);
	for (unsigned i = 0; i < ALIKE_MAX + 2; i++)
		add(&world, PODS, 10);
	cr_expect_eq(start(&world, 10), ALIKE_MAX);
	cr_expect_eq(replay_queues_at(&world.queues), USEC_NEVER);
	/* They hang; what comes now is not behind those that wait. */
	add(&world, WORKFLOWS, 20);
	cr_expect_eq(replay_queues_at(&world.queues), 20);
	cr_expect_eq(start(&world, 20), 1);
	replay_queues_finish(&world.queues, &world.pendings[0]);
	cr_expect_eq(replay_queues_at(&world.queues), 10);
	cr_expect_eq(start(&world, 20), 1);
	end(&world);
}

Test(replay_queues, of_all_only_so_many)
{
	struct world world;

	begin(&world);
	for (unsigned i = 0; i < ALIKE_MAX; i++) {
		add(&world, PODS, 10);
		add(&world, WORKFLOWS, 10);
		add(&world, LEASES, 10);
	}
	cr_expect_eq(start(&world, 10), MAX);
	cr_expect_eq(replay_queues_at(&world.queues), USEC_NEVER);
	end(&world);
}

Test(replay_queues, who_leaves_while_under_way_makes_room)
{
	struct world world;

	begin(&world);
	for (unsigned i = 0; i < ALIKE_MAX + 1; i++)
		add(&world, PODS, 10);
	cr_expect_eq(start(&world, 10), ALIKE_MAX);
	replay_queues_leave(&world.queues, &world.pendings[0]);
	cr_expect_eq(start(&world, 10), 1);
	/* And back, that it can leave with the others. */
	replay_queues_join(&world.queues, &world.pendings[0], PODS);
	end(&world);
}
