/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether this Fairway is one of several, and as which of them: what the
 * configuration, the environment and the credentials say of that.
 */
#ifndef PROXY_CLI_REPLICA_H
#define PROXY_CLI_REPLICA_H

#include "base/err.h"
#include "conf/config.h"

struct log;
struct loop;
struct replicas;
struct source;

/* NULL in `ret_replicas`: it is the only one. */
int replica_open(const struct config *config, const struct source *source,
	struct loop *loop, struct log *log, struct replicas **ret_replicas,
	struct err *err);

#endif
