/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "proxy/observe/history.h"

/* What the samples are taken of: the lanes a and b, one API server. */
struct world {
	struct view view;
	struct policy_settings settings;
	struct policy_stats policy;
	struct history *history;
};

static struct world *world_new(void)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->settings.lanes[0].name = "a";
	w->settings.lanes[1].name = "b";
	w->policy.lane_count = 2;
	w->policy.endpoint_count = 1;
	w->view.settings = &w->settings;
	w->view.policy = &w->policy;
	w->history = history_new();
	return w;
}

static void world_free(struct world *w)
{
	history_free(w->history);
	free(w);
}

static void assert_says(struct world *w, const char *what)
{
	struct buf json = BUF_INIT;

	history_write_json(w->history, &json);
	cr_assert(strstr(buf_cstr(&json), what), "no %s in %s", what,
		buf_cstr(&json));
	buf_fini(&json);
}

Test(history, none_yet)
{
	struct world *w = world_new();

	assert_says(w,
		"{\"everySeconds\":5,\"max\":180,\"samples\":0,\"lanes\":{},"
		"\"upstream\":{\"executing\":[],\"limit\":[],"
		"\"throttled\":[]}}");
	world_free(w);
}

Test(history, counts_are_of_the_time_between_two_samples)
{
	struct world *w = world_new();
	struct lane_stats *a = &w->policy.lanes[0];

	a->submitted = 7;
	a->rejected[VERDICT_NONE + 1] = 2;
	a->wait[0] = 1;
	history_add(w->history, &w->view);
	a->submitted = 10;
	a->rejected[VERDICT_COUNT - 1] = 1;
	a->queued = 4;
	a->seats = SEAT + SEAT / 2;
	w->policy.endpoints[0].in_flight = SEAT;
	w->policy.endpoints[0].total = 8 * SEAT;
	w->policy.endpoints[0].answers_429 = 3;
	history_add(w->history, &w->view);
	assert_says(w, "\"a\":{\"arrivals\":[7,3],\"refused\":[2,1],"
		       "\"queued\":[0,4],\"seats\":[0,1.500],\"p50\":[");
	assert_says(w, ",null],\"p99\":[");
	assert_says(w, "\"upstream\":{\"executing\":[0,1],\"limit\":[0,8],"
		       "\"throttled\":[0,3]}");
	world_free(w);
}

Test(history, a_ring_gives_up_the_oldest)
{
	struct world *w = world_new();

	for (unsigned i = 0; i <= HISTORY_SAMPLES; i++) {
		w->policy.lanes[0].queued = i;
		history_add(w->history, &w->view);
	}
	assert_says(w, "\"samples\":180,");
	assert_says(w, "\"queued\":[1,2,3,");
	assert_says(w, ",179,180]");
	world_free(w);
}

Test(history, a_lane_is_known_by_its_name_after_a_reload)
{
	struct world *w = world_new();

	w->policy.lanes[0].submitted = 5;
	w->policy.lanes[1].submitted = 9;
	history_add(w->history, &w->view);
	w->settings.lanes[0].name = "new";
	w->settings.lanes[2].name = "a";
	w->policy.lane_count = 3;
	w->policy.lanes[0].submitted = 1;
	w->policy.lanes[2].submitted = 6;
	history_add(w->history, &w->view);
	assert_says(w, "\"new\":{\"arrivals\":[0,1],");
	assert_says(w, "\"p99\":[null,null]},\"b\":{\"arrivals\":[9,0],");
	assert_says(w, "\"a\":{\"arrivals\":[5,1],");
	world_free(w);
}
