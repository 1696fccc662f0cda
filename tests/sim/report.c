/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came of a play: its table, and whether its bars are met.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "tests/sim/play.h"

/* ---- what all clients of a kind have
 * ------------------------------------------- */

/* Of several crowds the worst counts. */
static usec_t worst(const struct play *play, enum kind kind,
	usec_t (*of)(const struct tally *tally, const struct bar *bar),
	const struct bar *bar)
{
	const struct world *world = play->world;
	usec_t most = 0;

	for (uint32_t i = 0; i < world->client_count; i++) {
		if (world->clients[i].kind == kind)
			most = u64_max(most, of(&world->clients[i].tally, bar));
	}
	return most;
}

static uint64_t done_of(const struct play *play, enum kind kind)
{
	const struct world *world = play->world;
	uint64_t done = 0;

	for (uint32_t i = 0; i < world->client_count; i++) {
		if (world->clients[i].kind == kind)
			done += world->clients[i].tally.done;
	}
	return done;
}

static usec_t max_calm(const struct tally *tally, const struct bar *bar)
{
	(void)bar;
	return tally->calm.max;
}

static usec_t max_ever(const struct tally *tally, const struct bar *bar)
{
	(void)bar;
	return tally->latencies.max;
}

static usec_t quantile(const struct tally *tally, const struct bar *bar)
{
	return histogram_at(&tally->calm, (unsigned)bar->number);
}

static usec_t p99_calm(const struct tally *tally, const struct bar *bar)
{
	(void)bar;
	return histogram_at(&tally->calm, 990);
}

static usec_t pause_of(const struct tally *tally, const struct bar *bar)
{
	(void)bar;
	return tally->longest_pause;
}

/* Jain's index, in thousandths, of what crowds that send a kind got done. */
static uint64_t fairness(const struct play *play, enum kind kind)
{
	const struct world *world = play->world;
	double sum = 0, squares = 0, count = 0;

	for (uint32_t i = 0; i < world->client_count; i++) {
		const struct client *client = &world->clients[i];

		if (client->kind != kind || client->on_done)
			continue;
		sum += client->tally.done;
		squares += (double)client->tally.done * client->tally.done;
		count++;
	}
	return squares > 0 ? (uint64_t)(sum * sum * 1000 / (count * squares))
			   : 1000;
}

/* Attempts that the API server got for nothing, in thousandths. */
static uint64_t wasted(const struct play *play)
{
	const struct server *server = &play->world->servers[0];

	return server->arrived
		? (server->arrived - server->served) * 1000 / server->arrived
		: 0;
}

/* ---- bars
 * ---------------------------------------------------------------------------
 */

struct verdict_of_bar {
	bool is_met;
	uint64_t value;
	bool is_time;
};

static struct verdict_of_bar at_most(
	uint64_t value, uint64_t most, bool is_time)
{
	return (struct verdict_of_bar){ value <= most, value, is_time };
}

static struct verdict_of_bar at_least(uint64_t value, uint64_t least)
{
	return (struct verdict_of_bar){ value >= least, value, false };
}

static struct verdict_of_bar judge(
	const struct play *play, const struct bar *bar)
{
	enum kind kind = bar->kind;

	switch (bar->what) {
	case BAR_MAX:
		return at_most(
			worst(play, kind, max_calm, bar), bar->time, true);
	case BAR_EVER:
		return at_most(
			worst(play, kind, max_ever, bar), bar->time, true);
	case BAR_QUANTILE:
		return at_most(
			worst(play, kind, quantile, bar), bar->time, true);
	case BAR_PAUSE:
		return at_most(
			worst(play, kind, pause_of, bar), bar->time, true);
	case BAR_AFTER:
		return at_most(worst(play, bar->other, p99_calm, bar),
			worst(play, kind, p99_calm, bar), true);
	case BAR_DONE:
		return at_least(done_of(play, kind), bar->number);
	case BAR_FAIR:
		return at_least(fairness(play, kind), bar->number);
	case BAR_WASTED:
		return at_most(wasted(play), bar->number, false);
	case BAR_LEADER:
		return at_most(
			play->argo ? argo_stats(play->argo).lost_leases : 0, 0,
			false);
	case BAR_RELEASED:
		return at_most(play->argo ? argo_stats(play->argo).stuck : 0,
			bar->number, false);
	}
	CHECK(false);
}

