/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/boundary.h"

enum { LENGTH_BYTES = 4 };

static enum boundary_kind kind_of(struct span content_type)
{
	struct span rest = content_type;
	struct span media = span_trim(span_cut(&rest, ';'));

	if (span_eq_nocase(media, SPAN("application/json")))
		return BOUNDARY_NEWLINE;
	if (!span_eq_nocase(media, SPAN("application/vnd.kubernetes.protobuf")))
		return BOUNDARY_UNKNOWN;
	while (!span_is_absent(rest)) {
		struct span parameter = span_trim(span_cut(&rest, ';'));

		if (span_eq_nocase(parameter, SPAN("stream=watch")))
			return BOUNDARY_LENGTH;
	}
	return BOUNDARY_UNKNOWN;
}

void boundary_init(struct boundary *boundary, struct span content_type)
{
	*boundary = (struct boundary){
		.kind = kind_of(content_type),
		.is_at_one = true,
	};
}

static void feed_length(struct boundary *boundary, struct span bytes)
{
	while (bytes.len > 0) {
		size_t part;

		if (boundary->length_have < LENGTH_BYTES) {
			boundary->length = boundary->length << 8 |
				(unsigned char)bytes.ptr[0];
			boundary->length_have++;
			bytes = span_skip(bytes, 1);
		}
		if (boundary->length_have < LENGTH_BYTES)
			continue;
		part = (size_t)u64_min(boundary->length, bytes.len);
		boundary->length -= (uint32_t)part;
		bytes = span_skip(bytes, part);
		if (boundary->length == 0)
			boundary->length_have = 0;
	}
}

void boundary_feed(struct boundary *boundary, struct span bytes)
{
	if (bytes.len == 0)
		return;
	switch (boundary->kind) {
	case BOUNDARY_UNKNOWN:
		boundary->is_at_one = false;
		break;
	case BOUNDARY_NEWLINE:
		boundary->is_at_one = bytes.ptr[bytes.len - 1] == '\n';
		break;
	case BOUNDARY_LENGTH:
		feed_length(boundary, bytes);
		break;
	}
}

bool boundary_is_at_one(const struct boundary *boundary)
{
	if (boundary->kind == BOUNDARY_LENGTH)
		return boundary->length_have == 0;
	return boundary->is_at_one;
}

/*
 * One byte further.  The name's first letter is nowhere else in it, so what
 * does not match can at most be the beginning of the next one.
 */
static uint8_t match_byte(uint8_t matched, char byte)
{
	static const char name[] = INITIAL_EVENTS_END;

	if (byte == name[matched])
		return (uint8_t)(matched + 1);
	return byte == name[0] ? 1 : 0;
}

bool initial_events_feed(struct initial_events *events, struct span bytes)
{
	const size_t len = sizeof(INITIAL_EVENTS_END) - 1;

	/* What began in an earlier piece … */
	while (events->matched > 0 && events->matched < len && bytes.len > 0) {
		events->matched = match_byte(events->matched, bytes.ptr[0]);
		bytes = span_skip(bytes, 1);
	}
	if (events->matched == len)
		return true;
	if (bytes.len == 0)
		return false;
	/* … is whole in this one … */
	if (memmem(bytes.ptr, bytes.len, INITIAL_EVENTS_END, len)) {
		events->matched = (uint8_t)len;
		return true;
	}
	/* … or begins at its end. */
	if (bytes.len >= len)
		bytes = span_skip(bytes, bytes.len - (len - 1));
	while (bytes.len > 0) {
		events->matched = match_byte(events->matched, bytes.ptr[0]);
		bytes = span_skip(bytes, 1);
	}
	return false;
}
