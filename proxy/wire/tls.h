/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS contexts (public in session.h) and what connections need of them.
 *
 * TLS 1.2 at least, ECDHE and AEAD only, no renegotiation, no compression,
 * ALPN h2 and http/1.1.  No session tickets: they cost a fifth of a handshake,
 * and controllers keep their connections for hours.
 */
#ifndef PROXY_WIRE_TLS_H
#define PROXY_WIRE_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "proxy/wire/session.h"

/*
 * A new SSL, in accept or connect state; a client's with the name to verify,
 * and offering `protocol`.
 */
SSL *tls_connection_new(
	const struct tls_context *tls, enum session_protocol protocol);
bool tls_is_server(const struct tls_context *tls);
/* The oldest error of OpenSSL's queue, in words; empties the queue. */
void tls_error_text(char *ret_text, size_t cap);
/* After the handshake: what was chosen; HTTP/1.1 if nothing was. */
enum session_protocol tls_protocol(const SSL *ssl);
/* Why the peer's certificate was refused, or NULL. */
const char *tls_verify_text(const SSL *ssl);

#endif
