/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/yaml_doc.h"

#include <stdio.h>

#include <criterion/criterion.h>

static void expect_problems(struct span text, const char *wanted)
{
	struct problems problems = PROBLEMS_INIT;
	struct buf lines = BUF_INIT;

	problems_set_file(&problems, "f");
	yaml_doc_free(yaml_doc_parse(text, &problems));
	problems_print(&problems, &lines);
	cr_expect_str_eq(buf_cstr(&lines), wanted);
	buf_fini(&lines);
	problems_fini(&problems);
}

static struct yaml_doc *parse(const char *text)
{
	struct problems problems = PROBLEMS_INIT;
	struct yaml_doc *doc = yaml_doc_parse(span_str(text), &problems);

	cr_assert(doc);
	cr_assert_not(problems_has_errors(&problems));
	problems_fini(&problems);
	return doc;
}

static void expect_flow(const char *text, const char *wanted)
{
	struct yaml_doc *doc = parse(text), *again;
	struct buf once = BUF_INIT, twice = BUF_INIT;

	node_write_flow(doc->root, &once);
	cr_expect_str_eq(buf_cstr(&once), wanted);
	again = parse(buf_cstr(&once));
	node_write_flow(again->root, &twice);
	cr_expect_str_eq(buf_cstr(&twice), wanted);
	buf_fini(&once);
	buf_fini(&twice);
	yaml_doc_free(doc);
	yaml_doc_free(again);
}

Test(yaml_doc, a_tree_knows_its_places)
{
	struct yaml_doc *doc = parse("a:\n  b: [x, 'y']\nc: ~\n");
	const struct node *b, *y;
	struct buf path = BUF_INIT;

	b = node_member(doc, node_member(doc, doc->root, "a"), "b");
	cr_assert(b);
	cr_assert_eq(b->kind, NODE_SEQUENCE);
	cr_assert_eq(b->count, 2);
	cr_assert_eq(b->line, 2);
	cr_assert_eq(b->column, 6);
	cr_assert_eq(b->key_column, 3);
	cr_assert(b->first->is_plain);
	y = b->last;
	cr_assert_not(y->is_plain);
	node_path(y, &path);
	cr_assert_str_eq(buf_cstr(&path), "a.b[1]");
	cr_assert(node_is_null(node_member(doc, doc->root, "c")));
	cr_assert_null(node_member(doc, doc->root, "d"));
	cr_assert_null(node_member(doc, y, "d"));
	buf_fini(&path);
	yaml_doc_free(doc);
}

Test(yaml_doc, a_file_of_nothing_has_no_root)
{
	struct yaml_doc *doc = parse("# nothing\n");

	cr_assert_null(doc->root);
	yaml_doc_free(doc);
	doc = parse("");
	cr_assert_null(doc->root);
	yaml_doc_free(doc);
}

Test(yaml_doc, json_is_yaml)
{
	struct yaml_doc *doc =
		parse("{\"a\":[1,true,null,\"x\\/y\\u00e9\"],\n\t\"b\":{}}");
	const struct node *a = node_member(doc, doc->root, "a");

	cr_assert_eq(a->count, 4);
	cr_assert_str_eq(a->last->text.ptr, "x/y\xc3\xa9");
	yaml_doc_free(doc);
}

Test(yaml_doc, a_byte_order_mark_is_passed_over)
{
	struct yaml_doc *doc = parse("\xef\xbb\xbf"
				     "a: 1");

	cr_assert(node_member(doc, doc->root, "a"));
	yaml_doc_free(doc);
}

Test(yaml_doc, every_key_that_is_given_twice_is_named)
{
	expect_problems(SPAN("a: 1\nb:\n- c: 1\n  c: 2\na: {d: 1, d: 2}\n"),
		"f:4:3: b[0].c: given twice; remove one, it is already in "
		"line 3\n"
		"f:5:1: a: given twice; remove one, it is already in line 1\n"
		"f:5:11: a.d: given twice; remove one, it is already in line "
		"5\n");
}

