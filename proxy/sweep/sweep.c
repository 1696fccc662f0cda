/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/sweep.h"

#include <stdlib.h>

#include "proxy/sweep/find.h"
#include "proxy/sweep/progress.h"
#include "proxy/sweep/prove.h"
#include "proxy/sweep/recall.h"
#include "proxy/sweep/remove.h"
#include "proxy/sweep/tell.h"

const char *sweep_result_name(enum sweep_result result)
{
	switch (result) {
	case SWEEP_FOUND:
		return "found";
	case SWEEP_SIGHTED:
		return "sighted";
	case SWEEP_REMOVED:
		return "removed";
	case SWEEP_NO_MORE:
		return "no-more";
	case SWEEP_CHANGED:
		return "changed";
	case SWEEP_REFUSED:
		return "refused";
	case SWEEP_WAITS:
		return "waits";
	case SWEEP_PUT_BACK:
		return "put-back";
	case SWEEP_RESULT_COUNT:
		break;
	}
	return "";
}

/* ---- the report ---------------------------------------------------------- */

void sweep_report_init(struct sweep_report *report)
{
	*report = (struct sweep_report){ .removed = 0 };
	list_init(&report->kinds);
	list_init(&report->targets);
	list_init(&report->candidates);
}

void sweep_report_fini(struct sweep_report *report)
{
	struct list_node *node;

	while ((node = list_pop_front(&report->candidates))) {
		struct sweep_candidate *candidate =
			CONTAINER_OF(node, struct sweep_candidate, node);

		free(candidate->namespace);
		free(candidate->name);
		free(candidate->uid);
		free(candidate->owner);
		free(candidate);
	}
	while ((node = list_pop_front(&report->targets)))
		free(CONTAINER_OF(node, struct sweep_target, node));
	sweep_kinds_forget(&report->kinds);
}

/* ---- the course ---------------------------------------------------------- */

/* What a removal is proven and told with. */
static int prepare(struct sweep_run *run, struct err *err)
{
	const struct sweep_order *order = run->order;

	if (sweep_targets_make(run, err))
		return -1;
	if ((order->with_argo || order->add_count) &&
		sweep_ask_whether_served(run, err))
		return -1;
	if (order->audit && order->is_applied && sweep_ask_who(run, err))
		return -1;
	return sweep_recall(run, err);
}

static int remove_all(struct sweep_run *run, struct err *err)
{
	uint32_t before = run->report->removed;
	struct err later;
	int result;

	/* One that is killed in the middle has been one sighting. */
	if (sweep_keep(run, err))
		return -1;
	result = sweep_remove_all(run, err);
	/* What was removed is kept in mind, whatever came then. */
	if (run->report->removed != before &&
		sweep_keep(run, result ? &later : err))
		result = -1;
	return result;
}

static int follow(struct sweep_run *run, struct err *err)
{
	if (prepare(run, err) || sweep_find(run, err))
		return -1;
	sweep_pick(run);
	if (sweep_check_caps(run, err))
		return -1;
	if (run->order->is_applied && remove_all(run, err))
		return -1;
	return sweep_add_to_workflows(run, err);
}

int sweep_run(struct sweep_client *client, const struct sweep_order *order,
	struct log *log, struct sweep_report *report, struct err *err)
{
	struct sweep_run run = {
		.client = client,
		.order = order,
		.log = log,
		.report = report,
	};
	int result;

	sweep_owners_init(&run);
	result = follow(&run, err);
	sweep_progress_hide(order->progress);
	buf_fini(&run.answer.body);
	sweep_owners_forget(&run);
	sweep_recall_forget(&run);
	free(run.user_name);
	return result;
}
