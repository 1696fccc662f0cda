/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/faults.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { H2_INTERNAL_ERROR = 2 };

static const struct {
	const char *name;
	enum fault_action action;
} actions[] = {
	{ "none", FAULT_NONE },
	{ "status", FAULT_STATUS },
	{ "reset", FAULT_RESET },
	{ "cut", FAULT_CUT },
	{ "stall", FAULT_STALL },
	{ "close", FAULT_CLOSE },
	{ "goaway", FAULT_GOAWAY },
	{ "slow", FAULT_SLOW },
};

void faults_init(struct faults *faults)
{
	list_init(&faults->list);
	faults->last_id = 0;
}

static void fault_free(struct fault *fault)
{
	list_remove(&fault->node);
	cJSON_Delete(fault->match);
	free(fault->message);
	free(fault);
}

void faults_remove(struct faults *faults, unsigned id)
{
	LIST_EACH (node, &faults->list) {
		struct fault *fault = CONTAINER_OF(node, struct fault, node);

		if (!id || fault->id == id)
			fault_free(fault);
	}
}

void faults_fini(struct faults *faults)
{
	faults_remove(faults, 0);
}

static int read_action(
	const cJSON *rule, enum fault_action *ret_action, struct err *err)
{
	const char *name = json_str(rule, "action");

	if (!name)
		name = json_has(rule, "code") ? "status" : "none";
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (!strcmp(actions[i].name, name)) {
			*ret_action = actions[i].action;
			return 0;
		}
	}
	return err_set(err, "unknown action \"%s\"", name);
}

/* A typo in a test must not make a fault that never happens. */
static int check_keys(const cJSON *object, const char *const *known,
	size_t count, struct err *err)
{
	if (!object)
		return 0;
	for (const cJSON *item = object->child; item; item = item->next) {
		size_t i = 0;

		while (i < count && strcmp(known[i], item->string) != 0)
			i++;
		if (i == count)
			return err_set(err, "unknown key \"%s\"", item->string);
	}
	return 0;
}

struct fault *faults_add(
	struct faults *faults, const cJSON *rule, struct err *err)
{
	static const char *const rule_keys[] = { "match", "count", "skip",
		"percent", "delayMs", "jitterMs", "action", "when", "code",
		"retryAfter", "pf", "text", "message", "h2Error", "bytes" };
	static const char *const match_keys[] = { "verb", "resource",
		"subresource", "namespace", "name", "user", "path" };
	const cJSON *match = json_get(rule, "match");
	const char *when = json_str(rule, "when");
	const char *message = json_str(rule, "message");
	enum fault_action action = FAULT_NONE;
	struct fault *fault;

	if (check_keys(rule, rule_keys, ARRAY_SIZE(rule_keys), err) != 0 ||
		check_keys(match, match_keys, ARRAY_SIZE(match_keys), err) !=
			0 ||
		read_action(rule, &action, err) != 0)
		return NULL;
	fault = xcalloc(1, sizeof(*fault));
	fault->id = ++faults->last_id;
	fault->match = match ? json_dup(match) : NULL;
	fault->skip = (uint64_t)json_num(rule, "skip", 0);
	fault->count = json_has(rule, "count")
		? (uint64_t)json_num(rule, "count", 0)
		: UINT64_MAX;
	fault->percent = (unsigned)json_num(rule, "percent", 100);
	fault->delay = (usec_t)(json_num(rule, "delayMs", 0) * 1000);
	fault->jitter = (usec_t)(json_num(rule, "jitterMs", 0) * 1000);
	fault->action = action;
	fault->after = when && !strcmp(when, "after");
	fault->code = (int)json_num(rule, "code", 500);
	fault->retry_after = (int)json_num(rule, "retryAfter", -1);
	fault->with_pf = json_is_true(rule, "pf");
	/* The real 429 of priority and fairness is no Status. */
	fault->as_text = json_has(rule, "text") ? json_is_true(rule, "text")
						: fault->code == 429;
	fault->message = message ? xstrdup(message) : NULL;
	fault->h2_error =
		(uint32_t)json_num(rule, "h2Error", H2_INTERNAL_ERROR);
	fault->bytes = (size_t)json_num(rule, "bytes", 0);
	list_push_back(&faults->list, &fault->node);
	return fault;
}

static bool member_fits(
	const struct fault *fault, const char *key, const char *text)
{
	const char *pattern = json_str(fault->match, key);

	return !pattern || !strcmp(pattern, text);
}

static bool fault_fits(const struct fault *fault, const struct request *req,
	const struct identity *user)
{
	const char *path = json_str(fault->match, "path");

	return member_fits(fault, "verb", req->verb) &&
		member_fits(fault, "resource", req->plural) &&
		member_fits(fault, "subresource", req->subresource) &&
		member_fits(fault, "namespace", req->ns) &&
		member_fits(fault, "name", req->name) &&
		member_fits(fault, "user", user->user) &&
		(!path || !strncmp(path, req->path, strlen(path)));
}

static void plan_action(const struct fault *fault, struct fault_plan *plan)
{
	plan->action = fault->action;
	plan->after = fault->after;
	plan->code = fault->code;
	plan->retry_after = fault->retry_after;
	plan->with_pf = fault->with_pf;
	plan->as_text = fault->as_text;
	plan->h2_error = fault->h2_error;
	plan->bytes = fault->bytes;
	snprintf(plan->message, sizeof(plan->message), "%s",
		fault->message ? fault->message
			: fault->code == 429
			? "Too many requests, please try again "
			  "later."
			: "an injected fault");
}

void faults_plan(struct faults *faults, const struct request *req,
	const struct identity *user, struct rng *rng,
	struct fault_plan *ret_plan)
{
	*ret_plan = (struct fault_plan){ .retry_after = -1 };
	LIST_EACH (node, &faults->list) {
		struct fault *fault = CONTAINER_OF(node, struct fault, node);
		bool acts = fault->action != FAULT_NONE;

		if (acts && ret_plan->action != FAULT_NONE)
			continue;
		if (!fault->count || !fault_fits(fault, req, user))
			continue;
		if (fault->skip) {
			fault->skip--;
			continue;
		}
		if (rng_below(rng, 100) >= fault->percent)
			continue;
		if (fault->count != UINT64_MAX)
			fault->count--;
		fault->hits++;
		ret_plan->delay +=
			fault->delay + rng_below(rng, fault->jitter + 1);
		if (acts)
			plan_action(fault, ret_plan);
	}
}

cJSON *faults_report(struct faults *faults)
{
	cJSON *list = cJSON_CreateArray();

	LIST_EACH (node, &faults->list) {
		struct fault *fault = CONTAINER_OF(node, struct fault, node);
		cJSON *item = cJSON_CreateObject();

		json_set_num(item, "id", fault->id);
		json_set_num(item, "hits", (double)fault->hits);
		if (fault->count != UINT64_MAX)
			json_set_num(item, "left", (double)fault->count);
		cJSON_AddItemToArray(list, item);
	}
	return list;
}
