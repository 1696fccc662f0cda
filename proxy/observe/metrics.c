/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/metrics.h"

#include <stddef.h>

#include "proxy/observe/metrics_impl.h"

#define LANE(member) offsetof(struct lane_stats, member)
#define LEVEL(member) offsetof(struct level_stats, member)
#define ENDPOINT(member) offsetof(struct endpoint_stats, member)
#define POLICY(member) offsetof(struct policy_stats, member)
#define INTENTS(member) offsetof(struct intent_stats, member)
#define REPLICA(member) offsetof(struct replica_stats, member)
#define EXCHANGE(member) offsetof(struct exchange_stats, member)
#define REVIEWS(member) offsetof(struct review_stats, member)
#define WIRE(member) offsetof(struct wire_stats, member)
#define PROCESS(member) offsetof(struct process_stats, member)

static const struct metric METRICS[] = {
	{ "fairway_build_info", METRIC_GAUGE, "version",
		"1, with the version that runs.", metric_write_build_info, 0 },
	{ "fairway_ready", METRIC_GAUGE, "",
		"1 while it takes requests, 0 on its way out.",
		metric_write_ready, 0 },
	{ "fairway_config_info", METRIC_GAUGE, "sha256",
		"1, with the digest of the configuration's file that runs; "
		"empty: the defaults.",
		metric_write_config_info, 0 },
	{ "fairway_config_last_reload_successful", METRIC_GAUGE, "",
		"1 if the file was right when it was last read, else the one "
		"before runs on.",
		metric_write_reload_good, 0 },
	{ "fairway_config_last_reload_success_timestamp_seconds", METRIC_GAUGE,
		"",
		"When a configuration last came into force, in seconds since "
		"1970.",
		metric_write_reload_time, 0 },
	{ "fairway_config_reloads_total", METRIC_COUNTER, "result",
		"Times that the configuration was read again.",
		metric_write_reloads, 0 },
	{ "fairway_credential_reloads_total", METRIC_COUNTER, "side, result",
		"Times that files of TLS or credentials had changed: the "
		"certificate for clients (downstream), trust and credentials "
		"for the API server (upstream). A failure leaves what is used.",
		metric_write_credential_reloads, 0 },
	{ "fairway_credential_last_reload_successful", METRIC_GAUGE, "side",
		"1 if the files of that side were right when they were last "
		"read, else the ones before are used.",
		metric_write_credentials_good, 0 },
	{ "fairway_certificate_expiration_timestamp_seconds", METRIC_GAUGE,
		"side",
		"When the certificate that clients (downstream) or the API "
		"server (upstream) are shown ends, in seconds since 1970.",
		metric_write_expiry, 0 },

	{ "fairway_requests_total", METRIC_COUNTER, "lane, verb, code",
		"Requests that are over, by what the client was answered; code "
		"is other where it is none of the usual ones or none was sent.",
		metric_write_requests, 0 },
	{ "fairway_request_duration_seconds", METRIC_HISTOGRAM, "lane",
		"From a request's head to the end of its answer, watches "
		"included.",
		metric_write_duration, 0 },
	{ "fairway_request_wait_duration_seconds", METRIC_HISTOGRAM, "lane",
		"From a request's submission to its first start.",
		metric_write_wait, 0 },
	{ "fairway_upstream_duration_seconds", METRIC_HISTOGRAM, "lane",
		"From the start of an attempt to the head of the API server's "
		"answer.",
		metric_write_upstream_duration, 0 },
	{ "fairway_submitted_requests_total", METRIC_COUNTER, "lane",
		"Requests that came to the lane.", metric_write_lane_u64,
		LANE(submitted) },
	{ "fairway_dispatched_requests_total", METRIC_COUNTER, "lane",
		"Requests that started: first attempts.", metric_write_lane_u64,
		LANE(started) },
	{ "fairway_retries_total", METRIC_COUNTER, "lane",
		"Further attempts, of any kind.", metric_write_lane_u64,
		LANE(again) },
	{ "fairway_upstream_refusals_total", METRIC_COUNTER, "lane",
		"Answers 429 and 503 of the API server that the client did not "
		"see: the request went again.",
		metric_write_lane_u64, LANE(refused_upstream) },
	{ "fairway_rejected_requests_total", METRIC_COUNTER, "lane, reason",
		"Requests that Fairway answered itself.", metric_write_rejected,
		0 },
	{ "fairway_waited_requests_total", METRIC_COUNTER, "lane, by",
		"Requests that waited before they started, by what kept them "
		"last: their turn behind others, or one of the limits.",
		metric_write_lane_keepers, LANE(kept_by) },
	{ "fairway_shadow_waits_total", METRIC_COUNTER, "lane, by",
		"Requests of lanes in Shadow that would have waited, by what "
		"would have kept them.",
		metric_write_lane_keepers, LANE(would_be_kept_by) },
	{ "fairway_shadow_rejections_total", METRIC_COUNTER, "lane, reason",
		"Requests of lanes in Shadow that would have been refused.",
		metric_write_would_be_refused, 0 },
	{ "fairway_shadow_overflows_total", METRIC_COUNTER, "lane",
		"Requests of lanes in Shadow that would have gone to the "
		"overflow lane.",
		metric_write_lane_u64, LANE(would_overflow) },
	{ "fairway_shadow_retries_total", METRIC_COUNTER, "lane",
		"Answers of lanes in Shadow that were passed on and would have "
		"been followed by a further attempt.",
		metric_write_lane_u64, LANE(would_go_again) },
	{ "fairway_rule_requests_total", METRIC_COUNTER, "rule, mode",
		"Requests that the rule matched, the first to do so; in Shadow "
		"it would have been theirs.",
		metric_write_rules, 0 },
	{ "fairway_cancelled_requests_total", METRIC_COUNTER, "lane",
		"Requests whose client left while they waited.",
		metric_write_lane_u64, LANE(cancelled) },
	{ "fairway_lane_paused", METRIC_GAUGE, "lane",
		"1 while an operator has paused the lane.",
		metric_write_lane_paused, 0 },
	{ "fairway_lane_drained", METRIC_GAUGE, "lane",
		"1 while an operator lets the lane run empty.",
		metric_write_lane_drained, 0 },
	{ "fairway_drained_flows", METRIC_GAUGE, "",
		"Flows that an operator lets run empty.",
		metric_write_policy_u32, POLICY(drained_flows) },
	{ "fairway_current_inqueue_requests", METRIC_GAUGE, "lane",
		"Requests that wait in the lane's queue.",
		metric_write_lane_u32, LANE(queued) },
	{ "fairway_current_parked_requests", METRIC_GAUGE, "lane",
		"Requests that wait for a time: a further attempt.",
		metric_write_lane_u32, LANE(parked) },
	{ "fairway_current_executing_requests", METRIC_GAUGE, "lane",
		"Requests at the API server.", metric_write_lane_u32,
		LANE(running) },
	{ "fairway_current_executing_seats", METRIC_GAUGE, "lane",
		"Seats that they take.", metric_write_lane_seats, LANE(seats) },
	{ "fairway_current_inqueue_bytes", METRIC_GAUGE, "lane",
		"Memory that waiting requests hold.", metric_write_lane_u64,
		LANE(queued_bytes) },
	{ "fairway_seat_seconds_total", METRIC_COUNTER, "lane",
		"Seat time used: a lane's share is its part of the sum.",
		metric_write_lane_seat_seconds, LANE(seat_usec) },

	{ "fairway_gate_limit_requests", METRIC_GAUGE, "endpoint, level",
		"Requests in flight that the gate of a priority level of the "
		"API server lets through; level is how its UID begins, or "
		"unknown before the first answer.",
		metric_write_level_u32, LEVEL(limit) },
	{ "fairway_gate_executing_requests", METRIC_GAUGE, "endpoint, level",
		"Requests in flight at that level.", metric_write_level_u32,
		LEVEL(in_flight) },
	{ "fairway_gate_closed", METRIC_GAUGE, "endpoint, level",
		"1 while the gate is closed after a refusal.",
		metric_write_level_closed, 0 },
	{ "fairway_gate_refusals_total", METRIC_COUNTER, "endpoint, level",
		"Answers 429 of that level.", metric_write_level_u64,
		LEVEL(refusals) },

	{ "fairway_endpoint_health", METRIC_GAUGE, "endpoint, state",
		"1 for the state that the API server is in.",
		metric_write_health, 0 },
	{ "fairway_endpoint_limit_seats", METRIC_GAUGE, "endpoint",
		"Seats that Fairway uses at the API server at most: the total.",
		metric_write_endpoint_seats, ENDPOINT(total) },
	{ "fairway_endpoint_executing_seats", METRIC_GAUGE, "endpoint",
		"Seats in use there, of lanes under the total.",
		metric_write_endpoint_seats, ENDPOINT(in_flight) },
	{ "fairway_endpoint_drained", METRIC_GAUGE, "endpoint",
		"1 while an operator lets it run empty: others are asked.",
		metric_write_endpoint_drained, 0 },
	{ "fairway_endpoint_throttled_total", METRIC_COUNTER, "endpoint",
		"Answers 429 of the API server.", metric_write_endpoint_u64,
		ENDPOINT(answers_429) },
	{ "fairway_endpoint_failed_probes_total", METRIC_COUNTER, "endpoint",
		"Probes of its /readyz that failed.", metric_write_endpoint_u64,
		ENDPOINT(probes_failed) },
	{ "fairway_endpoint_connections", METRIC_GAUGE, "endpoint, class",
		"Connections to it.", metric_write_pools, 0 },

	{ "fairway_held_bytes", METRIC_GAUGE, "",
		"Memory that waiting requests hold, of all lanes.",
		metric_write_policy_u64, POLICY(held_bytes) },
	{ "fairway_flows", METRIC_GAUGE, "", "Flows that policy knows.",
		metric_write_policy_u32, POLICY(flows) },
	{ "fairway_retries_denied_total", METRIC_COUNTER, "",
		"Further attempts that the retry budget did not allow.",
		metric_write_policy_u64, POLICY(retries_denied) },

	{ "fairway_stuck_objects_seen", METRIC_GAUGE, "resource, finalizer",
		"Objects that were seen being deleted, for longer than "
		"terminating.stuckAfter, and kept by that finalizer; of 32 "
		"pairs, the rest is other.",
		metric_write_stuck, 0 },
	{ "fairway_stuck_oldest_seconds", METRIC_GAUGE, "",
		"Since the first deletion of the objects that are remembered; "
		"0: there are none.",
		metric_write_stuck_oldest, 0 },
	{ "fairway_terminating_objects_seen", METRIC_GAUGE, "",
		"Objects that are remembered: they were seen being deleted and "
		"kept by a finalizer.",
		metric_write_policy_u32, POLICY(objects) },
	{ "fairway_terminating_objects_given_up_total", METRIC_COUNTER, "",
		"Of these, those that others took the place of.",
		metric_write_policy_u64, POLICY(objects_given_up) },
	{ "fairway_terminating_objects_too_long_total", METRIC_COUNTER, "",
		"Objects that were not remembered: their names are too long, "
		"or they have more than four finalizers.",
		metric_write_policy_u64, POLICY(objects_too_long) },
	{ "fairway_terminating_objects_unread_total", METRIC_COUNTER, "",
		"Answers and events that seemed to be of such an object and "
		"were not read: tables, pieces that found no room.",
		metric_write_exchange_u64, EXCHANGE(unread) },

	{ "fairway_replica_state", METRIC_GAUGE, "state",
		"1 for the state that this replica is in, 0 for the others; "
		"cut-off and nameless have the floor of each limit only. "
		"This and the next ones: with replicas.divide alone.",
		metric_write_replica_state, 0 },
	{ "fairway_replica_peers", METRIC_GAUGE, "",
		"Other replicas whose Leases have not expired.",
		metric_write_replica_u32, REPLICA(peers) },
	{ "fairway_replica_too_many", METRIC_GAUGE, "",
		"Replicas that there are, where that is more than "
		"replicas.max; else 0.",
		metric_write_replica_u32, REPLICA(too_many) },
	{ "fairway_replica_unreadable_leases", METRIC_GAUGE, "",
		"Leases of the group that say nothing sensible, or were "
		"deleted less than a period ago: nobody gets more meanwhile.",
		metric_write_replica_u32, REPLICA(unreadable) },
	{ "fairway_replica_limit", METRIC_GAUGE, "quota",
		"What all replicas together may use: seats, or requests a "
		"second.",
		metric_write_replica_limits, 0 },
	{ "fairway_replica_portion", METRIC_GAUGE, "quota",
		"Of that, what this one may use now.",
		metric_write_replica_amounts, REPLICA(portions) },
	{ "fairway_replica_floor", METRIC_GAUGE, "quota",
		"… and what it may use in any case.",
		metric_write_replica_amounts, REPLICA(floors) },
	{ "fairway_replica_demand", METRIC_GAUGE, "quota",
		"… and what it could use.", metric_write_replica_amounts,
		REPLICA(demands) },
	{ "fairway_replica_renewals_total", METRIC_COUNTER, "",
		"Times that its Lease was written.", metric_write_replica_u64,
		REPLICA(renewals) },
	{ "fairway_replica_failures_total", METRIC_COUNTER, "",
		"Times that Leases could not be listed, or its own be written.",
		metric_write_replica_u64, REPLICA(failures) },
	{ "fairway_replica_cut_offs_total", METRIC_COUNTER, "",
		"Times that it fell to the floor.", metric_write_replica_u64,
		REPLICA(cut_offs) },
	{ "fairway_journal_wanted", METRIC_GAUGE, "",
		"1 if journal.mode is not Off.", metric_write_journal_wanted,
		0 },
	{ "fairway_journal_on", METRIC_GAUGE, "",
		"1 while finalizer removals that wait are kept on the disk; 0 "
		"if its disk does not take them, or none is wanted.",
		metric_write_journal_on, 0 },
	{ "fairway_intents", METRIC_GAUGE, "",
		"Finalizer removals that are not decided yet and outlive their "
		"clients.",
		metric_write_intents_u64, INTENTS(open) },
	{ "fairway_intents_durable", METRIC_GAUGE, "",
		"Of them, those that are on the disk.",
		metric_write_intents_u64, INTENTS(durable) },
	{ "fairway_intents_parked", METRIC_GAUGE, "",
		"Of them, those that wait for credentials of their identity.",
		metric_write_intents_u64, INTENTS(parked) },
	{ "fairway_intents_oldest_seconds", METRIC_GAUGE, "",
		"Age of the oldest of them.", metric_write_intents_seconds,
		INTENTS(oldest) },
	{ "fairway_intents_opened_total", METRIC_COUNTER, "",
		"Finalizer removals that were given to the journal.",
		metric_write_intents_u64, INTENTS(opened) },
	{ "fairway_intents_found_total", METRIC_COUNTER, "",
		"Those that were open in it at the start.",
		metric_write_intents_u64, INTENTS(found) },
	{ "fairway_intents_adopted_total", METRIC_COUNTER, "",
		"Those that a later request for the same removal took over.",
		metric_write_intents_u64, INTENTS(adopted) },
	{ "fairway_intents_named_total", METRIC_COUNTER, "",
		"Clients that were refused and told that their removal is "
		"pending.",
		metric_write_intents_u64, INTENTS(named) },
	{ "fairway_intents_ended_total", METRIC_COUNTER, "end",
		"Those that are over, by how they ended.",
		metric_write_intent_ends, 0 },
	{ "fairway_replays_total", METRIC_COUNTER, "",
		"Requests that Fairway made for them itself: the removal once "
		"more, or a look at the object.",
		metric_write_intents_u64, INTENTS(replays) },
	{ "fairway_journal_commits_total", METRIC_COUNTER, "",
		"Times that the journal was synced.", metric_write_intents_u64,
		INTENTS(commits) },
	{ "fairway_journal_commit_seconds_total", METRIC_COUNTER, "",
		"Time that this took.", metric_write_intents_seconds,
		INTENTS(commit_time) },
	{ "fairway_journal_commit_longest_seconds", METRIC_GAUGE, "",
		"The longest of them.", metric_write_intents_seconds,
		INTENTS(commit_longest) },
	{ "fairway_journal_failures_total", METRIC_COUNTER, "",
		"Writes and syncs of the journal that failed.",
		metric_write_intents_u64, INTENTS(failures) },
	{ "fairway_journal_damaged_total", METRIC_COUNTER, "",
		"Files of it that were damaged at the start, and kept aside.",
		metric_write_intents_u64, INTENTS(damaged) },
	{ "fairway_journal_used_bytes", METRIC_GAUGE, "",
		"Bytes of its file that are used.", metric_write_intents_u64,
		INTENTS(bytes) },

	{ "fairway_client_certificates_total", METRIC_COUNTER, "result",
		"Client certificates that were looked at: each once for its "
		"connection, and again when authorities or the configuration "
		"have changed.",
		metric_write_certificates, 0 },
	{ "fairway_reviews_total", METRIC_COUNTER, "kind, result",
		"Reviews that Fairway asked for and that are over: whose a "
		"token is (token), whether somebody may be somebody else "
		"(access). failed: no answer, or none that says it.",
		metric_write_review_ends, 0 },
	{ "fairway_review_lookups_total", METRIC_COUNTER, "kind, found",
		"Times that a request needed to know it: hit: it was known; "
		"stale: from earlier, and is asked for again; joined: it was "
		"being asked; miss: it had to be asked; full: too much is "
		"asked already, and it was refused.",
		metric_write_review_lookups, 0 },
	{ "fairway_review_entries", METRIC_GAUGE, "",
		"Reviews that are remembered or under way.",
		metric_write_reviews_u64, REVIEWS(entries) },
	{ "fairway_current_reviews", METRIC_GAUGE, "",
		"Of them, those that are under way.", metric_write_reviews_u64,
		REVIEWS(asking) },
	{ "fairway_reviews_pushed_out_total", METRIC_COUNTER, "",
		"Of them, those that others took the place of.",
		metric_write_reviews_u64, REVIEWS(pushed_out) },
	{ "fairway_current_exchanges", METRIC_GAUGE, "",
		"Requests that are open, watches included.",
		metric_write_exchange_u32, EXCHANGE(open) },
	{ "fairway_exchanges_total", METRIC_COUNTER, "end",
		"Requests that are over: answered as a whole, broken in the "
		"middle, or left by the client.",
		metric_write_ends, 0 },
	{ "fairway_attempts_total", METRIC_COUNTER, "",
		"Attempts sent to the API server.", metric_write_exchange_u64,
		EXCHANGE(attempts) },
	{ "fairway_attempts_unsent_total", METRIC_COUNTER, "",
		"Attempts that certainly did nothing.",
		metric_write_exchange_u64, EXCHANGE(unsent) },
	{ "fairway_attempts_lost_total", METRIC_COUNTER, "",
		"Attempts that were sent and got no answer.",
		metric_write_exchange_u64, EXCHANGE(lost) },
	{ "fairway_slow_readers_total", METRIC_COUNTER, "",
		"Clients cut off that read too slowly while the API server "
		"waited.",
		metric_write_exchange_u64, EXCHANGE(slow_readers) },
	{ "fairway_answers_swallowed_total", METRIC_COUNTER, "",
		"Answers that a further attempt followed.",
		metric_write_exchange_u64, EXCHANGE(swallowed) },
	{ "fairway_watches_ended_total", METRIC_COUNTER, "",
		"Watches that ended cleanly for the client where the API "
		"server broke off.",
		metric_write_exchange_u64, EXCHANGE(watches_ended) },
	{ "fairway_waiting_for_connection", METRIC_GAUGE, "",
		"Requests that may start and wait for a connection.",
		metric_write_exchange_u32, EXCHANGE(waiting_for_connection) },
	{ "fairway_request_bytes_total", METRIC_COUNTER, "",
		"Bytes of bodies from clients.", metric_write_exchange_u64,
		EXCHANGE(bytes_in) },
	{ "fairway_response_bytes_total", METRIC_COUNTER, "",
		"Bytes of bodies to clients.", metric_write_exchange_u64,
		EXCHANGE(bytes_out) },

	{ "fairway_connections", METRIC_GAUGE, "side",
		"Connections that are open, with clients (downstream) and "
		"with API servers (upstream).",
		metric_write_connections, 0 },
	{ "fairway_connections_accepted_total", METRIC_COUNTER, "",
		"Connections from clients.", metric_write_wire_u64,
		WIRE(accepted) },
	{ "fairway_connections_refused_total", METRIC_COUNTER, "",
		"Connections from clients above limits.maxConnections, or for "
		"which no descriptor was left.",
		metric_write_wire_u64, WIRE(refused_connections) },
	{ "fairway_accept_pauses_total", METRIC_COUNTER, "",
		"How often accepting paused for want of descriptors.",
		metric_write_wire_u64, WIRE(accept_pauses) },
	{ "fairway_connections_made_total", METRIC_COUNTER, "",
		"Connections to API servers.", metric_write_wire_u64,
		WIRE(connected) },
	{ "fairway_connections_closed_total", METRIC_COUNTER, "side, reason",
		"Connections that ended.", metric_write_closed, 0 },
	{ "fairway_tls_handshakes_total", METRIC_COUNTER, "",
		"TLS handshakes that were completed.", metric_write_wire_u64,
		WIRE(handshakes) },
	{ "fairway_tls_handshake_failures_total", METRIC_COUNTER, "",
		"TLS handshakes that failed.", metric_write_wire_u64,
		WIRE(handshake_failures) },
	{ "fairway_streams_total", METRIC_COUNTER, "side", "HTTP/2 streams.",
		metric_write_streams, 0 },
	{ "fairway_network_bytes_total", METRIC_COUNTER, "side, direction",
		"Bytes on the wire.", metric_write_network_bytes, 0 },
	{ "fairway_relay_bytes", METRIC_GAUGE, "",
		"Memory of bodies on their way, and of what HTTP/1.1 clients "
		"sent ahead.", metric_write_wire_u64,
		WIRE(relay_bytes) },

	{ "fairway_log_lines_dropped_total", METRIC_COUNTER, "",
		"Log lines that found no room.", metric_write_log_dropped, 0 },
	{ "fairway_audit_events_written_total", METRIC_COUNTER, "",
		"Audit events that were written.", metric_write_audit_written,
		0 },
	{ "fairway_audit_events_dropped_total", METRIC_COUNTER, "",
		"Audit events that found no room: they could not be written "
		"for too long.",
		metric_write_audit_dropped, 0 },
	{ "fairway_audit_events_waiting", METRIC_GAUGE, "",
		"Audit events that wait to be written.",
		metric_write_audit_waiting, 0 },
	{ "fairway_audit_failing", METRIC_GAUGE, "",
		"1 while audit events cannot be written.",
		metric_write_audit_failing, 0 },
	{ "fairway_loop_turns_total", METRIC_COUNTER, "",
		"Turns of the event loop.", metric_write_turns, 0 },
	{ "process_cpu_seconds_total", METRIC_COUNTER, "",
		"User and system CPU time.", metric_write_cpu, 0 },
	{ "process_resident_memory_bytes", METRIC_GAUGE, "", "Resident memory.",
		metric_write_process_u64, PROCESS(resident_bytes) },
	{ "process_virtual_memory_bytes", METRIC_GAUGE, "", "Virtual memory.",
		metric_write_process_u64, PROCESS(virtual_bytes) },
	{ "process_open_fds", METRIC_GAUGE, "", "Open file descriptors.",
		metric_write_process_u64, PROCESS(open_fds) },
	{ "process_max_fds", METRIC_GAUGE, "", "How many may be open.",
		metric_write_process_u64, PROCESS(max_fds) },
	{ "process_start_time_seconds", METRIC_GAUGE, "",
		"When the process started, in seconds since 1970.",
		metric_write_start, 0 },
};

