/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "policy/fair_queue.h"
#include "policy/settings.h"

struct fixture {
	struct flow_table flows;
	struct fair_queue queue;
	struct request requests[64];
	unsigned count;
};

static void set_up(struct fixture *f)
{
	*f = (struct fixture){ 0 };
	flow_table_init(&f->flows, 64, 64);
	fair_queue_init(&f->queue, NULL, QUEUE_USUAL);
}

static void tear_down(struct fixture *f)
{
	fair_queue_check(&f->queue);
	flow_table_fini(&f->flows);
}

static struct request *push(struct fixture *f, uint64_t flow)
{
	struct request *rq = &f->requests[f->count++];

	*rq = (struct request){ .width = SEAT };
	rq->flow = flow_take(&f->flows, &f->queue, flow);
	fair_queue_push(&f->queue, rq);
	fair_queue_check(&f->queue);
	return rq;
}

static struct request *serve(struct fixture *f)
{
	struct request *rq = fair_queue_first(&f->queue);

	cr_assert_not_null(rq);
	fair_queue_serve(&f->queue, rq);
	fair_queue_check(&f->queue);
	return rq;
}

Test(fair_queue, flows_take_turns)
{
	struct fixture f;
	struct request *heavy[6], *light[2];

	set_up(&f);
	for (unsigned i = 0; i < 6; i++)
		heavy[i] = push(&f, 1);
	for (unsigned i = 0; i < 2; i++)
		light[i] = push(&f, 2);
	cr_expect_eq(serve(&f), heavy[0]);
	cr_expect_eq(serve(&f), light[0]);
	cr_expect_eq(serve(&f), heavy[1]);
	cr_expect_eq(serve(&f), light[1]);
	for (unsigned i = 2; i < 6; i++)
		cr_expect_eq(serve(&f), heavy[i]);
	cr_expect_null(fair_queue_first(&f.queue));
	tear_down(&f);
}

Test(fair_queue, a_flow_is_a_fifo)
{
	struct fixture f;
	struct request *rq[5];

	set_up(&f);
	for (unsigned i = 0; i < 5; i++)
		rq[i] = push(&f, 1);
	for (unsigned i = 0; i < 5; i++)
		cr_expect_eq(serve(&f), rq[i]);
	tear_down(&f);
}

Test(fair_queue, idleness_earns_nothing)
{
	struct fixture f;
	unsigned own = 0;

	set_up(&f);
	for (unsigned i = 0; i < 20; i++)
		push(&f, 1);
	for (unsigned i = 0; i < 10; i++)
		serve(&f);
	/* It was away for ten turns: it gets every other one, not ten. */
	for (unsigned i = 0; i < 10; i++)
		push(&f, 2);
	for (unsigned i = 0; i < 10; i++)
		own += serve(&f)->flow == f.requests[20].flow;
	cr_expect(own == 5 || own == 6, "%u of 10", own);
	tear_down(&f);
}

Test(fair_queue, wide_ones_pay_for_their_width)
{
	struct fixture f;
	unsigned wide = 0;

	set_up(&f);
	for (unsigned i = 0; i < 12; i++) {
		push(&f, 1)->width = 3 * SEAT;
		push(&f, 2);
	}
	for (unsigned i = 0; i < 12; i++)
		wide += serve(&f)->width > SEAT;
	cr_expect_eq(wide, 3, "%u of 12", wide);
	tear_down(&f);
}

Test(fair_queue, refused_it_is_next_and_pays_nothing)
{
	struct fixture f;
	struct request *a[3], *b[3];

	set_up(&f);
	for (unsigned i = 0; i < 3; i++) {
		a[i] = push(&f, 1);
		b[i] = push(&f, 2);
	}
	cr_expect_eq(serve(&f), a[0]);
	for (unsigned i = 0; i < 3; i++) {
		cr_expect_eq(serve(&f), b[0]);
		fair_queue_push_back(&f.queue, b[0]);
		fair_queue_check(&f.queue);
	}
	cr_expect_eq(serve(&f), b[0]);
	cr_expect_eq(serve(&f), a[1]);
	cr_expect_eq(serve(&f), b[1]);
	cr_expect_eq(serve(&f), a[2]);
	cr_expect_eq(serve(&f), b[2]);
	tear_down(&f);
}

