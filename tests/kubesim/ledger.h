/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened, for tests to ask: how many requests of each kind got which
 * answer, and, in order, each request that changed something.
 */
#ifndef TESTS_KUBESIM_LEDGER_H
#define TESTS_KUBESIM_LEDGER_H

#include "base/buf.h"
#include "tests/kubesim/api.h"

struct counter {
	char verb[24];
	char plural[32]; /* "" for what is no resource */
	int code;        /* 0: no answer was given */
	uint64_t count;
};

enum { LEDGER_MAX_COUNTERS = 512 };

struct ledger {
	struct buf *lines; /* owned ring, one JSON object each */
	size_t max;
	uint64_t first; /* the oldest line that is kept */
	uint64_t next;
	struct counter counters[LEDGER_MAX_COUNTERS];
	unsigned counter_count;
};

/* Keeps the last `max` effects. */
void ledger_init(struct ledger *ledger, size_t max);
void ledger_fini(struct ledger *ledger);
void ledger_clear(struct ledger *ledger);

void ledger_count(struct ledger *ledger, const struct request *req, int code);
/* A write that was answered with success. */
struct effect {
	const struct call *call;
	const struct object *obj;    /* what it left */
	const struct change *change; /* NULL: all was so before */
	int code;
	const char *audit_id;
	usec_t started_at; /* when it came in; call->now: took effect */
};

void ledger_note(struct ledger *ledger, const struct effect *effect);

/* The last effect's line; and one of before. */
struct span ledger_last(const struct ledger *ledger);
void ledger_restore(struct ledger *ledger, struct span line);
/* So many were forgotten. */
void ledger_go_on_from(struct ledger *ledger, uint64_t next);

/* Appends a JSON array of the effects from number `since` on. */
void ledger_print(const struct ledger *ledger, uint64_t since, struct buf *out);
cJSON *ledger_report(const struct ledger *ledger);

#endif
