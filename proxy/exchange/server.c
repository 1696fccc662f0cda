/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/server.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "conf/config.h"
#include "proxy/exchange/client_identity.h"
#include "proxy/exchange/pump.h"
#include "proxy/exchange/server_impl.h"
#include "proxy/identity/user_info.h"
#include "proxy/observe/log.h"

enum {
	/* Flushing may tell policy something new; beyond that many rounds the
	 * rest is for the next turn. */
	ROUNDS_MAX = 8,
	/* Of objects in pieces that are looked at, all together. */
	TAPS_HELD_MAX = 4 * 1024 * 1024,
};

/* ---- clients ------------------------------------------------------------- */

static struct stream *on_stream(struct session *session, void *user)
{
	return &exchange_new(user, session)->down;
}

static void on_nothing(struct session *session, void *user)
{
	(void)session;
	(void)user;
}

static void log_closing(struct server *server, struct session *session,
	enum session_close why, const char *detail)
{
	uint64_t left_out;
	enum log_level level = log_pace_note(&server->closings_said,
		LOG_LEVEL_WARN, server_now(server), &left_out);

	log_event(server->log, level, "closed a client's connection",
		LOG_FIELDS(LOG_STR("peer", session_peer_name(session)),
			LOG_STR("why", session_close_name(why)),
			LOG_STR("detail", detail),
			LOG_UINT("left_out", left_out)));
}

static void on_closed(struct session *session, void *user,
	enum session_close why, const char *detail)
{
	struct server *server = user;

	identity_cache_forget(&server->identities, session_serial(session));
	client_identity_forget(session);
	if (why == SESSION_CLOSE_PROTOCOL || why == SESSION_CLOSE_FLOOD)
		log_closing(server, session, why, detail);
}

static const struct session_events client_events = {
	.on_stream = on_stream,
	.on_ready = on_nothing,
	.on_goaway = on_nothing,
	.on_closed = on_closed,
};

/* ---- the API servers ----------------------------------------------------- */

static struct exchange *exchange_of_waiter(struct upstream_waiter *waiter)
{
	return CONTAINER_OF(waiter, struct exchange, waiter);
}

static void on_session(struct upstream_waiter *waiter, struct session *session)
{
	attempt_send(exchange_of_waiter(waiter), session);
}

static void on_failed(struct upstream_waiter *waiter)
{
	attempt_cannot_connect(exchange_of_waiter(waiter));
}

/* Only changes are worth a line. */
static void log_health(struct server *server, unsigned endpoint)
{
	enum health_state was = server->health[endpoint], is;

	policy_read_stats(server->policy, server->policy_stats);
	is = server->policy_stats->endpoints[endpoint].health;
	if (is == was)
		return;
	server->health[endpoint] = is;
	/* Upstream says which address comes and goes. */
	if (is == HEALTH_VACANT || was == HEALTH_VACANT)
		return;
	log_event(server->log,
		is == HEALTH_AWAY ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
		"API server",
		LOG_FIELDS(LOG_STR("server",
				   upstream_name(server->upstream, endpoint)),
			LOG_STR("health", health_state_name(is)),
			LOG_STR("was", health_state_name(was))));
}

void server_note_health(
	struct server *server, unsigned endpoint, enum health_kind kind)
{
	policy_health(server->policy, endpoint, kind, server_now(server));
	server->has_news = true;
	log_health(server, endpoint);
	if (kind == HEALTH_VANISHED)
		probe_stop(&server->probes[endpoint]);
	else
		upstream_note_health(server->upstream, endpoint, kind);
}

static void on_health(void *user, unsigned endpoint, enum health_kind kind)
{
	server_note_health(user, endpoint, kind);
}

/* ---- the end of a turn --------------------------------------------------- */

static size_t server_open_exchanges(const struct server *server)
{
	return server->receiving.count + server->exchanges.count;
}

