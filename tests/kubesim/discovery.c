/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/discovery.h"

#include <stdio.h>

#include "tests/kubesim/encode.h"
#include "tests/kubesim/openapi.h"

/* The groups beside the core; the first version is the preferred one. */
static const struct group {
	const char *name;
	const char *version;
} groups[] = {
	{ "authentication.k8s.io", "v1" },
	{ "authorization.k8s.io", "v1" },
	{ "coordination.k8s.io", "v1" },
	{ "argoproj.io", "v1alpha1" },
};

/* Resources that are not stored. */
static const struct {
	const char *group;
	const char *plural;
	const char *singular;
	const char *kind;
} reviews[] = {
	{ "authentication.k8s.io", "selfsubjectreviews", "selfsubjectreview",
		"SelfSubjectReview" },
	{ "authorization.k8s.io", "localsubjectaccessreviews",
		"localsubjectaccessreview", "LocalSubjectAccessReview" },
	{ "authorization.k8s.io", "selfsubjectaccessreviews",
		"selfsubjectaccessreview", "SelfSubjectAccessReview" },
	{ "authorization.k8s.io", "subjectaccessreviews", "subjectaccessreview",
		"SubjectAccessReview" },
};

static void add_str(cJSON *array, const char *text)
{
	cJSON_AddItemToArray(array, cJSON_CreateString(text));
}

static cJSON *new_doc(const char *kind, const char *api_version)
{
	cJSON *doc = cJSON_CreateObject();

	json_set_str(doc, "kind", kind);
	if (api_version)
		json_set_str(doc, "apiVersion", api_version);
	return doc;
}

static void answer_taken(struct answer *answer, cJSON *doc)
{
	answer_doc(answer, 200, doc);
	cJSON_Delete(doc);
}

static void add_addresses(cJSON *doc)
{
	cJSON *list = cJSON_AddArrayToObject(doc, "serverAddressByClientCIDRs");
	cJSON *item = cJSON_CreateObject();

	json_set_str(item, "clientCIDR", "0.0.0.0/0");
	json_set_str(item, "serverAddress", "127.0.0.1");
	cJSON_AddItemToArray(list, item);
}

/* The one page here that has a single form. */
static int check_version_form(const struct call *call, struct status *st)
{
	if (!*call->accept || strstr(call->accept, "application/json") ||
		strstr(call->accept, "*/*"))
		return 0;
	status_set(st, 406, "NotAcceptable",
		"406: Not Acceptable\n\nAvailable representations: "
		"application/json");
	st->has_details = true;
	return -1;
}

static void answer_version(struct answer *answer)
{
	cJSON *doc = cJSON_CreateObject();

	json_set_str(doc, "major", "1");
	json_set_str(doc, "minor", "36");
	json_set_str(doc, "gitVersion", "v1.36.2+kubesim");
	json_set_str(
		doc, "gitCommit", "0000000000000000000000000000000000000000");
	json_set_str(doc, "gitTreeState", "clean");
	json_set_str(doc, "buildDate", "1970-01-01T00:00:00Z");
	json_set_str(doc, "goVersion", "none");
	json_set_str(doc, "compiler", "gc");
	json_set_str(doc, "platform", "linux/amd64");
	answer->media.format = MEDIA_JSON; /* it is no object of the API */
	answer_taken(answer, doc);
}

static void answer_core_versions(struct answer *answer)
{
	cJSON *doc = new_doc("APIVersions", NULL);

	add_str(cJSON_AddArrayToObject(doc, "versions"), "v1");
	add_addresses(doc);
	answer_taken(answer, doc);
}

static cJSON *group_doc(const struct group *group)
{
	cJSON *doc = cJSON_CreateObject();
	cJSON *version = cJSON_CreateObject();
	char text[96];

	snprintf(text, sizeof(text), "%s/%s", group->name, group->version);
	json_set_str(version, "groupVersion", text);
	json_set_str(version, "version", group->version);
	json_set_str(doc, "name", group->name);
	cJSON_AddItemToArray(
		cJSON_AddArrayToObject(doc, "versions"), json_dup(version));
	json_set(doc, "preferredVersion", version);
	return doc;
}

static void answer_groups(struct answer *answer)
{
	cJSON *doc = new_doc("APIGroupList", "v1");
	cJSON *list = cJSON_AddArrayToObject(doc, "groups");

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		cJSON_AddItemToArray(list, group_doc(&groups[i]));
	answer_taken(answer, doc);
}

static void answer_group(struct answer *answer, const struct group *group)
{
	cJSON *doc = group_doc(group);

	json_set_first(doc, "apiVersion", cJSON_CreateString("v1"));
	json_set_first(doc, "kind", cJSON_CreateString("APIGroup"));
	answer_taken(answer, doc);
}

