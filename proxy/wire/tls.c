/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/wire/session.h"

enum {
	/* Of a client, with all that leads to its authority: it is kept. */
	CERT_LIST_BYTES_MAX = 32 * 1024,
};

struct tls_context {
	uint32_t refs;
	SSL_CTX *ctx;      /* owned */
	char *server_name; /* owned; NULL: a server, or nothing to verify */
	char *own_name;    /* owned; NULL: its certificate names nobody */
	bool is_server;
};

/* A server's, the better one first; and what a client offers. */
static const unsigned char alpn_all[] = "\x02h2\x08http/1.1";
static const unsigned char alpn_h2[] = "\x02h2";
static const unsigned char alpn_h1[] = "\x08http/1.1";

/*
 * As Go's own: with AES in hardware, the shorter key is a quarter faster and
 * no weaker in practice.
 */
#define CIPHERS_TLS13                                     \
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:" \
	"TLS_CHACHA20_POLY1305_SHA256"

#define CIPHERS_TLS12                                                \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

void tls_error_text(char *ret_text, size_t cap)
{
	unsigned long code = ERR_get_error();

	if (code)
		ERR_error_string_n(code, ret_text, cap);
	else
		snprintf(ret_text, cap, "no reason given");
	ERR_clear_error();
}

static int tls_fail(struct err *err, const char *what)
{
	char text[256];

	tls_error_text(text, sizeof(text));
	return err_set(err, "%s: %s", what, text);
}

static BIO *bio_of(struct span pem)
{
	return BIO_new_mem_buf(pem.ptr, (int)pem.len);
}

/*
 * The next certificate; NULL: there is none, or (*ret_is_bad) what should be
 * one cannot be read, as in a file that is being written.
 */
static X509 *next_cert(BIO *bio, bool *ret_is_bad)
{
	X509 *cert;

	ERR_clear_error();
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	/* The end of the file is an error, too; any other is one in it. */
	*ret_is_bad = !cert &&
		ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;
	return cert;
}

/* The certificate and, behind it, its chain. */
static int use_cert(SSL_CTX *ctx, struct span pem, struct err *err)
{
	BIO *bio = bio_of(pem);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	bool is_bad;
	X509 *issuer;
	int ret = -1;

	if (!cert || SSL_CTX_use_certificate(ctx, cert) != 1) {
		tls_fail(err, "cannot use the certificate");
		goto out;
	}
	while ((issuer = next_cert(bio, &is_bad))) {
		/* The context owns it from here on. */
		if (SSL_CTX_add0_chain_cert(ctx, issuer) != 1) {
			X509_free(issuer);
			tls_fail(err, "cannot use the certificate's chain");
			goto out;
		}
	}
	if (is_bad) {
		tls_fail(err, "cannot read the certificate's chain");
		goto out;
	}
	ERR_clear_error(); /* the end of the file is one */
	ret = 0;
out:
	X509_free(cert);
	BIO_free(bio);
	return ret;
}

static int no_passphrase(char *buf, int size, int rwflag, void *user)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)user;
	return -1; /* never ask the terminal */
}

static int use_key(SSL_CTX *ctx, struct span pem, struct err *err)
{
	BIO *bio = bio_of(pem);
	EVP_PKEY *key = bio
		? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)
		: NULL;
	int ret = 0;

	if (!key)
		ret = tls_fail(err, "cannot read the key");
	else if (SSL_CTX_use_PrivateKey(ctx, key) != 1 ||
		SSL_CTX_check_private_key(ctx) != 1)
		ret = tls_fail(err, "the key is not the certificate's");
	EVP_PKEY_free(key);
	BIO_free(bio);
	return ret;
}

/* What the peer's certificate must lead to; a server names them, too. */
static int trust(SSL_CTX *ctx, struct span pem, struct err *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	BIO *bio = bio_of(pem);
	bool is_bad = false;
	unsigned count = 0;
	X509 *cert;

	while (bio && (cert = next_cert(bio, &is_bad))) {
		if (X509_STORE_add_cert(store, cert) == 1 &&
			SSL_CTX_add_client_CA(ctx, cert) == 1)
			count++;
		X509_free(cert);
	}
	BIO_free(bio);
	if (is_bad && count > 0)
		return tls_fail(err, "cannot read a CA certificate");
	if (count == 0)
		return tls_fail(err, "no CA certificate found");
	ERR_clear_error();
	return 0;
}