void server_end_turn(struct server *server)
{
	unsigned rounds = 0;
	usec_t due, replays_due, at;

	due = u64_min(exchange_expire_receiving(server),
		exchange_expire_slow(server));
	do {
		replays_due = intents_run(&server->intents);
		pump_run(server);
		wire_flush(server->wire);
	} while (server->has_news && ++rounds < ROUNDS_MAX);
	due = u64_min(due, replays_due);
	intents_hand_over(&server->intents);
	wire_reap(server->wire);
	exchange_reap(server);
	at = server->has_news ? server_now(server)
			      : u64_min(due, policy_wake_at(server->policy));
	if (at != server->wake.at)
		loop_timer_set(&server->wake, at);
	drain_end_turn(&server->drain);
}

static void on_turn_end(void *user)
{
	server_end_turn(user);
}

/* The turn that it makes is what is wanted. */
static void on_wake(void *user)
{
	(void)user;
}

/* ---- beginning and end --------------------------------------------------- */

static void wire_limits_from_config(
	struct wire_limits *limits, const struct limits_config *config)
{
	limits->streams_max = config->streams_max;
	limits->head_bytes_max = config->head_bytes_max;
	limits->head_fields_max = config->head_fields_max;
	limits->target_bytes_max = config->target_bytes_max;
	limits->resets_burst = config->resets_burst;
	limits->resets_per_second = config->resets_per_second;
	limits->frames_burst = config->frames_burst;
	limits->frames_per_second = config->frames_per_second;
	limits->outbound_frames_max = config->outbound_frames_max;
	limits->window_down = config->window_down;
	limits->window_up = config->window_up;
	limits->handshake = config->handshake;
	limits->first_request = config->first_request;
	limits->head = config->head;
	limits->idle = config->idle;
	limits->ping_idle = config->ping_idle;
	limits->ping_answer = config->ping_answer;
	limits->progress = config->progress;
	limits->upgrade = config->upgrade;
	limits->memory_max = config->memory_max;
	limits->connections_max = config->connections_max;
}

void server_settings_from_config(
	struct server_settings *settings, const struct config *config)
{
	const struct upstream_config *upstream = &config->upstream;
	unsigned *max = settings->upstream.connections_max;

	settings->policy = &config->policy;
	max[CONN_EXPRESS] = upstream->express_connections;
	max[CONN_BULK] = upstream->bulk_connections;
	max[CONN_STREAMS] = upstream->streams_connections;
	settings->upstream.connect_timeout = upstream->connect_timeout;
	settings->upstream.reconnect_min = upstream->reconnect_min;
	settings->upstream.reconnect_max = upstream->reconnect_max;
	settings->upstream.idle_max = config->limits.idle;
	settings->upstream.lookup_every = upstream->lookup_every;
	settings->kept_body_max = config->limits.kept_body_max;
	settings->relay_max = config->limits.relay_max;
	settings->pace.rate = config->limits.read_rate_min;
	settings->pace.interval = config->limits.read_interval;
	settings->intents.expire_after = config->journal.expire_after;
	settings->intents.bytes_max = config->journal.file_bytes / 2;
	settings->intents.on_conflict = config->journal.on_conflict;
	settings->identity = (struct identity_settings){
		.refused_users = config->identity.refused_users,
		.refused_groups = config->identity.refused_groups,
		.reviews_impersonation = config->identity.impersonation ==
			IMPERSONATION_REVIEW,
		.reviews_tokens = config->identity.tokens == TOKENS_REVIEW,
	};
	settings->reviews = (struct review_settings){
		.timeout = config->identity.review_timeout,
		.ttl = config->identity.cache_ttl,
		.entries_max = config->identity.cache_entries,
	};
	wire_limits_from_config(&settings->wire, &config->limits);
}

static int listen_in_cleartext(struct server *server, struct err *err)
{
	const char *address = server->settings.cleartext;

	server->cleartext_listener = listener_new(
		server->wire, address, NULL, &client_events, server, err);
	if (!server->cleartext_listener)
		return err_prefix(err, "give another cleartext.address");
	server->cleartext_port = listener_port(server->cleartext_listener);
	return 0;
}