static const char *const TYPE_NAMES[] = {
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
	[METRIC_HISTOGRAM] = "histogram",
};

/* What its HELP and TYPE are of: OpenMetrics names a counter without _total. */
static struct span family_of(
	const struct metric *metric, enum metrics_format format)
{
	struct span name = span_str(metric->name);

	if (format == METRICS_OPENMETRICS && metric->type == METRIC_COUNTER)
		name.len -= sizeof("_total") - 1;
	return name;
}

void metrics_write(const struct view *view, enum metrics_format format,
	struct buf *ret_text)
{
	for (size_t i = 0; i < ARRAY_SIZE(METRICS); i++) {
		const struct metric *metric = &METRICS[i];
		struct span family = family_of(metric, format);

		buf_printf(ret_text, "# HELP %.*s %s\n# TYPE %.*s %s\n",
			SPAN_ARG(family), metric->help, SPAN_ARG(family),
			TYPE_NAMES[metric->type]);
		metric->write(metric, view, ret_text);
	}
	if (format == METRICS_OPENMETRICS)
		buf_append_str(ret_text, "# EOF\n");
}

void metrics_write_reference(struct buf *ret_markdown)
{
	buf_append_str(ret_markdown,
		"# Metrics\n\n"
		"Written by `fairway metrics-reference` from the table in "
		"proxy/observe/metrics.c; do not edit.\n\n"
		"`GET /metrics` on the admin address gives them in "
		"Prometheus' text format, or as OpenMetrics 1.0 to who "
		"accepts `application/openmetrics-text`; the series are the "
		"same. Names are those of the API server's "
		"priority and fairness, with `fairway_` before them, where "
		"they mean the same; a *lane* is what the API server calls a "
		"priority level. Requests that were refused before they came "
		"to a lane have the lane `-`. No label names an object, a "
		"namespace, an identity or a client.\n\n"
		"| metric | type | labels | meaning |\n"
		"|---|---|---|---|\n");
	for (size_t i = 0; i < ARRAY_SIZE(METRICS); i++)
		buf_printf(ret_markdown, "| `%s` | %s | %s | %s |\n",
			METRICS[i].name, TYPE_NAMES[METRICS[i].type],
			METRICS[i].labels, METRICS[i].help);
}
