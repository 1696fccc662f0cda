/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal on a disk that fails.  What must hold after whatever happens:
 *
 *	- an intent that was durable and not closed is open afterwards
 *	- one whose end was durable is not
 *	- nothing is open that was not appended, byte for byte
 */
#include "proxy/journal/journal.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "proxy/journal/recovery.h"
#include "tests/unit/proxy/journal/fake_disk.h"

enum { INTENTS_MAX = 64, SEGMENT_BYTES = 2048 };

/* What the test knows of one intent. */
enum known {
	ABSENT,  /* it cannot be open */
	MAYBE,   /* appended or closed, and not committed */
	PRESENT, /* durable */
};

struct bench {
	struct fake_disk disk;
	struct journal_settings settings;
	struct journal *journal;
	uint64_t id_count;
	uint64_t ids[INTENTS_MAX]; /* in order; 0: none yet */
	enum known known[INTENTS_MAX];
	bool is_open[INTENTS_MAX]; /* as the journal was told */
	struct err err;
};

static struct bench *bench_new(uint64_t seed)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));

	fake_disk_init(&bench->disk, seed);
	bench->settings = (struct journal_settings){
		.ops = &fake_disk_ops,
		.disk = &bench->disk,
		.segment_bytes = SEGMENT_BYTES,
		.open_bytes_max = SEGMENT_BYTES / 2,
		.fresh_id = { 42 },
	};
	return bench;
}

static bool bench_open(struct bench *bench)
{
	bench->err.text[0] = '\0';
	bench->journal = journal_open(&bench->settings, &bench->err);
	return bench->journal != NULL;
}

static void bench_close(struct bench *bench)
{
	journal_close(bench->journal);
	bench->journal = NULL;
}

static void bench_free(struct bench *bench)
{
	bench_close(bench);
	fake_disk_fini(&bench->disk);
	free(bench);
}

static struct intent intent_of(uint64_t id, char text[40])
{
	snprintf(text, 40, "/api/v1/namespaces/argo/pods/p-%llu",
		(unsigned long long)(id & 0xffff));
	return (struct intent){
		.id = id,
		.opened_at = id,
		.target = span_str(text),
		.body = SPAN("{}"),
	};
}

static uint64_t bench_new_id(struct bench *bench)
{
	return journal_id_base(bench->journal) | ++bench->id_count;
}

static void bench_append(struct bench *bench, size_t which)
{
	char text[40];
	struct intent intent;

	if (bench->ids[which] == 0)
		bench->ids[which] = bench_new_id(bench);
	intent = intent_of(bench->ids[which], text);
	if (!journal_append_open(bench->journal, &intent))
		return;
	bench->is_open[which] = true;
	bench->known[which] = MAYBE;
}

static void bench_end(struct bench *bench, size_t which)
{
	if (!bench->is_open[which])
		return;
	journal_append_close(bench->journal, bench->ids[which], INTENT_DONE);
	bench->is_open[which] = false;
	bench->known[which] = MAYBE;
}

static bool bench_commit(struct bench *bench)
{
	if (!journal_commit(bench->journal))
		return false;
	for (size_t i = 0; i < INTENTS_MAX; i++)
		bench->known[i] = bench->is_open[i] ? PRESENT : ABSENT;
	return true;
}

static void on_intent(void *user, const struct intent *intent)
{
	struct bench *bench = user;
	char text[40];
	struct intent same = intent_of(intent->id, text);
	size_t i = 0;

	while (i < INTENTS_MAX && bench->ids[i] != intent->id)
		i++;
	cr_assert(i < INTENTS_MAX, "an intent that was never appended");
	cr_assert(span_eq(intent->target, same.target));
	cr_assert_eq(intent->opened_at, same.opened_at);
	cr_assert_neq(bench->known[i], ABSENT, "a closed intent is open");
	bench->is_open[i] = true;
}

static void bench_cut(struct bench *bench)
{
	bench_close(bench);
	fake_disk_power_cut(&bench->disk);
}

