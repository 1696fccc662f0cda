/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access log: one line for each exchange that is over, at level debug; what
 * Fairway could not serve in full (an answer that broke off, one that never
 * came) at level info.
 */
#ifndef PROXY_OBSERVE_ACCESS_LOG_H
#define PROXY_OBSERVE_ACCESS_LOG_H

#include "proxy/exchange/record.h"

struct log;

struct access_log {
	struct log *log;              /* borrowed */
	const char *const *endpoints; /* names; borrowed */
};

void access_log_init(struct access_log *access_log, struct log *log,
	const char *const *endpoints);
/* An exchange_record_fn; `user` is the access log. */
void access_log_record(const struct exchange_record *record, void *user);

#endif