Test(fair_queue, several_refused_keep_their_order)
{
	struct fixture f;
	struct request *rq[5];

	set_up(&f);
	for (unsigned i = 0; i < 5; i++)
		rq[i] = push(&f, 1);
	for (unsigned i = 0; i < 3; i++)
		serve(&f);
	fair_queue_push_back(&f.queue, rq[1]);
	fair_queue_push_back(&f.queue, rq[0]);
	fair_queue_push_back(&f.queue, rq[2]);
	fair_queue_check(&f.queue);
	for (unsigned i = 0; i < 5; i++)
		cr_expect_eq(serve(&f), rq[i]);
	tear_down(&f);
}

Test(fair_queue, one_that_comes_back_late_takes_no_time_back)
{
	struct fixture f;
	struct request *late;
	unsigned fresh = 0;

	set_up(&f);
	late = push(&f, 1);
	for (unsigned i = 0; i < 30; i++)
		push(&f, 2);
	cr_assert_eq(serve(&f), late);
	for (unsigned i = 0; i < 20; i++)
		serve(&f);
	/* Parked meanwhile.  Then a flow that nobody knew before begins. */
	fair_queue_push_back(&f.queue, late);
	for (unsigned i = 0; i < 10; i++)
		push(&f, 3);
	cr_expect_eq(serve(&f), late);
	for (unsigned i = 0; i < 10; i++)
		fresh += serve(&f)->flow == f.requests[31].flow;
	cr_expect(fresh >= 4 && fresh <= 6, "%u of 10", fresh);
	tear_down(&f);
}

Test(fair_queue, any_one_can_be_taken_out)
{
	struct fixture f;
	struct request *rq[4], *other;

	set_up(&f);
	for (unsigned i = 0; i < 4; i++)
		rq[i] = push(&f, 1);
	other = push(&f, 2);
	fair_queue_remove(&f.queue, rq[0]);
	fair_queue_check(&f.queue);
	fair_queue_remove(&f.queue, rq[2]);
	fair_queue_check(&f.queue);
	cr_expect_eq(f.queue.count, 3);
	cr_expect_eq(serve(&f), rq[1]);
	cr_expect_eq(serve(&f), other);
	cr_expect_eq(serve(&f), rq[3]);
	tear_down(&f);
}

Test(flow_table, the_longest_idle_flow_is_reused)
{
	struct flow_table table;
	struct fair_queue queue;
	struct flow *a, *b, *c;

	fair_queue_init(&queue, NULL, QUEUE_USUAL);
	flow_table_init(&table, 2, 2);
	a = flow_take(&table, &queue, 1);
	b = flow_take(&table, &queue, 2);
	cr_expect_eq(flow_table_count(&table), 2);
	flow_release(&table, b);
	flow_release(&table, a);
	cr_expect_eq(flow_table_count(&table), 0);
	c = flow_take(&table, &queue, 3);
	cr_expect_eq(c, b);
	cr_expect_eq(flow_take(&table, &queue, 1), a);
	flow_table_fini(&table);
}

Test(flow_table, the_same_hash_in_another_queue_is_another_flow)
{
	struct flow_table table;
	struct fair_queue queues[2];

	fair_queue_init(&queues[0], NULL, QUEUE_USUAL);
	fair_queue_init(&queues[1], NULL, QUEUE_USUAL);
	flow_table_init(&table, 4, 4);
	cr_expect_neq(flow_take(&table, &queues[0], 1),
		flow_take(&table, &queues[1], 1));
	cr_expect_eq(flow_take(&table, &queues[0], 1),
		flow_take(&table, &queues[0], 1));
	flow_table_fini(&table);
}
