/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-side apply in plain YAML: block mappings with bare keys, as kubectl
 * and people write them.  Only one thing is looked for, and that is whether
 * metadata lists finalizers.  What YAML can do besides (anchors, tags, flow
 * collections over several lines, more documents) is not read:
 * EFFECT_WHY_UNDECODED.
 */
#include "policy/effect.h"

struct line {
	struct span text; /* without indentation, comment and trailing space */
	size_t indent;
};

struct reader {
	struct span rest;
	size_t member_indent; /* of metadata's members; 0: not in there */
	size_t block_indent;  /* of the line whose block scalar this is */
	bool is_in_block;
	bool has_top; /* a line at the margin was read */
	bool has_metadata, has_finalizers;
	unsigned guards;
};

static struct span trim_end(struct span text)
{
	while (text.len &&
		(text.ptr[text.len - 1] == ' ' ||
			text.ptr[text.len - 1] == '\r'))
		text.len--;
	return text;
}

/* False at the end. */
static bool take_line(struct reader *reader, struct line *ret_line)
{
	struct span text;

	if (span_is_absent(reader->rest))
		return false;
	text = trim_end(span_cut(&reader->rest, '\n'));
	ret_line->indent = 0;
	while (text.len && text.ptr[0] == ' ') {
		text = span_skip(text, 1);
		ret_line->indent++;
	}
	ret_line->text = text;
	return true;
}

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
		c == '/';
}

/*
 * Cuts "key:" off; false if the text does not begin so.  The value that is
 * left is absent if nothing follows.
 */
static bool cut_key(struct span *text, struct span *ret_key)
{
	struct span rest = *text, value;
	size_t len = 0;

	while (len < rest.len && is_bare(rest.ptr[len]))
		len++;
	if (!len || len == rest.len || rest.ptr[len] != ':')
		return false;
	value = span_skip(rest, len + 1);
	if (value.len && value.ptr[0] != ' ')
		return false;
	*ret_key = span_of(rest.ptr, len);
	*text = span_trim(value);
	return true;
}

/* Whether a value that begins with a quote or bracket ends with its line. */
static bool ends_here(struct span value, char end)
{
	size_t count = 0;

	if (value.len < 2 || value.ptr[value.len - 1] != end)
		return false;
	for (size_t i = 1; i < value.len; i++) {
		char c = value.ptr[i];

		count += c == end;
		/* What could hide an end, or begin something inside. */
		if (c == '\\' || c == '#' || c == '[' || c == '{')
			return false;
	}
	return count == 1;
}

static bool is_list_item(struct span text)
{
	return span_eq(text, SPAN("-")) || span_starts_with(text, SPAN("- "));
}

/* Plain, or over before the line is; a block scalar begins. */
static bool value_is_plain(
	struct reader *reader, const struct line *line, struct span value)
{
	if (!value.len || value.ptr[0] == '#')
		return true;
	switch (value.ptr[0]) {
	case '"':
	case '\'':
		return ends_here(value, value.ptr[0]);
	case '[':
		return ends_here(value, ']');
	case '{':
		return ends_here(value, '}');
	case '|':
	case '>':
		reader->is_in_block = true;
		reader->block_indent = line->indent;
		return true;
	case '&':
	case '*':
	case '!':
	case '?':
	case '%':
	case '@':
	case '`':
	case '\t':
		return false;
	}
	return true;
}

/* A line that says nothing of metadata, but must be what it seems. */
static bool read_other(struct reader *reader, const struct line *line)
{
	struct span text = line->text, key;

	while (is_list_item(text))
		text = span_trim(span_skip(text, 1));
	cut_key(&text, &key);
	return value_is_plain(reader, line, text);
}

static bool is_text(struct span value)
{
	return value.len && value.ptr[0] != '#' &&
		!span_eq(value, SPAN("null")) && !span_eq(value, SPAN("~")) &&
		!span_eq(value, SPAN("\"\"")) && !span_eq(value, SPAN("''"));
}

static bool read_member(struct reader *reader, const struct line *line)
{
	struct span value = line->text, key;

	if (is_list_item(line->text))
		return read_other(reader, line);
	if (!cut_key(&value, &key) || !value_is_plain(reader, line, value))
		return false;
	if (span_eq(key, SPAN("finalizers"))) {
		if (reader->has_finalizers)
			return false;
		reader->has_finalizers = true;
	} else if (span_eq(key, SPAN("uid")) && is_text(value)) {
		reader->guards |= GUARD_UID;
	} else if (span_eq(key, SPAN("resourceVersion")) && is_text(value)) {
		reader->guards |= GUARD_RESOURCE_VERSION;
	}
	return true;
}

static bool read_top(struct reader *reader, const struct line *line)
{
	struct span value = line->text, key;

	reader->member_indent = 0;
	if (is_list_item(line->text))
		return read_other(reader, line);
	if (!cut_key(&value, &key) || !value_is_plain(reader, line, value))
		return false;
	if (!span_eq(key, SPAN("metadata")))
		return true;
	if (reader->has_metadata || (value.len && value.ptr[0] != '#'))
		return false;
	reader->has_metadata = true;
	reader->member_indent = SIZE_MAX; /* until its first member */
	return true;
}

static bool read_line(struct reader *reader, const struct line *line)
{
	if (!line->text.len || line->text.ptr[0] == '#')
		return true;
	if (reader->is_in_block && line->indent > reader->block_indent)
		return true;
	reader->is_in_block = false;
	/* Go's reader takes an object that is not at the margin to end where
	 * the margin is reached, and reads no more. */
	reader->has_top |= !line->indent;
	if (!reader->has_top)
		return false;
	if (!line->indent)
		return read_top(reader, line);
	if (reader->member_indent == SIZE_MAX)
		reader->member_indent = line->indent;
	if (!reader->member_indent || line->indent > reader->member_indent)
		return read_other(reader, line);
	return line->indent == reader->member_indent &&
		read_member(reader, line);
}

void effect_read_apply_yaml(struct span body, struct class *class)
{
	struct reader reader = { .rest = body };
	struct line line;

	effect_set(class, EFFECT_NONE, EFFECT_WHY_UNDECODED);
	/* Controls, and what is no ASCII, may be spaces or ends of lines. */
	for (size_t i = 0; i < body.len; i++) {
		unsigned char c = (unsigned char)body.ptr[i];

		if ((c < ' ' && c != '\n' && c != '\r') || c >= 0x7f)
			return;
	}
	if (span_starts_with(body, SPAN("---\n")))
		reader.rest = span_skip(body, 4);
	while (take_line(&reader, &line)) {
		if (!read_line(&reader, &line))
			return;
	}
	class->guards = reader.guards;
	/* What this manager owned and does not list any more goes. */
	if (reader.has_finalizers)
		effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
	else
		effect_set(class, EFFECT_NONE, EFFECT_WHY_READ);
}
