/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/review.h"

#include <stdio.h>

static cJSON *groups_of(const struct identity *user)
{
	cJSON *groups = cJSON_CreateArray();

	for (unsigned i = 0; i < user->group_count; i++)
		cJSON_AddItemToArray(
			groups, cJSON_CreateString(user->groups[i]));
	return groups;
}

static cJSON *user_info(const struct identity *user)
{
	cJSON *info = cJSON_CreateObject();

	json_set_str(info, "username", user->user);
	json_set_str(info, "uid", user->user);
	json_set(info, "groups", groups_of(user));
	return info;
}

static const char *str_or(const cJSON *obj, const char *key, const char *other)
{
	const char *text = json_str(obj, key);

	return text ? text : other;
}

static void review_access(
	struct api *api, const struct call *call, cJSON *review)
{
	const cJSON *asks = json_get_path(review, "spec.resourceAttributes");
	cJSON *status = cJSON_CreateObject();
	char reason[384];
	bool allowed;

	snprintf(reason, sizeof(reason),
		"RBAC: allowed by ClusterRoleBinding \"tb-admins\" of "
		"ClusterRole \"cluster-admin\" to User \"%s\"",
		call->user->user);
	/* Paths are allowed to everybody who is known. */
	if (asks)
		allowed =
			api_permits(api, call->user, str_or(asks, "verb", "*"),
				str_or(asks, "namespace", ""),
				str_or(asks, "resource", "*"));
	else
		allowed = !identity_is_anonymous(call->user);
	json_set(status, "allowed", cJSON_CreateBool(allowed));
	if (allowed)
		json_set_str(status, "reason", reason);
	json_set(review, "status", status);
}

static void review_self(struct api *api, const struct call *call, cJSON *review)
{
	cJSON *status = cJSON_CreateObject();

	(void)api;
	registry_set_time(json_make_object(review, "metadata"),
		"creationTimestamp", call->wall);
	json_set(status, "userInfo", user_info(call->user));
	json_set(review, "status", status);
}

static const struct review {
	const char *group;
	const char *plural;
	void (*fill)(struct api *, const struct call *, cJSON *review);
} reviews[] = {
	{ "authorization.k8s.io", "selfsubjectaccessreviews", review_access },
	{ "authentication.k8s.io", "selfsubjectreviews", review_self },
};

bool review_handle(
	struct api *api, const struct call *call, struct answer *answer)
{
	const struct request *req = call->req;
	struct status st;
	struct err err;
	cJSON *doc;

	for (size_t i = 0; i < ARRAY_SIZE(reviews); i++) {
		const struct review *review = &reviews[i];

		if (strcmp(req->group, review->group) != 0 ||
			strcmp(req->plural, review->plural) != 0 ||
			strcmp(req->verb, "create") != 0)
			continue;
		doc = json_parse(call->body, &err);
		if (!cJSON_IsObject(doc)) {
			status_bad_request(&st, "no JSON object");
			answer_status(answer, &st);
		} else {
			json_make_object(doc, "metadata");
			review->fill(api, call, doc);
			answer_json(answer, 201, doc);
		}
		cJSON_Delete(doc);
		return true;
	}
	return false;
}
