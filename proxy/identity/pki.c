/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/identity/pki.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "proxy/identity/random.h"

#define DAY ((time_t)24 * 3600)
#define CA_DAYS 3650
#define LEAF_DAYS 365
#define RENEW_DAYS 30
#define RSA_BITS 2048

/* A certificate and its key, as OpenSSL holds them. */
struct pair {
	X509 *cert;
	EVP_PKEY *key;
};

/* What a certificate is for. */
struct purpose {
	const char *name; /* in messages, and of the files */
	const char *common_name;
	const char *usage;
	const char *extended_usage; /* NULL: a CA */
	const char *alt_names;      /* NULL: none */
	int days;
	int key_type; /* EVP_PKEY_EC, EVP_PKEY_RSA */
};

static const struct purpose PURPOSE_CA = {
	.name = "ca",
	.common_name = "Fairway local CA",
	.usage = "critical,keyCertSign,cRLSign",
	.days = CA_DAYS,
	.key_type = EVP_PKEY_EC,
};

static const struct purpose PURPOSE_SERVER = {
	.name = "server",
	.common_name = "fairway",
	.usage = "critical,digitalSignature",
	.extended_usage = "serverAuth",
	.alt_names = "DNS:localhost,IP:127.0.0.1,IP:::1",
	.days = LEAF_DAYS,
	.key_type = EVP_PKEY_EC,
};

static const struct purpose PURPOSE_CLIENT = {
	.name = "client",
	.common_name = "fairway-client",
	.usage = "critical,digitalSignature",
	.extended_usage = "clientAuth",
	.days = LEAF_DAYS,
	/* Java's client of fabric8 takes a key without a hint for RSA. */
	.key_type = EVP_PKEY_RSA,
};

static void pair_fini(struct pair *pair)
{
	X509_free(pair->cert);
	EVP_PKEY_free(pair->key);
	*pair = (struct pair){ 0 };
}

static void secret_fini(struct buf *secret)
{
	if (secret->data)
		OPENSSL_cleanse(secret->data, secret->cap);
	buf_fini(secret);
}

static int openssl_failed(
	struct err *err, const struct purpose *purpose, const char *doing)
{
	unsigned long code = ERR_get_error();
	const char *why = ERR_reason_error_string(code);

	ERR_clear_error();
	return err_set(err, "%s the %s certificate: %s", doing, purpose->name,
		why ? why : "unknown OpenSSL error");
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool ok;

	if (!value)
		return true;
	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	ok = extension && X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	return ok;
}

static bool set_serial(X509 *cert)
{
	unsigned char bytes[16];
	BIGNUM *number;
	bool ok;

	random_bytes(bytes, sizeof(bytes));
	/* Positive, and never 0 (RFC 5280 4.1.2.2). */
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return ok;
}

static bool set_times(X509 *cert, time_t now, int days)
{
	/* A clock that is a little behind must not refuse it. */
	time_t start = now - 3600;

	return X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &start) &&
		X509_time_adj_ex(X509_getm_notAfter(cert), days, 0, &now);
}

static bool set_name(X509 *cert, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		(const unsigned char *)common_name, -1, -1, 0);
}

static EVP_PKEY *key_make(int type)
{
	return type == EVP_PKEY_RSA ? EVP_RSA_gen(RSA_BITS)
				    : EVP_EC_gen("P-256");
}