/* Opens again and compares with what is known. */
static void bench_reopen(struct bench *bench)
{
	bench_close(bench);
	cr_assert(bench_open(bench), "%s", bench->err.text);
	memset(bench->is_open, 0, sizeof(bench->is_open));
	journal_each(bench->journal, on_intent, bench);
	for (size_t i = 0; i < INTENTS_MAX; i++)
		cr_assert(bench->known[i] != PRESENT || bench->is_open[i],
			"a durable intent is lost");
	journal_check(bench->journal);
}

/* Steps that go through everything: fills segments, closes, begins anew. */
static void bench_step(struct bench *bench, unsigned step)
{
	switch (step % 5) {
	case 0:
	case 1:
		bench_append(bench, step % INTENTS_MAX);
		break;
	case 2:
		bench_append(bench, (step * 7) % INTENTS_MAX);
		bench_commit(bench);
		break;
	case 3:
		bench_end(bench, (step - 3) % INTENTS_MAX);
		bench_end(bench, (step * 3) % INTENTS_MAX);
		break;
	case 4:
		bench_commit(bench);
		break;
	}
	journal_check(bench->journal);
}

/* ---- a disk that is well ------------------------------------------------- */

Test(journal, remembers_what_was_committed)
{
	struct bench *bench = bench_new(1);

	cr_assert(bench_open(bench), "%s", bench->err.text);
	bench_append(bench, 0);
	bench_append(bench, 1);
	cr_assert(bench_commit(bench));
	bench_end(bench, 0);
	cr_assert(bench_commit(bench));
	bench_reopen(bench);
	cr_assert_eq(journal_stats(bench->journal)->open, 1);
	bench_free(bench);
}

Test(journal, goes_through_segments_and_leaves_one)
{
	struct bench *bench = bench_new(1);

	cr_assert(bench_open(bench));
	for (unsigned step = 0; step < 600; step++)
		bench_step(bench, step);
	bench_commit(bench);
	cr_assert_gt(journal_stats(bench->journal)->segments, 5);
	cr_assert_eq(fake_disk_count(&bench->disk, ".journal"), 1);
	bench_reopen(bench);
	cr_assert_eq(fake_disk_count(&bench->disk, ".journal"), 1);
	bench_free(bench);
}

Test(journal, starts_have_ids_of_their_own)
{
	struct bench *bench = bench_new(1);
	uint64_t last = 0;

	for (unsigned start = 0; start < 5; start++) {
		cr_assert(bench_open(bench));
		cr_assert_gt(journal_id_base(bench->journal), last);
		cr_assert_eq(journal_id_base(bench->journal) & UINT32_MAX, 0);
		last = journal_id_base(bench->journal);
		bench_close(bench);
	}
	bench_free(bench);
}

Test(journal, takes_no_more_than_fits)
{
	struct bench *bench = bench_new(1);
	char text[40], huge[INTENT_TEXT_MAX + 1] = { 0 };
	struct intent intent;
	unsigned taken = 0;

	cr_assert(bench_open(bench));
	do {
		intent = intent_of(bench_new_id(bench), text);
		taken++;
	} while (journal_append_open(bench->journal, &intent));
	cr_assert_gt(taken, 5);
	cr_assert_leq(
		journal_stats(bench->journal)->open_bytes, SEGMENT_BYTES / 2);
	cr_assert(journal_commit(bench->journal));
	journal_append_close(bench->journal, intent.id - 1, INTENT_SUPERSEDED);
	intent.body = span_of(huge, sizeof(huge));
	cr_assert_not(journal_append_open(bench->journal, &intent));
	bench_free(bench);
}

/* ---- calls that fail ----------------------------------------------------- */

static const int errors[] = { EIO, ENOSPC, EROFS, EDQUOT };

