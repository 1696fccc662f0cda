/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"

Test(buf, starts_empty_and_without_memory)
{
	struct buf buf = BUF_INIT;

	cr_assert_eq(buf_len(&buf), 0);
	cr_assert(span_is_absent(buf_span(&buf)));
	buf_clear(&buf);
	buf_eat(&buf, 0);
	buf_append(&buf, NULL, 0);
	buf_append_span(&buf, SPAN_NONE);
	cr_assert_null(buf.data);
	buf_fini(&buf);
}

Test(buf, reserve_of_nothing_still_gives_a_place)
{
	struct buf buf = BUF_INIT;

	cr_assert_not_null(buf_reserve(&buf, 0));
	buf_fini(&buf);
}

Test(buf, keeps_what_is_appended_in_order)
{
	struct buf buf = BUF_INIT;

	buf_append(&buf, "one ", 4);
	buf_append_str(&buf, "two ");
	buf_append_span(&buf, SPAN("three "));
	buf_printf(&buf, "%s %d", "four", 5);
	cr_assert_str_eq(buf_cstr(&buf), "one two three four 5");
	cr_assert_eq(buf_len(&buf), 20);
	buf_fini(&buf);
}

Test(buf, holds_any_byte)
{
	struct buf buf = BUF_INIT;

	buf_append(&buf, "a\0b\xff", 4);
	cr_assert(span_eq(buf_span(&buf), SPAN("a\0b\xff")));
	buf_fini(&buf);
}

Test(buf, is_eaten_at_the_front)
{
	struct buf buf = BUF_INIT;

	buf_append_str(&buf, "header body");
	buf_eat(&buf, 7);
	cr_assert_str_eq(buf_cstr(&buf), "body");
	buf_eat(&buf, 4);
	cr_assert_eq(buf_len(&buf), 0);
	cr_assert_str_eq(buf_cstr(&buf), "");
	buf_fini(&buf);
}

Test(buf, eats_no_more_than_there_is, .signal = SIGABRT)
{
	struct buf buf = BUF_INIT;

	buf_append_str(&buf, "four");
	buf_eat(&buf, 5);
}

Test(buf, commits_no_more_than_there_is_room, .signal = SIGABRT)
{
	struct buf buf = BUF_INIT;

	buf_reserve(&buf, 10);
	buf_commit(&buf, buf.cap + 1);
}

Test(buf, clear_keeps_the_memory)
{
	struct buf buf = BUF_INIT;
	const char *data;

	buf_append_str(&buf, "text");
	data = buf.data;
	buf_clear(&buf);
	cr_assert_eq(buf_len(&buf), 0);
	buf_append_str(&buf, "more");
	cr_assert_eq(buf.data, data);
	cr_assert_str_eq(buf_cstr(&buf), "more");
	buf_fini(&buf);
}

Test(buf, printf_writes_more_than_there_was_room_for)
{
	struct buf buf = BUF_INIT;

	buf_append_str(&buf, "<");
	buf_printf(&buf, "%0500d", 7);
	buf_append_str(&buf, ">");
	cr_assert_eq(buf_len(&buf), 502);
	cr_assert(span_starts_with(buf_span(&buf), SPAN("<000")));
	cr_assert(span_ends_with(buf_span(&buf), SPAN("007>")));
	buf_fini(&buf);
}

/* What flows through at a steady length must not make the buffer grow. */
Test(buf, a_steady_stream_needs_bounded_memory)
{
	struct buf buf = BUF_INIT;
	char chunk[100] = { 0 };

	buf_append(&buf, chunk, sizeof(chunk));
	for (int i = 0; i < 10000; i++) {
		buf_append(&buf, chunk, 1 + (size_t)i % sizeof(chunk));
		buf_eat(&buf, 1 + (size_t)i % sizeof(chunk));
	}
	cr_assert_leq(buf.cap, 1024);
	buf_fini(&buf);
}

Test(buf, random_walk)
{
	enum { STEPS = 5000, MAX = 4096 };
	char *model = xmalloc(MAX);
	struct buf buf = BUF_INIT;
	struct rng rng;
	size_t len = 0;

	rng_init(&rng, 11);
	for (int step = 0; step < STEPS; step++) {
		size_t n = (size_t)rng_below(&rng, 200);

		if (rng_below(&rng, 2)) {
			char *at;

			if (len + n > MAX)
				continue;
			at = buf_reserve(&buf, n);
			for (size_t i = 0; i < n; i++)
				at[i] = model[len + i] = (char)rng_next(&rng);
			buf_commit(&buf, n);
			len += n;
		} else {
			n = n < len ? n : len;
			buf_eat(&buf, n);
			memmove(model, model + n, len - n);
			len -= n;
		}
		cr_assert_leq(buf.start, buf.end);
		cr_assert_leq(buf.end, buf.cap);
		cr_assert(span_eq(buf_span(&buf), span_of(model, len)));
	}
	buf_fini(&buf);
	free(model);
}
