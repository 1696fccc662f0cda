/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reload: a configuration takes the place of another while Fairway runs.
 *
 * Keys that are marked SCHEMA_RESTART in the table keep the value that runs.
 */
#ifndef CONF_RELOAD_H
#define CONF_RELOAD_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/config.h"

/*
 * Gives `fresh` the values that `running` has of what a reload cannot change.
 * Where the file says something else, the key's path is in `ret_keys`:
 * "listen.address, stateDir"; empty: nothing needs a restart.
 */
void config_keep_fixed(struct config *fresh, const struct config *running,
	struct buf *ret_keys);

/*
 * Behind that: does what stayed still go with what is new?  The file was right
 * as a whole; half of it may not be.
 */
int config_check_kept(const struct config *fresh, struct err *err);

#endif