void server_stop_listening(struct server *server)
{
	listener_free(server->listener);
	listener_free(server->cleartext_listener);
	server->listener = server->cleartext_listener = NULL;
}

static int server_open(struct server *server, struct err *err)
{
	const struct server_settings *settings = &server->settings;
	struct upstream_events events = {
		.on_session = on_session,
		.on_failed = on_failed,
		.on_health = on_health,
		.user = server,
	};

	server->upstream = upstream_new(server->loop, server->wire, server->log,
		&settings->upstream, &events, settings->seed);
	if (settings->journal &&
		intents_take_journal(&server->intents, settings->journal, err))
		return -1;
	upstream_start(server->upstream);
	for (unsigned i = 0; i < server->policy_settings->endpoint_count; i++) {
		if (upstream_is_vacant(server->upstream, i))
			server_note_health(server, i, HEALTH_VANISHED);
	}
	server->listener = listener_new(server->wire, settings->listen,
		settings->listen_tls, &client_events, server, err);
	if (!server->listener)
		return err_prefix(err, "give another --listen");
	server->port = listener_port(server->listener);
	return *settings->cleartext ? listen_in_cleartext(server, err) : 0;
}

struct server *server_new(struct loop *loop, struct log *log,
	const struct server_settings *settings, struct err *err)
{
	struct server *server = xcalloc(1, sizeof(*server));

	server->settings = *settings;
	server->whole_settings = settings->policy;
	server->policy_settings = xmalloc(sizeof(*server->policy_settings));
	*server->policy_settings = *settings->policy;
	if (settings->divide)
		settings->divide(
			settings->divide_user, server->policy_settings);
	server->policy_settings->endpoint_count =
		upstream_slots(&settings->upstream);
	if (!settings->journal)
		server->policy_settings->intents.mode = JOURNAL_OFF;
	server->settings.policy = server->policy_settings;
	server->head_rules = (struct request_head_rules){
		.has_own_credentials = settings->has_own_credentials,
		.key = settings->key,
	};
	server->certified_rules = server->head_rules;
	server->certified_rules.is_certified = true;
	server->certified_rules.is_reviewed =
		settings->identity.reviews_impersonation;
	server->client_ca_generation = 1;
	server->cleartext_rules = server->head_rules;
	server->cleartext_rules.is_cleartext = true;
	server->cleartext_rules.lends_credentials = settings->lends_credentials;
	server->loop = loop;
	server->wire = wire_new(loop, &settings->wire);
	server->log = log;
	list_init(&server->receiving);
	list_init(&server->exchanges);
	list_init(&server->done);
	list_init(&server->spare);
	paces_init(&server->paces, &settings->pace);
	server->relief_at = USEC_NEVER;
	server->tap_pool.max = TAPS_HELD_MAX;
	server->scratch = xmalloc(CLASSIFY_BODY_MAX);
	server->stats = xcalloc(1, sizeof(*server->stats));
	server->policy_stats = xcalloc(1, sizeof(*server->policy_stats));
	/* A stranger's HTTP/2 connection is closed behind the answer (kube's
	 * UnauthenticatedHTTP2DOSMitigation). */
	server->policy_settings->health.are_probes_dear =
		!settings->has_own_credentials &&
		server_own_authorization(server).len == 0;
	server->policy = policy_new(
		server->policy_settings, settings->seed, loop_now(loop));
	for (unsigned i = 0; i < server->policy_settings->endpoint_count; i++)
		probe_init(&server->probes[i], server, i);
	loop_timer_init(&server->wake, loop, on_wake, server);
	drain_init(&server->drain, server);
	identity_cache_init(&server->identities, &settings->key);
	intents_init(&server->intents, server, &settings->intents);
	reviews_init(&server->reviews, server, &settings->reviews);
	if (server_open(server, err) != 0) {
		server_free(server);
		return NULL;
	}
	loop_add_turn_end(loop, &server->turn_end, on_turn_end, server);
	loop_timer_set(&server->wake, loop_now(loop));
	return server;
}

