/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kubeconfig that clients are handed out: where Fairway listens, what they
 * are to trust, and what of the kubeconfig that Fairway was given they may have
 * as well.  It is written again when one of these has changed.
 */
#ifndef PROXY_CLI_HANDED_OUT_H
#define PROXY_CLI_HANDED_OUT_H

#include "base/err.h"

struct inputs;
struct log;
struct pki;

/* `listen`: "127.0.0.1:7443", with the port that it became. */
int handed_out_write(const char *path, const char *listen,
	struct inputs *inputs, struct pki *pki, struct log *log,
	struct err *err);

#endif
