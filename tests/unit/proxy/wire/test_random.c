/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of ours, and a seed that decides what they do next.  Whatever
 * that is: each stream closes exactly once, no body is changed, and one that
 * ends well is whole.
 */
#include <criterion/criterion.h>
#include <nghttp2/nghttp2.h>

#include "base/rng.h"
#include "tests/unit/proxy/wire/loopback.h"

enum { STREAMS = 60, STEPS = 600 };

struct chaos {
	struct loopback lb;
	struct rng rng;
	unsigned started;
	unsigned length_bits; /* of bodies, at most */
};

/* Tiny windows with short bodies: each byte takes a round trip. */
static void pick_limits(struct chaos *chaos, struct loopback_settings *settings)
{
	static const uint32_t windows[] = { 1, 100, 65535, 1 << 20 };
	struct rng *rng = &chaos->rng;
	uint32_t smallest;

	loopback_settings_default(settings);
	settings->server_limits.window_down =
		windows[rng_below(rng, ARRAY_SIZE(windows))];
	settings->client_limits.window_up =
		windows[rng_below(rng, ARRAY_SIZE(windows))];
	smallest = (uint32_t)u64_min(settings->server_limits.window_down,
		settings->client_limits.window_up);
	chaos->length_bits = smallest > 100 ? 17 : smallest > 1 ? 13 : 8;
}

static uint64_t pick_length(struct chaos *chaos)
{
	uint64_t bits = rng_below(&chaos->rng, chaos->length_bits);

	return rng_below(&chaos->rng, UINT64_C(1) << bits);
}

/* Open still, and something may be done with it. */
static bool is_live(const struct tape *tape)
{
	return tape && tape->stream.session && !tape->closes;
}

static void disturb(struct chaos *chaos, struct tape *tape)
{
	struct rng *rng = &chaos->rng;

	switch (rng_below(rng, 8)) {
	case 0:
		stream_reset(&tape->stream, NGHTTP2_CANCEL);
		return;
	case 1:
		stream_abandon(&tape->stream);
		return;
	case 2:
		if (!tape->stream.out || tape->out.is_ended)
			return;
		tape->is_refilled = false;
		relay_break(&tape->out);
		stream_resume(&tape->stream);
		return;
	default:
		/* Reads more, or less, than it did. */
		tape->is_hoarding = !tape->is_hoarding;
		if (tape->hoarded > 0)
			tape_consume(tape, rng_below(rng, tape->hoarded + 1));
		return;
	}
}

/* One of those that are live on either side, or NULL. */
static struct tape *pick_live(struct chaos *chaos)
{
	struct loopback *lb = &chaos->lb;
	struct list *side = rng_below(&chaos->rng, 2) ? &lb->sent : &lb->served;
	size_t count = 0, wanted;

	LIST_EACH (node, side)
		count += is_live(CONTAINER_OF(node, struct tape, node));
	wanted = rng_below(&chaos->rng, count);
	LIST_EACH (node, side) {
		struct tape *tape = CONTAINER_OF(node, struct tape, node);

		if (is_live(tape) && wanted-- == 0)
			return tape;
	}
	return NULL;
}

static void start(struct chaos *chaos)
{
	struct loopback *lb = &chaos->lb;
	struct tape *tape;

	chaos->started++;
	if (rng_below(&chaos->rng, 4) == 0) {
		loopback_get(lb, "/get");
		return;
	}
	tape = loopback_post(lb, "/post");
	tape_write_pattern(tape, pick_length(chaos));
	tape->is_hoarding = rng_below(&chaos->rng, 2) == 0;
}

static void step(struct chaos *chaos)
{
	struct loopback *lb = &chaos->lb;
	struct tape *tape;

	if (lb->client && session_free_streams(lb->client) > 0 &&
		chaos->started < STREAMS && rng_below(&chaos->rng, 3) == 0) {
		start(chaos);
		return;
	}
	tape = pick_live(chaos);
	if (tape && rng_below(&chaos->rng, 4) == 0)
		disturb(chaos, tape);
}

/* As the exchange does: one stream's event acts on another. */
static void meddle(struct tape *tape, void *user)
{
	struct chaos *chaos = user;

	if (rng_below(&chaos->rng, 40) != 0)
		return;
	if (rng_below(&chaos->rng, 2) == 0)
		tape = pick_live(chaos);
	if (is_live(tape))
		disturb(chaos, tape);
}

static void read_on(struct list *side)
{
	LIST_EACH (node, side) {
		struct tape *tape = CONTAINER_OF(node, struct tape, node);

		tape->is_hoarding = false;
		if (is_live(tape) && tape->hoarded > 0)
			tape_consume(tape, tape->hoarded);
	}
}

static bool is_settled(const struct list *side)
{
	struct list_node *node;

	for (node = list_first(side); node; node = list_next(node)) {
		const struct tape *tape = CONTAINER_OF(node, struct tape, node);

		if (is_live(tape))
			return false;
	}
	return true;
}

static void expect_whole(const struct list *side)
{
	LIST_EACH (node, side) {
		struct tape *tape = CONTAINER_OF(node, struct tape, node);
		bool is_clean = tape->closes && tape->how == STREAM_END_CLEAN;

		cr_assert_leq(tape->closes, 1);
		cr_assert(tape_has_pattern(tape, buf_len(&tape->body)));
		if (is_clean)
			cr_assert(tape->ends == 1 && tape->heads == 1);
		/* What an echo sends is what it got. */
		if (is_clean)
			cr_assert_eq(buf_len(&tape->body), tape->out.added);
		relay_check(&tape->out);
	}
}

static void run(uint64_t seed, bool is_cut, bool meddles)
{
	struct loopback_settings settings;
	struct chaos chaos = { 0 };
	struct loopback *lb = &chaos.lb;
	uint64_t steps;

	rng_init(&chaos.rng, seed);
	pick_limits(&chaos, &settings);
	loopback_init(lb, &settings);
	lb->meddle = meddles ? meddle : NULL;
	lb->meddle_user = &chaos;
	steps = is_cut ? 10 + rng_below(&chaos.rng, 150) : STEPS;
	for (unsigned i = 0; i < steps; i++) {
		step(&chaos);
		if (rng_below(&chaos.rng, 16) == 0) {
			read_on(&lb->sent);
			read_on(&lb->served);
		}
		/* Perhaps there is nothing to wait for. */
		if (rng_below(&chaos.rng, 2) == 0)
			loopback_poll(lb);
	}
	if (is_cut && lb->client)
		session_close(lb->client);
	while (!is_settled(&lb->sent) || !is_settled(&lb->served)) {
		read_on(&lb->sent);
		read_on(&lb->served);
		loopback_turn(lb);
	}
	expect_whole(&lb->sent);
	expect_whole(&lb->served);
	loopback_fini(lb);
}

Test(random, everything_at_once_closes_once_and_is_whole)
{
	for (uint64_t seed = 1; seed <= 40; seed++)
		run(seed, false, false);
}

Test(random, connection_cut_in_the_middle_closes_everything)
{
	for (uint64_t seed = 101; seed <= 130; seed++)
		run(seed, true, true);
}

Test(random, streams_that_act_on_others_in_their_events_do_no_harm)
{
	for (uint64_t seed = 201; seed <= 240; seed++)
		run(seed, false, true);
}
