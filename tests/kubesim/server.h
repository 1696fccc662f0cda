/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server: what listens, what is shared by all connections, and the turn.
 *
 * Callbacks of libevent and nghttp2 only record.  Each event ends in
 * server_end_turn(), which does all the work: steps the exchanges that are
 * ready, gives free seats to those that wait for one, brings the sources up
 * to date, writes, and frees what is dead; until nothing is left to do.
 */
#ifndef TESTS_KUBESIM_SERVER_H
#define TESTS_KUBESIM_SERVER_H

#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <openssl/ssl.h>

#include "tests/kubesim/apf.h"
#include "tests/kubesim/api.h"
#include "tests/kubesim/faults.h"
#include "tests/kubesim/keep.h"
#include "tests/kubesim/ledger.h"

struct server_settings {
	const char *dir;       /* borrowed: see pki.h */
	const char *client_ca; /* borrowed; NULL: the one in `dir` */
	struct sockaddr_in address;
	uint32_t max_streams; /* SETTINGS_MAX_CONCURRENT_STREAMS */
	unsigned seats;
	const cJSON *apf; /* borrowed; NULL: the defaults */
	size_t log_size;
	size_t ledger_size;
	usec_t bookmark_interval;
	size_t gzip_above; /* bytes of a body; 0: never */
	uint64_t seed;
	bool keeps; /* over its own death, in `dir`: see keep.h */
};

struct server {
	struct server_settings settings;
	struct event_base *base; /* borrowed */
	SSL_CTX *tls;
	struct evconnlistener *listener; /* NULL: connections are refused */
	int port_fd; /* bound and not listened on: nobody else gets the port */
	bool accepting; /* false: they wait in the kernel, unanswered */
	struct event *tick;

	struct rng rng;
	struct api api;
	struct apf *apf;
	struct faults faults;
	struct ledger ledger;
	struct keep keep;
	struct tokens tokens;

	struct list sessions; /* struct session, owned */
	struct list dirty;    /* sessions to flush */
	struct list ready;    /* exchanges to step */
	struct list dying;    /* exchanges to free at the end of the turn */
	uint64_t last_session;

	usec_t now; /* one reading a turn */
	time_t wall;
	time_t ahead; /* … of the true time: a clock that is wrong */
	time_t date_of; /* which second `date` says */
	char date[40];
};

struct server *server_new(struct event_base *base,
	const struct server_settings *settings, struct err *err);
void server_free(struct server *server);

/* Says GOAWAY to everybody and lets the event loop end. */
void server_stop(struct server *server);

/* Opens the listening socket if it is closed, on the same port. */
int server_listen(struct server *server, struct err *err);
/* Connections are refused from now on; those that are there stay. */
void server_refuse(struct server *server);
/* Whether new connections are taken from the kernel's queue. */
void server_set_accepting(struct server *server, bool accepting);
unsigned server_port(const struct server *server);

/*
 * Carries a call out and notes what takes effect.  One call changes one
 * object at most, a collection's deletion apart, which is not noted.
 */
void server_execute(struct server *server, const struct call *call,
	const char *audit_id, usec_t started_at, struct answer *answer);

/* Reads the clocks; before anything else in a callback. */
void server_begin_turn(struct server *server);
void server_end_turn(struct server *server);

#endif
