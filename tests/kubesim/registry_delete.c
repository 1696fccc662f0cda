/* SPDX-License-Identifier: Apache-2.0 */
/* Deleting: marked, kept by finalizers and grace, or gone at once. */
#include <string.h>

#include "tests/kubesim/json.h"
#include "tests/kubesim/registry.h"
#include "tests/kubesim/registry_impl.h"

static int check_preconditions(const struct target *target,
	const struct delete_options *options, const struct object *old,
	struct status *st)
{
	const char *uid = json_str(old->tree, "metadata.uid");
	const char *rv = json_str(old->tree, "metadata.resourceVersion");

	if (options->uid && strcmp(options->uid, uid) != 0)
		return status_precondition(st, target->res, target->name,
			"the UID in the precondition (%s) does not match the "
			"UID in record (%s). The object might have been "
			"deleted and then recreated",
			options->uid, uid);
	if (options->rv && strcmp(options->rv, rv) != 0)
		return status_precondition(st, target->res, target->name,
			"the ResourceVersion in the precondition (%s) does not "
			"match the ResourceVersion in record (%s). The object "
			"might have been modified",
			options->rv, rv);
	return 0;
}

/* Pods wait for their node; nothing else has a grace period. */
static double grace_of(const struct target *target,
	const struct delete_options *options, const cJSON *obj)
{
	const char *node = json_str(obj, "spec.nodeName");
	const char *phase = json_str(obj, "status.phase");

	if (!target->res->graceful || !node || !*node)
		return 0;
	if (phase && (!strcmp(phase, "Succeeded") || !strcmp(phase, "Failed")))
		return 0;
	if (options->grace >= 0)
		return options->grace;
	return json_num(obj, "spec.terminationGracePeriodSeconds", 30);
}

/* The garbage collector's finalizers, by propagationPolicy. */
static void add_policy_finalizer(cJSON *obj, const char *policy)
{
	cJSON *metadata = json_get(obj, "metadata");
	cJSON *finalizers = json_get(metadata, "finalizers");
	const char *name;

	if (!policy)
		return;
	if (!strcmp(policy, "Foreground"))
		name = "foregroundDeletion";
	else if (!strcmp(policy, "Orphan"))
		name = "orphan";
	else
		return;
	if (json_array_has(finalizers, name))
		return;
	if (!finalizers) {
		finalizers = cJSON_CreateArray();
		json_set(metadata, "finalizers", finalizers);
	}
	cJSON_AddItemToArray(finalizers, cJSON_CreateString(name));
}

static void mark_deleted(const struct target *target, cJSON *obj, double grace)
{
	cJSON *metadata = json_get(obj, "metadata");
	bool marked = json_has(metadata, "deletionTimestamp");

	if (marked &&
		json_num(metadata, "deletionGracePeriodSeconds", 0) <= grace)
		return; /* a grace period only becomes shorter */
	if (!marked && target->res->has_generation)
		json_set_num(metadata, "generation",
			json_num(metadata, "generation", 0) + 1);
	if (strcmp(target->res->kind, "Namespace") != 0)
		json_set_num(metadata, "deletionGracePeriodSeconds", grace);
	registry_set_time(
		metadata, "deletionTimestamp", target->wall + (time_t)grace);
	if (!strcmp(target->res->kind, "Namespace"))
		json_set_str(json_make_object(obj, "status"), "phase",
			"Terminating");
}

int registry_delete(struct registry *reg, const struct target *target,
	const struct delete_options *options, bool *ret_gone,
	struct object **ret_obj, struct status *st)
{
	struct object *old =
		store_get(reg->store, target->res, target->ns, target->name);
	cJSON *next;

	if (!old)
		return status_not_found(st, target->res, target->name);
	if (check_preconditions(target, options, old, st) != 0)
		return -1;
	next = json_dup(old->tree);
	if (!json_has(next, "metadata.deletionTimestamp"))
		add_policy_finalizer(next, options->policy);
	mark_deleted(target, next, grace_of(target, options, next));
	*ret_gone = registry_is_released(target->res, next);
	if (*ret_gone) {
		/* Only what has a grace period is marked before it goes. */
		if (!target->res->graceful) {
			cJSON_Delete(next);
			next = json_dup(old->tree);
		}
		*ret_obj = registry_let_go(reg, target, old, next);
	} else if (json_equal(old->tree, next)) {
		cJSON_Delete(next);
		*ret_obj = object_ref(old);
	} else {
		*ret_obj = registry_keep(reg, target, next);
	}
	return 0;
}
