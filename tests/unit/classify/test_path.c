/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as RequestInfoFactory.NewRequestInfo reads them, and as a real
 * kube-apiserver 1.36 answered them.
 */
#include <criterion/criterion.h>

#include "tests/unit/classify/case.h"

struct row {
	const char *method, *target;
	const char *verb;
	bool is_resource;
	const char *group, *version, *namespace, *resource, *subresource, *name;
};

static const struct row ROWS[] = {
	/* the plain forms */
	{ "GET", "/api/v1/namespaces/argo/pods/p", "get", true, "", "v1",
		"argo", "pods", "", "p" },
	{ "HEAD", "/api/v1/namespaces/argo/pods/p", "get", true, "", "v1",
		"argo", "pods", "", "p" },
	{ "GET", "/api/v1/namespaces/argo/pods", "list", true, "", "v1", "argo",
		"pods", "", "" },
	{ "HEAD", "/api/v1/pods", "list", true, "", "v1", "", "pods", "", "" },
	{ "POST", "/api/v1/namespaces/argo/pods", "create", true, "", "v1",
		"argo", "pods", "", "" },
	{ "PUT", "/api/v1/nodes/n", "update", true, "", "v1", "", "nodes", "",
		"n" },
	{ "PATCH", "/apis/apps/v1/namespaces/a/deployments/d/scale", "patch",
		true, "apps", "v1", "a", "deployments", "scale", "d" },
	{ "DELETE", "/api/v1/namespaces/argo/pods/p", "delete", true, "", "v1",
		"argo", "pods", "", "p" },
	{ "DELETE", "/api/v1/namespaces/argo/pods", "deletecollection", true,
		"", "v1", "argo", "pods", "", "" },
	{ "OPTIONS", "/api/v1/pods", "other", true, "", "v1", "", "pods", "",
		"" },
	{ "get", "/api/v1/pods", "other", true, "", "v1", "", "pods", "", "" },
	{ "GET", "/apis/argoproj.io/v1alpha1/namespaces/a/workflows/w", "get",
		true, "argoproj.io", "v1alpha1", "a", "workflows", "", "w" },
	/* deeper than a subresource is not interpreted */
	{ "GET", "/api/v1/namespaces/a/services/s/proxy/x/y", "get", true, "",
		"v1", "a", "services", "proxy", "s" },
	/* namespaces and their own subresources */
	{ "GET", "/api/v1/namespaces", "list", true, "", "v1", "", "namespaces",
		"", "" },
	{ "GET", "/api/v1/namespaces/argo", "get", true, "", "v1", "argo",
		"namespaces", "", "argo" },
	{ "PUT", "/api/v1/namespaces/argo/finalize", "update", true, "", "v1",
		"argo", "namespaces", "finalize", "argo" },
	{ "PATCH", "/api/v1/namespaces/argo/status", "patch", true, "", "v1",
		"argo", "namespaces", "status", "argo" },
	{ "GET", "/api/v1/namespaces/argo/status/x", "get", true, "", "v1",
		"argo", "namespaces", "status", "argo" },
	{ "GET", "/api/v1/namespaces/argo/finalizers", "list", true, "", "v1",
		"argo", "finalizers", "", "" },
	{ "GET", "/api/v1/namespaces/pods", "get", true, "", "v1", "pods",
		"namespaces", "", "pods" },
	{ "PATCH", "/api/v1/namespaces/argo/pods/status", "patch", true, "",
		"v1", "argo", "pods", "", "status" },
	{ "GET", "/apis/x/v1/namespaces/a/namespaces/b", "get", true, "x", "v1",
		"a", "namespaces", "", "b" },
	/* verbs in the path */
	{ "GET", "/api/v1/watch/pods", "watch", true, "", "v1", "", "pods", "",
		"" },
	{ "GET", "/api/v1/watch/namespaces/argo/pods/p", "watch", true, "",
		"v1", "argo", "pods", "", "p" },
	{ "POST", "/api/v1/watch/namespaces/argo/pods", "watch", true, "", "v1",
		"argo", "pods", "", "" },
	{ "DELETE", "/apis/apps/v1/watch/deployments", "watch", true, "apps",
		"v1", "", "deployments", "", "" },
	{ "GET", "/api/v1/proxy/namespaces/argo/pods/p/x/y", "proxy", true, "",
		"v1", "argo", "pods", "", "p" },
	{ "GET", "/api/v1/watch", "get", true, "", "v1", "", "", "", "" },
	{ "GET", "/api/v1/namespaces/argo/watch/p", "get", true, "", "v1",
		"argo", "watch", "", "p" },
	/* not resources */
	{ "GET", "/", "get", false, "", "", "", "", "", "" },
	{ "GET", "//", "get", false, "", "", "", "", "", "" },
	{ "GET", "", "get", false, "", "", "", "", "", "" },
	{ "GET", "/api", "get", false, "", "", "", "", "", "" },
	{ "GET", "/api/v1", "get", false, "", "", "", "", "", "" },
	{ "GET", "/api/v1/", "get", false, "", "", "", "", "", "" },
	{ "GET", "/apis/apps/v1", "get", false, "", "", "", "", "", "" },
	{ "GET", "/API/v1/pods", "get", false, "", "", "", "", "", "" },
	{ "GET", "/Api/v1/pods", "get", false, "", "", "", "", "", "" },
	{ "GET", "/api;x=y/v1/pods", "get", false, "", "", "", "", "", "" },
	{ "GET", "/./api/v1/pods", "get", false, "", "", "", "", "", "" },
	{ "GET", "/../api/v1/pods", "get", false, "", "", "", "", "", "" },
	{ "GET", "/x/api/v1/pods", "get", false, "", "", "", "", "", "" },
	{ "GET", "/healthz/etcd", "get", false, "", "", "", "", "", "" },
	{ "HEAD", "/healthz", "head", false, "", "", "", "", "", "" },
	{ "POST", "/x", "post", false, "", "", "", "", "", "" },
	{ "PUT", "/x", "put", false, "", "", "", "", "", "" },
	{ "PATCH", "/metadata/finalizers", "patch", false, "", "", "", "", "",
		"" },
	{ "DELETE", "/x", "delete", false, "", "", "", "", "", "" },
	{ "OPTIONS", "*", "options", false, "", "", "", "", "", "" },
	{ "CONNECT", "/x", "connect", false, "", "", "", "", "", "" },
	{ "TRACE", "/x", "other", false, "", "", "", "", "", "" },
	/* decoded once, then split */
	{ "GET", "/%61pi/v1/namespaces/%61rgo/pods/p%31", "get", true, "", "v1",
		"argo", "pods", "", "p1" },
	{ "GET", "/api/v1/namespaces/argo%2fconfigmaps/o1", "get", true, "",
		"v1", "argo", "configmaps", "", "o1" },
	{ "GET", "/api/v1/namespaces/argo/pods/p%2Flog", "get", true, "", "v1",
		"argo", "pods", "log", "p" },
	{ "GET", "/api/v1/namespaces/argo/pods/", "list", true, "", "v1",
		"argo", "pods", "", "" },
	{ "GET", "/api/v1/namespaces/argo/pods%2f", "list", true, "", "v1",
		"argo", "pods", "", "" },
	{ "GET", "/api/v1/namespaces/argo/pods/%2531", "get", true, "", "v1",
		"argo", "pods", "", "%31" },
	{ "GET", "/api/v1/pods/a%3Fwatch=1", "get", true, "", "v1", "", "pods",
		"", "a?watch=1" },
	{ "GET", "/api/v1/pods/a+b", "get", true, "", "v1", "", "pods", "",
		"a+b" },
	{ "GET", "/api/v1/pods/;x=y", "get", true, "", "v1", "", "pods", "",
		";x=y" },
	{ "GET", "%2fapi/v1/pods/p", "get", false, "", "", "", "", "", "" },
	{ "GET", "/api/v1/pods/p%", "get", false, "", "", "", "", "", "" },
	{ "GET", "/api/v1/pods/p%4", "get", false, "", "", "", "", "", "" },
	{ "GET", "/api/v1/pods/p%zz", "get", false, "", "", "", "", "", "" },
	/* empty parts are parts */
	{ "GET", "//api/v1/pods", "list", true, "", "v1", "", "pods", "", "" },
	{ "GET", "/api/v1/namespaces//pods/p", "get", true, "", "v1", "",
		"pods", "", "p" },
	{ "GET", "/api/v1//pods", "get", true, "", "v1", "", "", "", "pods" },
	{ "GET", "/api//v1/pods", "get", true, "", "", "", "v1", "", "pods" },
	{ "DELETE", "/api/v1/namespaces/a/pods//log", "deletecollection", true,
		"", "v1", "a", "pods", "log", "" },
};