Test(yaml_doc, what_makes_short_files_huge_or_means_types_is_refused)
{
	static const char ANCHORS[] =
		"anchors and aliases are not allowed; write the value out\n";
	char wanted[128];
	static const struct {
		const char *text;
		const char *place;
	} CASES[] = {
		{ "a: &x 1", "f:1:4: " },
		{ "a: &x {b: 1}", "f:1:4: " },
		{ "a: &x [b]", "f:1:4: " },
		{ "&x a: 1", "f:1:1: " },
		{ "a: 1\nb: *x", "f:2:4: " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
		snprintf(wanted, sizeof(wanted), "%s%s", CASES[i].place,
			ANCHORS);
		expect_problems(span_str(CASES[i].text), wanted);
	}
	expect_problems(SPAN("a: !!str 1"),
		"f:1:4: tags are not allowed; leave the \"!…\" out\n");
	expect_problems(SPAN("a: !x {b: 1}"),
		"f:1:4: tags are not allowed; leave the \"!…\" out\n");
	expect_problems(SPAN("<<: {a: 1}"),
		"f:1:1: merge keys are not allowed; write the values out\n");
	expect_problems(SPAN("? [a]\n: b"), "f:1:3: a key must be text\n");
}

Test(yaml_doc, a_file_holds_one_document)
{
	struct yaml_doc *doc = parse("---\na: 1\n...\n");

	cr_assert(doc->root);
	yaml_doc_free(doc);
	expect_problems(SPAN("a: 1\n---\nb: 1"),
		"f:2:1: a second document begins; a file holds one\n");
}

Test(yaml_doc, what_is_no_yaml_is_refused_at_its_place)
{
	expect_problems(SPAN("a:\n\tb: 1"),
		"f:2:1: not YAML: found character that cannot start any token "
		"while scanning for the next token; indent with spaces, and "
		"put text that begins with a special character in quotes\n");
	expect_problems(SPAN("a: @x"),
		"f:1:4: not YAML: found character that cannot start any token "
		"while scanning for the next token; indent with spaces, and "
		"put text that begins with a special character in quotes\n");
	expect_problems(SPAN("a: x\n\ty"),
		"f:2:1: not YAML: found a tab character that violates "
		"indentation while scanning a plain scalar; indent with "
		"spaces\n");
	expect_problems(SPAN("a: [1"),
		"f:2:1: not YAML: did not find expected ',' or ']' while "
		"parsing a flow sequence\n");
	expect_problems(SPAN("a: 1\n b: 2\n"),
		"f:2:3: not YAML: mapping values are not allowed in this "
		"context\n");
}

Test(yaml_doc, what_is_no_text_is_refused_at_its_place)
{
	expect_problems(SPAN("a: 1\nb: \xff"),
		"f:2:4: not UTF-8 text: invalid leading UTF-8 octet\n");
	expect_problems(SPAN("a: \xc3\xa4 \xff"),
		"f:1:6: not UTF-8 text: invalid leading UTF-8 octet\n");
	expect_problems(SPAN("a: \x01"),
		"f:1:4: not UTF-8 text: control characters are not allowed\n");
	expect_problems(SPAN("a: 1\0"),
		"f:1:5: not UTF-8 text: control characters are not allowed\n");
	expect_problems(SPAN("a: \"x\\0\""),
		"f:1:4: a NUL character is not allowed in text\n");
	expect_problems(SPAN("\xff\xfe"
			     "a\0:\0"),
		"f:1:1: not UTF-8 text: invalid leading UTF-8 octet\n");
}

Test(yaml_doc, a_byte_order_mark_is_no_text)
{
	struct yaml_doc *doc = parse("\xef\xbb\xbf" "a: b\nc: d\n");

	cr_assert_eq(doc->root->count, 2);
	cr_expect(span_eq(doc->root->first->key, SPAN("a")));
	cr_expect_eq(doc->root->first->key_column, 1);
	yaml_doc_free(doc);
	doc = parse("\xef\xbb\xbf");
	cr_expect_null(doc->root);
	yaml_doc_free(doc);
}

Test(yaml_doc, size_depth_and_number_are_bounded)
{
	struct buf text = BUF_INIT;

	for (int i = 0; i < YAML_DOC_DEPTH_MAX + 1; i++)
		buf_append_str(&text, "[");
	expect_problems(buf_span(&text), "f:1:33: nested too deeply\n");
	buf_clear(&text);
	for (int i = 0; i <= YAML_DOC_NODES_MAX; i++)
		buf_append_str(&text, "- 1\n");
	expect_problems(
		buf_span(&text), "f:50000:3: too many values in one file\n");
	buf_clear(&text);
	memset(buf_reserve(&text, YAML_DOC_BYTES_MAX + 1), '#',
		YAML_DOC_BYTES_MAX + 1);
	buf_commit(&text, YAML_DOC_BYTES_MAX);
	expect_problems(buf_span(&text), "");
	buf_commit(&text, 1);
	expect_problems(buf_span(&text), "f: is larger than 1024 KiB\n");
	buf_fini(&text);
}

Test(yaml_doc, flow_style_keeps_what_was_plain)
{
	expect_flow("a: 1\nb: 'true'\nc: true\nd:\n",
		"{\"a\": 1, \"b\": \"true\", \"c\": true, \"d\": null}");
	expect_flow("- a b\n- \"q\\\"\\\\\\n\"\n- []\n- {}\n- '~'\n- x-y\n",
		"[\"a b\", \"q\\\"\\\\\\u000a\", [], {}, \"~\", x-y]");
	expect_flow("- |\n  two\n  lines\n", "[\"two\\u000alines\\u000a\"]");
}

Test(yaml_doc, paths_of_strange_keys_can_be_printed)
{
	expect_problems(SPAN("\"a\\e[31m\\n\": 1\n\"a\\e[31m\\n\": 1\n"),
		"f:2:1: a?[31m?: given twice; remove one, it is already in "
		"line 1\n");
}

Test(problems, what_finds_no_room_is_counted)
{
	struct problems problems = PROBLEMS_INIT;
	struct buf lines = BUF_INIT;

	for (unsigned i = 0; i < PROBLEMS_MAX + 5; i++)
		problems_add(&problems, PROBLEM_ERROR, 1, 1, "x");
	problems_add(&problems, PROBLEM_WARNING, 1, 1, "y");
	cr_assert_eq(problems.errors, PROBLEMS_MAX + 5);
	cr_assert_eq(problems.count, PROBLEMS_MAX);
	problems_print(&problems, &lines);
	cr_assert(strstr(buf_cstr(&lines), "-: 5 more errors\n"));
	buf_fini(&lines);
	problems_fini(&problems);
}

Test(problems, come_in_the_order_of_the_file)
{
	struct problems problems = PROBLEMS_INIT;
	struct buf lines = BUF_INIT;

	problems_set_file(&problems, "f");
	problems_add(&problems, PROBLEM_ERROR, 2, 1, "c");
	problems_add(&problems, PROBLEM_WARNING, 1, 9, "b");
	problems_add(&problems, PROBLEM_ERROR, 2, 1, "d");
	problems_add(&problems, PROBLEM_ERROR, 0, 0, "a");
	problems_sort(&problems);
	problems_print(&problems, &lines);
	cr_assert_str_eq(buf_cstr(&lines),
		"f: a\nf:1:9: warning: b\nf:2:1: c\nf:2:1: d\n");
	buf_fini(&lines);
	problems_fini(&problems);
}
