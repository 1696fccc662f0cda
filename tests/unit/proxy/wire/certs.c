/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/proxy/wire/certs.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/check.h"

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	CHECK(extension && X509_add_ext(cert, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static X509 *cert_new(EVP_PKEY *key, const char *name, long serial)
{
	X509 *cert = X509_new();

	CHECK(cert && X509_set_version(cert, 2) == 1);
	CHECK(ASN1_INTEGER_set(X509_get_serialNumber(cert), serial) == 1);
	CHECK(X509_gmtime_adj(X509_getm_notBefore(cert), -3600) &&
		X509_gmtime_adj(X509_getm_notAfter(cert), 24L * 3600));
	CHECK(X509_set_pubkey(cert, key) == 1);
	CHECK(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
		      MBSTRING_ASC, (const unsigned char *)name, -1, -1,
		      0) == 1);
	return cert;
}

static void take_pem(BIO *bio, struct buf *ret_pem)
{
	char *bytes;
	long len = BIO_get_mem_data(bio, &bytes);

	CHECK(len > 0);
	buf_append(ret_pem, bytes, (size_t)len);
	BIO_free(bio);
}

static void write_cert(X509 *cert, struct buf *ret_pem)
{
	BIO *bio = BIO_new(BIO_s_mem());

	CHECK(bio && PEM_write_bio_X509(bio, cert) == 1);
	take_pem(bio, ret_pem);
}

static void write_key(EVP_PKEY *key, struct buf *ret_pem)
{
	BIO *bio = BIO_new(BIO_s_mem());

	CHECK(bio &&
		PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) ==
			1);
	take_pem(bio, ret_pem);
}

void test_ca_init(struct test_ca *ca)
{
	X509_NAME *name;

	*ca = (struct test_ca){ .key = EVP_EC_gen("P-256") };
	CHECK(ca->key);
	ca->cert = cert_new(ca->key, "test CA", 1);
	name = X509_get_subject_name(ca->cert);
	CHECK(X509_set_issuer_name(ca->cert, name) == 1);
	add_extension(
		ca->cert, ca->cert, NID_basic_constraints, "critical,CA:TRUE");
	CHECK(X509_sign(ca->cert, ca->key, EVP_sha256()) > 0);
	write_cert(ca->cert, &ca->cert_pem);
}

void test_ca_fini(struct test_ca *ca)
{
	EVP_PKEY_free(ca->key);
	X509_free(ca->cert);
	buf_fini(&ca->cert_pem);
}

void test_leaf_init(
	struct test_leaf *leaf, const struct test_ca *ca, const char *names)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = cert_new(key, "test leaf", 2);

	*leaf = (struct test_leaf){ 0 };
	CHECK(X509_set_issuer_name(cert, X509_get_subject_name(ca->cert)) == 1);
	add_extension(cert, ca->cert, NID_subject_alt_name, names);
	CHECK(X509_sign(cert, ca->key, EVP_sha256()) > 0);
	write_cert(cert, &leaf->cert_pem);
	write_key(key, &leaf->key_pem);
	X509_free(cert);
	EVP_PKEY_free(key);
}

void test_leaf_fini(struct test_leaf *leaf)
{
	buf_fini(&leaf->cert_pem);
	buf_fini(&leaf->key_pem);
}
