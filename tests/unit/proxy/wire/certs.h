/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates for tests: a CA in memory and leaves that it signs.
 */
#ifndef TESTS_UNIT_PROXY_WIRE_CERTS_H
#define TESTS_UNIT_PROXY_WIRE_CERTS_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/buf.h"

struct test_ca {
	EVP_PKEY *key;
	X509 *cert;
	struct buf cert_pem;
};

struct test_leaf {
	struct buf cert_pem;
	struct buf key_pem;
};

void test_ca_init(struct test_ca *ca);
void test_ca_fini(struct test_ca *ca);
/* `names` as in openssl.cnf: "DNS:localhost,IP:127.0.0.1". */
void test_leaf_init(
	struct test_leaf *leaf, const struct test_ca *ca, const char *names);
void test_leaf_fini(struct test_leaf *leaf);

#endif
