/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replicas: this Fairway as one of several: carries out what
 * policy/replicas/replica.h says, by errands, and puts in force what it may.
 *
 *	what is asked for <-- policy_measure, often
 *	LIST, WRITE       --> errands for Leases
 *	portions          --> server_resize, whenever they are others
 *
 * replicas_new() comes before the server, which asks replicas_divide() for
 * its settings: before the first Lease is there they are those of the floor.
 */
#ifndef PROXY_REPLICAS_REPLICAS_H
#define PROXY_REPLICAS_REPLICAS_H

#include "base/err.h"
#include "conf/config.h"
#include "proxy/replicas/view.h"

struct log;
struct loop;
struct replicas;
struct server;

/* All borrowed until it is freed; the places are the environment's. */
struct replicas_settings {
	const struct config *config; /* its replicas, and policy for a start */
	const char *host_name;
	const char *pod_name; /* "": not known, as the next three */
	const char *pod_namespace;
	const char *pod_uid;
	const char *namespace; /* that the credentials are for */
	uint64_t seed;	       /* also makes the holder's name */
};

/* -1 with an error that says which key to set. */
struct replicas *replicas_new(struct loop *loop, struct log *log,
	const struct replicas_settings *settings, struct err *err);
/* Before the server is. */
void replicas_start(struct replicas *replicas, struct server *server);
/*
 * The server drains: nothing is renewed any more, and what is above the floor
 * ends by itself.
 */
void replicas_stop(struct replicas *replicas);
/* Before the server is freed; NULL does nothing. */
void replicas_free(struct replicas *replicas);

/* For server_settings.divide: new settings, or the same again. */
void replicas_divide(void *user, struct policy_settings *settings);

const struct replicas_view *replicas_look(struct replicas *replicas);

#endif
