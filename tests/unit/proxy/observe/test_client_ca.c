/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom certificates name.  Chains, times and uses of real files are in
 * tests/e2e/test_identity.py.
 */
#include "proxy/identity/client_ca.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "proxy/identity/user_info.h"

#define NOW (UINT64_C(1800000000) * USEC_PER_SEC)
#define UID "1.3.6.1.4.1.57683.2"

/* An authority, and the certificate that a test makes. */
struct world {
	EVP_PKEY *key;
	X509 *ca_cert;
	struct client_ca *ca;
	X509 *cert;
};

static X509 *cert_new(EVP_PKEY *key, long from, long to)
{
	X509 *cert = X509_new();

	cr_assert(cert && X509_set_version(cert, 2) == 1);
	cr_assert(ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1);
	cr_assert(ASN1_TIME_set(X509_getm_notBefore(cert), from));
	cr_assert(ASN1_TIME_set(X509_getm_notAfter(cert), to));
	cr_assert(X509_set_pubkey(cert, key) == 1);
	return cert;
}

static void add_name(
	X509 *cert, const char *field, int type, const char *value, int len)
{
	ASN1_OBJECT *object = OBJ_txt2obj(field, 0);

	cr_assert(object &&
		X509_NAME_add_entry_by_OBJ(X509_get_subject_name(cert), object,
			type, (const unsigned char *)value, len, -1, 0) == 1);
	ASN1_OBJECT_free(object);
}

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension =
		X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	cr_assert(extension && X509_add_ext(cert, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static struct client_ca *ca_of(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct client_ca *ca;
	struct err err;
	char *pem;
	long len;

	cr_assert(bio && PEM_write_bio_X509(bio, cert) == 1);
	len = BIO_get_mem_data(bio, &pem);
	ca = client_ca_new(span_of(pem, (size_t)len), &err);
	cr_assert(ca);
	BIO_free(bio);
	return ca;
}

static struct world world_new(void)
{
	struct world world = { .key = EVP_EC_gen("P-256") };

	world.ca_cert = cert_new(world.key, 1700000000, 1900000000);
	add_name(world.ca_cert, "CN", MBSTRING_ASC, "ca", -1);
	cr_assert(X509_set_issuer_name(world.ca_cert,
			  X509_get_subject_name(world.ca_cert)) == 1);
	add_extension(
		world.ca_cert, NID_basic_constraints, "critical,CA:TRUE");
	cr_assert(X509_sign(world.ca_cert, world.key, EVP_sha256()) > 0);
	world.ca = ca_of(world.ca_cert);
	world.cert = cert_new(world.key, 1700000000, 1850000000);
	return world;
}

static void world_free(struct world *world)
{
	X509_free(world->cert);
	X509_free(world->ca_cert);
	client_ca_free(world->ca);
	EVP_PKEY_free(world->key);
}

static struct user_info *verify_at(struct world *world, usec_t when,
	usec_t *ret_until, struct err *ret_err)
{
	struct user_info *user = NULL;

	cr_assert(X509_set_issuer_name(world->cert,
			  X509_get_subject_name(world->ca_cert)) == 1);
	cr_assert(X509_sign(world->cert, world->key, EVP_sha256()) > 0);
	if (client_ca_verify(world->ca, world->cert, NULL, when, &user,
		    ret_until, ret_err) != 0)
		return NULL;
	cr_assert(user);
	return user;
}

static void assert_names(struct world *world, const char *name)
{
	struct err err;
	usec_t until;
	struct user_info *user = verify_at(world, NOW, &until, &err);

	cr_assert(user, "%s", err.text);
	cr_assert(span_eq_str(user->user, name));
	user_info_unref(user);
	world_free(world);
}

static void assert_nobody(struct world *world, const char *why)
{
	struct err err;
	usec_t until;

	cr_assert_null(verify_at(world, NOW, &until, &err));
	cr_assert(strstr(err.text, why), "%s", err.text);
	world_free(world);
}

Test(client_ca, a_subject_is_a_user_with_groups_and_a_uid)
{
	struct world world = world_new();
	struct user_info *user;
	struct err err;
	usec_t until;

	add_name(world.cert, "O", MBSTRING_ASC, "team-a", -1);
	add_name(world.cert, "CN", MBSTRING_UTF8, "Zo\xc3\xab", -1);
	add_name(world.cert, "OU", MBSTRING_ASC, "nothing", -1);
	add_name(world.cert, "O", V_ASN1_UTF8STRING, "team-b", -1);
	add_name(world.cert, UID, MBSTRING_ASC, "u-1", -1);
	user = verify_at(&world, NOW, &until, &err);
	cr_assert(user, "%s", err.text);
	cr_assert(span_eq_str(user->user, "Zo\xc3\xab"));
	cr_assert(span_eq_str(user->uid, "u-1"));
	cr_assert_eq(user->group_count, 2);
	cr_assert(span_eq_str(user->groups[0], "team-a"));
	cr_assert(span_eq_str(user->groups[1], "team-b"));
	cr_assert_eq(user->extra_count, 1);
	cr_assert(span_eq_str(user->extras[0].key, CLIENT_CA_CREDENTIAL_ID));
	cr_assert(span_starts_with(
		user->extras[0].value, SPAN("X509SHA256=")));
	cr_assert_eq(user->extras[0].value.len, 11 + 64);
	cr_assert_eq(until, UINT64_C(1850000000) * USEC_PER_SEC);
	user_info_unref(user);
	world_free(&world);
}

Test(client_ca, of_two_names_the_last_counts)
{
	struct world world = world_new();

	add_name(world.cert, "CN", MBSTRING_ASC, "bob", -1);
	add_name(world.cert, "CN", MBSTRING_ASC, "alice", -1);
	assert_names(&world, "alice");
}

Test(client_ca, without_a_name_it_is_nobodys)
{
	struct world world = world_new();

	add_name(world.cert, "O", MBSTRING_ASC, "team-a", -1);
	assert_nobody(&world, "no common name");
}

Test(client_ca, of_two_uids_none_is_believed)
{
	struct world world = world_new();

	add_name(world.cert, "CN", MBSTRING_ASC, "alice", -1);
	add_name(world.cert, UID, MBSTRING_ASC, "u-1", -1);
	add_name(world.cert, UID, MBSTRING_ASC, "u-1", -1);
	assert_nobody(&world, "more than one uid");
}

Test(client_ca, a_name_with_a_zero_in_it_is_nobodys)
{
	struct world world = world_new();

	add_name(world.cert, "CN", V_ASN1_UTF8STRING, "alice\0x", 7);
	assert_nobody(&world, "control character");
}

Test(client_ca, names_that_would_lose_something_on_the_way_are_nobodys)
{
	static const char *const NAMES[] = { " alice", "alice ", "al\tice",
		"alice\r\nx: y", "al\x7fice" };

	for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++) {
		struct world world = world_new();

		add_name(world.cert, "CN", V_ASN1_UTF8STRING, NAMES[i], -1);
		assert_nobody(&world, "control character or a blank");
	}
}

Test(client_ca, a_group_that_would_is_the_end_of_all)
{
	struct world world = world_new();

	add_name(world.cert, "CN", MBSTRING_ASC, "alice", -1);
	add_name(world.cert, "O", V_ASN1_UTF8STRING, "system:masters ", -1);
	assert_nobody(&world, "blank");
}

Test(client_ca, text_that_is_read_in_two_ways_is_not_read)
{
	struct world world = world_new();

	add_name(world.cert, "CN", V_ASN1_T61STRING, "alice", -1);
	assert_nobody(&world, "no text");
}

Test(client_ca, it_counts_within_its_time_only)
{
	struct world world = world_new();
	struct user_info *user;
	struct err err;
	usec_t until;

	add_name(world.cert, "CN", MBSTRING_ASC, "alice", -1);
	user = verify_at(&world, UINT64_C(1849999999) * USEC_PER_SEC, &until,
		&err);
	cr_assert(user);
	user_info_unref(user);
	cr_assert_null(verify_at(&world, UINT64_C(1850000001) * USEC_PER_SEC,
		&until, &err));
	cr_assert(strstr(err.text, "expired"));
	cr_assert_null(verify_at(&world, UINT64_C(1699999999) * USEC_PER_SEC,
		&until, &err));
	cr_assert(strstr(err.text, "not yet valid"));
	world_free(&world);
}

Test(client_ca, what_is_for_servers_is_no_clients)
{
	struct world world = world_new();

	add_name(world.cert, "CN", MBSTRING_ASC, "alice", -1);
	add_extension(world.cert, NID_ext_key_usage, "serverAuth");
	assert_nobody(&world, "purpose");
}

Test(client_ca, a_bundle_with_nothing_or_half_of_it_is_none)
{
	static const char *const BAD[] = {
		"",
		"nothing of the kind\n",
		("-----BEGIN CERTIFICATE-----\nAAAA\n"
		 "-----END CERTIFICATE-----\n"),
		"-----BEGIN CERTIFICATE-----\nMIIB",
	};

	for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
		struct err err;

		cr_expect_null(client_ca_new(span_str(BAD[i]), &err));
	}
}

Test(user_info, two_lists_that_read_the_same_have_other_hashes)
{
	const struct hash_key key = { 1, 2 };
	struct user_info *a = user_info_new(SPAN("u"));
	struct user_info *b = user_info_new(SPAN("u"));

	user_info_add_group(a, SPAN("ab"));
	user_info_add_group(a, SPAN("c"));
	user_info_add_group(b, SPAN("a"));
	user_info_add_group(b, SPAN("bc"));
	cr_assert_neq(user_info_hash(a, &key, 0),
		user_info_hash(b, &key, 0));
	user_info_unref(b);
	b = user_info_new(SPAN("u"));
	user_info_add_extra(b, SPAN("ab"), SPAN("c"));
	cr_assert_neq(user_info_hash(a, &key, 0),
		user_info_hash(b, &key, 0));
	user_info_unref(a);
	user_info_unref(b);
}