static void let_go(struct list *list)
{
	LIST_EACH (node, list) {
		exchange_let_go(CONTAINER_OF(node, struct exchange, node));
	}
}

static void free_exchanges(struct list *list)
{
	struct list_node *node;

	while ((node = list_first(list)))
		exchange_free(CONTAINER_OF(node, struct exchange, node));
}

void server_free(struct server *server)
{
	if (!server)
		return;
	loop_remove_turn_end(&server->turn_end);
	intents_check(&server->intents);
	reviews_check(&server->reviews);
	reviews_close(&server->reviews);
	server_stop_listening(server);
	for (unsigned i = 0; i < server->policy_settings->endpoint_count; i++)
		probe_close(&server->probes[i]);
	let_go(&server->receiving);
	let_go(&server->exchanges);
	exchange_reap(server);
	upstream_free(server->upstream);
	/* The last events come now, to what is still there. */
	wire_free(server->wire);
	for (unsigned i = 0; i < server->policy_settings->endpoint_count; i++)
		probe_fini(&server->probes[i]);
	free_exchanges(&server->receiving);
	free_exchanges(&server->exchanges);
	free_exchanges(&server->done);
	free_exchanges(&server->spare);
	intents_fini(&server->intents);
	reviews_fini(&server->reviews);
	loop_timer_fini(&server->wake);
	drain_fini(&server->drain);
	policy_free(server->policy);
	identity_cache_fini(&server->identities);
	free(server->stats);
	free(server->policy_stats);
	free(server->policy_settings);
	free(server->scratch);
	free(server);
}

unsigned server_port(const struct server *server)
{
	return server->port;
}

unsigned server_cleartext_port(const struct server *server)
{
	return server->cleartext_port;
}

struct span server_own_authorization(const struct server *server)
{
	const struct server_settings *settings = &server->settings;

	if (!settings->own_authorization)
		return SPAN_NONE;
	return settings->own_authorization(
		settings->own_user, server_now(server));
}

struct span server_own_name(const struct server *server)
{
	const struct server_settings *settings = &server->settings;

	return settings->has_own_credentials && settings->own_name
		? settings->own_name(settings->own_user)
		: SPAN_NONE;
}

uint64_t server_own_principal(struct server *server)
{
	const struct server_settings *settings = &server->settings;
	usec_t now = server_now(server);

	if (settings->own_principal && server->own_principal_at != now) {
		server->own_principal =
			settings->own_principal(settings->own_user, now);
		server->own_principal_at = now;
	}
	return server->own_principal;
}

struct span server_fresh_authorization(const struct server *server,
	struct span authorization, usec_t came_at)
{
	const struct server_settings *settings = &server->settings;

	if (!settings->fresh_authorization)
		return SPAN_NONE;
	return settings->fresh_authorization(
		settings->own_user, authorization, came_at,
		server_now(server));
}

void server_on_record(struct server *server, exchange_record_fn *fn, void *user)
{
	server->on_record = fn;
	server->on_record_user = user;
}

struct policy *server_policy(struct server *server)
{
	return server->policy;
}

const char *server_endpoint_name(const struct server *server, unsigned endpoint)
{
	return upstream_name(server->upstream, endpoint);
}

/* ---- what is counted ----------------------------------------------------- */

static unsigned bucket_of(usec_t time)
{
	unsigned i = 0;

	while (i < STATS_WAIT_BUCKETS - 1 && time > STATS_WAIT_BOUNDS[i])
		i++;
	return i;
}

static enum exchange_end end_of(const struct exchange *ex)
{
	if (ex->is_broken)
		return EXCHANGE_END_BROKEN;
	return ex->is_left ? EXCHANGE_END_LEFT : EXCHANGE_END_ANSWERED;
}