/* Makes a key and a certificate for it, signed by `ca`; NULL: by itself. */
static int pair_make(struct pair *ret_pair, const struct purpose *purpose,
	const struct pair *ca, time_t now, struct err *err)
{
	struct pair pair = { X509_new(), key_make(purpose->key_type) };
	const struct pair *signer = ca ? ca : &pair;
	bool is_ca = !purpose->extended_usage;

	if (pair.cert && pair.key && X509_set_version(pair.cert, 2) &&
		set_serial(pair.cert) &&
		set_times(pair.cert, now, purpose->days) &&
		set_name(pair.cert, purpose->common_name) &&
		X509_set_issuer_name(
			pair.cert, X509_get_subject_name(signer->cert)) &&
		X509_set_pubkey(pair.cert, pair.key) &&
		add_extension(pair.cert, signer->cert, NID_basic_constraints,
			is_ca ? "critical,CA:TRUE,pathlen:0"
			      : "critical,CA:FALSE") &&
		add_extension(pair.cert, signer->cert, NID_key_usage,
			purpose->usage) &&
		add_extension(pair.cert, signer->cert, NID_ext_key_usage,
			purpose->extended_usage) &&
		add_extension(pair.cert, signer->cert, NID_subject_alt_name,
			purpose->alt_names) &&
		add_extension(pair.cert, signer->cert,
			NID_subject_key_identifier, "hash") &&
		add_extension(pair.cert, signer->cert,
			NID_authority_key_identifier, "keyid") &&
		X509_sign(pair.cert, signer->key, EVP_sha256())) {
		*ret_pair = pair;
		return 0;
	}
	pair_fini(&pair);
	return openssl_failed(err, purpose, "make");
}

/* ---- PEM, in and out of the state directory ---------------------------- */

static void take_bio(BIO *bio, struct buf *ret_pem)
{
	char *bytes;
	long len = BIO_get_mem_data(bio, &bytes);

	buf_append(ret_pem, bytes, (size_t)len);
	BIO_free(bio);
}

static int pair_to_pem(const struct pair *pair, const struct purpose *purpose,
	struct buf *ret_cert, struct buf *ret_key, struct err *err)
{
	BIO *cert = BIO_new(BIO_s_mem());
	/* Secure memory: overwritten when it is freed. */
	BIO *key = BIO_new(BIO_s_secmem());

	if (!cert || !key || !PEM_write_bio_X509(cert, pair->cert) ||
		!PEM_write_bio_PrivateKey(
			key, pair->key, NULL, NULL, 0, NULL, NULL)) {
		BIO_free(cert);
		BIO_free(key);
		return openssl_failed(err, purpose, "write");
	}
	take_bio(cert, ret_cert);
	take_bio(key, ret_key);
	return 0;
}

static int pair_from_pem(struct pair *ret_pair, const struct purpose *purpose,
	struct span cert_pem, struct span key_pem, struct err *err)
{
	BIO *cert = BIO_new_mem_buf(cert_pem.ptr, (int)cert_pem.len);
	BIO *key = BIO_new_mem_buf(key_pem.ptr, (int)key_pem.len);
	struct pair pair = {
		cert ? PEM_read_bio_X509(cert, NULL, NULL, NULL) : NULL,
		key ? PEM_read_bio_PrivateKey(key, NULL, NULL, NULL) : NULL,
	};

	BIO_free(cert);
	BIO_free(key);
	if (pair.cert && pair.key &&
		X509_check_private_key(pair.cert, pair.key)) {
		*ret_pair = pair;
		return 0;
	}
	pair_fini(&pair);
	return openssl_failed(err, purpose, "read");
}

static int pair_save(const struct state_dir *dir, const struct purpose *purpose,
	const struct buf *cert, const struct buf *key, struct err *err)
{
	char name[32];

	/* The key first: a certificate without its key is never seen. */
	snprintf(name, sizeof(name), "%s.key", purpose->name);
	if (state_dir_write(dir, name, buf_span(key), err))
		return -1;
	snprintf(name, sizeof(name), "%s.crt", purpose->name);
	return state_dir_write(dir, name, buf_span(cert), err);
}

/* Both files' content; ABSENT only if the certificate is absent. */
static enum state_file pair_load(const struct state_dir *dir,
	const struct purpose *purpose, struct buf *cert, struct buf *key,
	struct err *err)
{
	enum state_file result;
	char name[32];

	snprintf(name, sizeof(name), "%s.crt", purpose->name);
	result = state_dir_read(dir, name, cert, err);
	if (result != STATE_FILE_READ)
		return result;
	snprintf(name, sizeof(name), "%s.key", purpose->name);
	result = state_dir_read(dir, name, key, err);
	if (result == STATE_FILE_ABSENT) {
		err_set(err, "%s/%s is missing", dir->path, name);
		result = STATE_FILE_FAILED;
	}
	return result;
}

