/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/journal/writer.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/list.h"
#include "proxy/journal/record.h"
#include "proxy/loop/bell.h"
#include "proxy/loop/loop.h"

/* More than all that may be open has reason to wait for a disk that works. */
#define QUEUED_MAX 65536u

/* An order to the thread; afterwards its answer. */
struct order {
	struct list_node node;
	bool is_end;
	bool is_durable;
	bool is_again; /* an answer that nobody gave an order for */
	uint64_t id;
	enum intent_end end;
	struct buf payload; /* of what is opened */
};

struct writer {
	struct journal *journal; /* owned; the thread's alone */
	struct writer_events events;
	unsigned retry_ms;
	pthread_t thread;
	struct bell work;    /* there are orders, or it is ending */
	struct bell done;    /* there are answers */
	struct event *event; /* owned: of `done` */
	uint64_t id_base, id_count;
	struct list batch; /* of this turn; the loop's alone, as the next */
	uint64_t queued;   /* figures.queued, as last seen */

	pthread_mutex_t lock; /* for all below */
	struct list orders;   /* handed over */
	struct list answers;  /* … and carried out */
	struct writer_figures figures;
	struct err trouble;
	bool has_new_state;
	bool is_ending;
};

static void order_free(struct order *order)
{
	buf_fini(&order->payload);
	free(order);
}

static void free_all(struct list *orders)
{
	struct list_node *node;

	while ((node = list_pop_front(orders)))
		order_free(CONTAINER_OF(node, struct order, node));
}

static void move_all(struct list *from, struct list *to)
{
	struct list_node *node;

	while ((node = list_pop_front(from)))
		list_push_back(to, node);
}

/* ---- the thread ---------------------------------------------------------- */

static void carry_out(struct writer *writer, struct order *order)
{
	struct intent intent;

	if (order->is_end) {
		journal_append_close(writer->journal, order->id, order->end);
		return;
	}
	CHECK(intent_decode(buf_span(&order->payload), &intent));
	/* What does not fit is never durable. */
	order->is_durable = journal_append_open(writer->journal, &intent);
	buf_fini(&order->payload);
}

static void answer(struct writer *writer, struct list *orders, bool committed,
	usec_t took)
{
	bool is_on = journal_is_on(writer->journal);

	LIST_EACH (node, orders) {
		struct order *order = CONTAINER_OF(node, struct order, node);

		order->is_durable &= committed;
	}
	pthread_mutex_lock(&writer->lock);
	CHECK(writer->figures.queued >= orders->count);
	writer->figures.queued -= orders->count;
	writer->figures.journal = *journal_stats(writer->journal);
	writer->figures.commit_time += took;
	writer->figures.commit_longest =
		u64_max(writer->figures.commit_longest, took);
	if (is_on != writer->figures.is_on) {
		writer->figures.is_on = is_on;
		writer->has_new_state = true;
		err_set(&writer->trouble, "%s",
			journal_trouble(writer->journal));
	}
	move_all(orders, &writer->answers);
	pthread_mutex_unlock(&writer->lock);
	bell_ring(&writer->done);
}

/* What is open is durable again: also what was once said not to be. */
static void tell_again(void *user, const struct intent *intent)
{
	struct list *orders = user;
	struct order *order = xcalloc(1, sizeof(*order));

	order->id = intent->id;
	order->is_durable = order->is_again = true;
	list_push_back(orders, &order->node);
}

static void try_again(struct writer *writer)
{
	struct list orders;

	list_init(&orders);
	if (!journal_retry(writer->journal))
		return;
	journal_each(writer->journal, tell_again, &orders);
	pthread_mutex_lock(&writer->lock);
	writer->figures.queued += orders.count;
	pthread_mutex_unlock(&writer->lock);
	answer(writer, &orders, true, 0);
}

/* True: there will be no more. */
static bool take_orders(struct writer *writer, struct list *ret_orders)
{
	bool is_ending;

	pthread_mutex_lock(&writer->lock);
	move_all(&writer->orders, ret_orders);
	is_ending = writer->is_ending;
	pthread_mutex_unlock(&writer->lock);
	return is_ending;
}

static void commit(struct writer *writer, struct list *orders)
{
	usec_t began = loop_thread_clock();
	bool committed = journal_commit(writer->journal);

	answer(writer, orders, committed,
		usec_since(loop_thread_clock(), began));
}

static usec_t retry_time(const struct writer *writer)
{
	return usec_add(
		loop_thread_clock(), writer->retry_ms * USEC_PER_MSEC);
}

