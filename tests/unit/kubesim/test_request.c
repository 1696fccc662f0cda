/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/kubesim/request.h"
#include "tests/kubesim/selector.h"

static void expect(const char *method, const char *target, const char *want)
{
	struct request req;
	char got[512];

	request_init(&req, span_str(method), span_str(target));
	if (req.is_resource)
		snprintf(got, sizeof(got), "%s %s/%s %s %s/%s %s", req.verb,
			req.group, req.version, req.plural, req.ns, req.name,
			req.subresource);
	else
		snprintf(got, sizeof(got), "%s %s", req.verb, req.path);
	cr_assert_str_eq(got, want, "%s %s: %s", method, target, got);
	request_fini(&req);
}

Test(request, paths_and_verbs)
{
	expect("GET", "/api/v1/pods", "list /v1 pods / ");
	expect("GET", "/api/v1/namespaces/a/pods/p", "get /v1 pods a/p ");
	expect("PUT", "/api/v1/namespaces/a/pods/p/status",
		"update /v1 pods a/p status");
	expect("POST", "/apis/g.io/v2/namespaces/a/things",
		"create g.io/v2 things a/ ");
	expect("DELETE", "/api/v1/namespaces/a/pods",
		"deletecollection /v1 pods a/ ");
	expect("DELETE", "/api/v1/namespaces/a", "delete /v1 namespaces /a ");
	expect("PUT", "/api/v1/namespaces/a/finalize",
		"update /v1 namespaces /a finalize");
	expect("GET", "/readyz?verbose", "get /readyz");
	expect("GET", "/apis/g.io/v2", "get /apis/g.io/v2");
	expect("GET", "/api/v1/namespaces/a/pods/p/", "get /v1 pods a/p ");
}

Test(request, a_path_is_decoded_once_and_then_split)
{
	expect("GET", "/%61pi/v1/namespaces/%61/pods/p%31",
		"get /v1 pods a/p1 ");
	expect("GET", "/api/v1/namespaces/a%2fpods/p", "get /v1 pods a/p ");
	expect("GET", "/api/v1/namespaces/a/pods/p%2561",
		"get /v1 pods a/p%61 ");
}

Test(request, watches)
{
	expect("GET", "/api/v1/pods?watch", "watch /v1 pods / ");
	expect("GET", "/api/v1/pods?watch=banana", "watch /v1 pods / ");
	expect("GET", "/api/v1/pods?w%61tch=1", "watch /v1 pods / ");
	expect("GET", "/api/v1/pods?watch=false", "list /v1 pods / ");
	expect("GET", "/api/v1/pods?watch=0&watch=1", "list /v1 pods / ");
	expect("GET", "/api/v1/pods?watch=1;x=y", "list /v1 pods / ");
	expect("GET", "/api/v1/watch/namespaces/a/pods", "watch /v1 pods a/ ");
	/* Of one object it is a GET. */
	expect("GET", "/api/v1/namespaces/a/pods/p?watch=1",
		"get /v1 pods a/p ");
}

static bool selects(const char *selector, const char *labels)
{
	struct selector sel;
	struct status st;
	struct err err;
	cJSON *doc = cJSON_CreateObject();
	bool yes;

	json_set(json_make_object(doc, "metadata"), "labels",
		json_parse(span_str(labels), &err));
	cr_assert_eq(selector_init_labels(&sel, selector, &st), 0);
	yes = selector_matches(&sel, doc);
	selector_fini(&sel);
	cJSON_Delete(doc);
	return yes;
}

Test(selector, of_labels)
{
	static const char labels[] = "{\"a\":\"1\",\"b/c\":\"2\"}";

	cr_assert(selects("", labels));
	cr_assert(selects("a=1,b/c==2", labels));
	cr_assert(!selects("a=2", labels));
	cr_assert(selects("a!=2,z!=1", labels));
	cr_assert(selects("a in (1, 5)", labels));
	cr_assert(!selects("a notin (1,5)", labels));
	cr_assert(selects("z notin (1)", labels));
	cr_assert(selects("a,!z", labels));
	cr_assert(!selects("!a", labels));
}

Test(selector, malformed_ones_are_refused)
{
	struct selector sel;
	struct status st;

	cr_assert_eq(selector_init_labels(&sel, "a===b", &st), -1);
	cr_assert_eq(st.code, 400);
	cr_assert_eq(selector_init_labels(&sel, "a in 1", &st), -1);
	cr_assert_eq(selector_init_fields(&sel,
			     resource_find("", "v1", "configmaps"), "x=1", &st),
		-1);
}
