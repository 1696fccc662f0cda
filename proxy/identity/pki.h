/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local TLS with nothing configured: a private CA of this Fairway and what it
 * signs.
 *
 *	ca.crt ca.key            made once and kept: a new CA at each restart
 *	                         would cost a controller its lease
 *	server.crt server.key    for localhost, 127.0.0.1 and ::1
 *	client.crt client.key    what clients must show where Fairway
 *	                         authenticates upstream for them
 *
 * The two leaves are made anew, with the same CA, when less than 30 days are
 * left.
 *
 * All in the state directory, 0600.  A file that cannot be read as what it
 * should be is an error, not a reason to make a new CA in silence; the two
 * leaves are simply made again.
 */
#ifndef PROXY_IDENTITY_PKI_H
#define PROXY_IDENTITY_PKI_H

#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "proxy/identity/state_dir.h"

struct pki {
	struct buf ca_pem;
	struct buf server_cert_pem;
	struct buf server_key_pem;
	struct buf client_cert_pem;
	struct buf client_key_pem;
};

/*
 * `now` is the wall clock in seconds.  Without `wants_client` there is none for
 * clients.  Returns 0 or -1.
 */
int pki_open(struct pki *ret_pki, const struct state_dir *dir, time_t now,
	bool wants_client, struct err *err);
/* Frees; keys are overwritten first. */
void pki_fini(struct pki *pki);

#endif