static void *run(void *user)
{
	struct writer *writer = user;
	usec_t retry_at = retry_time(writer);
	bool is_ending = false;
	struct list orders;

	list_init(&orders);
	while (!is_ending) {
		bool is_on = journal_is_on(writer->journal);

		bell_wait(&writer->work, is_on ? USEC_NEVER : retry_at);
		/* However many orders come meanwhile. */
		if (!is_on && loop_thread_clock() >= retry_at) {
			try_again(writer);
			retry_at = retry_time(writer);
		}
		is_ending = take_orders(writer, &orders);
		if (list_is_empty(&orders))
			continue;
		LIST_EACH (node, &orders) {
			carry_out(
				writer, CONTAINER_OF(node, struct order, node));
		}
		commit(writer, &orders);
		if (is_on)
			retry_at = retry_time(writer);
	}
	return NULL;
}

/* ---- the loop ------------------------------------------------------------ */

static void answers_came(struct writer *writer)
{
	struct list answers;
	struct list_node *node;
	struct err trouble;
	bool has_new_state, is_on;

	list_init(&answers);
	bell_hear(&writer->done);
	pthread_mutex_lock(&writer->lock);
	move_all(&writer->answers, &answers);
	has_new_state = writer->has_new_state;
	writer->has_new_state = false;
	writer->queued = writer->figures.queued;
	is_on = writer->figures.is_on;
	trouble = writer->trouble;
	pthread_mutex_unlock(&writer->lock);
	if (has_new_state)
		writer->events.on_state(
			writer->events.user, is_on, trouble.text);
	while ((node = list_pop_front(&answers))) {
		struct order *order = CONTAINER_OF(node, struct order, node);

		if (!order->is_end)
			writer->events.on_durable(writer->events.user,
				order->id, order->is_durable, order->is_again);
		order_free(order);
	}
}

static void on_done(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	answers_came(user);
}

struct writer *writer_new(struct loop *loop, struct journal *journal,
	unsigned retry_ms, const struct writer_events *events, struct err *err)
{
	struct writer *writer = xcalloc(1, sizeof(*writer));
	int error;

	writer->journal = journal;
	writer->events = *events;
	writer->retry_ms = retry_ms;
	writer->id_base = journal_id_base(journal);
	writer->figures.journal = *journal_stats(journal);
	writer->figures.is_on = journal_is_on(journal);
	list_init(&writer->batch);
	list_init(&writer->orders);
	list_init(&writer->answers);
	pthread_mutex_init(&writer->lock, NULL);
	bell_init(&writer->work);
	bell_init(&writer->done);
	writer->event = event_new(loop_base(loop), writer->done.fd,
		EV_READ | EV_PERSIST, on_done, writer);
	CHECK(writer->event && event_add(writer->event, NULL) == 0);
	error = loop_start_thread(&writer->thread, run, writer);
	if (error == 0)
		return writer;
	err_set(err, "start the journal's thread: %s", strerror(error));
	event_free(writer->event);
	bell_fini(&writer->work);
	bell_fini(&writer->done);
	pthread_mutex_destroy(&writer->lock);
	free(writer);
	return NULL;
}

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	writer_hand_over(writer);
	pthread_mutex_lock(&writer->lock);
	writer->is_ending = true;
	pthread_mutex_unlock(&writer->lock);
	bell_ring(&writer->work);
	pthread_join(writer->thread, NULL);
	event_free(writer->event);
	free_all(&writer->answers);
	bell_fini(&writer->work);
	bell_fini(&writer->done);
	pthread_mutex_destroy(&writer->lock);
	journal_close(writer->journal);
	free(writer);
}

uint64_t writer_open(struct writer *writer, const struct intent *intent)
{
	struct intent numbered = *intent;
	struct order *order;

	/* A disk that hangs is not to take all the memory. */
	if (!intent_fits(intent) ||
		writer->queued + writer->batch.count >= QUEUED_MAX)
		return 0;
	if (numbered.id == 0)
		numbered.id = writer->id_base | ++writer->id_count;
	CHECK(writer->id_count <= UINT32_MAX);
	order = xcalloc(1, sizeof(*order));
	order->id = numbered.id;
	intent_encode(&numbered, &order->payload);
	list_push_back(&writer->batch, &order->node);
	return numbered.id;
}

void writer_end(struct writer *writer, uint64_t id, enum intent_end end)
{
	struct order *order = xcalloc(1, sizeof(*order));

	order->is_end = true;
	order->id = id;
	order->end = end;
	list_push_back(&writer->batch, &order->node);
}

void writer_hand_over(struct writer *writer)
{
	if (list_is_empty(&writer->batch))
		return;
	pthread_mutex_lock(&writer->lock);
	writer->figures.queued += writer->batch.count;
	writer->queued = writer->figures.queued;
	move_all(&writer->batch, &writer->orders);
	pthread_mutex_unlock(&writer->lock);
	bell_ring(&writer->work);
}

void writer_read_figures(
	struct writer *writer, struct writer_figures *ret_figures)
{
	pthread_mutex_lock(&writer->lock);
	*ret_figures = writer->figures;
	pthread_mutex_unlock(&writer->lock);
}
