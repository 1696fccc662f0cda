/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/yaml_doc.h"

#include <stdlib.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/hash.h"

/* The state of one parse. */
struct reader {
	struct yaml_doc *doc;      /* borrowed */
	struct problems *problems; /* borrowed */
	struct span text;          /* borrowed: the document's */
	struct node *open;         /* the container that is being filled */
	unsigned depth;
	bool has_key; /* the mapping `open` waits for the value of: */
	struct span key;
	unsigned key_line, key_column;
};

/* Not a secret: files are written by those who run Fairway. */
static const struct hash_key KEY_HASH = { 1, 2 };

static uint64_t member_hash(const struct node *mapping, struct span key)
{
	return hash_span(&KEY_HASH, (uint64_t)(uintptr_t)mapping, key);
}

static struct node *find_member(
	const struct yaml_doc *doc, const struct node *mapping, struct span key)
{
	struct map_node *at = map_first(&doc->keys, member_hash(mapping, key));

	for (; at; at = map_next(at)) {
		struct node *node = CONTAINER_OF(at, struct node, by_key);

		if (node->parent == mapping && span_eq(node->key, key))
			return node;
	}
	return NULL;
}

static unsigned line_of(const yaml_mark_t *mark)
{
	return (unsigned)mark->line + 1;
}

static unsigned column_of(const yaml_mark_t *mark)
{
	return (unsigned)mark->column + 1;
}

static int complain(
	struct reader *reader, const yaml_mark_t *mark, const char *what)
{
	problems_add(reader->problems, PROBLEM_ERROR, line_of(mark),
		column_of(mark), "%s", what);
	return -1;
}

/* Bytes that are no text: the parser knows their offset only. */
static int complain_bytes(
	struct reader *reader, const char *problem, size_t offset)
{
	yaml_mark_t mark = { 0 };

	for (size_t i = 0; i < offset && i < reader->text.len; i++) {
		unsigned char c = (unsigned char)reader->text.ptr[i];

		/* Columns are of characters: what goes on is none. */
		mark.line += c == '\n';
		mark.column = c == '\n' ? 0
					: mark.column + ((c & 0xc0) != 0x80);
	}
	problems_add(reader->problems, PROBLEM_ERROR, line_of(&mark),
		column_of(&mark), "not UTF-8 text: %s", problem);
	return -1;
}

static int complain_syntax(struct reader *reader, const yaml_parser_t *parser)
{
	const char *problem = parser->problem ? parser->problem : "unreadable";
	const char *cure = "";

	if (parser->error == YAML_READER_ERROR)
		return complain_bytes(reader, problem, parser->problem_offset);
	if (strstr(problem, "cannot start any token"))
		cure = "; indent with spaces, and put text that begins with "
		       "a special character in quotes";
	else if (strstr(problem, "tab character"))
		cure = "; indent with spaces";
	problems_add(reader->problems, PROBLEM_ERROR,
		line_of(&parser->problem_mark),
		column_of(&parser->problem_mark), "not YAML: %s%s%s%s", problem,
		parser->context ? " " : "",
		parser->context ? parser->context : "", cure);
	return -1;
}

static void complain_twice(
	struct reader *reader, const struct node *node, unsigned first_line)
{
	struct buf path = BUF_INIT;

	node_path(node, &path);
	problems_add(reader->problems, PROBLEM_ERROR, node->key_line,
		node->key_column,
		"%s: given twice; remove one, it is already in line %u",
		buf_cstr(&path), first_line);
	buf_fini(&path);
}

/* Puts the node where it belongs in the tree. */
static void place_node(struct reader *reader, struct node *node)
{
	struct node *parent = reader->open;
	const struct node *first;

	if (!parent) {
		reader->doc->root = node;
		return;
	}
	node->parent = parent;
	node->index = parent->count;
	if (parent->kind == NODE_MAPPING) {
		node->key = reader->key;
		node->key_line = reader->key_line;
		node->key_column = reader->key_column;
		reader->has_key = false;
		first = find_member(reader->doc, parent, node->key);
		if (first) {
			complain_twice(reader, node, first->key_line);
			return; /* left out of the tree; go on */
		}
		map_insert(&reader->doc->keys, &node->by_key,
			member_hash(parent, node->key));
	}
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->count++;
}

static struct node *new_node(
	struct reader *reader, enum node_kind kind, const yaml_mark_t *mark)
{
	struct node *node = arena_alloc(reader->doc->arena, sizeof(*node));

	node->kind = kind;
	node->line = line_of(mark);
	node->column = column_of(mark);
	return node;
}

