/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of `fairway sweep`: what its configuration says, and the command
 * line on top of that.
 */
#ifndef PROXY_CLI_SWEEP_OPTIONS_H
#define PROXY_CLI_SWEEP_OPTIONS_H

#include "conf/config.h"
#include "proxy/cli/cli.h"
#include "proxy/sweep/file.h"
#include "proxy/sweep/sweep.h"

struct sweep_options {
	const char *kubeconfig;
	const char *context;
	bool wants_json;
	uint32_t qps;
	const char *record; /* files; "": none */
	const char *audit;
	const char *metrics;
	const char *restore; /* the record to restore from; NULL: a sweep */
	struct config *config; /* owned: the others borrow */
	struct sweep_rule_order rules[SWEEP_RULES_MAX];
	char *memory_namespace; /* owned; or NULL */
	struct sweep_order order;
};

/*
 * False: return `*ret_status`, which is all there is to do; nothing is to be
 * freed.
 */
bool sweep_options_read(const struct command *command, int argc, char **argv,
	struct sweep_options *options, enum cli_status *ret_status);
void sweep_options_free(struct sweep_options *options);

#endif