static bool is_fresh(
	const struct pair *pair, const struct purpose *purpose, time_t now)
{
	time_t renew_at = now + RENEW_DAYS * DAY;

	return EVP_PKEY_get_base_id(pair->key) == purpose->key_type &&
		X509_cmp_time(X509_get0_notAfter(pair->cert), &renew_at) > 0 &&
		X509_cmp_time(X509_get0_notBefore(pair->cert), &now) < 0;
}

static int make_and_save(struct pair *ret_pair, const struct state_dir *dir,
	const struct purpose *purpose, const struct pair *ca, time_t now,
	struct buf *cert_pem, struct buf *key_pem, struct err *err)
{
	struct pair pair;

	if (pair_make(&pair, purpose, ca, now, err))
		return -1;
	buf_clear(cert_pem);
	buf_clear(key_pem);
	if (pair_to_pem(&pair, purpose, cert_pem, key_pem, err) ||
		pair_save(dir, purpose, cert_pem, key_pem, err)) {
		pair_fini(&pair);
		return -1;
	}
	*ret_pair = pair;
	return 0;
}

static int open_ca(struct pair *ret_ca, const struct state_dir *dir, time_t now,
	struct buf *cert_pem, struct err *err)
{
	struct buf key_pem = BUF_INIT;
	int result = -1;

	switch (pair_load(dir, &PURPOSE_CA, cert_pem, &key_pem, err)) {
	case STATE_FILE_ABSENT:
		result = make_and_save(ret_ca, dir, &PURPOSE_CA, NULL, now,
			cert_pem, &key_pem, err);
		break;
	case STATE_FILE_READ:
		result = pair_from_pem(ret_ca, &PURPOSE_CA, buf_span(cert_pem),
			buf_span(&key_pem), err);
		break;
	case STATE_FILE_FAILED:
		break;
	}
	secret_fini(&key_pem);
	if (result)
		err_prefix(err,
			"the local CA in %s is damaged; remove ca.crt and "
			"ca.key there to get a new one (clients need the new "
			"kubeconfig then)",
			dir->path);
	return result;
}

static int open_leaf(const struct state_dir *dir, const struct purpose *purpose,
	const struct pair *ca, time_t now, struct buf *cert_pem,
	struct buf *key_pem, struct err *err)
{
	struct pair pair = { 0 };
	int result = 0;

	if (pair_load(dir, purpose, cert_pem, key_pem, err) ==
			STATE_FILE_READ &&
		!pair_from_pem(&pair, purpose, buf_span(cert_pem),
			buf_span(key_pem), err) &&
		is_fresh(&pair, purpose, now) && X509_verify(pair.cert, ca->key) == 1)
		goto out;
	pair_fini(&pair);
	result = make_and_save(
		&pair, dir, purpose, ca, now, cert_pem, key_pem, err);
out:
	ERR_clear_error();
	pair_fini(&pair);
	return result;
}

int pki_open(struct pki *ret_pki, const struct state_dir *dir, time_t now,
	bool wants_client, struct err *err)
{
	struct pki pki = { 0 };
	struct pair ca = { 0 };
	int result = -1;

	if (open_ca(&ca, dir, now, &pki.ca_pem, err) ||
		open_leaf(dir, &PURPOSE_SERVER, &ca, now, &pki.server_cert_pem,
			&pki.server_key_pem, err) ||
		(wants_client &&
			open_leaf(dir, &PURPOSE_CLIENT, &ca, now,
				&pki.client_cert_pem, &pki.client_key_pem,
				err)))
		pki_fini(&pki);
	else
		result = 0;
	pair_fini(&ca);
	*ret_pki = pki;
	return result;
}

void pki_fini(struct pki *pki)
{
	buf_fini(&pki->ca_pem);
	buf_fini(&pki->server_cert_pem);
	secret_fini(&pki->server_key_pem);
	buf_fini(&pki->client_cert_pem);
	secret_fini(&pki->client_key_pem);
}
