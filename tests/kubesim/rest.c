/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/rest.h"

#include <stdio.h>

#include "tests/kubesim/connect.h"
#include "tests/kubesim/discovery.h"
#include "tests/kubesim/encode.h"
#include "tests/kubesim/podlog.h"
#include "tests/kubesim/review.h"
#include "tests/kubesim/watch.h"

typedef void rest_fn(struct api *, const struct call *, const struct resource *,
	struct answer *);

static const struct verb {
	const char *name;
	rest_fn *handle;
	bool on_collection;
	bool on_object;
	bool on_subresource;
} verbs[] = {
	{ "get", rest_get, false, true, true },
	{ "list", rest_list, true, false, false },
	{ "watch", watch_open, true, true, false },
	{ "create", rest_create, true, false, false },
	{ "update", rest_update, false, true, true },
	{ "patch", rest_patch, false, true, true },
	{ "delete", rest_delete, false, true, false },
	{ "deletecollection", rest_delete_collection, true, false, false },
};

/* The groups that are built in answer by a Status, all others by a text. */
static void not_found(const struct call *call, struct answer *answer)
{
	struct status st;

	if (!discovery_is_built_in(call->req->group, call->req->version)) {
		answer_text(answer, 404, "404 page not found\n");
		return;
	}
	status_set(&st, 404, "NotFound",
		"the server could not find the requested resource");
	st.has_details = true;
	answer_status(answer, &st);
}

static void refuse(const struct call *call, const struct resource *res,
	struct answer *answer)
{
	const struct request *req = call->req;
	char where[320];
	struct status st;

	if (*req->ns)
		snprintf(where, sizeof(where), "in the namespace \"%s\"",
			req->ns);
	else
		snprintf(where, sizeof(where), "at the cluster scope");
	status_forbidden(&st, res, req->name,
		"User \"%s\" cannot %s resource \"%s%s%s\" in API group "
		"\"%s\" %s",
		call->user->user, req->verb, req->plural,
		*req->subresource ? "/" : "", req->subresource, req->group,
		where);
	answer_status(answer, &st);
	answer->nosniff = true;
}

static bool has_subresource(const struct resource *res, const char *name)
{
	if (!strcmp(name, "status"))
		return res->has_status;
	return !strcmp(name, "finalize") && !strcmp(res->kind, "Namespace");
}

void rest_not_allowed(struct answer *answer)
{
	struct status st;

	status_set(&st, 405, "MethodNotAllowed",
		"the server does not allow this method on the requested "
		"resource");
	st.has_details = true;
	answer_status(answer, &st);
}

/* Of a group that is not served discovery may still tell: it is slow. */
static const struct resource *find_served(
	const struct api *api, const struct request *req)
{
	if (*req->group && !strcmp(req->group, api->not_served))
		return NULL;
	return resource_find(req->group, req->version, req->plural);
}

void rest_handle(
	struct api *api, const struct call *call, struct answer *answer)
{
	const struct request *req = call->req;
	const struct resource *res = find_served(api, req);
	struct status st;

	if (!permissions_allow(&api->permissions, call->user,
		    &(struct access){ req->verb, req->group, req->plural,
			    req->subresource, req->ns, req->name })) {
		refuse(call, res ? res : review_resource(req), answer);
		return;
	}
	if (review_handle(api, call, answer) ||
		connect_handle(api, call, answer) ||
		podlog_handle(api, call, answer))
		return;
	/* A cluster-scoped resource has no namespaced path; lists and
	 * watches of all namespaces are all that a namespaced one has. */
	if (!res || (!res->namespaced && *req->ns) ||
		(*req->subresource &&
			!has_subresource(res, req->subresource))) {
		not_found(call, answer);
		return;
	}
	if (res->namespaced && !*req->ns && strcmp(req->verb, "list") != 0 &&
		strcmp(req->verb, "watch") != 0) {
		if (*req->name)
			not_found(call, answer);
		else
			rest_not_allowed(answer);
		return;
	}
	/* Of its own resources the real one has no HEAD. */
	if (span_eq(call->method, SPAN("HEAD")) &&
		discovery_is_built_in(req->group, req->version)) {
		rest_not_allowed(answer);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		const struct verb *verb = &verbs[i];

		if (strcmp(verb->name, req->verb) != 0)
			continue;
		if (*req->subresource        ? verb->on_subresource
				: *req->name ? verb->on_object
					     : verb->on_collection) {
			if (encode_negotiate(answer, call, res, &st) == 0)
				verb->handle(api, call, res, answer);
			else
				answer_status(answer, &st);
			return;
		}
	}
	rest_not_allowed(answer);
}
