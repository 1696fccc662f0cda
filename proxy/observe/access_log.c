/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/access_log.h"

#include <inttypes.h>
#include <stdio.h>

#include "proxy/observe/log.h"
#include "proxy/observe/view.h"

/* Four finalizers, of which none is longer than a qualified name. */
#define FINALIZERS_CAP 1300
#define QUERY_CAP 80
#define IDENTITY_CAP 20
#define FLOW_CAP 24

enum {
	SAMPLE_ALL = 1000,
};

void access_log_init(struct access_log *access_log, struct log *log,
	const char *const *endpoints, uint32_t sample, uint64_t seed)
{
	*access_log = (struct access_log){
		.log = log,
		.endpoints = endpoints,
		.sample = sample,
	};
	rng_init(&access_log->rng, seed);
}

static bool is_of_sample(struct access_log *access_log)
{
	return access_log->sample > 0 &&
		rng_below(&access_log->rng, SAMPLE_ALL) < access_log->sample;
}

static enum log_level level_of(
	struct access_log *access_log, const struct exchange_record *record)
{
	return record->end == EXCHANGE_END_BROKEN ||
			record->verdict == VERDICT_NO_ANSWER ||
			is_of_sample(access_log)
		? LOG_LEVEL_INFO
		: LOG_LEVEL_DEBUG;
}

/* "-" where nothing is known, or nothing was. */
static const char *kept_by_text(enum kept_by kept_by)
{
	return kept_by == KEPT_BY_NOTHING ? "-" : kept_by_name(kept_by);
}

static const char *verdict_text(enum verdict verdict)
{
	return verdict == VERDICT_NONE ? "-" : verdict_info(verdict)->word;
}

/* Appends with a comma; what finds no room is left out. */
static void add_word(char *text, size_t cap, size_t *len, struct span word)
{
	if (*len + word.len + 2 > cap)
		return;
	*len += (size_t)snprintf(text + *len, cap - *len, "%s%.*s",
		*len ? "," : "", SPAN_ARG(word));
}

/* What a rule looks at of the query, which itself may hold anything. */
static struct span query_text(const struct class *class, char text[QUERY_CAP])
{
	uint32_t parts = class_query(class);
	size_t len = 0;

	for (unsigned i = 0; i < QUERY_PART_COUNT; i++) {
		if (parts & 1U << i)
			add_word(text, QUERY_CAP, &len,
				span_str(query_part_name((enum query_part)i)));
	}
	return len ? span_of(text, len) : SPAN("-");
}

static struct span finalizers_text(
	const struct class *class, char text[FINALIZERS_CAP])
{
	size_t len = 0;

	for (unsigned i = 0; i < class->finalizer_count; i++)
		add_word(text, FINALIZERS_CAP, &len, class->finalizers[i]);
	return len ? span_of(text, len) : SPAN("-");
}

/* A keyed hash: as text, since JSON has no such numbers. */
static struct span identity_text(uint64_t identity, char text[IDENTITY_CAP])
{
	int len = snprintf(text, IDENTITY_CAP, "%016" PRIx64, identity);

	return identity ? span_of(text, (size_t)len) : SPAN("-");
}

/* As `fairway flows` has it. */
static struct span flow_text(uint64_t flow, char text[FLOW_CAP])
{
	int len = snprintf(text, FLOW_CAP, "%" PRIu64, flow);

	return span_of(text, (size_t)len);
}

void access_log_record(const struct exchange_record *record, void *user)
{
	struct access_log *access_log = user;
	const struct class *class = record->class;
	const struct reasons *reasons = &record->reasons;
	enum log_level level = level_of(access_log, record);
	char finalizers[FINALIZERS_CAP], query[QUERY_CAP];
	char identity[IDENTITY_CAP], flow[FLOW_CAP];
	char upstream_level[VIEW_LEVEL_NAME_CAP];

	/* The fields cost more than this look. */
	if (level > access_log->log->level)
		return;
	view_level_name(reasons->level, upstream_level);
	log_event(access_log->log, level, "request",
		LOG_FIELDS(LOG_UINT("id", record->id),
			LOG_SPAN("method", record->method),
			LOG_STR("verb", verb_name(class->verb)),
			LOG_SPAN("path", class->path),
			LOG_SPAN("query", query_text(class, query)),
			LOG_STR("effect", effect_name(class->effect)),
			LOG_SPAN("finalizers",
				finalizers_text(class, finalizers)),
			LOG_BOOL("pure", class->is_pure),
			LOG_STR("lane", record->lane ? record->lane : "-"),
			LOG_STR("rule", record->rule ? record->rule : "-"),
			LOG_SPAN("flow", flow_text(reasons->flow, flow)),
			LOG_STR("upstream_level", upstream_level),
			LOG_UINT("gate_limit", reasons->gate_limit),
			LOG_UINT("gate_in_flight", reasons->gate_in_flight),
			LOG_STR("kept_by", kept_by_text(reasons->kept_by)),
			LOG_STR("shadow_rule",
				record->shadow_rule ? record->shadow_rule
						    : "-"),
			LOG_STR("would_be_kept_by",
				kept_by_text(reasons->would_be_kept_by)),
			LOG_STR("would_be_refused",
				verdict_text(reasons->would_be_refused)),
			LOG_UINT("status", record->status),
			LOG_STR("reason", verdict_text(record->verdict)),
			LOG_STR("end", exchange_end_name(record->end)),
			LOG_UINT("attempts", record->attempts),
			LOG_STR("endpoint",
				record->attempts
					? access_log
						  ->endpoints[record->endpoint]
					: "-"),
			LOG_DURATION("submitted", record->submitted_at),
			LOG_DURATION("wait", record->wait),
			LOG_DURATION("upstream", record->upstream),
			LOG_DURATION("transfer", record->transfer),
			LOG_DURATION("duration", record->duration),
			LOG_UINT("bytes_in", record->bytes_in),
			LOG_UINT("bytes_out", record->bytes_out),
			LOG_SPAN("user_agent", record->user_agent),
			LOG_SPAN("identity",
				identity_text(record->identity, identity)),
			LOG_SPAN("audit_id", record->audit_id),
			LOG_SPAN("traceparent", record->traceparent),
			LOG_SPAN("user", record->user),
			LOG_STR("peer", record->peer)));
}
