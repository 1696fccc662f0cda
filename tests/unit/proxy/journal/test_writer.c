/* SPDX-License-Identifier: Apache-2.0 */
/* The thread, on a disk in memory: what is told comes back, in order. */
#include "proxy/journal/writer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "proxy/loop/loop.h"
#include "tests/unit/proxy/journal/fake_disk.h"

enum { SEGMENT_BYTES = 1 << 16 };

struct bench {
	struct fake_disk disk;
	struct journal_settings settings;
	struct loop *loop;
	struct writer *writer;
	struct err err;
	unsigned durable, not_durable, states;
	unsigned wanted; /* answers; then the loop stops */
	bool is_on;
	bool goes_on; /* each that is not durable is followed by another */
	usec_t until; /* … until then at most */
	uint64_t last_id;
	char trouble[128];
};

static uint64_t open_one(struct bench *bench)
{
	struct intent intent = { .target = SPAN("/x"), .body = SPAN("{}") };

	return writer_open(bench->writer, &intent);
}

static void stop_if_done(struct bench *bench)
{
	if (bench->durable + bench->not_durable >= bench->wanted)
		loop_stop(bench->loop);
}

static void on_durable(
	void *user, uint64_t id, bool is_durable, bool is_again)
{
	struct bench *bench = user;

	bench->last_id = id;
	(void)is_again;
	if (is_durable)
		bench->durable++;
	else
		bench->not_durable++;
	if (bench->goes_on && !is_durable &&
		loop_thread_clock() < bench->until) {
		open_one(bench);
		writer_hand_over(bench->writer);
		return;
	}
	stop_if_done(bench);
}

static void on_state(void *user, bool is_on, const char *trouble)
{
	struct bench *bench = user;

	bench->states++;
	bench->is_on = is_on;
	strncpy(bench->trouble, trouble, sizeof(bench->trouble) - 1);
}

static struct bench *bench_new_trying(unsigned retry_ms)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));
	struct writer_events events = {
		.on_durable = on_durable,
		.on_state = on_state,
		.user = bench,
	};
	struct journal *journal;

	fake_disk_init(&bench->disk, 1);
	bench->settings = (struct journal_settings){
		.ops = &fake_disk_ops,
		.disk = &bench->disk,
		.segment_bytes = SEGMENT_BYTES,
		.open_bytes_max = SEGMENT_BYTES / 2,
	};
	bench->loop = loop_new(&bench->err);
	cr_assert_not_null(bench->loop);
	journal = journal_open(&bench->settings, &bench->err);
	cr_assert_not_null(journal);
	bench->writer =
		writer_new(bench->loop, journal, retry_ms, &events,
			&bench->err);
	cr_assert_not_null(bench->writer);
	return bench;
}

static struct bench *bench_new(void)
{
	return bench_new_trying(1);
}

static void bench_free(struct bench *bench)
{
	writer_free(bench->writer);
	loop_free(bench->loop);
	fake_disk_fini(&bench->disk);
	free(bench);
}

/* Hands over, and waits for so many answers in all. */
static void wait_for(struct bench *bench, unsigned answers)
{
	bench->wanted = answers;
	writer_hand_over(bench->writer);
	if (bench->durable + bench->not_durable < answers)
		loop_run(bench->loop);
}

Test(writer, says_when_an_intent_is_durable)
{
	struct bench *bench = bench_new();
	struct writer_figures figures;
	uint64_t id = open_one(bench);

	cr_assert_neq(id, 0);
	wait_for(bench, 1);
	cr_assert_eq(bench->durable, 1);
	cr_assert_eq(bench->last_id, id);
	writer_read_figures(bench->writer, &figures);
	cr_assert(figures.is_on);
	cr_assert_eq(figures.queued, 0);
	cr_assert_eq(figures.journal.open, 1);
	bench_free(bench);
}

Test(writer, commits_what_comes_together_together)
{
	struct bench *bench = bench_new();
	struct writer_figures figures;

	for (unsigned i = 0; i < 100; i++)
		open_one(bench);
	wait_for(bench, 100);
	cr_assert_eq(bench->durable, 100);
	writer_read_figures(bench->writer, &figures);
	cr_assert_eq(figures.journal.commits, 1);
	bench_free(bench);
}

Test(writer, commits_what_was_handed_over_before_it_ends)
{
	struct bench *bench = bench_new();
	struct journal *journal;
	uint64_t first = open_one(bench);

	open_one(bench);
	wait_for(bench, 2);
	writer_end(bench->writer, first, INTENT_DONE);
	writer_free(bench->writer);
	bench->writer = NULL;
	journal = journal_open(&bench->settings, &bench->err);
	cr_assert_not_null(journal);
	cr_assert_eq(journal_stats(journal)->open, 1);
	journal_close(journal);
	bench_free(bench);
}

Test(writer, refuses_what_is_too_large)
{
	struct bench *bench = bench_new();
	static const char huge[INTENT_TEXT_MAX + 1];
	struct intent intent = { .body = span_of(huge, sizeof(huge)) };

	cr_assert_eq(writer_open(bench->writer, &intent), 0);
	bench_free(bench);
}

Test(writer, says_that_it_is_off_and_afterwards_that_all_is_durable)
{
	struct bench *bench = bench_new();

	/* For as long as it takes to be told, and to try again in vain. */
	bench->disk.fail_at = bench->disk.calls + 1;
	bench->disk.fail_errno = ENOSPC;
	bench->disk.fail_count = 100;
	open_one(bench);
	wait_for(bench, 1);
	cr_assert_eq(bench->not_durable, 1);
	/* The thread tries again each millisecond until the disk is well. */
	wait_for(bench, 2);
	cr_assert_eq(bench->durable, 1);
	cr_assert(bench->is_on);
	cr_assert_eq(*bench->trouble, 0);
	cr_assert_geq(bench->states, 1);
	bench_free(bench);
}

Test(writer, comes_back_while_there_is_always_something_to_write)
{
	struct bench *bench = bench_new_trying(50);

	/* The first commit, and what it tries instead. */
	bench->disk.fail_at = bench->disk.calls + 1;
	bench->disk.fail_errno = ENOSPC;
	bench->disk.fail_count = 3;
	bench->goes_on = true;
	bench->until = usec_add(loop_thread_clock(), 20 * USEC_PER_SEC);
	open_one(bench);
	wait_for(bench, 1);
	cr_assert_gt(bench->not_durable, 0);
	cr_assert_gt(bench->durable, 0);
	cr_assert(bench->is_on);
	bench_free(bench);
}

Test(writer, takes_no_more_than_a_disk_that_hangs_may_owe)
{
	struct bench *bench = bench_new();
	unsigned count = 0;

	while (count < 1000000 && open_one(bench))
		count++;
	cr_assert_gt(count, 10000);
	cr_assert_lt(count, 1000000);
	wait_for(bench, count);
	cr_assert_neq(open_one(bench), 0);
	bench_free(bench);
}