static int check_size(struct reader *reader, const yaml_mark_t *mark)
{
	if (++reader->doc->nodes > YAML_DOC_NODES_MAX)
		return complain(reader, mark, "too many values in one file");
	return 0;
}

static int read_scalar(struct reader *reader, const yaml_event_t *event)
{
	const yaml_mark_t *mark = &event->start_mark;
	struct span text =
		span_of(event->data.scalar.value, event->data.scalar.length);
	bool is_key = reader->open && reader->open->kind == NODE_MAPPING &&
		!reader->has_key;
	struct node *node;

	if (check_size(reader, mark))
		return -1;
	if (event->data.scalar.anchor)
		return complain(reader, mark,
			"anchors and aliases are not allowed; write the value "
			"out");
	if (event->data.scalar.tag)
		return complain(reader, mark,
			"tags are not allowed; leave the \"!…\" out");
	if (memchr(text.ptr, '\0', text.len))
		return complain(
			reader, mark, "a NUL character is not allowed in text");
	text.ptr = arena_dup(reader->doc->arena, text);
	if (is_key) {
		if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
			span_eq(text, SPAN("<<")))
			return complain(reader, mark,
				"merge keys are not allowed; write the values "
				"out");
		reader->has_key = true;
		reader->key = text;
		reader->key_line = line_of(mark);
		reader->key_column = column_of(mark);
		return 0;
	}
	node = new_node(reader, NODE_SCALAR, mark);
	node->text = text;
	node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	place_node(reader, node);
	return 0;
}

static int open_container(struct reader *reader, enum node_kind kind,
	const yaml_event_t *event, const yaml_char_t *anchor,
	const yaml_char_t *tag)
{
	const yaml_mark_t *mark = &event->start_mark;
	struct node *node;

	if (check_size(reader, mark))
		return -1;
	if (anchor)
		return complain(reader, mark,
			"anchors and aliases are not allowed; write the value "
			"out");
	if (tag)
		return complain(reader, mark,
			"tags are not allowed; leave the \"!…\" out");
	if (reader->open && reader->open->kind == NODE_MAPPING &&
		!reader->has_key)
		return complain(reader, mark, "a key must be text");
	if (++reader->depth > YAML_DOC_DEPTH_MAX)
		return complain(reader, mark, "nested too deeply");
	node = new_node(reader, kind, mark);
	place_node(reader, node);
	reader->open = node;
	reader->has_key = false;
	return 0;
}

static void close_container(struct reader *reader)
{
	CHECK(reader->open);
	reader->depth--;
	reader->open = reader->open->parent;
	reader->has_key = false;
}

static int read_event(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	case YAML_DOCUMENT_START_EVENT:
		if (reader->doc->root)
			return complain(reader, &event->start_mark,
				"a second document begins; a file holds one");
		return 0;
	case YAML_ALIAS_EVENT:
		return complain(reader, &event->start_mark,
			"anchors and aliases are not allowed; write the value "
			"out");
	case YAML_SCALAR_EVENT:
		return read_scalar(reader, event);
	case YAML_SEQUENCE_START_EVENT:
		return open_container(reader, NODE_SEQUENCE, event,
			event->data.sequence_start.anchor,
			event->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return open_container(reader, NODE_MAPPING, event,
			event->data.mapping_start.anchor,
			event->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_container(reader);
		return 0;
	}
	CHECK_UNREACHABLE();
}

static int read_events(struct reader *reader, yaml_parser_t *parser)
{
	bool done = false;
	int rc = 0;

	while (!done && !rc) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			return complain_syntax(reader, parser);
		rc = read_event(reader, &event);
		done = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	return rc;
}

struct yaml_doc *yaml_doc_parse(struct span text, struct problems *problems)
{
	struct yaml_doc *doc = xcalloc(1, sizeof(*doc));
	struct reader reader = {
		.doc = doc,
		.problems = problems,
	};
	yaml_parser_t parser;
	int rc;

	/* Editors put a mark before UTF-8; it is no part of the text. */
	if (span_starts_with(text, SPAN("\xef\xbb\xbf")))
		text = span_skip(text, 3);
	reader.text = text;
	doc->arena = arena_new();
	map_init(&doc->keys);
	if (text.len > YAML_DOC_BYTES_MAX) {
		problems_add(problems, PROBLEM_ERROR, 0, 0,
			"is larger than %zu KiB", YAML_DOC_BYTES_MAX / 1024);
		goto refused;
	}
	CHECK(yaml_parser_initialize(&parser)); /* fails without memory only */
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&parser, (const unsigned char *)text.ptr, text.len);
	rc = read_events(&reader, &parser);
	yaml_parser_delete(&parser);
	if (!rc)
		return doc;
refused:
	yaml_doc_free(doc);
	return NULL;
}

