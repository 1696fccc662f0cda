/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server: the running proxy: clients on one side, the API servers on the
 * other, policy between them.
 *
 *	listener -> exchanges -> upstream         (bytes; proxy/wire)
 *	                 |  ^
 *	       happened  v  |  decisions           (policy/policy.h)
 *	                pump
 *
 * The end of each turn, in this order: decisions are carried out, dirty
 * sessions flushed, both again as long as flushing told policy something new,
 * then what is dead is freed and the timer armed.  So nothing that an event
 * hands over is freed under it.
 *
 * Started by server_new(); ends by server_drain(), which lets what runs
 * finish.
 */
#ifndef PROXY_EXCHANGE_SERVER_H
#define PROXY_EXCHANGE_SERVER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/util.h"
#include "policy/policy.h"
#include "proxy/exchange/intents.h"
#include "proxy/exchange/pace.h"
#include "proxy/exchange/record.h"
#include "proxy/exchange/reviews.h"
#include "proxy/exchange/upstream.h"
#include "proxy/wire/session.h"

struct client_ca;
struct log;
struct loop;
struct server;
struct tls_context;
struct wire_stats;

/* Who clients may be; lists are borrowed. */
struct identity_settings {
	struct strings refused_users; /* of certificates */
	struct strings refused_groups;
	bool reviews_impersonation; /* else it is refused to them */
	bool reviews_tokens;        /* rules are to know whose they are */
};

/* All pointers are borrowed and outlive the server. */
struct server_settings {
	const struct policy_settings *policy;
	const struct classifier *classifier;
	struct upstream_settings upstream;
	const char *listen; /* "127.0.0.1:7443"; port 0: any */
	struct tls_context *listen_tls;
	/* Cleartext: on loopback or "unix:/path"; "": not wanted. */
	const char *cleartext;
	/* … where those without credentials go with Fairway's own. */
	bool lends_credentials;
	/*
	 * "Bearer …" of Fairway's own, asked anew for each use, since a
	 * token's file changes; absent: it has none.  NULL: it never has.
	 */
	struct span (*own_authorization)(void *user, usec_t now);
	/*
	 * What takes the place of a request's that was held, if that is what
	 * Fairway's own was before it changed, when the request came or not
	 * long before; else absent.  Or NULL.
	 */
	struct span (*fresh_authorization)(void *user,
		struct span authorization, usec_t came_at, usec_t now);
	/*
	 * Whose Fairway's own credentials are: another number, another's.  0:
	 * it has none.  NULL: they never are another's.
	 */
	uint64_t (*own_principal)(void *user, usec_t now);
	void *own_user;
	/*
	 * Makes of the settings for all replicas those of this one: when they
	 * change, and at server_resize().  NULL: it is the only one.
	 */
	void (*divide)(void *user, struct policy_settings *settings);
	void *divide_user;
	/*
	 * Fairway authenticates upstream with a certificate of its own:
	 * clients are told apart by theirs, and may not impersonate.
	 */
	bool has_own_credentials;
	/*
	 * Whose certificates say who a client is; the listener asks for them.
	 * Its requests go with own_authorization, as that user.  NULL: none.
	 */
	const struct client_ca *client_ca;
	struct identity_settings identity;
	struct review_settings reviews;
	uint64_t kept_body_max;    /* a larger one is not sent again */
	uint64_t relay_max;        /* of one response, towards a slow reader */
	struct pace_settings pace; /* … and how slow it may be */
	struct wire_limits wire;
	struct intents_settings intents;
	/*
	 * Told of each intent that ends, from server_new() on; or NULL.
	 * Exchanges: server_on_record().
	 */
	intent_record_fn *on_intent_end;
	void *on_intent_end_user;
	bool notes_removals; /* exchange_record.removal is wanted */
	/* The name of has_own_credentials, verified; absent: not known. */
	struct span (*own_name)(void *user);
	/* Taken by server_new(), whatever becomes of it; NULL: none. */
	struct journal *journal;
	uint64_t seed;       /* of policy's and the back-off's chance */
	struct hash_key key; /* of identities */
};

/* What a configuration gives of them; the rest is left as it is. */
struct config;
void server_settings_from_config(
	struct server_settings *settings, const struct config *config);

/*
 * Listens, and takes the end of the loop's turns.  Policy begins with
 * loop_now().
 */
struct server *server_new(struct loop *loop, struct log *log,
	const struct server_settings *settings, struct err *err);
/* Drops what is open; loop_free() comes behind it. */
void server_free(struct server *server);

/*
 * What a configuration gives changes while exchanges are open; it may be let
 * go when the next one came.  Nothing of it that needs a restart may differ.
 */
void server_reconfigure(struct server *server, const struct config *config);
/* What `divide` makes of the settings is another now. */
void server_resize(struct server *server);
/* Of connections from now on; borrowed, as those of the settings. */
void server_set_listen_tls(struct server *server, struct tls_context *tls);
/* Each connection is looked at again; borrowed.  Not from or to NULL. */
void server_set_client_ca(struct server *server, const struct client_ca *ca);
void server_set_upstream_tls(
	struct server *server, unsigned index, struct tls_context *tls);

/* The port that clients connect to. */
unsigned server_port(const struct server *server);
/* … in cleartext; 0: a UNIX socket, or not wanted. */
unsigned server_cleartext_port(const struct server *server);

/* Told of each exchange when it is over. */
void server_on_record(
	struct server *server, exchange_record_fn *fn, void *user);

struct server_drain_settings {
	usec_t grace;       /* for what is open to finish; then it is cut */
	usec_t watch_grace; /* over which watches end, where an event ends */
};

/* As drain.h shows; `on_drained` is called when it is over. */
void server_drain(struct server *server,
	const struct server_drain_settings *settings,
	void (*on_drained)(void *user), void *user);

/* An operator's orders about an open intent.  -1: it cannot be done. */
int server_replay_intent(struct server *server, uint64_t id, struct err *err);
int server_discard_intent(struct server *server, uint64_t id, struct err *err);
/* All that are due some time are due now; returns how many. */
size_t server_replay_intents(struct server *server);

/* For metrics and the admin page. */
struct policy *server_policy(struct server *server);
/* "10.0.0.1:6443"; of a vacant slot the last one, or "". */
const char *server_endpoint_name(
	const struct server *server, unsigned endpoint);
const struct exchange_stats *server_stats(struct server *server);
const struct intent_stats *server_intent_stats(struct server *server);
const struct review_stats *server_review_stats(struct server *server);
const struct intents *server_intents(const struct server *server);
const struct wire_stats *server_wire_stats(const struct server *server);

/*
 * One end of a turn, as the loop calls it: for programs that do more there.
 * loop_set_turn_end() with a function of their own must come behind
 * server_new().
 */
void server_end_turn(struct server *server);

#endif
