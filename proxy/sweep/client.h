/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client: asks one API server, or a Fairway before it, one question after the
 * other over one HTTP/2 connection, and waits for each answer.  It owns the
 * loop's turns while it waits; a command that does nothing else is its place.
 *
 * 429, and 503 with Retry-After, were not executed: they are asked again after
 * that time, a few times.  Everything else is an answer.  Who has met such a
 * refusal goes slower for a while, so that it yields to everybody else even
 * where no Fairway sees to that.
 */
#ifndef PROXY_SWEEP_CLIENT_H
#define PROXY_SWEEP_CLIENT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/util.h"

struct loop;
struct sweep_client;
struct tls_context;

/* All pointers are borrowed and outlive the client. */
struct sweep_client_settings {
	struct sockaddr_storage address;
	socklen_t address_len;
	struct tls_context *tls;
	const char *authority; /* "10.0.0.1:6443" */
	const char *prefix;    /* of every path: "" or "/k8s/clusters/x" */
	/* "Bearer …", asked anew each time; absent: none. */
	struct span (*authorization)(void *user, usec_t now);
	void *user;
	usec_t timeout; /* of one question, its connection included */
};

struct sweep_question {
	const char *method;
	struct span path;
	struct span accept;       /* absent: JSON, all of it */
	struct span content_type; /* absent: no body */
	struct span body;
	const char *audit_id; /* for the API server's audit; NULL: none */
};

struct sweep_answer {
	unsigned status;
	int64_t date; /* by the clock of who answered; 0: it does not say */
	bool is_too_large; /* there was one, and more than is taken */
	struct buf body; /* owned by who asks */
};

struct sweep_client *sweep_client_new(
	struct loop *loop, const struct sweep_client_settings *settings);
void sweep_client_free(struct sweep_client *client);

/*
 * Returns 0, or -1 if there was no answer, or none that is whole.  A GET whose
 * answer broke off is asked once more, by another connection.
 */
int sweep_client_ask(struct sweep_client *client,
	const struct sweep_question *question, struct sweep_answer *ret_answer,
	struct err *err);
/* Does nothing for so long; after refusals for several times as long. */
void sweep_client_pace(struct sweep_client *client, usec_t how_long);

#endif
