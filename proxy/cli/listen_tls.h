/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listen TLS: the certificate and the key that clients are shown, from the
 * configured files or, without, from our own CA; and the authorities whose
 * certificates they may show (identity.clientCAFile).
 *
 * A pair that does not match is an error: somebody is writing it.
 */
#ifndef PROXY_CLI_LISTEN_TLS_H
#define PROXY_CLI_LISTEN_TLS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/config.h"
#include "proxy/identity/client_ca.h"
#include "proxy/identity/pki.h"
#include "proxy/wire/session.h"

struct listen_tls {
	struct buf cert_file; /* a configured certificate; else empty */
	struct buf key_file;
	struct buf client_ca_file;   /* or empty */
	struct client_ca *client_ca; /* owned; NULL: none is configured */
	struct tls_context *context; /* owned */
};

/* Clients have to show a certificate of our CA if `demand_client_cert`. */
int listen_tls_open(struct listen_tls *ret_tls,
	const struct config *config, const struct pki *pki,
	bool demand_client_cert, struct err *err);
/* Zeroes the key. */
void listen_tls_close(struct listen_tls *tls);
/* The same files, byte for byte. */
bool listen_tls_is_same(
	const struct listen_tls *tls, const struct listen_tls *other);

#endif
