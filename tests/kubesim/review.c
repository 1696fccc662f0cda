/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/review.h"

#include <stdio.h>

#include "tests/kubesim/body.h"
#include "tests/kubesim/encode.h"

static cJSON *groups_of(const struct identity *user)
{
	cJSON *groups = cJSON_CreateArray();

	for (unsigned i = 0; i < user->group_count; i++)
		cJSON_AddItemToArray(
			groups, cJSON_CreateString(user->groups[i]));
	return groups;
}

static void set_extras(cJSON *info, const struct identity *user)
{
	cJSON *extras;

	if (!user->extra_count)
		return;
	extras = json_make_object(info, "extra");
	for (unsigned i = 0; i < user->extra_count; i++) {
		const struct identity_extra *extra = &user->extras[i];
		cJSON *values = json_get(extras, extra->key);

		if (!values) {
			values = cJSON_CreateArray();
			json_set(extras, extra->key, values);
		}
		cJSON_AddItemToArray(
			values, cJSON_CreateString(extra->value));
	}
}

static cJSON *user_info(const struct identity *user)
{
	cJSON *info = cJSON_CreateObject();

	json_set_str(info, "username", user->user);
	if (user->uid && *user->uid)
		json_set_str(info, "uid", user->uid);
	json_set(info, "groups", groups_of(user));
	set_extras(info, user);
	return info;
}

static const char *str_or(const cJSON *obj, const char *key, const char *other)
{
	const char *text = json_str(obj, key);

	return text ? text : other;
}

/* Whether `who` may do what the review's spec asks about. */
static void set_allowed(
	struct api *api, const struct identity *who, cJSON *review)
{
	const cJSON *asks = json_get_path(review, "spec.resourceAttributes");
	cJSON *status = cJSON_CreateObject();
	char reason[384];
	bool allowed;

	snprintf(reason, sizeof(reason),
		"RBAC: allowed by ClusterRoleBinding \"tb-admins\" of "
		"ClusterRole \"cluster-admin\" to User \"%s\"",
		who->user);
	/* Paths are allowed to everybody who is known. */
	if (asks)
		allowed = permissions_allow(&api->permissions, who,
			&(struct access){ str_or(asks, "verb", "*"),
				str_or(asks, "group", ""),
				str_or(asks, "resource", "*"),
				str_or(asks, "subresource", ""),
				str_or(asks, "namespace", ""),
				str_or(asks, "name", "") });
	else
		allowed = !identity_is_anonymous(who);
	json_set(status, "allowed", cJSON_CreateBool(allowed));
	/* That group is asked for before RBAC. */
	if (allowed && !identity_has_group(who, "system:masters"))
		json_set_str(status, "reason", reason);
	json_set(review, "status", status);
}

/* The field is not what it must be: 422 that names no kind. */
static int invalid(struct status *st, const char *field, const char *why)
{
	static const struct resource none = {
		.group = "authorization.k8s.io",
		.kind = "",
	};

	return status_invalid(st, &none, "", "Invalid value", field, "%s", why);
}

static int check_spec(const cJSON *review, struct status *st)
{
	if (json_has(review, "spec.resourceAttributes") !=
		json_has(review, "spec.nonResourceAttributes"))
		return 0;
	return invalid(st, "spec.resourceAttributes",
		"null: exactly one of nonResourceAttributes or "
		"resourceAttributes must be specified");
}

static int review_own_access(struct api *api, const struct call *call,
	cJSON *review, struct status *st)
{
	if (check_spec(review, st) != 0)
		return -1;
	set_allowed(api, call->user, review);
	return 0;
}

static int review_access(struct api *api, const struct call *call,
	cJSON *review, struct status *st)
{
	const char *user = json_str(review, "spec.user");
	const cJSON *groups = json_get_path(review, "spec.groups");
	struct identity who;

	if (check_spec(review, st) != 0)
		return -1;
	if ((!user || !*user) && !json_count(groups))
		return invalid(st, "spec.user",
			"\"\": at least one of user or group must be "
			"specified");
	identity_init(&who, user ? user : "");
	for (const cJSON *group = groups ? groups->child : NULL; group;
		group = group->next)
		identity_add_group(&who, span_str(group->valuestring));
	if (*call->req->ns)
		json_set_str(json_get(review, "metadata"), "namespace",
			call->req->ns);
	set_allowed(api, &who, review);
	identity_fini(&who);
	return 0;
}

static int review_self(struct api *api, const struct call *call, cJSON *review,
	struct status *st)
{
	cJSON *status = cJSON_CreateObject();

	(void)api;
	(void)st;
	registry_set_time(json_make_object(review, "metadata"),
		"creationTimestamp", call->wall);
	json_set(status, "userInfo", user_info(call->user));
	json_set(review, "status", status);
	return 0;
}