static void count(struct exchange_stats *stats, const struct exchange *ex,
	usec_t duration)
{
	unsigned lane = ex->submitted_at ? ex->rq.lane : STATS_LANE_NONE;
	unsigned code = stats_code_index(ex->status);

	stats->requests[lane][ex->class.verb][code]++;
	stats->ends[end_of(ex)]++;
	stats->bytes_in += ex->bytes_in;
	stats->bytes_out += ex->bytes_out;
	/* How long a watch lasts says nothing. */
	if (ex->class.is_long_running)
		return;
	stats->duration[lane][bucket_of(duration)]++;
	stats->duration_sum[lane] += duration;
	if (ex->upstream_time > 0) {
		stats->upstream[lane][bucket_of(ex->upstream_time)]++;
		stats->upstream_sum[lane] += ex->upstream_time;
	}
}

void server_record(struct server *server, const struct exchange *ex)
{
	usec_t duration = usec_since(server_now(server), ex->received_at);
	struct exchange_record record;

	/* Who runs an errand tells of it. */
	if (ex->is_own)
		return;
	/* A replay has no client whose request it would be. */
	if (!ex->replay)
		count(server->stats, ex, duration);
	if (!server->on_record)
		return;
	record = (struct exchange_record){
		.id = ex->rq.id,
		.method = span_of(ex->method, ex->method_len),
		.class = &ex->class,
		.target = ex->target,
		.user_agent = ex->rq.user_agent,
		.audit_id = exchange_audit_id(ex),
		.traceparent = ex->traceparent,
		.peer = ex->peer,
		.is_replay = ex->replay != NULL,
		.identity = ex->rq.identity,
		/* What a token says of itself is believed of none. */
		.user = ex->user ? ex->user->user : server_own_name(server),
		.subject = ex->rq.subject,
		.removal = ex->removal,
		.intent = ex->intent_id,
		.is_intent_open = ex->is_intent_open,
		.end = end_of(ex),
		.verdict = ex->verdict,
		.status = ex->status,
		.answered = ex->answered,
		.attempts = ex->attempts,
		.endpoint = ex->endpoint,
		.received_at = ex->received_at,
		.submitted_at = ex->submitted_at,
		.wait = exchange_wait(ex),
		.upstream = ex->upstream_time,
		.transfer = ex->transfer_time,
		.duration = duration,
		.bytes_in = ex->bytes_in,
		.bytes_out = ex->bytes_out,
	};
	if (ex->submitted_at) {
		record.lane = policy_lane_name(server->policy, &ex->rq);
		record.rule = policy_rule_name(server->policy, &ex->rq);
		record.shadow_rule =
			policy_shadow_rule_name(server->policy, &ex->rq);
		record.reasons = ex->rq.reasons;
	}
	server->on_record(&record, server->on_record_user);
}

const struct wire_stats *server_wire_stats(const struct server *server)
{
	return wire_stats(server->wire);
}

const struct intent_stats *server_intent_stats(struct server *server)
{
	return intents_stats(&server->intents);
}

const struct review_stats *server_review_stats(struct server *server)
{
	return reviews_stats(&server->reviews);
}

const struct intents *server_intents(const struct server *server)
{
	return &server->intents;
}

const struct exchange_stats *server_stats(struct server *server)
{
	struct exchange_stats *stats = server->stats;

	stats->open = (uint32_t)server_open_exchanges(server);
	stats->unread = server->tap_pool.unread;
	stats->waiting_for_connection = upstream_waiting(server->upstream);
	for (unsigned i = 0; i < server->policy_settings->endpoint_count; i++) {
		for (unsigned j = 0; j < CONN_CLASS_COUNT; j++)
			stats->connections[i][j] = upstream_connections(
				server->upstream, i, (enum conn_class)j);
	}
	return stats;
}