void yaml_doc_free(struct yaml_doc *doc)
{
	if (!doc)
		return;
	map_fini(&doc->keys);
	arena_free(doc->arena);
	free(doc);
}

struct node *node_member(
	const struct yaml_doc *doc, const struct node *node, const char *key)
{
	if (!node || node->kind != NODE_MAPPING)
		return NULL;
	return find_member(doc, node, span_str(key));
}

bool node_is_null(const struct node *node)
{
	if (node->kind != NODE_SCALAR || !node->is_plain)
		return false;
	return span_is_empty(node->text) || span_eq(node->text, SPAN("~")) ||
		span_eq(node->text, SPAN("null")) ||
		span_eq(node->text, SPAN("Null")) ||
		span_eq(node->text, SPAN("NULL"));
}

const char *node_kind_name(const struct node *node)
{
	switch (node->kind) {
	case NODE_SCALAR:
		return node_is_null(node) ? "empty" : "text";
	case NODE_MAPPING:
		return "a mapping";
	case NODE_SEQUENCE:
		return "a list";
	}
	CHECK_UNREACHABLE();
}

/* Keys that are longer are cut in messages. */
#define SHOWN_MAX ((size_t)60)

static void append_clean(struct buf *text, struct span s)
{
	for (size_t i = 0; i < s.len && i < SHOWN_MAX; i++) {
		char c = s.ptr[i];
		bool is_control = (unsigned char)c < ' ' || c == 0x7f;

		buf_append(text, is_control ? "?" : &c, 1);
	}
	if (s.len > SHOWN_MAX)
		buf_append_str(text, "...");
}

void node_path(const struct node *node, struct buf *ret_path)
{
	const struct node *parent = node->parent;

	if (!parent)
		return;
	node_path(parent, ret_path); /* no deeper than YAML_DOC_DEPTH_MAX */
	if (parent->kind == NODE_SEQUENCE) {
		buf_printf(ret_path, "[%zu]", node->index);
		return;
	}
	if (parent->parent)
		buf_append_str(ret_path, ".");
	if (span_is_empty(node->key))
		buf_append_str(ret_path, "\"\"");
	append_clean(ret_path, node->key);
}

void node_quote(struct span text, struct buf *ret_text)
{
	buf_append_str(ret_text, "\"");
	append_clean(ret_text, text);
	buf_append_str(ret_text, "\"");
}

/* Plain text that cannot be misread inside a flow collection. */
static bool is_safe_plain(const struct node *node)
{
	if (!node->is_plain)
		return false;
	for (size_t i = 0; i < node->text.len; i++) {
		char c = node->text.ptr[i];
		bool is_word = (c >= '0' && c <= '9') ||
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			c == '/' || c == '.' || c == '_';

		/* "-" alone, "---" and "- x" mean something else. */
		if (!is_word && !(i && (c == '-' || c == '+')))
			return false;
	}
	return node->text.len > 0;
}

void node_write_quoted(struct span text, struct buf *ret_yaml)
{
	buf_append_str(ret_yaml, "\"");
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '"' || c == '\\')
			buf_printf(ret_yaml, "\\%c", c);
		else if ((unsigned char)c < ' ' || c == 0x7f)
			buf_printf(ret_yaml, "\\u%04x", (unsigned)c);
		else
			buf_append(ret_yaml, &c, 1);
	}
	buf_append_str(ret_yaml, "\"");
}

void node_write_flow(const struct node *node, struct buf *ret_yaml)
{
	switch (node->kind) {
	case NODE_SCALAR:
		if (node_is_null(node))
			buf_append_str(ret_yaml, "null");
		else if (is_safe_plain(node))
			buf_append_span(ret_yaml, node->text);
		else
			node_write_quoted(node->text, ret_yaml);
		return;
	case NODE_MAPPING:
		buf_append_str(ret_yaml, "{");
		for (const struct node *at = node->first; at; at = at->next) {
			if (at != node->first)
				buf_append_str(ret_yaml, ", ");
			node_write_quoted(at->key, ret_yaml);
			buf_append_str(ret_yaml, ": ");
			node_write_flow(at, ret_yaml);
		}
		buf_append_str(ret_yaml, "}");
		return;
	case NODE_SEQUENCE:
		buf_append_str(ret_yaml, "[");
		for (const struct node *at = node->first; at; at = at->next) {
			if (at != node->first)
				buf_append_str(ret_yaml, ", ");
			node_write_flow(at, ret_yaml);
		}
		buf_append_str(ret_yaml, "]");
		return;
	}
	CHECK_UNREACHABLE();
}
