/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "proxy/sweep/record.h"
#include "proxy/sweep/target.h"

static struct sweep_kind kind = {
	.api_version = (char *)(uintptr_t) "v1",
	.resource = (char *)(uintptr_t) "pods",
	.name = (char *)(uintptr_t) "Pod",
	.is_namespaced = true,
};

static void write_line(
	struct buf *out, const char *name, const char *uid, const char *result)
{
	struct sweep_target target = {
		.rule_name = "argo",
		.kind = &kind,
		.finalizer = SPAN("a/b"),
	};
	struct sweep_candidate candidate = {
		.target = &target,
		.verdict = SWEEP_GONE,
		.namespace = xstrdup("n"),
		.name = xstrdup(name),
		.uid = xstrdup(uid),
		.owner = xstrdup("wf \"x\""),
	};

	sweep_record_write(&candidate, 1796050800, result, out);
	free(candidate.namespace);
	free(candidate.name);
	free(candidate.uid);
	free(candidate.owner);
}

static const struct sweep_removal *removal_at(struct list *list, size_t index)
{
	LIST_EACH (node, list) {
		if (!index--)
			return CONTAINER_OF(node, struct sweep_removal, node);
	}
	return NULL;
}

Test(record, a_line_has_all_that_is_needed)
{
	struct buf line = BUF_INIT;

	write_line(&line, "p", "u", NULL);
	cr_expect_str_eq(buf_cstr(&line),
		"{\"time\":\"2026-11-30T15:00:00Z\",\"result\":\"begun\","
		"\"apiVersion\":\"v1\",\"resource\":\"pods\",\"kind\":\"Pod\","
		"\"namespace\":\"n\",\"name\":\"p\",\"uid\":\"u\","
		"\"finalizer\":\"a/b\",\"rule\":\"argo\",\"proof\":\"gone\","
		"\"owner\":\"wf \\\"x\\\"\"}\n");
	buf_fini(&line);
}

Test(record, the_latest_of_its_lines_counts)
{
	struct buf text = BUF_INIT;
	struct list removals;
	struct err err;

	list_init(&removals);
	write_line(&text, "p", "1", NULL);
	write_line(&text, "p", "1", "removed");
	write_line(&text, "q", "2", NULL);
	write_line(&text, "q", "2", "refused");
	write_line(&text, "r", "3", NULL);
	/* Another sweep: it had it again. */
	write_line(&text, "p", "1", NULL);
	write_line(&text, "p", "1", "removed");
	/* Another one of that name. */
	write_line(&text, "p", "4", NULL);
	write_line(&text, "p", "4", "removed");
	cr_assert(!sweep_record_read(buf_span(&text), &removals, &err), "%s",
		err.text);
	cr_assert(removals.count == 3);
	cr_expect_str_eq(removal_at(&removals, 0)->uid, "1");
	cr_expect(removal_at(&removals, 0)->is_known);
	cr_expect_str_eq(removal_at(&removals, 1)->name, "r");
	cr_expect(!removal_at(&removals, 1)->is_known);
	cr_expect_str_eq(removal_at(&removals, 2)->uid, "4");
	sweep_removals_free(&removals);
	buf_fini(&text);
}

Test(record, only_the_last_line_may_be_cut_off)
{
	struct buf text = BUF_INIT;
	struct list removals;
	struct span whole;
	struct err err;

	write_line(&text, "p", "1", "removed");
	write_line(&text, "q", "2", "removed");
	whole = buf_span(&text);
	for (size_t len = 0; len <= whole.len; len++) {
		list_init(&removals);
		cr_expect(!sweep_record_read(
			span_of(whole.ptr, len), &removals, &err));
		cr_expect(removals.count <= 2);
		sweep_removals_free(&removals);
	}
	list_init(&removals);
	cr_expect(sweep_record_read(span_skip(whole, 1), &removals, &err) ==
		-1);
	cr_expect(strstr(err.text, "line 1"));
	sweep_removals_free(&removals);
	buf_fini(&text);
}

Test(record, what_is_not_ours_is_refused)
{
	static const char *const TEXTS[] = {
		"\x7f"
		"ELF\n",
		"[]\n",
		"{}\n",
		"{\"result\":\"removed\",\"name\":7}\n",
		"{\"result\":\"removed\",\"apiVersion\":\"v1\",\"resource\":"
		"\"pods\",\"kind\":\"Pod\",\"name\":\"p\\u002f\",\"uid\":\"u\","
		"\"finalizer\":\"a/b\"}\n",
	};
	struct list removals;
	struct err err;

	list_init(&removals);
	for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++)
		cr_expect(sweep_record_read(span_str(TEXTS[i]), &removals,
				  &err) == -1,
			"%s", TEXTS[i]);
	cr_expect(list_is_empty(&removals));
}
