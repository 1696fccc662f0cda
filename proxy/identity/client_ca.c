/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/identity/client_ca.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "proxy/identity/user_info.h"

enum {
	/* Certificates between a client's and an authority. */
	DEPTH_MAX = 8,
	/* No SHA-1, no RSA below 2048 bits, as of TLS itself. */
	AUTH_LEVEL = 2,
};

struct client_ca {
	X509_STORE *store; /* owned */
	ASN1_OBJECT *uid;  /* owned: the uid's place in a name */
};

/* ---- the authorities ----------------------------------------------------- */

static int read_bundle(struct client_ca *ca, struct span pem, struct err *err)
{
	BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	unsigned count = 0;
	unsigned long code;
	X509 *cert;

	CHECK(bio);
	ERR_clear_error();
	while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		CHECK(X509_STORE_add_cert(ca->store, cert) == 1);
		X509_free(cert);
		count++;
	}
	BIO_free(bio);
	/* The end of the file is an error, too; any other is one in it. */
	code = ERR_peek_last_error();
	ERR_clear_error();
	if (ERR_GET_REASON(code) != PEM_R_NO_START_LINE)
		return err_set(err, "a certificate in it cannot be read");
	return count > 0 ? 0 : err_set(err, "no CA certificate found");
}

struct client_ca *client_ca_new(struct span pem, struct err *err)
{
	struct client_ca *ca = xcalloc(1, sizeof(*ca));
	X509_VERIFY_PARAM *param;

	ca->store = X509_STORE_new();
	ca->uid = OBJ_txt2obj("1.3.6.1.4.1.57683.2", 1);
	CHECK(ca->store && ca->uid);
	param = X509_STORE_get0_param(ca->store);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT);
	X509_VERIFY_PARAM_set_depth(param, DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	if (read_bundle(ca, pem, err) != 0) {
		client_ca_free(ca);
		return NULL;
	}
	return ca;
}

void client_ca_free(struct client_ca *ca)
{
	if (!ca)
		return;
	X509_STORE_free(ca->store);
	ASN1_OBJECT_free(ca->uid);
	free(ca);
}

/* ---- what a certificate says --------------------------------------------- */

/* As UTF-8; -1: a kind of text that means different things to different
 * readers. */
static int text_of(const X509_NAME_ENTRY *entry, struct buf *ret_text)
{
	const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
	unsigned char *text;
	int len;

	switch (ASN1_STRING_type(value)) {
	case V_ASN1_UTF8STRING:
	case V_ASN1_PRINTABLESTRING:
	case V_ASN1_IA5STRING:
	case V_ASN1_NUMERICSTRING:
	case V_ASN1_BMPSTRING:
		break;
	default:
		return -1;
	}
	len = ASN1_STRING_to_UTF8(&text, value);
	if (len < 0)
		return -1;
	buf_clear(ret_text);
	buf_append(ret_text, text, (size_t)len);
	OPENSSL_free(text);
	return 0;
}

/* What of a subject makes a user. */
struct names {
	struct buf user;
	struct buf uid;
	struct buf text; /* of the entry that is read */
	bool has_uid;
};

static int read_entry(const struct client_ca *ca, const X509_NAME_ENTRY *entry,
	struct names *names, struct user_info *groups, struct err *err)
{
	const ASN1_OBJECT *object = X509_NAME_ENTRY_get_object(entry);
	int nid = OBJ_obj2nid(object);
	bool is_uid = OBJ_cmp(object, ca->uid) == 0;

	if (nid != NID_commonName && nid != NID_organizationName && !is_uid)
		return 0;
	if (text_of(entry, &names->text) != 0)
		return err_set(err, "its subject has a name that is no text");
	if (nid == NID_organizationName) {
		if (user_info_add_group(groups, buf_span(&names->text)) != 0)
			return err_set(err, "it has too many organizations");
		return 0;
	}
	if (is_uid && names->has_uid)
		return err_set(err, "it has more than one uid");
	names->has_uid |= is_uid;
	buf_clear(is_uid ? &names->uid : &names->user);
	buf_append_span(is_uid ? &names->uid : &names->user,
		buf_span(&names->text));
	return 0;
}

