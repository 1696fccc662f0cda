/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operator: carries out what is told over the admin socket (act.h), and writes
 * each of it into the log and the audit, whether it could be done or not: who,
 * what, result.
 *
 *	level=warn msg="an operator's order" verb=pause what=reads uid=0 pid=7
 *	    result=done
 */
#ifndef PROXY_CLI_OPERATOR_H
#define PROXY_CLI_OPERATOR_H

#include "proxy/observe/act.h"

struct audit;
struct inputs;
struct log;
struct server;

/* All borrowed. */
struct operator {
	struct log *log;
	struct inputs *inputs;
	struct server *server;
	struct audit *audit;
};

/* An act_fn; `user` is a struct operator. */
int operator_carry_out(
	const struct act *act, void *user, struct buf *ret_said,
	struct err *err);
/* SIGHUP: what `fairway reload` does. */
void operator_hang_up(struct operator *operator);
/* What was read again by itself (inputs_file_fn): into the audit only. */
void operator_note_file(
	struct operator *operator, const char *what, const char *why);

#endif
