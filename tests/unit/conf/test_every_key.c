/* SPDX-License-Identifier: Apache-2.0 */
/*
 * B20: each key of the table, with each kind of value that none can have. What
 * is said has the key's place, and names it.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "conf/config.h"
#include "conf/schema.h"

#define HEAD "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"

/* The key's lines, down from the root; returns how deep it stands. */
static size_t write_way(struct buf *out, const char *path)
{
	struct span rest = span_str(path);
	size_t depth = 0;
	bool is_item = false;

	while (!span_is_absent(rest)) {
		struct span name = span_cut(&rest, '.');

		for (size_t i = 0; i < depth - is_item; i++)
			buf_append_str(out, "  ");
		buf_append_str(out, is_item ? "- " : "");
		is_item = span_ends_with(name, SPAN("[]"));
		buf_append(out, name.ptr, name.len - 2 * is_item);
		buf_append_str(out, span_is_absent(rest) ? ": " : ":\n");
		depth++;
	}
	return depth;
}

/* "lanes[].seats" to "lanes[0].seats". */
static void write_shown(struct buf *out, const char *path)
{
	for (; *path; path++) {
		buf_append(out, path, 1);
		if (*path == '[')
			buf_append_str(out, "0");
	}
}

static bool names_key(const struct problems *problems, const char *shown,
	unsigned line)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->items[i];

		if (problem->line == line &&
			!strncmp(problem->text, shown, strlen(shown)))
			return true;
	}
	return false;
}

static void expect_refused(const struct schema_key *key, const char *value)
{
	struct problems problems = PROBLEMS_INIT;
	struct buf yaml = BUF_INIT, shown = BUF_INIT, lines = BUF_INIT;
	bool is_head = key->type == SCHEMA_FIXED;
	size_t depth;

	buf_append_str(&yaml, is_head ? "" : HEAD);
	depth = write_way(&yaml, key->path);
	buf_printf(&yaml, "%s\n", value);
	write_shown(&shown, key->path);
	cr_expect_null(config_parse("f", buf_span(&yaml), &problems), "%s",
		buf_cstr(&yaml));
	problems_print(&problems, &lines);
	cr_expect(names_key(&problems, buf_cstr(&shown),
			  (unsigned)depth + (is_head ? 0 : 2)),
		"%s\n%s", buf_cstr(&yaml), buf_cstr(&lines));
	problems_fini(&problems);
	buf_fini(&yaml);
	buf_fini(&shown);
	buf_fini(&lines);
}

static bool is_list(const struct schema_key *key)
{
	return key->type == SCHEMA_LIST || key->type == SCHEMA_STRINGS ||
		key->type == SCHEMA_URLS || key->type == SCHEMA_ENUM_SET;
}

static bool is_text(const struct schema_key *key)
{
	return key->type == SCHEMA_STRING || key->type == SCHEMA_PATH ||
		key->type == SCHEMA_STRINGS;
}

Test(every_key, refuses_the_other_kinds)
{
	for (size_t i = 0; i < SCHEMA_COUNT; i++) {
		const struct schema_key *key = &SCHEMA[i];

		if (key->type != SCHEMA_SECTION)
			expect_refused(key, "{a: b}");
		if (!is_list(key))
			expect_refused(key, "[a]");
		if (is_list(key) || key->type == SCHEMA_SECTION)
			expect_refused(key, "text");
	}
}

Test(every_key, refuses_what_is_no_value_of_its_type)
{
	static const char *const VALUES[] = { "-1", "-1s", "-1Ki", "1e30",
		"99999999999999999999999", "\xce\xb1\xce\xb2", "\"a\\u0001\"",
		"0x10", "1_000" };

	for (size_t i = 0; i < SCHEMA_COUNT; i++) {
		const struct schema_key *key = &SCHEMA[i];

		if (is_list(key) || is_text(key) ||
			key->type == SCHEMA_SECTION)
			continue;
		for (size_t v = 0; v < ARRAY_SIZE(VALUES); v++) {
			/* A name may be of digits. */
			if (key->type == SCHEMA_NAME &&
				VALUES[v][0] >= '0' && VALUES[v][0] <= '9')
				continue;
			expect_refused(key, VALUES[v]);
		}
	}
}

Test(every_key, refuses_control_characters)
{
	for (size_t i = 0; i < SCHEMA_COUNT; i++) {
		const struct schema_key *key = &SCHEMA[i];

		if (!is_text(key))
			continue;
		expect_refused(key,
			key->type == SCHEMA_STRINGS ? "[\"a\\nb\"]"
						    : "\"a\\nb\"");
	}
}

Test(every_key, is_given_once)
{
	for (size_t i = 0; i < SCHEMA_COUNT; i++) {
		const struct schema_key *key = &SCHEMA[i];
		struct problems problems = PROBLEMS_INIT;
		struct buf yaml = BUF_INIT, lines = BUF_INIT;
		const char *last = strrchr(key->path, '.');

		if (last) /* those of an object are like those of the root */
			continue;
		buf_printf(&yaml, "%s%s:\n%s:\n",
			key->type == SCHEMA_FIXED ? "" : HEAD, key->path,
			key->path);
		cr_expect_null(
			config_parse("f", buf_span(&yaml), &problems));
		problems_print(&problems, &lines);
		cr_expect(strstr(buf_cstr(&lines), "given twice"), "%s",
			buf_cstr(&lines));
		problems_fini(&problems);
		buf_fini(&yaml);
		buf_fini(&lines);
	}
}
