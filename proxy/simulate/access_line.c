/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/simulate/access_line.h"

#include <string.h>

#include "base/buf.h"
#include "conf/arena.h"
#include "policy/classify.h"

/* `time` is when the line was written, to the millisecond or so. */
#define BOOT_SLACK (5 * USEC_PER_SEC)

/* ---- what it was --------------------------------------------------------- */

/* The path was decoded once: what would be read anew is encoded again. */
static struct span target_of(
	const struct line_fields *fields, struct arena *arena)
{
	struct span path = line_field(fields, "path");
	struct buf target = BUF_INIT;
	struct span kept;

	for (size_t i = 0; i < path.len; i++) {
		if (path.ptr[i] && strchr("%?#", path.ptr[i]))
			buf_printf(&target, "%%%02X",
				(unsigned)(unsigned char)path.ptr[i]);
		else
			buf_append(&target, &path.ptr[i], 1);
	}
	if (line_field_is(fields, "verb", verb_name(VERB_WATCH)))
		buf_append_str(&target, "?watch=true");
	kept = recorded_text(arena, buf_span(&target));
	buf_fini(&target);
	return kept;
}

static uint32_t query_of(const struct line_fields *fields)
{
	struct span rest = line_field(fields, "query");
	uint32_t parts = 0;

	while (rest.len) {
		struct span word = span_cut(&rest, ',');

		for (unsigned i = 0; i < QUERY_PART_COUNT; i++) {
			if (span_eq_str(word,
				    query_part_name((enum query_part)i)))
				parts |= 1U << i;
		}
	}
	return parts;
}

static void read_effect(const struct line_fields *fields, struct arena *arena,
	struct class *class)
{
	struct span rest =
		recorded_text(arena, line_field(fields, "finalizers"));

	for (unsigned i = 0; i < EFFECT_COUNT; i++) {
		if (line_field_is(fields, "effect",
			    effect_name((enum effect)i)))
			class->effect = (enum effect)i;
	}
	class->is_pure = line_field_is(fields, "pure", "true");
	while (rest.len && class->finalizer_count < CLASS_FINALIZERS_MAX)
		class->finalizers[class->finalizer_count++] =
			span_cut(&rest, ',');
}

static void read_class(const struct line_fields *fields, struct arena *arena,
	struct class *ret)
{
	struct head head = {
		.method = recorded_text(arena, line_field(fields, "method")),
		.target = target_of(fields, arena),
	};

	classify_head(&head, arena_alloc(arena, head.target.len + 1), ret);
	class_set_query(ret, query_of(fields));
	read_effect(fields, arena, ret);
}

/* "127.0.0.1:4711": the address is what policy tells peers apart by. */
static uint64_t peer_of(const struct line_fields *fields)
{
	struct span peer = line_field(fields, "peer");
	const char *colon = peer.len ? memrchr(peer.ptr, ':', peer.len) : NULL;

	if (colon)
		peer.len = (size_t)(colon - peer.ptr);
	return recorded_number(peer);
}

/* ---- when ---------------------------------------------------------------- */

/* When it was submitted, on the wall; false: the line does not say. */
static bool read_at(const struct line_fields *fields, usec_t *boot, usec_t *ret)
{
	usec_t written, submitted, duration, began;

	if (!line_wall_time(line_field(fields, "time"), &written) ||
		!line_field_time(fields, "submitted", &submitted) ||
		!line_field_time(fields, "duration", &duration))
		return false;
	began = usec_since(written, duration + submitted);
	if (began > *boot + BOOT_SLACK || began + BOOT_SLACK < *boot)
		*boot = began;
	*ret = *boot + submitted;
	return true;
}

static void read_times(const struct line_fields *fields, struct recorded *ret)
{
	ret->is_service_known =
		line_field_time(fields, "upstream", &ret->service) &&
		ret->service > 0;
	line_field_time(fields, "transfer", &ret->transfer);
	line_field_time(fields, "wait", &ret->wait);
	ret->patience = USEC_NEVER;
	if (line_field_is(fields, "end", "left"))
		line_field_time(fields, "duration", &ret->patience);
}

/* At info there is what broke off, what was not answered, and a sample. */
static bool is_sample(const struct line_fields *fields)
{
	return line_field_is(fields, "level", "info") &&
		!line_field_is(fields, "end", "broken") &&
		!line_field_is(fields, "reason",
			verdict_info(VERDICT_NO_ANSWER)->word);
}

static bool is_complete(const struct line_fields *fields)
{
	static const char *const NEEDED[] = { "time", "method", "path", "verb",
		"effect", "query", "submitted", "wait", "upstream", "transfer",
		"duration", "attempts", "status", "end" };

	for (size_t i = 0; i < ARRAY_SIZE(NEEDED); i++) {
		bool is_there = false;

		for (size_t j = 0; j < fields->count && !is_there; j++)
			is_there = span_eq_str(fields->list[j].key, NEEDED[i]);
		if (!is_there)
			return false;
	}
	return true;
}

/* ---- the line ------------------------------------------------------------ */

enum line_kind access_line_read(const struct line_fields *fields,
	struct arena *arena, usec_t *boot, struct recorded *ret)
{
	uint64_t attempts = line_field_number(fields, "attempts");
	uint64_t status = line_field_number(fields, "status");
	struct span lane = line_field(fields, "lane");
	struct span user = line_field(fields, "user");

	if (!line_field_is(fields, "msg", "request"))
		return LINE_OTHER;
	if (!is_complete(fields))
		return LINE_LACKS;
	if (!lane.len)
		return LINE_NO_LANE;
	*ret = (struct recorded){
		.user_agent = recorded_text(
			arena, line_field(fields, "user_agent")),
		.subject = { .user = recorded_text(arena, user) },
		.has_subject = user.len > 0,
		.number = line_field_number(fields, "id"),
		.identity = recorded_number(line_field(fields, "identity")),
		.peer = peer_of(fields),
		.body_len = line_field_number(fields, "bytes_in"),
		.bytes = line_field_number(fields, "bytes_out"),
		.status = line_field(fields, "reason").len
			? 0
			: recorded_status(status),
		.is_apart = status == 101,
		.lane = arena_dup(arena, lane),
		.was_started = attempts > 0,
		.was_refused = line_field(fields, "reason").len > 0,
		.was_again = attempts > 1,
		.is_sample = is_sample(fields),
	};
	if (!read_at(fields, boot, &ret->at))
		return LINE_LACKS;
	read_times(fields, ret);
	read_class(fields, arena, &ret->class);
	if (ret->is_apart)
		ret->class.is_long_running = true;
	return LINE_REQUEST;
}