/* authentication/tokenreview/storage.go */
static int review_token(struct api *api, const struct call *call,
	cJSON *review, struct status *st)
{
	const char *token = json_str(review, "spec.token");
	const struct identity *user;
	cJSON *status = cJSON_CreateObject();

	(void)st;
	registry_set_time(json_make_object(review, "metadata"),
		"creationTimestamp", call->wall);
	if (!token || !*token) {
		cJSON_Delete(status);
		return status_bad_request(
			st, "token is required for TokenReview in authentication");
	}
	user = tokens_find(api->tokens, span_str(token));
	if (user) {
		json_set(status, "authenticated", cJSON_CreateBool(true));
		json_set(status, "user", user_info(user));
		json_set(status, "audiences", cJSON_CreateArray());
		cJSON_AddItemToArray(json_get(status, "audiences"),
			cJSON_CreateString("https://kubernetes.default.svc"));
	} else {
		json_set(status, "user", cJSON_CreateObject());
		json_set_str(status, "error", "invalid bearer token");
	}
	json_set(review, "status", status);
	return 0;
}

/* Resources of which nothing is stored. */
static const struct review {
	struct resource res;
	int (*fill)(struct api *, const struct call *, cJSON *review,
		struct status *st);
} reviews[] = {
	{ { .group = "authorization.k8s.io",
		  .version = "v1",
		  .api_version = "authorization.k8s.io/v1",
		  .plural = "selfsubjectaccessreviews",
		  .kind = "SelfSubjectAccessReview" },
		review_own_access },
	{ { .group = "authorization.k8s.io",
		  .version = "v1",
		  .api_version = "authorization.k8s.io/v1",
		  .plural = "subjectaccessreviews",
		  .kind = "SubjectAccessReview" },
		review_access },
	{ { .group = "authorization.k8s.io",
		  .version = "v1",
		  .api_version = "authorization.k8s.io/v1",
		  .plural = "localsubjectaccessreviews",
		  .kind = "LocalSubjectAccessReview",
		  .namespaced = true },
		review_access },
	{ { .group = "authentication.k8s.io",
		  .version = "v1",
		  .api_version = "authentication.k8s.io/v1",
		  .plural = "tokenreviews",
		  .kind = "TokenReview" },
		review_token },
	{ { .group = "authentication.k8s.io",
		  .version = "v1",
		  .api_version = "authentication.k8s.io/v1",
		  .plural = "selfsubjectreviews",
		  .kind = "SelfSubjectReview" },
		review_self },
};

const struct resource *review_resource(const struct request *req)
{
	for (size_t i = 0; i < ARRAY_SIZE(reviews); i++) {
		const struct resource *res = &reviews[i].res;

		if (!strcmp(req->group, res->group) &&
			!strcmp(req->plural, res->plural))
			return res;
	}
	return NULL;
}

static int check_kind(
	const struct resource *res, const cJSON *doc, struct status *st)
{
	const char *kind = str_or(doc, "kind", res->kind);

	if (!*kind || !strcmp(kind, res->kind))
		return 0;
	return status_bad_request(st,
		"%s in version \"%s\" cannot be handled as a %s: converting "
		"(%s.%s) to (%.*s.%s): unknown conversion",
		kind, str_or(doc, "apiVersion", ""), res->kind,
		str_or(doc, "apiVersion", ""), kind,
		(int)strcspn(res->group, "."), res->group, res->kind);
}

static void answer_review(struct api *api, const struct call *call,
	const struct review *review, struct answer *answer)
{
	const struct resource *res = &review->res;
	struct status st;
	cJSON *doc = NULL;

	if (encode_negotiate(answer, call, NULL, &st) != 0 ||
		!(doc = body_object(call, res, &st)) ||
		check_kind(res, doc, &st) != 0) {
		answer_status(answer, &st);
		cJSON_Delete(doc);
		return;
	}
	json_set_first(doc, "apiVersion", cJSON_CreateString(res->api_version));
	json_set_first(doc, "kind", cJSON_CreateString(res->kind));
	json_make_object(doc, "metadata");
	if (review->fill(api, call, doc, &st) == 0)
		answer_doc(answer, 201, doc);
	else
		answer_status(answer, &st);
	cJSON_Delete(doc);
}

bool review_handle(
	struct api *api, const struct call *call, struct answer *answer)
{
	const struct request *req = call->req;

	for (size_t i = 0; i < ARRAY_SIZE(reviews); i++) {
		const struct resource *res = &reviews[i].res;

		if (strcmp(req->group, res->group) != 0 ||
			strcmp(req->plural, res->plural) != 0 ||
			strcmp(req->verb, "create") != 0 ||
			res->namespaced != (*req->ns != '\0'))
			continue;
		answer_review(api, call, &reviews[i], answer);
		return true;
	}
	return false;
}
