/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's inside, for the files of this folder.
 */
#ifndef PROXY_EXCHANGE_SERVER_IMPL_H
#define PROXY_EXCHANGE_SERVER_IMPL_H

#include "base/list.h"
#include "policy/policy.h"
#include "proxy/exchange/drain.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/identity_cache.h"
#include "proxy/exchange/intents.h"
#include "proxy/exchange/probe.h"
#include "proxy/exchange/record.h"
#include "proxy/exchange/request_head.h"
#include "proxy/exchange/reviews.h"
#include "proxy/exchange/server.h"
#include "proxy/exchange/upstream.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/log_pace.h"
#include "proxy/wire/fields.h"
#include "proxy/wire/session.h"

struct server {
	struct server_settings settings; /* .policy is policy_settings */
	/* Borrowed: as given, for all replicas. */
	const struct policy_settings *whole_settings;
	/* Owned: this replica's, with as many endpoints as there are slots. */
	struct policy_settings *policy_settings;
	struct request_head_rules head_rules;
	struct request_head_rules cleartext_rules;
	struct request_head_rules certified_rules;
	/* Of the client CA and of who is refused: never 0. */
	uint64_t client_ca_generation;
	struct identity_cache identities;
	struct reviews reviews;
	struct intents intents;
	struct loop *loop;         /* borrowed */
	struct log *log;           /* borrowed */
	struct wire *wire;         /* owned */
	/* Owned; NULL: draining, the second also where none is wanted. */
	struct listener *listener;
	struct listener *cleartext_listener;
	unsigned port;
	unsigned cleartext_port;
	struct policy *policy;     /* owned */
	struct upstream *upstream; /* owned */
	struct probe probes[POLICY_ENDPOINTS_MAX];
	struct loop_turn_end turn_end;
	struct loop_timer wake; /* at policy_wake_at() */
	/* As it was last logged, and room to ask how it is now. */
	enum health_state health[POLICY_ENDPOINTS_MAX];
	struct policy_stats *policy_stats; /* owned */

	struct list receiving; /* RECEIVING, the oldest first */
	struct list exchanges; /* all between RECEIVING and DONE */
	struct list done;      /* freed at the end of the turn */
	struct list spare;     /* IDLE, to be used again */
	struct paces paces;    /* slow readers */
	usec_t relief_at; /* who has most memory gives way; USEC_NEVER */
	struct tap_pool tap_pool;
	uint32_t in_policy;    /* requests that policy has */
	uint64_t last_id;      /* of a request */
	char *scratch;         /* owned: CLASSIFY_BODY_MAX bytes */

	/* Policy was told something since it was last asked. */
	bool has_news;
	/* Of what any peer can cause: certificates, broken connections. */
	struct log_pace refusals_said;
	struct log_pace closings_said;
	struct drain drain;
	/* As it was asked for in the turn of that time; 0: not yet. */
	uint64_t own_principal;
	usec_t own_principal_at;

	struct exchange_stats *stats; /* owned */
	exchange_record_fn *on_record;
	void *on_record_user;
};

/* What a connection or a probe says of an API server: tells policy. */
void server_note_health(
	struct server *server, unsigned endpoint, enum health_kind kind);

void server_stop_listening(struct server *server);

/* An exchange is over: the hook and the counters. */
void server_record(struct server *server, const struct exchange *ex);

/* The name that Fairway's own certificate gives it; absent: it has none. */
struct span server_own_name(const struct server *server);
/* "Bearer …" of Fairway's own; absent: it has none. */
struct span server_own_authorization(const struct server *server);
/* Whose that, or its certificate, is; 0: it has none, or never changes. */
uint64_t server_own_principal(struct server *server);
/* With what to replace a request's that is Fairway's own of earlier. */
struct span server_fresh_authorization(const struct server *server,
	struct span authorization, usec_t came_at);

static inline usec_t server_now(const struct server *server)
{
	return loop_now(server->loop);
}

#endif
