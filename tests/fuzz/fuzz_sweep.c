/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what the sweeper reads: a page of pods, a pod, the answer about
 * a Workflow.  What is read lies inside them, and nothing is proven by less
 * than a whole document.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "policy/sweep/discovery.h"
#include "policy/sweep/list.h"
#include "policy/sweep/memory.h"
#include "policy/sweep/patch.h"
#include "policy/sweep/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct span part, struct span all)
{
	if (part.len)
		CHECK(part.ptr >= all.ptr &&
			part.ptr + part.len <= all.ptr + all.len);
}

static void check_pod(struct span text)
{
	struct sweep_settings settings;
	struct sweep_object pod;
	struct buf patch = BUF_INIT;

	sweep_settings_default(&settings);
	settings.with_finished = true;
	if (sweep_pod_read(text, settings.finalizer, &pod))
		return;
	check_inside(pod.name, text);
	check_inside(pod.uid, text);
	check_inside(pod.owner, text);
	check_inside(pod.owner_uid, text);
	if (sweep_may_remove(sweep_judge_pod(&settings, &pod, 1796050800)))
		CHECK(pod.has_finalizer && pod.is_completed);
	sweep_patch_write_removal(&pod, settings.finalizer, &patch);
	buf_fini(&patch);
}

static void check_list(struct span text)
{
	struct sweep_list list;
	struct span item;

	if (sweep_list_open(text, SPAN("PodList"), &list))
		return;
	check_inside(list.continue_token, text);
	while (sweep_list_next(&list, &item)) {
		check_inside(item, text);
		CHECK(item.ptr[0] == '{');
		check_pod(item);
	}
}

/* Whatever it says, it is said of what is inside. */
static void check_others(struct span text)
{
	const struct sweep_rule rule = {
		.finalizer = SPAN("a/b"),
		.label_key = SPAN("c"),
		.label_value = SPAN("d"),
		.with_orphans = true,
	};
	const struct sweep_wanted wanted = {
		.kind = SPAN("Widget"),
		.finalizer = rule.finalizer,
		.label = rule.label_key,
	};
	struct sweep_memory *memory = sweep_memory_new(8);
	struct sweep_served served;
	struct sweep_object object;
	struct buf written = BUF_INIT;

	if (!sweep_object_read(text, &wanted, &object)) {
		check_inside(object.label, text);
		CHECK(!sweep_may_remove(
			sweep_judge_by_rule(&rule, &object, 1796050800)));
	}
	if (sweep_discovery_find(text, SPAN_NONE, SPAN("Pod"), &served) == 1)
		check_inside(served.resource, text);
	check_inside(sweep_list_expired_token(text), text);
	if (!sweep_memory_read(memory, text)) {
		sweep_memory_write(memory, 1796050800, &written);
		CHECK(!sweep_memory_read(memory, buf_span(&written)));
	}
	buf_fini(&written);
	sweep_memory_free(memory);
}

static void check_owner(struct span text)
{
	struct sweep_settings settings;
	struct sweep_object pod = {
		.owner = SPAN("wf"),
		.owner_uid = SPAN("w-1"),
	};
	enum sweep_verdict verdict;

	sweep_settings_default(&settings);
	verdict = sweep_judge_owner(
		&settings, &pod, 404, text, true, 1796050800);
	if (verdict == SWEEP_GONE)
		CHECK(memmem(text.ptr, text.len, "NotFound", 8));
	else
		CHECK(verdict == SWEEP_UNREADABLE);
	CHECK(sweep_judge_owner(&settings, &pod, 404, text, false,
		      1796050800) == SWEEP_UNREADABLE);
	verdict = sweep_judge_owner(
		&settings, &pod, 200, text, true, 1796050800);
	if (sweep_may_remove(verdict))
		CHECK(verdict == SWEEP_RECREATED || verdict == SWEEP_FINISHED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = xmalloc(size ? size : 1);
	struct span text = span_of(copy, size);

	if (size)
		memcpy(copy, data, size);
	check_list(text);
	check_pod(text);
	check_owner(text);
	check_others(text);
	free(copy);
	return 0;
}
