/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "policy/sweep/list.h"

Test(list, items_come_one_by_one)
{
	static const struct span text = SPAN_INIT(
		"{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"1\","
		"\"continue\":\"abc\"},\"items\": [ {\"a\":[{}]} , {\"b\":\"},{"
		"\"} ]}");
	struct sweep_list list;
	struct span item;

	cr_assert(!sweep_list_open(text, SPAN("PodList"), &list));
	cr_expect(span_eq_str(list.continue_token, "abc"));
	cr_assert(sweep_list_next(&list, &item));
	cr_expect(span_eq_str(item, "{\"a\":[{}]}"));
	cr_assert(sweep_list_next(&list, &item));
	cr_expect(span_eq_str(item, "{\"b\":\"},{\"}"));
	cr_expect(!sweep_list_next(&list, &item));
	cr_expect(!sweep_list_next(&list, &item));
}

/* Who may make a Workflow may nest its parameters as he likes. */
Test(list, one_item_that_nests_deeply_hides_no_other)
{
	char deep[1001], text[4096];
	struct sweep_list list;
	struct span item;

	memset(deep, '[', 500);
	memset(deep + 500, ']', 500);
	deep[1000] = '\0';
	snprintf(text, sizeof(text),
		"{\"kind\":\"WorkflowList\",\"metadata\":{},\"items\":[{\"a\":1},"
		"{\"spec\":%s},{\"b\":\"\\\"]\"}]}",
		deep);
	cr_assert(!sweep_list_open(span_str(text), SPAN_NONE, &list));
	cr_assert(sweep_list_next(&list, &item));
	cr_expect(span_eq_str(item, "{\"a\":1}"));
	cr_assert(sweep_list_next(&list, &item));
	cr_expect(item.len == 1009);
	cr_assert(sweep_list_next(&list, &item));
	cr_expect(span_eq_str(item, "{\"b\":\"\\\"]\"}"));
	cr_expect(!sweep_list_next(&list, &item));
}

Test(list, brackets_that_do_not_fit_hide_nothing)
{
	struct sweep_list list;
	struct span item;

	cr_expect(sweep_list_open(SPAN("{\"kind\":\"PodList\",\"items\":["
				       "{\"a\":1],{\"b\":2}}]}"),
			  SPAN("PodList"), &list) == -1);
	cr_assert(!sweep_list_open(
		SPAN("{\"kind\":\"PodList\",\"items\":[{\"a\":1]]}"),
		SPAN("PodList"), &list));
	cr_assert(sweep_list_next(&list, &item));
	cr_expect(span_eq_str(item, "{\"a\":1]]"), "%.*s", SPAN_ARG(item));
	cr_expect(!sweep_list_next(&list, &item));
}

Test(list, an_empty_one_is_one)
{
	struct sweep_list list;
	struct span item;

	cr_assert(!sweep_list_open(
		SPAN("{\"kind\":\"PodList\",\"metadata\":{},\"items\":null}"),
		SPAN("PodList"), &list));
	cr_expect(list.continue_token.len == 0);
	cr_expect(!sweep_list_next(&list, &item));
}

Test(list, what_is_not_whole_is_none)
{
	static const struct span TEXTS[] = {
		SPAN_INIT(""),
		SPAN_INIT("{}"),
		SPAN_INIT("[]"),
		SPAN_INIT("{\"kind\":\"PodList\",\"metadata\":{}}"),
		SPAN_INIT("{\"kind\":\"Status\",\"items\":[]}"),
		SPAN_INIT("{\"items\":[]}"),
		SPAN_INIT("{\"kind\":\"PodList\",\"items\":{}}"),
		SPAN_INIT("{\"kind\":\"PodList\",\"items\":[{}"),
		SPAN_INIT("{\"kind\":\"PodList\",\"items\":[]"),
		SPAN_INIT("{\"kind\":\"PodList\",\"items\":[]}x"),
		SPAN_INIT("{\"kind\":\"PodList\",\"metadata\":{\"continue\":7},"
			  "\"items\":[]}"),
	};
	struct sweep_list list;

	for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++)
		cr_expect(sweep_list_open(TEXTS[i], SPAN("PodList"), &list) ==
				-1,
			"%.*s", SPAN_ARG(TEXTS[i]));
}

Test(list, of_any_kind)
{
	struct sweep_list list;

	cr_expect(!sweep_list_open(
		SPAN("{\"kind\":\"XList\",\"items\":[]}"), SPAN_NONE, &list));
	cr_expect(sweep_list_open(SPAN("{\"kind\":\"Pod\",\"items\":[]}"),
			  SPAN_NONE, &list) == -1);
	cr_expect(sweep_list_open(
			  SPAN("{\"items\":[]}"), SPAN_NONE, &list) == -1);
}

Test(list, one_that_expired_may_say_how_to_go_on)
{
	struct span token = sweep_list_expired_token(
		SPAN("{\"kind\":\"Status\",\"apiVersion\":\"v1\","
		     "\"metadata\":{\"continue\":\"abc=\"},\"status\":"
		     "\"Failure\",\"reason\":\"Expired\",\"code\":410}"));

	cr_expect(span_eq_str(token, "abc="));
	cr_expect(span_is_absent(sweep_list_expired_token(
		SPAN("{\"kind\":\"Status\",\"metadata\":{}}"))));
	cr_expect(span_is_absent(sweep_list_expired_token(
		SPAN("{\"metadata\":{\"continue\":\"abc\"}}"))));
	cr_expect(span_is_absent(sweep_list_expired_token(
		SPAN("{\"kind\":\"Status\",\"metadata\":{\"continue\":"
		     "\"abc\"}"))));
	cr_expect(span_is_absent(sweep_list_expired_token(SPAN(""))));
}