/* The k-th call fails once, for each k: nothing durable is ever lost. */
Test(journal, survives_the_kth_call_failing_once)
{
	for (uint64_t k = 1;; k++) {
		struct bench *bench = bench_new(k);
		uint64_t calls;

		bench->disk.fail_at = k;
		bench->disk.fail_errno = errors[k % ARRAY_SIZE(errors)];
		bench->disk.torn_at = (size_t)(k * 13 % 200);
		cr_assert(bench_open(bench), "%s", bench->err.text);
		for (unsigned step = 0; step < 100; step++) {
			bench_step(bench, step);
			if (!journal_is_on(bench->journal)) {
				cr_assert_neq(
					*journal_trouble(bench->journal), 0);
				/* It was once: the disk is well again. */
				cr_assert(journal_retry(bench->journal));
				cr_assert_eq(
					*journal_trouble(bench->journal), 0);
				bench_commit(bench);
			}
		}
		cr_assert(bench_commit(bench));
		calls = bench->disk.calls;
		bench_reopen(bench);
		bench_free(bench);
		if (k > calls)
			break;
	}
}

Test(journal, is_off_while_the_disk_is_full_and_comes_back_by_itself)
{
	struct bench *bench = bench_new(1);

	cr_assert(bench_open(bench));
	bench_append(bench, 0);
	cr_assert(bench_commit(bench));
	/* One segment and its spare fit: that one is used up first. */
	bench->disk.bytes_max = 2 * SEGMENT_BYTES;
	for (unsigned step = 0; step < 200; step++)
		bench_step(bench, step);
	bench->disk.fail_at = bench->disk.calls + 1;
	bench->disk.fails_on = true;
	bench->disk.fail_errno = ENOSPC;
	bench_append(bench, 1);
	cr_assert_not(bench_commit(bench));
	cr_assert_not(journal_is_on(bench->journal));
	cr_assert_not(journal_retry(bench->journal));
	bench->disk.fail_at = 0;
	bench->disk.bytes_max = 0;
	cr_assert(journal_retry(bench->journal));
	/* What was appended meanwhile is durable now. */
	cr_assert(bench_commit(bench));
	bench_reopen(bench);
	cr_assert(bench->is_open[1]);
	bench_free(bench);
}

Test(journal, starts_off_where_nothing_can_be_written_and_knows_all)
{
	struct bench *bench = bench_new(1);

	cr_assert(bench_open(bench));
	bench_append(bench, 3);
	cr_assert(bench_commit(bench));
	bench->disk.fail_at = bench->disk.calls + 1;
	bench->disk.fails_on = true;
	bench->disk.fail_errno = EROFS;
	bench_reopen(bench);
	cr_assert_not(journal_is_on(bench->journal));
	cr_assert(bench->is_open[3]);
	bench->disk.fail_at = 0;
	cr_assert(journal_retry(bench->journal));
	bench_reopen(bench);
	bench_free(bench);
}

/* ---- power cuts ---------------------------------------------------------- */

/* Behind each call, each time with other parts of what was not synced. */
Test(journal, survives_a_power_cut_behind_each_call)
{
	for (uint64_t k = 1;; k++) {
		bool is_over = false;

		for (uint64_t seed = 0; seed < 12; seed++) {
			struct bench *bench = bench_new(seed * 1000 + k);
			unsigned step = 0;

			bench->disk.fail_at = k;
			bench->disk.fails_on = true;
			bench->disk.fail_errno = EIO;
			bench->disk.torn_at = (size_t)(seed * 37 % 300);
			cr_assert(bench_open(bench));
			while (bench->disk.calls < k && step < 60)
				bench_step(bench, step++);
			is_over = bench->disk.calls < k;
			bench_cut(bench);
			bench_reopen(bench);
			/* … and it goes on from there. */
			bench_append(bench, INTENTS_MAX - 1);
			cr_assert(bench_commit(bench));
			bench_reopen(bench);
			bench_free(bench);
		}
		if (is_over)
			break;
	}
}