static void check_part(
	const struct row *row, const char *what, struct span is, const char *be)
{
	cr_expect(span_eq_str(is, be), "%s %s: %s is \"%.*s\", not \"%s\"",
		row->method, row->target, what, SPAN_ARG(is), be);
}

Test(path, is_read_as_request_info_reads_it)
{
	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		const struct row *row = &ROWS[i];
		struct classified c;

		classified_init(&c,
			&(struct request_case){
				.method = span_str(row->method),
				.target = span_str(row->target),
			});
		cr_expect_str_eq(verb_name(c.class.verb), row->verb,
			"%s %s: %s", row->method, row->target,
			verb_name(c.class.verb));
		cr_expect_eq(c.class.is_resource, row->is_resource, "%s %s",
			row->method, row->target);
		check_part(row, "group", c.class.group, row->group);
		check_part(row, "version", c.class.version, row->version);
		check_part(row, "namespace", c.class.namespace, row->namespace);
		check_part(row, "resource", c.class.resource, row->resource);
		check_part(row, "subresource", c.class.subresource,
			row->subresource);
		check_part(row, "name", c.class.name, row->name);
		classified_fini(&c);
	}
}

Test(path, what_the_router_refuses_removes_nothing)
{
	static const char *const REFUSED[] = {
		"/api/v1/namespaces//pods/p1",
		"//api/v1/namespaces/argo/pods/p1",
		"/api/v1/namespaces/argo/pods/p1//",
		"/api/v1/namespaces/argo/pods/.",
		"/api/v1/namespaces/argo/pods/%2e%2e",
		"/api/v1/namespaces/argo/./pods/p1",
		"/api/v1/namespaces/argo/pods/p1/status",
		"/api/v1/namespaces/argo/pods/p1/eviction",
		"/api/v1/watch/namespaces/argo/pods/p1",
		"/api/v1/namespaces/argo/pods",
		"/metadata/finalizers",
		"api/v1/namespaces/argo/pods/p1",
	};
	static const char *const TAKEN[] = {
		"/api/v1/namespaces/argo/pods/p1",
		"/api/v1/namespaces/argo/pods/p1/",
		"/%61pi/v1/namespaces/argo/pods/p1?fieldManager=x",
		"/api/v1/namespaces/argo%2fpods/p1",
	};
	struct request_case request = {
		.method = SPAN("PATCH"),
		.content_type = MERGE,
		.body = SPAN("{\"metadata\":{\"finalizers\":null}}"),
	};
	struct classified c;

	for (size_t i = 0; i < ARRAY_SIZE(REFUSED); i++) {
		request.target = span_str(REFUSED[i]);
		classified_init(&c, &request);
		cr_expect_eq(c.class.effect, EFFECT_NONE, "%s", REFUSED[i]);
		cr_expect_eq(
			c.class.why, EFFECT_WHY_NOT_A_WRITE, "%s", REFUSED[i]);
		classified_fini(&c);
	}
	for (size_t i = 0; i < ARRAY_SIZE(TAKEN); i++) {
		request.target = span_str(TAKEN[i]);
		classified_init(&c, &request);
		cr_expect_eq(c.class.effect, EFFECT_REMOVES, "%s", TAKEN[i]);
		classified_fini(&c);
	}
}
