/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instance: one Fairway from its start to its end: everything that
 * `fairway serve` opens, in this order, and closed in the other.
 *
 *	API server (source) -> state directory -> PKI -> TLS -> audit -> server
 *	                -> admin socket, admin HTTP -> kubeconfig for clients
 *
 *	RUNNING --SIGTERM--> LEAVING --delay--> DRAINING --all gone--> end
 *	                        |                   |
 *	                        '--- a second signal: end at once ---->
 *
 * LEAVING: not ready, but everything is served, so that who looks at /readyz
 * can send new connections elsewhere.  DRAINING: GOAWAY; what is open may
 * finish until the grace is over.
 *
 * What is read from files is read again when it changes: inputs.h.
 */
#ifndef PROXY_CLI_INSTANCE_H
#define PROXY_CLI_INSTANCE_H

#include "base/err.h"
#include "conf/config.h"
#include "proxy/cli/cli.h"

struct instance;
struct log;

/* The command line's; "": not given, the configuration says. */
struct instance_options {
	const char *kubeconfig;
	const char *context;
	const char *listen;
	const char *admin_listen;
	const char *state_dir;
	const char *config_digest; /* of the configuration's file; "": none */
	/* These were given: the configuration's do not count. */
	bool has_log_level;
	bool has_log_format;
};

/*
 * Opens everything.  NULL: `ret_status` is what the process ends with, and
 * `err` says why and what to do next.  All are borrowed: of `config`, which
 * another may follow, what needs a restart.
 */
struct instance *instance_new(const struct instance_options *options,
	struct config *config, struct log *log,
	enum cli_status *ret_status, struct err *err);
/* Until a signal ends it. */
void instance_run(struct instance *instance);
void instance_free(struct instance *instance);

#endif
