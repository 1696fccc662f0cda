/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/find.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "proxy/sweep/progress.h"
#include "proxy/sweep/prove.h"

/* ---- finding ------------------------------------------------------------- */

/* Whose owner was asked for, and says so. */
static bool is_by_owner(enum sweep_verdict verdict)
{
	return verdict != SWEEP_LABELLED && verdict != SWEEP_BY_RULE;
}

static void add_candidate(struct sweep_run *run,
	const struct sweep_object *object, enum sweep_verdict verdict)
{
	struct sweep_candidate *candidate = xcalloc(1, sizeof(*candidate));
	bool has_owner = is_by_owner(verdict) &&
		run->target->type != SWEEP_WORKFLOWS;

	candidate->target = run->target;
	candidate->verdict = verdict;
	candidate->is_deleting = object->is_deleting;
	candidate->namespace = span_dup(object->namespace);
	candidate->name = span_dup(object->name);
	candidate->uid = span_dup(object->uid);
	candidate->owner = has_owner ? span_dup(object->owner) : xstrdup("");
	list_push_back(&run->report->candidates, &candidate->node);
}

static int take_object(struct sweep_run *run, struct span item, struct err *err)
{
	struct sweep_report *report = run->report;
	struct sweep_target *target = run->target;
	enum sweep_verdict verdict;
	struct sweep_object object;

	if (sweep_target_read(target, item, &object)) {
		report->unread++;
		return 0;
	}
	target->carriers += object.has_finalizer;
	if (sweep_prove(run, target, &object, false, &verdict, err))
		return err_prefix(err, "%s %.*s/%.*s", target->kind->name,
			SPAN_ARG(object.namespace), SPAN_ARG(object.name));
	if (sweep_may_remove(verdict))
		add_candidate(run, &object, verdict);
	else if (target->type != SWEEP_WORKFLOWS)
		report->kept[verdict]++;
	sweep_progress_found(run->order->progress, report->candidates.count);
	return 0;
}

static int find_of_target(
	struct sweep_run *run, struct sweep_target *target, struct err *err)
{
	const struct sweep_listing listing = {
		.kind = target->kind,
		.list_kind = target->list_kind,
		.namespace = run->order->namespace,
		.selector = target->selector,
		.limit = target->page,
		.take = take_object,
	};

	/* Where they are not served there are none. */
	if (target->type == SWEEP_WORKFLOWS && !run->are_served)
		return 0;
	run->target = target;
	if (sweep_each_of(run, &listing, err))
		return -1;
	if (target->type != SWEEP_WORKFLOWS)
		run->report->objects += target->carriers;
	return 0;
}

int sweep_find(struct sweep_run *run, struct err *err)
{
	LIST_EACH (node, &run->report->targets) {
		struct sweep_target *target =
			CONTAINER_OF(node, struct sweep_target, node);

		/* A namespace that is asked for has nothing without one. */
		if (*run->order->namespace && !target->kind->is_namespaced)
			continue;
		if (find_of_target(run, target, err))
			return -1;
	}
	return 0;
}

/* ---- sightings ----------------------------------------------------------- */

/* Sweeps in a row that have to see it. */
static uint32_t sightings_of(const struct sweep_run *run,
	const struct sweep_target *target, enum sweep_verdict verdict)
{
	if (target->rule)
		return target->rule->sightings;
	return verdict == SWEEP_FINISHED || verdict == SWEEP_RECORDED
		? run->order->sightings
		: 1;
}

bool sweep_is_seen_enough(const struct sweep_run *run,
	const struct sweep_candidate *candidate, enum sweep_verdict verdict)
{
	uint32_t wanted = sightings_of(run, candidate->target, verdict);

	return wanted <= 1 || candidate->seen >= wanted;
}

