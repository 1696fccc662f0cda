/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls: which ones the process keeps once everything is open (seccomp,
 * by libseccomp).  For good, and for all its threads.
 *
 *	in the list		allowed; some with arguments that are looked at
 *	not in the list		EPERM
 *	clone3			ENOSYS: its flags cannot be seen, and the C
 *				library falls back to clone
 *	what only foreign	ends the process: exec, fork, ptrace, another
 *	code would ask for	process's memory, another architecture's calls
 *
 * Why not the end for all: a library that is updated may ask for something new
 * and live with a refusal; a proxy that dies of that is worse.  No library of
 * ours starts programs or debugs others, so who does has taken us over: the
 * end is a restart with the journal whole.
 *
 * It opens no more sockets that listen, maps no memory that is executed, loads
 * no code, sends no signal but to itself, and speaks by IP and UNIX sockets
 * only.
 */
#ifndef PROXY_HARDEN_SYSTEM_CALLS_H
#define PROXY_HARDEN_SYSTEM_CALLS_H

#include "base/err.h"

/* -1: nothing has changed, and `err` says why; it is no reason to stop. */
int system_calls_confine(struct err *err);

#endif