static SSL_CTX *ctx_new(const SSL_METHOD *method, struct err *err)
{
	char groups[] = "X25519:P-256:P-384"; /* a macro casts const away */
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
		SSL_CTX_set_ciphersuites(ctx, CIPHERS_TLS13) != 1 ||
		SSL_CTX_set_cipher_list(ctx, CIPHERS_TLS12) != 1 ||
		SSL_CTX_set1_groups_list(ctx, groups) != 1) {
		tls_fail(err, "cannot set up TLS");
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_options(ctx,
		SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
			SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
			SSL_OP_PRIORITIZE_CHACHA |
			SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	/* 33 KB less for each connection that waits. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	return ctx;
}

/*
 * That the client has the key is checked by the handshake.  The result stays
 * one that nobody takes for verified.
 */
static int on_cert(X509_STORE_CTX *ctx, void *user)
{
	(void)user;
	X509_STORE_CTX_set_error(ctx, X509_V_ERR_APPLICATION_VERIFICATION);
	return 1;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned in_len, void *user)
{
	unsigned char *chosen;

	(void)ssl;
	(void)user;
	if (SSL_select_next_proto(&chosen, out_len, alpn_all,
		    sizeof(alpn_all) - 1, in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static struct tls_context *context_new(SSL_CTX *ctx, bool is_server)
{
	struct tls_context *tls = xcalloc(1, sizeof(*tls));

	tls->refs = 1;
	tls->ctx = ctx;
	tls->is_server = is_server;
	return tls;
}

struct tls_context *tls_server_new(
	const struct tls_server_settings *settings, struct err *err)
{
	static const unsigned char session_id[] = "fairway";
	SSL_CTX *ctx = ctx_new(TLS_server_method(), err);
	int mode = SSL_VERIFY_PEER;

	if (!ctx)
		return NULL;
	if (use_cert(ctx, settings->cert_pem, err) != 0 ||
		use_key(ctx, settings->key_pem, err) != 0)
		goto fail;
	if (!span_is_absent(settings->client_ca_pem)) {
		if (trust(ctx, settings->client_ca_pem, err) != 0)
			goto fail;
		if (settings->demand_client_cert)
			mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
		if (settings->takes_any_cert) {
			SSL_CTX_set_cert_verify_callback(ctx, on_cert, NULL);
			SSL_CTX_set_max_cert_list(ctx, CERT_LIST_BYTES_MAX);
		}
		SSL_CTX_set_verify(ctx, mode, NULL);
		SSL_CTX_set_session_id_context(
			ctx, session_id, sizeof(session_id) - 1);
	}
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	return context_new(ctx, true);
fail:
	SSL_CTX_free(ctx);
	return NULL;
}

static bool is_address(const char *name)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, bytes) == 1 ||
		inet_pton(AF_INET6, name, bytes) == 1;
}

/*
 * The name or the address must be in the certificate; SNI for names only.
 * `name` is not const since SSL_set_tlsext_host_name() casts that away.
 */
static bool expect_name(SSL *ssl, char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (is_address(name))
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	X509_VERIFY_PARAM_set_hostflags(
		param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, name) == 1 &&
		SSL_set_tlsext_host_name(ssl, name) == 1;
}

/*
 * Whom the API server takes its certificate for: the last CN, as Go reads it
 * (crypto/x509/pkix, FillFromRDNSequence).  NULL: nobody.
 */
static char *common_name(const SSL_CTX *ctx)
{
	X509 *cert = SSL_CTX_get0_certificate(ctx);
	const X509_NAME *subject = cert ? X509_get_subject_name(cert) : NULL;
	unsigned char *text = NULL;
	int last = -1, next = -1, len;
	char *name = NULL;

	if (!subject)
		return NULL;
	while ((next = X509_NAME_get_index_by_NID(
			subject, NID_commonName, next)) >= 0)
		last = next;
	if (last < 0)
		return NULL;
	len = ASN1_STRING_to_UTF8(&text,
		X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
	if (len > 0 && !memchr(text, '\0', (size_t)len))
		name = xstrndup((const char *)text, (size_t)len);
	OPENSSL_free(text);
	return name;
}

struct tls_context *tls_client_new(
	const struct tls_client_settings *settings, struct err *err)
{
	SSL_CTX *ctx = ctx_new(TLS_client_method(), err);
	struct tls_context *tls;
	SSL *trial;

	if (!ctx)
		return NULL;
	if (!settings->server_name && !settings->insecure_skip_verify) {
		err_set(err, "TLS client: no server name to verify");
		goto fail;
	}
	if (!span_is_absent(settings->ca_pem)) {
		if (trust(ctx, settings->ca_pem, err) != 0)
			goto fail;
	} else if (SSL_CTX_set_default_verify_paths(ctx) != 1) {
		tls_fail(err, "cannot use the system's CAs");
		goto fail;
	}
	if (!span_is_absent(settings->cert_pem) &&
		(use_cert(ctx, settings->cert_pem, err) != 0 ||
			use_key(ctx, settings->key_pem, err) != 0))
		goto fail;
	SSL_CTX_set_verify(ctx,
		settings->insecure_skip_verify ? SSL_VERIFY_NONE
					       : SSL_VERIFY_PEER,
		NULL);
	tls = context_new(ctx, false);
	if (settings->server_name)
		tls->server_name = xstrdup(settings->server_name);
	tls->own_name = common_name(ctx);
	/* Here it can be told; for a connection it must not fail. */
	trial = SSL_new(ctx);
	if (!trial ||
		(tls->server_name && !expect_name(trial, tls->server_name))) {
		tls_fail(err, "cannot use the server's name");
		tls_context_unref(tls);
		tls = NULL;
	}
	SSL_free(trial);
	return tls;
fail:
	SSL_CTX_free(ctx);
	return NULL;
}

usec_t tls_context_expires_at(const struct tls_context *tls)
{
	X509 *cert = SSL_CTX_get0_certificate(tls->ctx);
	ASN1_TIME *epoch = cert ? ASN1_TIME_set(NULL, 0) : NULL;
	int days = 0, seconds = 0;

	if (epoch)
		ASN1_TIME_diff(
			&days, &seconds, epoch, X509_get0_notAfter(cert));
	ASN1_TIME_free(epoch);
	if (days < 0 || seconds < 0)
		return 0;
	return ((usec_t)days * 86400 + (usec_t)seconds) * USEC_PER_SEC;
}

const char *tls_context_own_name(const struct tls_context *tls)
{
	return tls->own_name;
}

struct tls_context *tls_context_ref(struct tls_context *tls)
{
	tls->refs++;
	return tls;
}

void tls_context_unref(struct tls_context *tls)
{
	if (!tls)
		return;
	CHECK(tls->refs > 0);
	if (--tls->refs > 0)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls->server_name);
	free(tls->own_name);
	free(tls);
}

/* 0 is success here, for once. */
static bool offer(SSL *ssl, enum session_protocol protocol)
{
	return protocol == SESSION_H2
		? SSL_set_alpn_protos(ssl, alpn_h2, sizeof(alpn_h2) - 1) == 0
		: SSL_set_alpn_protos(ssl, alpn_h1, sizeof(alpn_h1) - 1) == 0;
}

SSL *tls_connection_new(
	const struct tls_context *tls, enum session_protocol protocol)
{
	SSL *ssl = SSL_new(tls->ctx);

	CHECK(ssl);
	if (tls->is_server) {
		SSL_set_accept_state(ssl);
		return ssl;
	}
	if (tls->server_name)
		CHECK(expect_name(ssl, tls->server_name));
	CHECK(offer(ssl, protocol));
	SSL_set_connect_state(ssl);
	return ssl;
}

bool tls_is_server(const struct tls_context *tls)
{
	return tls->is_server;
}

enum session_protocol tls_protocol(const SSL *ssl)
{
	const unsigned char *name;
	unsigned len;

	SSL_get0_alpn_selected(ssl, &name, &len);
	return len == 2 && !memcmp(name, "h2", 2) ? SESSION_H2 : SESSION_H1;
}

const char *tls_verify_text(const SSL *ssl)
{
	long result = SSL_get_verify_result(ssl);

	return result == X509_V_OK ? NULL
				   : X509_verify_cert_error_string(result);
}
