/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "proxy/replicas/lease.h"

static const struct quotas QUOTAS = {
	.items = {
		{ .kind = QUOTA_TOTAL, .unit = SEAT, .all = 64 * SEAT,
			.name = "total" },
		{ .kind = QUOTA_LANE_QPS, .unit = 1, .all = 5000,
			.name = "qps/sweep" },
	},
	.count = 2,
};

static const struct lease_face FACE = {
	.name = "fw-a",
	.namespace = "fairway",
	.group = "gateway",
	.holder = "fw-a_1",
	.pod_name = "",
	.pod_uid = "",
	.period = 15 * USEC_PER_SEC,
};

#define METADATA                                                          \
	"\"metadata\":{\"name\":\"fw-a\",\"resourceVersion\":\"7\","      \
	"\"uid\":\"u\",\"annotations\":{\"fairway.dev/portions\":\""
#define LEASE(portions)                                                   \
	"{\"kind\":\"Lease\"," METADATA portions                          \
	"\"}},\"spec\":{\"holderIdentity\":\"h\"}}"

#define PART_OF_A_LIST                                                    \
	"{\"kind\":\"LeaseList\",\"metadata\":{\"continue\":\"x\"},"       \
	"\"items\":[]}"

static bool is_readable(const char *json)
{
	struct lease_item item;
	struct err err;
	bool result;

	cr_assert_eq(lease_read(span_str(json), &QUOTAS, &item, &err), 0);
	result = item.is_readable;
	lease_item_fini(&item);
	return result;
}

Test(lease, what_is_written_is_read)
{
	struct lease_draft draft = {
		.version = "6",
		.generation = 3,
		.parts = { { 12 * SEAT, 5 * SEAT }, { 1, UINT32_MAX } },
	};
	struct buf json = BUF_INIT;
	struct lease_item item;
	struct err err;

	lease_write(&FACE, "u", &QUOTAS, &draft, 1000 * USEC_PER_SEC + 5,
		&json);
	cr_expect(strstr(buf_cstr(&json), "\"resourceVersion\":\"6\""));
	cr_expect(strstr(buf_cstr(&json), "\"uid\":\"u\""));
	cr_expect(strstr(
		buf_cstr(&json), "\"renewTime\":\"1970-01-01T00:16:40.000005Z"));
	cr_expect_not(strstr(buf_cstr(&json), "ownerReferences"));
	cr_assert_eq(lease_read(buf_span(&json), &QUOTAS, &item, &err), 0);
	cr_expect(item.is_readable);
	cr_expect_str_eq(item.holder, "fw-a_1");
	cr_expect_eq(item.parts[0].demand, 12 * SEAT);
	cr_expect_eq(item.parts[0].claim, 5 * SEAT);
	cr_expect_eq(item.parts[1].claim, UINT32_MAX);
	lease_item_fini(&item);
	buf_fini(&json);
}

Test(lease, one_that_is_created_replaces_none_and_goes_with_its_pod)
{
	struct lease_draft draft = { .version = "" };
	struct lease_face face = FACE;
	struct buf json = BUF_INIT;

	face.pod_name = "fw-a";
	face.pod_uid = "p";
	lease_write(&face, "u", &QUOTAS, &draft, 0, &json);
	cr_expect_not(strstr(buf_cstr(&json), "resourceVersion"));
	cr_expect_not(strstr(buf_cstr(&json), "\"uid\":\"u\""));
	cr_expect(strstr(buf_cstr(&json),
		"\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\","
		"\"name\":\"fw-a\",\"uid\":\"p\"}]"));
	buf_fini(&json);
}

Test(lease, a_quota_that_it_does_not_name_is_not_asked_for)
{
	cr_expect(is_readable(LEASE("{\\\"quotas\\\":{}}")));
}

Test(lease, what_says_nothing_sensible_is_not_readable)
{
	static const char *const CASES[] = {
		"{\"kind\":\"Lease\"}",
		"{\"kind\":\"Lease\",\"metadata\":[],\"spec\":3}",
		LEASE(""),
		LEASE("{}"),
		LEASE("{\\\"quotas\\\":[]}"),
		LEASE("{\\\"quotas\\\":{\\\"total\\\":1}}"),
		LEASE("{\\\"quotas\\\":{\\\"total\\\":{\\\"demand\\\":1}}}"),
		LEASE("{\\\"quotas\\\":{\\\"total\\\":"
		      "{\\\"demand\\\":1,\\\"claim\\\":-1}}}"),
		LEASE("{\\\"quotas\\\":{\\\"total\\\":"
		      "{\\\"demand\\\":1,\\\"claim\\\":1.5}}}"),
		LEASE("{\\\"quotas\\\":{\\\"total\\\":"
		      "{\\\"demand\\\":1,\\\"claim\\\":4294967296}}}"),
		LEASE("{\\\"quotas\\\":{\\\"total\\\":"
		      "{\\\"demand\\\":1,\\\"claim\\\":\\\"1\\\"}}}"),
		LEASE("{\\\"quotas\\\":{}} x"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++)
		cr_expect_not(is_readable(CASES[i]), "%s", CASES[i]);
}

Test(lease, a_list_is_all_of_them_or_none)
{
	static const char *const PARTS[] = {
		"",
		"{",
		"{\"kind\":\"Status\"}",
		PART_OF_A_LIST,
		"{\"kind\":\"LeaseList\",\"items\":[]} x",
	};
	struct lease_list list;
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(PARTS); i++)
		cr_expect_eq(lease_list_read(span_str(PARTS[i]), &QUOTAS,
				     &list, &err),
			-1, "%s", PARTS[i]);
	cr_assert_eq(lease_list_read(
			     SPAN("{\"kind\":\"LeaseList\",\"items\":null}"),
			     &QUOTAS, &list, &err),
		0);
	cr_expect_eq(list.count, 0);
	lease_list_fini(&list);
	cr_assert_eq(lease_list_read(SPAN("{\"kind\":\"LeaseList\",\"items\":["
					  "{" METADATA "x\"}}},{},3]}"),
			     &QUOTAS, &list, &err),
		0);
	cr_expect_eq(list.count, 3);
	cr_expect_str_eq(list.items[0].name, "fw-a");
	cr_expect_str_eq(list.items[0].version, "7");
	cr_expect_str_eq(list.items[1].name, "");
	lease_list_fini(&list);
}
