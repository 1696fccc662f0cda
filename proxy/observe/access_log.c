/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/access_log.h"

#include "proxy/observe/log.h"

void access_log_init(struct access_log *access_log, struct log *log,
	const char *const *endpoints)
{
	*access_log = (struct access_log){ log, endpoints };
}

static enum log_level level_of(const struct exchange_record *record)
{
	return record->end == EXCHANGE_END_BROKEN ||
			record->verdict == VERDICT_NO_ANSWER
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

void access_log_record(const struct exchange_record *record, void *user)
{
	const struct access_log *access_log = user;
	const struct class *class = record->class;
	const struct reasons *reasons = &record->reasons;
	enum log_level level = level_of(record);

	/* The fields cost more than this look. */
	if (level > access_log->log->level)
		return;
	log_event(access_log->log, level, "request",
		LOG_FIELDS(LOG_SPAN("method", record->method),
			LOG_STR("verb", verb_name(class->verb)),
			LOG_SPAN("path", class->path),
			LOG_STR("effect", effect_name(class->effect)),
			LOG_STR("lane", record->lane ? record->lane : "-"),
			LOG_STR("rule", record->rule ? record->rule : "-"),
			LOG_UINT("flow", reasons->flow),
			LOG_UINT("level", reasons->level),
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
			LOG_DURATION("wait", record->wait),
			LOG_DURATION("upstream", record->upstream),
			LOG_DURATION("duration", record->duration),
			LOG_UINT("bytes_in", record->bytes_in),
			LOG_UINT("bytes_out", record->bytes_out),
			LOG_SPAN("user_agent", record->user_agent),
			LOG_SPAN("audit_id", record->audit_id),
			LOG_STR("peer", record->peer)));
}