Test(journal, survives_many_lives_that_end_in_power_cuts)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct bench *bench = bench_new(seed);

		cr_assert(bench_open(bench));
		for (unsigned life = 0; life < 12; life++) {
			unsigned steps =
				(unsigned)rng_below(&bench->disk.rng, 40);

			for (unsigned i = 0; i < steps; i++)
				bench_step(bench,
					(unsigned)rng_below(
						&bench->disk.rng, 1000));
			bench_cut(bench);
			bench_reopen(bench);
			/* What was open is known to be durable again. */
			bench_commit(bench);
		}
		bench_free(bench);
	}
}

/* Some call to come fails, and a few behind it. */
static void make_fail(struct bench *bench)
{
	struct fake_disk *disk = &bench->disk;

	disk->fail_at = disk->calls + 1 + rng_below(&disk->rng, 8);
	disk->fail_count = 1 + rng_below(&disk->rng, 3);
	disk->fail_errno = errors[rng_below(&disk->rng, ARRAY_SIZE(errors))];
	disk->torn_at = (size_t)rng_below(&disk->rng, 300);
}

static void bench_retry(struct bench *bench)
{
	if (journal_is_on(bench->journal) || !journal_retry(bench->journal))
		return;
	for (size_t i = 0; i < INTENTS_MAX; i++)
		bench->known[i] = bench->is_open[i] ? PRESENT : ABSENT;
}

Test(journal, survives_many_lives_on_a_disk_that_fails_now_and_then)
{
	for (uint64_t seed = 1; seed <= 80; seed++) {
		struct bench *bench = bench_new(seed);
		struct rng *rng = &bench->disk.rng;

		cr_assert(bench_open(bench));
		for (unsigned life = 0; life < 8; life++) {
			unsigned steps = (unsigned)rng_below(rng, 40);

			for (unsigned i = 0; i < steps; i++) {
				if (rng_below(rng, 4) == 0)
					make_fail(bench);
				bench_step(bench,
					(unsigned)rng_below(rng, 1000));
				bench_retry(bench);
			}
			bench_cut(bench);
			bench_reopen(bench);
			bench_commit(bench);
		}
		bench_free(bench);
	}
}

/* ---- what others put there ----------------------------------------------- */

static void name_of(uint64_t number, char name[SEGMENT_NAME_CAP])
{
	segment_name(number, name);
}

Test(journal, damaged_in_the_middle_is_kept_aside_and_used_as_far_as_valid)
{
	struct bench *bench = bench_new(1);
	char name[SEGMENT_NAME_CAP];
	struct fake_file *file;

	cr_assert(bench_open(bench));
	for (size_t i = 0; i < 4; i++)
		bench_append(bench, i);
	cr_assert(bench_commit(bench));
	bench_close(bench);
	name_of(1, name);
	file = fake_disk_find(&bench->disk, name);
	cr_assert_not_null(file);
	/* In the first record behind the snapshot, which is 32 bytes long. */
	file->bytes[SEGMENT_HEAD_LEN + 32 + RECORD_HEAD_LEN + 3] ^= 1;
	bench->known[0] = MAYBE;
	bench_reopen(bench);
	cr_assert_not(bench->is_open[0]);
	cr_assert_eq(journal_stats(bench->journal)->damaged, 1);
	cr_assert_eq(fake_disk_count(&bench->disk, ".corrupt"), 1);
	cr_assert_eq(fake_disk_count(&bench->disk, ".journal"), 1);
	bench_free(bench);
}

Test(journal, garbage_is_kept_aside)
{
	struct bench *bench = bench_new(1);
	char name[SEGMENT_NAME_CAP];

	cr_assert(bench_open(bench));
	bench_append(bench, 0);
	cr_assert(bench_commit(bench));
	bench_close(bench);
	name_of(9, name);
	fake_disk_put(&bench->disk, name, "garbage", 7);
	name_of(8, name);
	fake_disk_put(&bench->disk, name, "", 0);
	bench_reopen(bench);
	cr_assert(bench->is_open[0]);
	cr_assert_eq(fake_disk_count(&bench->disk, ".corrupt"), 2);
	bench_free(bench);
}

