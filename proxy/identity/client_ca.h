/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client CA: the authorities whose certificates say who a client is, and what
 * such a certificate says, read as the API server reads those of its own
 * client CA (k8s.io/apiserver/pkg/authentication/request/x509):
 *
 *	common name			the user; the last one counts
 *	organizations			its groups
 *	1.3.6.1.4.1.57683.2		its uid; at most one, as text
 *	SHA-256 of the certificate	extra value, the credential's id
 *
 * Without a common name it names nobody.  Each certificate of the bundle is
 * trusted as it is, a root or not.  There are no revocation lists; a CA that
 * leaves the bundle takes its certificates with it.
 *
 * What cannot be said to the API server in header fields names nobody either
 * (user_info.h): a blank at an end would get lost on the way, and somebody
 * else would be meant.
 */
#ifndef PROXY_IDENTITY_CLIENT_CA_H
#define PROXY_IDENTITY_CLIENT_CA_H

#include "base/err.h"
#include "base/span.h"
#include "base/util.h"

struct client_ca;
struct user_info;
struct x509_st;       /* OpenSSL's X509 … */
struct stack_st_X509; /* … and a stack of them */

/* The key of the extra value (authentication/user, CredentialIDKey). */
#define CLIENT_CA_CREDENTIAL_ID "authentication.kubernetes.io/credential-id"

/* PEM; NULL if it has no certificate, or something else that is broken. */
struct client_ca *client_ca_new(struct span pem, struct err *err);
void client_ca_free(struct client_ca *ca);

/*
 * Who shows that certificate at that time (since 1970); `chain`, which may be
 * NULL, may help to lead to an authority.  It is so until `ret_until`.  -1:
 * `err` says why it names nobody.
 */
int client_ca_verify(const struct client_ca *ca, struct x509_st *cert,
	struct stack_st_X509 *chain, usec_t wall, struct user_info **ret_user,
	usec_t *ret_until, struct err *err);

#endif
