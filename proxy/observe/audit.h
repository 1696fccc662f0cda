/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit: what is told of who removed which finalizer and of who changed
 * something here: an event (audit_event.h) for
 *
 *	removal	 each finalizer removal that is over, of clients and replays
 *	intent	 each end of an intent
 *	order	 each order over the admin socket that changes something, and
 *		 what was read again because of SIGHUP or a file that changed
 *
 * Who it was is a name only where it is verified: a certificate's, or what
 * the API server said of a token.  Else it is "fairway:unverified:" and a
 * keyed hash of whom the credential names, the same for removals, intents and
 * a renewed token; what a token says of itself is an annotation that says so
 * by its name.  Tokens and bodies never come here.
 *
 * Events that find no room are counted, and told in the log once a minute.
 */
#ifndef PROXY_OBSERVE_AUDIT_H
#define PROXY_OBSERVE_AUDIT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rng.h"
#include "proxy/exchange/record.h"
#include "proxy/observe/audit_sink.h"

struct act;
struct audit_event;
struct log;
struct loop;

struct audit {
	struct audit_sink *sink; /* owned; NULL: not wanted, nothing is told */
	struct loop *loop;       /* borrowed, as the next */
	struct log *log;
	const char *const *endpoints; /* names; NULL until they are known */
	struct rng rng;          /* of ids for what has none */
	struct buf line;         /* reused */
	uint64_t dropped_untold;
	usec_t told_at;
	struct audit_figures figures; /* as last asked for */
};

/* `seed` is for ids of events that have none.  Does nothing but that. */
void audit_init(
	struct audit *audit, struct loop *loop, struct log *log, uint64_t seed);
/* From now on events go there; 0, or -1. */
int audit_open(struct audit *audit, const struct audit_sink_settings *settings,
	struct err *err);
void audit_close(struct audit *audit);

/* An exchange_record_fn and an intent_record_fn; `user` is the audit. */
void audit_record(const struct exchange_record *record, void *user);
void audit_intent_end(const struct intent_record *record, void *user);
/* `refused` says why it was not carried out; NULL: it was. */
void audit_order(
	struct audit *audit, const struct act *act, const char *refused);

/* Valid until it is asked for again. */
const struct audit_figures *audit_figures(struct audit *audit);

#endif
