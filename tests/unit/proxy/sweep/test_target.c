/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "proxy/sweep/target.h"

static void expect_path(const char *version, bool is_namespaced,
	const char *namespace, const char *name, const char *wanted)
{
	const struct sweep_kind kind = {
		.api_version = (char *)(uintptr_t)version,
		.resource = (char *)(uintptr_t) "things",
		.is_namespaced = is_namespaced,
	};
	struct buf path = BUF_INIT;

	if (*name)
		sweep_kind_append_object(&kind, namespace, name, &path);
	else
		sweep_kind_append_path(&kind, namespace, &path);
	cr_expect_str_eq(buf_cstr(&path), wanted);
	buf_fini(&path);
}

Test(target, paths)
{
	expect_path("v1", true, "n", "p", "/api/v1/namespaces/n/things/p");
	expect_path("v1", true, "", "", "/api/v1/things");
	expect_path("a.io/v2", true, "n", "",
		"/apis/a.io/v2/namespaces/n/things");
	expect_path("a.io/v2", false, "n", "p", "/apis/a.io/v2/things/p");
	/* A name of RBAC's; nothing in it leads elsewhere. */
	expect_path("v1", false, "", "system:a/../b",
		"/api/v1/things/system%3Aa%2F..%2Fb");
}