static const char *time_text(usec_t time, char *text, size_t size)
{
	if (time >= 100 * SECOND)
		snprintf(text, size, "%" PRIu64 " s", time / SECOND);
	else if (time >= SECOND)
		snprintf(text, size, "%.2f s", (double)time / SECOND);
	else
		snprintf(text, size, "%.1f ms", (double)time / MSEC);
	return text;
}

unsigned play_judge(const struct play *play, bool is_quiet)
{
	unsigned missed = 0;

	for (unsigned i = 0; i < play->story->bar_count; i++) {
		const struct bar *bar = &play->story->bars[i];
		struct verdict_of_bar v = judge(play, bar);
		char text[32];

		missed += !v.is_met;
		if (v.is_met && is_quiet)
			continue;
		if (v.is_time)
			time_text(v.value, text, sizeof(text));
		else
			snprintf(text, sizeof(text), "%" PRIu64, v.value);
		printf("%-6s %-52s %s\n", v.is_met ? "ok" : "MISSED",
			bar->words, text);
	}
	return missed;
}

/* ---- the table
 * ------------------------------------------------------------------------- */

static void print_times(const struct histogram *histogram)
{
	static const unsigned AT[] = { 500, 900, 990, 1000 };
	char text[32];

	for (size_t i = 0; i < ARRAY_SIZE(AT); i++)
		printf(" %9s",
			time_text(histogram_at(histogram, AT[i]), text,
				sizeof(text)));
}

static void print_client(const struct play *play, const struct client *client)
{
	const struct tally *tally = &client->tally;
	char text[32];

	if (!tally->done && !tally->failed && !tally->rejections)
		return;
	printf("%-11s %-8.8s %9" PRIu32 " %8.2f", KIND_INFOS[client->kind].name,
		client->on_done ? "" : client->namespace, tally->done,
		(double)tally->done * SECOND / (double)play->lasted);
	print_times(&tally->latencies);
	printf(" %9s", time_text(tally->calm.max, text, sizeof(text)));
	printf(" %9s", time_text(tally->longest_pause, text, sizeof(text)));
	printf(" %7" PRIu32 " %6" PRIu32 "\n", tally->saw_429,
		tally->failed + tally->rejections);
}

static void print_lanes(const struct play *play)
{
	struct policy_stats stats = world_stats(play->world);

	printf("\n%-20s %9s %9s %9s %9s %9s %9s %9s %8s\n", "waits of a lane",
		"started", "again", "p50", "p90", "p99", "max", "refused",
		"share");
	for (uint32_t i = 0; i < stats.lane_count; i++) {
		const struct lane_stats *lane = &stats.lanes[i];
		uint64_t refused = 0, all = 0;

		for (uint32_t j = 0; j < stats.lane_count; j++)
			all += stats.lanes[j].seat_usec;
		for (unsigned v = 0; v < VERDICT_COUNT; v++)
			refused += lane->rejected[v];
		printf("%-20s %9" PRIu64 " %9" PRIu64,
			play->world->settings.lanes[i].name, lane->started,
			lane->again);
		print_times(&play->world->waits[i]);
		printf(" %9" PRIu64 " %6.1f %%\n", refused,
			all ? (double)lane->seat_usec * 100 / (double)all : 0);
	}
}

static void print_server(const struct play *play)
{
	const struct world *world = play->world;
	const struct server *server = &world->servers[0];

	printf("\n%" PRIu64 " attempts at the API server, %" PRIu64
	       " of 1000 for nothing; %" PRIu64 " steps; trace %016" PRIx64
	       "\n",
		server->arrived, wasted(play), world->steps, world->trace);
	if (play->argo) {
		struct argo_stats argo = argo_stats(play->argo);

		printf("%" PRIu64 " workflows, %" PRIu64
		       " pods released, %" PRIu32 " stuck, %" PRIu64
		       " leases lost\n",
			argo.workflows, argo.pods, argo.stuck,
			argo.lost_leases);
	}
}

void play_report(const struct play *play, bool is_quiet)
{
	const struct world *world = play->world;

	printf("%s%s: %.1f hours, trace %016" PRIx64 "\n", is_quiet ? "" : "\n",
		play->story->title, (double)play->lasted / HOUR, world->trace);
	if (is_quiet)
		return;
	printf("%-11s %-8s %9s %8s %9s %9s %9s %9s %9s %9s %7s %6s\n", "\nkind",
		" crowd", " done", "/s", "p50", "p90", "p99", "max", "max calm",
		"pause", "429s", "failed");
	for (uint32_t i = 0; i < world->client_count; i++)
		print_client(play, &world->clients[i]);
	print_lanes(play);
	print_server(play);
	printf("\n");
}
