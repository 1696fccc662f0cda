/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access log: one line for each exchange that is over, at level debug; what
 * Fairway could not serve in full (an answer that broke off, one that never
 * came) at level info, and so a sample of all, chosen by chance.
 *
 * A line has all that `fairway simulate` needs (proxy/simulate/access_line.h):
 * what it was, by path, `query`, `effect`, `finalizers` and `pure`; whose, by
 * `identity` and `user_agent`; when it came (`submitted`: seconds of a clock
 * that begins with the machine and is never set); and how long the API server
 * took, to its answer's head (`upstream`) and from there on (`transfer`).
 * Never the query itself, which may hold anything.
 */
#ifndef PROXY_OBSERVE_ACCESS_LOG_H
#define PROXY_OBSERVE_ACCESS_LOG_H

#include "base/rng.h"
#include "proxy/exchange/record.h"

struct log;

struct access_log {
	struct log *log;              /* borrowed */
	const char *const *endpoints; /* names; borrowed */
	uint32_t sample;              /* thousandths; may change */
	struct rng rng;
};

void access_log_init(struct access_log *access_log, struct log *log,
	const char *const *endpoints, uint32_t sample, uint64_t seed);
/* An exchange_record_fn; `user` is the access log. */
void access_log_record(const struct exchange_record *record, void *user);

#endif
