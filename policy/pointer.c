/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/pointer.h"

#include "base/json.h"

/* Longer parts are cut: no part that matters is as long. */
#define PART_MAX 32

struct part {
	char text[PART_MAX];
	size_t len; /* the whole length, which may exceed PART_MAX */
};

struct walk {
	struct json_chars chars;
	bool is_at_end;
};

static void part_add(struct part *part, char c)
{
	if (part->len < PART_MAX)
		part->text[part->len] = c;
	part->len++;
}

/* The next part, decoded; stops behind its slash. */
static void walk_take(struct walk *walk, struct part *ret_part)
{
	bool is_tilde = false;
	int c;

	ret_part->len = 0;
	while ((c = json_chars_next(&walk->chars)) != -1 && c != '/') {
		if (is_tilde && (c == '0' || c == '1')) {
			part_add(ret_part, c == '0' ? '~' : '/');
			is_tilde = false;
			continue;
		}
		if (is_tilde)
			part_add(ret_part, '~');
		is_tilde = c == '~';
		if (!is_tilde)
			part_add(ret_part, (char)c);
	}
	if (is_tilde)
		part_add(ret_part, '~');
	walk->is_at_end = c == -1;
}

static struct span part_span(const struct part *part)
{
	return span_of(part->text, u64_min(part->len, PART_MAX));
}

static bool part_is(const struct part *part, struct span literal)
{
	return part->len <= PART_MAX && span_eq(part_span(part), literal);
}

/* As strconv.Atoi; what is out of any list's range ends at the limit. */
static bool part_is_index(const struct part *part, long *ret_index)
{
	struct span text = part_span(part);
	bool is_negative = false;
	long value = 0;

	if (part->len > PART_MAX)
		return false;
	if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
		is_negative = text.ptr[0] == '-';
		text = span_skip(text, 1);
	}
	if (!text.len)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		if (value < INT32_MAX / 16)
			value = value * 10 + (text.ptr[i] - '0');
	}
	*ret_index = is_negative ? -value : value;
	return true;
}

static void read_finalizers(struct walk *walk, struct pointer *pointer)
{
	struct part part;

	if (walk->is_at_end) {
		pointer->target = POINTER_LIST;
		return;
	}
	walk_take(walk, &part);
	if (!walk->is_at_end)
		pointer->target = POINTER_INVALID; /* below a string */
	else if (part_is(&part, SPAN("-")))
		pointer->target = POINTER_APPEND;
	else if (part_is_index(&part, &pointer->index))
		pointer->target = POINTER_ELEMENT;
	else
		pointer->target = POINTER_INVALID;
}

static void read_metadata(struct walk *walk, struct pointer *pointer)
{
	static const struct {
		struct span name;
		enum pointer_target itself, child;
	} MEMBERS[] = {
		{ SPAN_INIT("uid"), POINTER_UID, POINTER_INVALID },
		{ SPAN_INIT("resourceVersion"), POINTER_RESOURCE_VERSION,
			POINTER_INVALID },
		{ SPAN_INIT("labels"), POINTER_OTHER, POINTER_LABEL },
		{ SPAN_INIT("annotations"), POINTER_OTHER, POINTER_ANNOTATION },
	};
	struct part part;

	if (walk->is_at_end) {
		pointer->target = POINTER_METADATA;
		return;
	}
	walk_take(walk, &part);
	if (part_is(&part, SPAN("finalizers"))) {
		read_finalizers(walk, pointer);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(MEMBERS); i++) {
		if (!part_is(&part, MEMBERS[i].name))
			continue;
		pointer->target =
			walk->is_at_end ? MEMBERS[i].itself : MEMBERS[i].child;
	}
}

struct pointer pointer_read(struct span raw)
{
	struct pointer pointer = { .target = POINTER_OTHER };
	struct part part;
	struct walk walk;
	long ignored;

	if (!raw.len)
		return (struct pointer){ .target = POINTER_ROOT };
	json_chars_init(&walk.chars, raw);
	walk_take(&walk, &part);
	if (walk.is_at_end)
		return (struct pointer){ .target = POINTER_INVALID };
	walk_take(&walk, &part);
	if (part_is(&part, SPAN("metadata")))
		read_metadata(&walk, &pointer);
	while (!walk.is_at_end)
		walk_take(&walk, &part);
	pointer.is_indexed =
		part_is(&part, SPAN("-")) || part_is_index(&part, &ignored);
	return pointer;
}