static void pick(struct sweep_run *run, struct sweep_candidate *candidate)
{
	const struct sweep_order *order = run->order;
	uint32_t wanted =
		sightings_of(run, candidate->target, candidate->verdict);
	struct span uid = span_str(candidate->uid);

	if (run->memory &&
		sweep_memory_was_removed(
			run->memory, uid, candidate->target->finalizer)) {
		candidate->result = SWEEP_PUT_BACK;
		return;
	}
	if (wanted <= 1)
		return;
	candidate->seen = run->memory
		? sweep_memory_see(run->memory, uid,
			  candidate->target->finalizer, sweep_wall(run),
			  order->sighting_interval)
		: 1;
	if (candidate->seen < wanted)
		candidate->result = SWEEP_SIGHTED;
}

void sweep_pick(struct sweep_run *run)
{
	LIST_EACH (node, &run->report->candidates)
		pick(run, CONTAINER_OF(node, struct sweep_candidate, node));
}

/* ---- caps ---------------------------------------------------------------- */

struct count {
	uint32_t all;
	uint32_t in_namespace; /* the most */
};

static int compare(const void *a, const void *b)
{
	const struct sweep_candidate *const *x = a, *const *y = b;
	uintptr_t first = (uintptr_t)(*x)->target;
	uintptr_t second = (uintptr_t)(*y)->target;

	if (first != second)
		return first < second ? -1 : 1;
	return strcmp((*x)->namespace, (*y)->namespace);
}

/* The most that stand together. */
static uint32_t longest_run(
	const struct sweep_candidate *const *sorted, size_t count)
{
	uint32_t longest = 0, here = 0;

	for (size_t i = 0; i < count; i++) {
		here = i && !compare(&sorted[i - 1], &sorted[i]) ? here + 1 : 1;
		longest = (uint32_t)u64_max(longest, here);
	}
	return longest;
}

/* Not every API server lists in the order of namespaces. */
static struct count count_removals(const struct sweep_run *run)
{
	const struct list *candidates = &run->report->candidates;
	const struct sweep_candidate **found =
		xcalloc(candidates->count + 1, sizeof(*found));
	struct count count = { 0, 0 };

	LIST_EACH (node, candidates) {
		const struct sweep_candidate *candidate =
			CONTAINER_OF(node, struct sweep_candidate, node);

		if (candidate->result == SWEEP_FOUND)
			found[count.all++] = candidate;
	}
	qsort(found, count.all, sizeof(*found), compare);
	count.in_namespace = longest_run(found, count.all);
	free(found);
	return count;
}

static void count_by_target(struct sweep_run *run)
{
	LIST_EACH (node, &run->report->candidates) {
		struct sweep_candidate *candidate =
			CONTAINER_OF(node, struct sweep_candidate, node);

		candidate->target->removals +=
			candidate->result == SWEEP_FOUND;
	}
}

/* Workflows that are deleted may be all that have the finalizer. */
static int check_shares(struct sweep_run *run, struct err *err)
{
	LIST_EACH (node, &run->report->targets) {
		const struct sweep_target *target =
			CONTAINER_OF(node, struct sweep_target, node);
		enum sweep_excess excess = sweep_check_share(
			&run->order->caps, target->removals, target->carriers);

		if (target->type != SWEEP_WORKFLOWS && excess != SWEEP_WITHIN)
			return err_set(err,
				"nothing is removed: %s (%u of %u %s)",
				sweep_excess_text(excess), target->removals,
				target->carriers, target->kind->resource);
	}
	return 0;
}

int sweep_check_caps(struct sweep_run *run, struct err *err)
{
	struct count count = count_removals(run);
	enum sweep_excess excess = sweep_check_counts(
		&run->order->caps, count.all, count.in_namespace);

	count_by_target(run);
	if (excess != SWEEP_WITHIN)
		return err_set(err, "nothing is removed: %s (%u in all, %u in "
			"one namespace)",
			sweep_excess_text(excess), count.all,
			count.in_namespace);
	return check_shares(run, err);
}