Test(journal, a_copy_under_another_name_is_not_believed)
{
	struct bench *bench = bench_new(1);
	char name[SEGMENT_NAME_CAP];
	struct fake_file *file;

	cr_assert(bench_open(bench));
	bench_append(bench, 0);
	cr_assert(bench_commit(bench));
	name_of(1, name);
	file = fake_disk_find(&bench->disk, name);
	bench_end(bench, 0);
	name_of(7, name);
	/* As it was before the end was written. */
	fake_disk_put(&bench->disk, name, file->bytes, file->size);
	cr_assert(bench_commit(bench));
	bench_reopen(bench);
	cr_assert_not(bench->is_open[0]);
	bench_free(bench);
}

Test(journal, of_a_newer_version_is_refused_and_left_alone)
{
	struct bench *bench = bench_new(1);
	char name[SEGMENT_NAME_CAP];
	struct fake_file *file;

	cr_assert(bench_open(bench));
	bench_close(bench);
	name_of(1, name);
	file = fake_disk_find(&bench->disk, name);
	le_put(file->bytes + 8, SEGMENT_VERSION + 1, 4);
	cr_assert_not(bench_open(bench));
	cr_assert(strstr(bench->err.text, "newer version"));
	cr_assert_eq(fake_disk_count(&bench->disk, ".journal"), 1);
	bench_free(bench);
}

Test(journal, with_another_key_is_refused_and_left_alone)
{
	struct bench *bench = bench_new(1);

	bench->settings.is_keyed = true;
	bench->settings.key[0] = 1;
	cr_assert(bench_open(bench));
	bench_append(bench, 0);
	cr_assert(bench_commit(bench));
	bench_close(bench);
	bench->settings.key[0] = 2;
	cr_assert_not(bench_open(bench));
	cr_assert(strstr(bench->err.text, "key"));
	bench->settings.is_keyed = false;
	cr_assert_not(bench_open(bench));
	cr_assert(strstr(bench->err.text, "with a key"));
	bench->settings.is_keyed = true;
	bench->settings.key[0] = 1;
	bench_reopen(bench);
	cr_assert(bench->is_open[0]);
	bench_free(bench);
}

Test(journal, names_that_are_not_ours_are_left_alone)
{
	struct bench *bench = bench_new(1);

	fake_disk_put(&bench->disk, "lock", "", 0);
	fake_disk_put(&bench->disk, "ffffffffffffffff.journal", "x", 1);
	fake_disk_put(&bench->disk, "1.journal", "x", 1);
	fake_disk_put(&bench->disk, "00000001.journal.corrupt", "x", 1);
	cr_assert(bench_open(bench));
	cr_assert_not_null(
		fake_disk_find(&bench->disk, "ffffffffffffffff.journal"));
	cr_assert_not_null(fake_disk_find(&bench->disk, "1.journal"));
	cr_assert_not_null(
		fake_disk_find(&bench->disk, "00000001.journal.corrupt"));
	bench_free(bench);
}

/* With nothing that could be written. */
static void turn_off(struct bench *bench)
{
	bench_append(bench, 0);
	bench->disk.fail_at = bench->disk.calls + 1;
	bench->disk.fails_on = true;
	cr_assert_not(bench_commit(bench));
	bench->disk.fails_on = false;
}

Test(journal, trying_again_and_again_does_not_fill_the_disk)
{
	struct bench *bench = bench_new(1);

	cr_assert(bench_open(bench));
	for (uint64_t call = 1; call <= 12; call++) {
		turn_off(bench);
		for (unsigned i = 0; i < 10; i++) {
			bench->disk.fail_at = bench->disk.calls + call;
			(void)journal_retry(bench->journal);
			cr_assert_leq(
				fake_disk_count(&bench->disk, ".journal"), 3,
				"call %u", (unsigned)call);
		}
		turn_off(bench);
		bench->disk.fail_at = 0;
		cr_assert(journal_retry(bench->journal));
		cr_assert_eq(fake_disk_count(&bench->disk, ".journal"), 1);
	}
	bench_free(bench);
}
