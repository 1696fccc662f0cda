/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process itself: what it may do less of, and how much it may open.
 */
#ifndef PROXY_CLI_PROCESS_H
#define PROXY_CLI_PROCESS_H

#include <stdbool.h>

struct log;

/*
 * Before anything is opened: where there is no standard input, output or error
 * the numbers of these stay taken, or what is opened next, the journal or a
 * client's connection, would get what is written to them.
 */
void process_keep_standard_files(void);

/*
 * No core files and no ptrace by others of our user (tokens and keys are in
 * memory) unless it `is_debuggable`, no new privileges by any exec, as many
 * descriptors as the hard limit allows, and no signal for what write() says as
 * well.
 */
void process_prepare(struct log *log, bool is_debuggable);

#endif