static void add_resource(cJSON *list, const char *name, const char *singular,
	bool namespaced, const char *kind, const char *const *verbs)
{
	cJSON *item = cJSON_CreateObject();
	cJSON *array;

	json_set_str(item, "name", name);
	json_set_str(item, "singularName", singular);
	json_set(item, "namespaced", cJSON_CreateBool(namespaced));
	json_set_str(item, "kind", kind);
	array = cJSON_AddArrayToObject(item, "verbs");
	for (size_t i = 0; verbs[i]; i++)
		add_str(array, verbs[i]);
	cJSON_AddItemToArray(list, item);
}

static void add_kinds(cJSON *list, const struct resource *res)
{
	static const char *const verbs[] = { "create", "delete",
		"deletecollection", "get", "list", "patch", "update", "watch",
		NULL };
	static const char *const sub_verbs[] = { "get", "patch", "update",
		NULL };
	static const char *const finalize_verbs[] = { "update", NULL };
	char name[64];
	cJSON *item;

	add_resource(list, res->plural, res->singular, res->namespaced,
		res->kind, verbs);
	item = list->child->prev; /* cJSON: the last one */
	if (*res->short_name)
		add_str(cJSON_AddArrayToObject(item, "shortNames"),
			res->short_name);
	if (!strcmp(res->kind, "Pod"))
		add_str(cJSON_AddArrayToObject(item, "categories"), "all");
	if (res->has_status) {
		snprintf(name, sizeof(name), "%s/status", res->plural);
		add_resource(
			list, name, "", res->namespaced, res->kind, sub_verbs);
	}
	if (!strcmp(res->kind, "Namespace"))
		add_resource(list, "namespaces/finalize", "", false, res->kind,
			finalize_verbs);
}

static void answer_resources(
	struct answer *answer, const char *group, const char *version)
{
	static const char *const verbs[] = { "create", NULL };
	cJSON *doc = new_doc("APIResourceList", "v1");
	char text[96];
	cJSON *list;

	snprintf(text, sizeof(text), "%s%s%s", group, *group ? "/" : "",
		version);
	json_set_str(doc, "groupVersion", text);
	list = cJSON_AddArrayToObject(doc, "resources");
	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		if (!strcmp(resources[i].group, group))
			add_kinds(list, &resources[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(reviews); i++) {
		if (!strcmp(reviews[i].group, group))
			add_resource(list, reviews[i].plural,
				reviews[i].singular,
				!strncmp(reviews[i].plural, "local", 5),
				reviews[i].kind, verbs);
	}
	answer_taken(answer, doc);
}

/* "/apis/GROUP" and "/apis/GROUP/VERSION" */
static bool answer_below_apis(struct answer *answer, const char *path)
{
	struct span version = span_str(path);
	struct span name = span_cut(&version, '/');

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if (!span_eq_str(name, groups[i].name))
			continue;
		if (span_is_absent(version) || span_is_empty(version)) {
			answer_group(answer, &groups[i]);
			return true;
		}
		if (span_eq_str(version, groups[i].version)) {
			answer_resources(
				answer, groups[i].name, groups[i].version);
			return true;
		}
	}
	return false;
}

bool discovery_is_built_in(const char *group, const char *version)
{
	if (!*group)
		return !strcmp(version, "v1");
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if (!strcmp(groups[i].name, group) &&
			!strcmp(groups[i].version, version))
			return strcmp(group, "argoproj.io") != 0;
	}
	return false;
}

bool discovery_handle(const struct call *call, struct answer *answer)
{
	const char *path = call->req->path;
	struct status st;

	if (openapi_handle(call, answer))
		return true;
	if ((!strncmp(path, "/version", 8) &&
		    check_version_form(call, &st) != 0) ||
		encode_negotiate(answer, call, NULL, &st) != 0) {
		answer_status(answer, &st);
		return true;
	}
	if (!strcmp(path, "/version") || !strcmp(path, "/version/"))
		answer_version(answer);
	else if (!strcmp(path, "/api") || !strcmp(path, "/api/"))
		answer_core_versions(answer);
	else if (!strcmp(path, "/api/v1") || !strcmp(path, "/api/v1/"))
		answer_resources(answer, "", "v1");
	else if (!strcmp(path, "/apis") || !strcmp(path, "/apis/"))
		answer_groups(answer);
	else if (!strncmp(path, "/apis/", 6))
		return answer_below_apis(answer, path + 6);
	else
		return false;
	return true;
}
