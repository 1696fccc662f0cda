/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "policy/sweep/memory.h"

#define F SPAN("a/b")
#define AT ((int64_t)1796050800)
#define WEEK (7 * 24 * 3600)

/* What the next sweep has. */
static void pass_on(struct sweep_memory *memory, int64_t wall)
{
	struct buf text = BUF_INIT;

	sweep_memory_write(memory, wall, &text);
	cr_assert(!sweep_memory_read(memory, buf_span(&text)), "%s",
		buf_cstr(&text));
	buf_fini(&text);
}

Test(memory, counts_sweeps_in_a_row)
{
	struct sweep_memory *memory = sweep_memory_new(10);

	cr_assert(!sweep_memory_read(memory, SPAN("")));
	cr_expect(sweep_memory_see(memory, SPAN("u"), F, AT, 60) == 1);
	pass_on(memory, AT);
	cr_expect(sweep_memory_see(memory, SPAN("u"), F, AT + 60, 60) == 2);
	pass_on(memory, AT);
	/* Too soon: it is no other sweep. */
	cr_expect(sweep_memory_see(memory, SPAN("u"), F, AT + 119, 60) == 2);
	pass_on(memory, AT);
	cr_expect(sweep_memory_see(memory, SPAN("u"), F, AT + 120, 60) == 3);
	/* Another finalizer, or another object of that name, is another. */
	cr_expect(sweep_memory_see(
			  memory, SPAN("u"), SPAN("a/c"), AT, 60) == 1);
	cr_expect(sweep_memory_see(memory, SPAN("v"), F, AT, 60) == 1);
	sweep_memory_free(memory);
}

Test(memory, who_was_not_seen_begins_anew)
{
	struct sweep_memory *memory = sweep_memory_new(10);

	sweep_memory_see(memory, SPAN("u"), F, AT, 0);
	sweep_memory_see(memory, SPAN("v"), F, AT, 0);
	pass_on(memory, AT);
	cr_expect(sweep_memory_see(memory, SPAN("v"), F, AT, 0) == 2);
	pass_on(memory, AT);
	cr_expect(sweep_memory_see(memory, SPAN("u"), F, AT, 0) == 1);
	cr_expect(sweep_memory_see(memory, SPAN("v"), F, AT, 0) == 3);
	sweep_memory_free(memory);
}

Test(memory, a_clock_that_was_set_back_keeps_nobody)
{
	struct sweep_memory *memory = sweep_memory_new(10);

	sweep_memory_see(memory, SPAN("u"), F, AT + 1000, 60);
	/* Or it is another machine's: that alone is no other sweep. */
	cr_expect(sweep_memory_see(memory, SPAN("u"), F, AT, 60) == 1);
	pass_on(memory, AT);
	cr_expect(sweep_memory_see(memory, SPAN("u"), F, AT + 59, 60) == 1);
	cr_expect(sweep_memory_see(memory, SPAN("u"), F, AT + 60, 60) == 2);
	sweep_memory_free(memory);
}

Test(memory, knows_what_was_removed_for_a_week)
{
	struct sweep_memory *memory = sweep_memory_new(10);

	sweep_memory_see(memory, SPAN("u"), F, AT, 0);
	sweep_memory_note_removed(memory, SPAN("u"), F, AT);
	pass_on(memory, AT + WEEK - 1);
	cr_expect(sweep_memory_was_removed(memory, SPAN("u"), F));
	cr_expect(!sweep_memory_was_removed(memory, SPAN("u"), SPAN("a/c")));
	cr_expect(sweep_memory_see(memory, SPAN("u"), F, AT, 0) == 1);
	pass_on(memory, AT + WEEK);
	cr_expect(!sweep_memory_was_removed(memory, SPAN("u"), F));
	sweep_memory_free(memory);
}

Test(memory, what_finds_no_place_is_new_each_time)
{
	struct sweep_memory *memory = sweep_memory_new(4);
	char uid[16];

	for (int i = 0; i < 4; i++) {
		snprintf(uid, sizeof(uid), "u%d", i);
		sweep_memory_note_removed(memory, span_str(uid), F, AT + i);
	}
	/* Removals have half of it; the oldest give way. */
	cr_expect(!sweep_memory_was_removed(memory, SPAN("u1"), F));
	cr_expect(sweep_memory_was_removed(memory, SPAN("u2"), F));
	cr_expect(sweep_memory_was_removed(memory, SPAN("u3"), F));
	for (int round = 0; round < 2; round++) {
		cr_expect(sweep_memory_see(memory, SPAN("a"), F, AT, 0) ==
			(uint32_t)round + 1);
		cr_expect(sweep_memory_see(memory, SPAN("b"), F, AT, 0) ==
			(uint32_t)round + 1);
		cr_expect(sweep_memory_see(memory, SPAN("c"), F, AT, 0) == 1);
		pass_on(memory, AT);
	}
	sweep_memory_free(memory);
}

Test(memory, fits_into_a_configmap)
{
	struct sweep_memory *memory = sweep_memory_new(6000);
	char uid[40], finalizer[317];
	struct buf text = BUF_INIT;

	/* The longest that the API server takes. */
	memset(finalizer, 'a', sizeof(finalizer) - 1);
	finalizer[sizeof(finalizer) - 1] = '\0';
	for (int i = 0; i < 6000; i++) {
		snprintf(uid, sizeof(uid), "%08d-0000-4000-8000-000000000000",
			i);
		if (i % 2)
			sweep_memory_see(memory, span_str(uid),
				span_str(finalizer), AT, 0);
		else
			sweep_memory_note_removed(memory, span_str(uid),
				span_str(finalizer), AT);
	}
	sweep_memory_write(memory, AT, &text);
	cr_expect(buf_len(&text) < 1 << 20, "%zu", buf_len(&text));
	cr_expect(!sweep_memory_read(memory, buf_span(&text)));
	/* Of both there are some. */
	cr_expect(sweep_memory_was_removed(memory,
		SPAN("00000000-0000-4000-8000-000000000000"),
		span_str(finalizer)));
	cr_expect(sweep_memory_see(memory,
			  SPAN("00000001-0000-4000-8000-000000000000"),
			  span_str(finalizer), AT, 0) == 2);
	buf_fini(&text);
	sweep_memory_free(memory);
}

Test(memory, what_is_no_memory_is_refused)
{
	static const char *const TEXTS[] = { "[]", "{", "{\"seen\":[]}",
		"{\"other\":{}}", "{\"seen\":{\"u a/b\":7}}",
		"{\"seen\":{\"u a/b\":[1]}}",
		"{\"seen\":{\"u a/b\":[1,2,3]}}",
		"{\"seen\":{\"u a/b\":[-1,2]}}", "{\"seen\":{}}x" };
	struct sweep_memory *memory = sweep_memory_new(4);

	for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++)
		cr_expect(sweep_memory_read(memory, span_str(TEXTS[i])) == -1,
			"%s", TEXTS[i]);
	cr_expect(!sweep_memory_read(memory, SPAN("{}")));
	sweep_memory_free(memory);
}
