/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of metrics: the table (metrics.c), what writes a row of it
 * (metrics_*.c), and how a line of it looks (metrics_line.c).
 */
#ifndef PROXY_OBSERVE_METRICS_IMPL_H
#define PROXY_OBSERVE_METRICS_IMPL_H

#include "proxy/observe/metrics.h"

struct metric;

/* Appends the metric's series: each a line. */
typedef void metric_write_fn(
	const struct metric *metric, const struct view *view, struct buf *out);

enum metric_type {
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM,
};

struct metric {
	const char *name;
	enum metric_type type;
	const char *labels; /* for people: "lane, code"; "": none */
	const char *help;   /* one line */
	metric_write_fn *write;
	size_t offset; /* of the number, in the struct that `write` reads */
};

struct metric_label {
	const char *name;
	const char *value;
};

/* Labels end where a name is NULL. */
#define NO_LABELS ((const struct metric_label[]){ { NULL, NULL } })
#define LABELS(...) \
	((const struct metric_label[]){ __VA_ARGS__, { NULL, NULL } })

void metric_put(struct buf *out, const struct metric *metric,
	const struct metric_label *labels, uint64_t value);
/* value / 10^digits, exactly. */
void metric_put_fraction(struct buf *out, const struct metric *metric,
	const struct metric_label *labels, uint64_t value, unsigned digits);
/* `buckets` are not cumulative, as policy counts them. */
void metric_put_histogram(struct buf *out, const struct metric *metric,
	const char *lane, const uint64_t buckets[STATS_WAIT_BUCKETS],
	usec_t sum);
uint64_t metric_u64_at(const void *base, size_t offset);
uint32_t metric_u32_at(const void *base, size_t offset);

metric_write_fn metric_write_build_info;
metric_write_fn metric_write_ready;
metric_write_fn metric_write_config_info;
metric_write_fn metric_write_reload_good;
metric_write_fn metric_write_reload_time;
metric_write_fn metric_write_reloads;
metric_write_fn metric_write_credential_reloads;
metric_write_fn metric_write_credentials_good;
metric_write_fn metric_write_expiry;
metric_write_fn metric_write_requests;
metric_write_fn metric_write_duration;
metric_write_fn metric_write_upstream_duration;
metric_write_fn metric_write_wait;
metric_write_fn metric_write_rejected;
metric_write_fn metric_write_lane_u64;
metric_write_fn metric_write_lane_keepers;
metric_write_fn metric_write_would_be_refused;
metric_write_fn metric_write_rules;
metric_write_fn metric_write_lane_u32;
metric_write_fn metric_write_lane_paused;
metric_write_fn metric_write_lane_drained;
metric_write_fn metric_write_lane_seats;
metric_write_fn metric_write_lane_seat_seconds;
metric_write_fn metric_write_level_u32;
metric_write_fn metric_write_level_u64;
metric_write_fn metric_write_level_closed;
metric_write_fn metric_write_health;
metric_write_fn metric_write_endpoint_seats;
metric_write_fn metric_write_endpoint_u64;
metric_write_fn metric_write_endpoint_drained;
metric_write_fn metric_write_pools;
metric_write_fn metric_write_ends;
metric_write_fn metric_write_certificates;
metric_write_fn metric_write_review_ends;
metric_write_fn metric_write_review_lookups;
metric_write_fn metric_write_reviews_u64;
metric_write_fn metric_write_stuck;
metric_write_fn metric_write_stuck_oldest;
metric_write_fn metric_write_policy_u64;
metric_write_fn metric_write_policy_u32;
metric_write_fn metric_write_intents_u64;
metric_write_fn metric_write_intents_seconds;
metric_write_fn metric_write_intent_ends;
metric_write_fn metric_write_journal_wanted;
metric_write_fn metric_write_journal_on;
metric_write_fn metric_write_replica_state;
metric_write_fn metric_write_replica_amounts;
metric_write_fn metric_write_replica_limits;
metric_write_fn metric_write_replica_u32;
metric_write_fn metric_write_replica_u64;
metric_write_fn metric_write_exchange_u64;
metric_write_fn metric_write_exchange_u32;
metric_write_fn metric_write_wire_u64;
metric_write_fn metric_write_connections;
metric_write_fn metric_write_closed;
metric_write_fn metric_write_network_bytes;
metric_write_fn metric_write_streams;
metric_write_fn metric_write_log_dropped;
metric_write_fn metric_write_audit_written;
metric_write_fn metric_write_audit_dropped;
metric_write_fn metric_write_audit_waiting;
metric_write_fn metric_write_audit_failing;
metric_write_fn metric_write_turns;
metric_write_fn metric_write_cpu;
metric_write_fn metric_write_start;
metric_write_fn metric_write_process_u64;

#endif