static void add_credential_id(struct user_info *user, const X509 *cert)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct buf text = BUF_INIT;
	unsigned len = 0;

	CHECK(X509_digest(cert, EVP_sha256(), digest, &len) == 1);
	buf_append_str(&text, "X509SHA256=");
	for (unsigned i = 0; i < len; i++)
		buf_printf(&text, "%02x", digest[i]);
	CHECK(user_info_add_extra(user, SPAN(CLIENT_CA_CREDENTIAL_ID),
		      buf_span(&text)) == 0);
	buf_fini(&text);
}

static struct user_info *user_of(
	const struct names *names, const struct user_info *groups)
{
	struct user_info *user = user_info_new(buf_span(&names->user));

	for (size_t i = 0; i < groups->group_count; i++)
		CHECK(user_info_add_group(user, groups->groups[i]) == 0);
	if (names->has_uid)
		user_info_set_uid(user, buf_span(&names->uid));
	return user;
}

static int read_subject(const struct client_ca *ca, const X509 *cert,
	struct user_info **ret_user, struct err *err)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	struct user_info *groups = user_info_new(SPAN(""));
	struct names names = { .has_uid = false };
	struct user_info *user = NULL;
	int result = -1;

	for (int i = 0; i < X509_NAME_entry_count(subject); i++) {
		if (read_entry(ca, X509_NAME_get_entry(subject, i), &names,
			    groups, err) != 0)
			goto out;
	}
	if (buf_len(&names.user) == 0) {
		err_set(err, "it has no common name");
		goto out;
	}
	user = user_of(&names, groups);
	add_credential_id(user, cert);
	if (!user_info_fits_fields(user)) {
		err_set(err, "its subject has an empty name, or a name with a "
			     "control character or a blank at an end");
		goto out;
	}
	*ret_user = user_info_ref(user);
	result = 0;
out:
	user_info_unref(user);
	user_info_unref(groups);
	buf_fini(&names.user);
	buf_fini(&names.uid);
	buf_fini(&names.text);
	return result;
}

/* ---- whether it is to be believed ---------------------------------------- */

/* Since 1970; USEC_NEVER: so late that it does not matter. */
static usec_t end_of(const X509 *cert)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;
	bool is_read = epoch &&
		ASN1_TIME_diff(&days, &seconds, epoch,
			X509_get0_notAfter(cert)) == 1;

	ASN1_TIME_free(epoch);
	if (!is_read || days < 0 || seconds < 0)
		return 0;
	return ((usec_t)days * 86400 + (usec_t)seconds) * USEC_PER_SEC;
}

/* Of the whole chain: an authority between may end before the client's. */
static usec_t end_of_chain(X509_STORE_CTX *ctx)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	usec_t end = USEC_NEVER;

	for (int i = 0; i < sk_X509_num(chain); i++)
		end = u64_min(end, end_of(sk_X509_value(chain, i)));
	return end;
}

int client_ca_verify(const struct client_ca *ca, struct x509_st *cert,
	struct stack_st_X509 *chain, usec_t wall, struct user_info **ret_user,
	usec_t *ret_until, struct err *err)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int result = -1;

	CHECK(ctx && X509_STORE_CTX_init(ctx, ca->store, cert, chain) == 1);
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx),
		(time_t)(wall / USEC_PER_SEC));
	if (X509_verify_cert(ctx) != 1) {
		err_set(err, "%s",
			X509_verify_cert_error_string(
				X509_STORE_CTX_get_error(ctx)));
		goto out;
	}
	if (read_subject(ca, cert, ret_user, err) != 0)
		goto out;
	*ret_until = end_of_chain(ctx);
	result = 0;
out:
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return result;
}
