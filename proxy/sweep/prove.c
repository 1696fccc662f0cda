/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/prove.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/sweep/list.h"
#include "proxy/identity/random.h"

/* One that was asked for, and what it says of the target's objects. */
struct owner {
	struct map_node node;
	struct list_node order;
	const struct sweep_target *target;     /* borrowed */
	char *namespace, *name, *version, *kind, *uid; /* owned */
	enum sweep_verdict verdict;
};

/* ---- owners that were asked for ------------------------------------------ */

void sweep_owners_init(struct sweep_run *run)
{
	map_init(&run->owners);
	list_init(&run->owners_order);
	run->owners_key = random_hash_key();
}

void sweep_owners_forget(struct sweep_run *run)
{
	struct list_node *node;

	while ((node = list_pop_front(&run->owners_order))) {
		struct owner *owner = CONTAINER_OF(node, struct owner, order);

		map_remove(&run->owners, &owner->node);
		free(owner->namespace);
		free(owner->name);
		free(owner->version);
		free(owner->kind);
		free(owner->uid);
		free(owner);
	}
	map_fini(&run->owners);
}

static uint64_t hash_of(
	const struct sweep_run *run, const struct sweep_object *object)
{
	const struct span parts[] = { object->namespace, object->owner,
		object->owner_version, object->owner_uid };

	return hash_spans(&run->owners_key, 0, parts, ARRAY_SIZE(parts));
}

static const struct owner *find_owner(const struct sweep_run *run,
	const struct sweep_target *target, const struct sweep_object *object)
{
	struct map_node *node = map_first(&run->owners, hash_of(run, object));

	for (; node; node = map_next(node)) {
		const struct owner *owner =
			CONTAINER_OF(node, struct owner, node);

		if (owner->target == target &&
			span_eq_str(object->owner_uid, owner->uid) &&
			span_eq_str(object->owner, owner->name) &&
			span_eq_str(object->owner_kind, owner->kind) &&
			span_eq_str(object->owner_version, owner->version) &&
			span_eq_str(object->namespace, owner->namespace))
			return owner;
	}
	return NULL;
}

static void remember_owner(struct sweep_run *run,
	const struct sweep_target *target, const struct sweep_object *object,
	enum sweep_verdict verdict)
{
	struct owner *owner = xcalloc(1, sizeof(*owner));

	owner->target = target;
	owner->namespace = span_dup(object->namespace);
	owner->name = span_dup(object->owner);
	owner->version = span_dup(object->owner_version);
	owner->kind = span_dup(object->owner_kind);
	owner->uid = span_dup(object->owner_uid);
	owner->verdict = verdict;
	map_insert(&run->owners, &owner->node, hash_of(run, object));
	list_push_back(&run->owners_order, &owner->order);
}

/* It says the same of each of its objects, whichever that is. */
static bool is_same_for_all(
	const struct sweep_run *run, enum sweep_verdict verdict)
{
	return !run->order->proof.with_recorded ||
		(verdict != SWEEP_RECORDED && verdict != SWEEP_OWNER_LIVES &&
			verdict != SWEEP_OWNER_UNSETTLED);
}

/* ---- asking -------------------------------------------------------------- */

int sweep_ask_whether_served(struct sweep_run *run, struct err *err)
{
	struct buf path = BUF_INIT;
	struct sweep_list list;

	sweep_kind_append_path(run->workflows, run->order->namespace, &path);
	buf_append_str(&path, "?limit=1");
	if (sweep_ask(run, &path, err))
		return -1;
	run->are_served = run->answer.status == 200 &&
		!sweep_list_open(buf_span(&run->answer.body),
			SPAN("WorkflowList"), &list);
	if (!run->are_served && run->answer.status != 404)
		return sweep_no_use(run, "list Workflows", err);
	return 0;
}

typedef int ask_fn(struct sweep_run *run, struct buf *path, struct err *err);

static int ask_for_owner(struct sweep_run *run, ask_fn *ask,
	const struct sweep_kind *kind, const struct sweep_object *object,
	struct err *err)
{
	char *namespace = span_dup(object->namespace);
	char *name = span_dup(object->owner);
	struct buf path = BUF_INIT;

	sweep_kind_append_object(kind, namespace, name, &path);
	free(namespace);
	free(name);
	return ask(run, &path, err);
}

static int ask_for_workflow(struct sweep_run *run,
	const struct sweep_object *pod, enum sweep_verdict *ret_verdict,
	struct err *err)
{
	/* Its nodes are in its status. */
	if (ask_for_owner(run, sweep_ask, run->workflows, pod, err))
		return -1;
	*ret_verdict = sweep_judge_owner(&run->order->proof, pod,
		run->answer.status, buf_span(&run->answer.body),
		run->are_served, sweep_wall(run));
	if (*ret_verdict == SWEEP_UNREADABLE)
		return sweep_no_use(run,
			run->are_served ? "a Workflow"
					: "a Workflow, which are not served",
			err);
	return 0;
}

static int ask_for_any(struct sweep_run *run, const struct sweep_object *object,
	enum sweep_verdict *ret_verdict, struct err *err)
{
	char *version = span_dup(object->owner_version);
	char *name = span_dup(object->owner_kind);
	const struct sweep_kind *kind =
		sweep_kind_find(run, version, NULL, name, err);

	free(version);
	free(name);
	if (!kind)
		return err_prefix(err, "its owner's kind");
	*ret_verdict = SWEEP_OWNER_UNSERVED;
	if (!*kind->name || (kind->is_namespaced && !object->namespace.len))
		return 0;
	/* It may be a Secret. */
	if (ask_for_owner(run, sweep_ask_metadata, kind, object, err))
		return -1;
	*ret_verdict = sweep_judge_orphan(object, span_str(kind->resource),
		run->answer.status, buf_span(&run->answer.body));
	if (*ret_verdict == SWEEP_UNREADABLE)
		return sweep_no_use(run, "an owner", err);
	return 0;
}

/* ---- verdicts ------------------------------------------------------------ */

static enum sweep_verdict judge(const struct sweep_run *run,
	const struct sweep_target *target, const struct sweep_object *object)
{
	const struct sweep_settings *proof = &run->order->proof;
	int64_t wall = sweep_wall(run);

	switch (target->type) {
	case SWEEP_PODS:
		return sweep_judge_pod(proof, object, wall);
	case SWEEP_WORKFLOWS:
		return sweep_judge_workflow(proof, object, wall);
	case SWEEP_RULED:
		return sweep_judge_by_rule(&target->rule->rule, object, wall);
	}
	return SWEEP_UNREADABLE;
}

int sweep_prove(struct sweep_run *run, const struct sweep_target *target,
	const struct sweep_object *object, bool is_again,
	enum sweep_verdict *ret_verdict, struct err *err)
{
	const struct owner *owner;
	int result;

	*ret_verdict = judge(run, target, object);
	if (*ret_verdict != SWEEP_ASK_OWNER)
		return 0;
	owner = is_again ? NULL : find_owner(run, target, object);
	if (owner) {
		*ret_verdict = owner->verdict;
		return 0;
	}
	result = target->type == SWEEP_PODS
		? ask_for_workflow(run, object, ret_verdict, err)
		: ask_for_any(run, object, ret_verdict, err);
	if (!result && !is_again && is_same_for_all(run, *ret_verdict))
		remember_owner(run, target, object, *ret_verdict);
	return result;
}
