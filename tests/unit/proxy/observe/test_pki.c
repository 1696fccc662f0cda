/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proxy/identity/certificate.h"
#include "proxy/identity/pki.h"
#include "proxy/identity/state_dir.h"

#define NOW ((time_t)1795543210)
#define DAYS(n) ((time_t)(n)*24 * 3600)

static char base[] = "/tmp/fairway-pki.XXXXXX";
static char path[64];

static void set_up(void)
{
	cr_assert(mkdtemp(base));
	snprintf(path, sizeof(path), "%s/state", base);
}

static void tear_down(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", base);
	cr_expect_eq(system(command), 0);
}

TestSuite(pki, .init = set_up, .fini = tear_down);

/* Opens the PKI at a time, and the state directory around it. */
static int open_for(
	struct pki *ret_pki, time_t now, bool wants_client, struct err *err)
{
	struct state_dir dir;
	int result;

	cr_assert_eq(state_dir_open(&dir, path, err), 0, "%s", err->text);
	result = pki_open(ret_pki, &dir, now, wants_client, err);
	state_dir_close(&dir);
	return result;
}

static int open_at(struct pki *ret_pki, time_t now, struct err *err)
{
	return open_for(ret_pki, now, true, err);
}

static void open_well(struct pki *ret_pki, time_t now)
{
	struct err err = { "" };

	cr_assert_eq(open_at(ret_pki, now, &err), 0, "%s", err.text);
}

static bool same(const struct buf *a, const struct buf *b)
{
	return span_eq(buf_span(a), buf_span(b));
}

static void write_file(const char *name, const char *text)
{
	char file[128];
	FILE *out;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	out = fopen(file, "w");
	cr_assert(out);
	fputs(text, out);
	fclose(out);
}

Test(pki, is_made_once_and_kept)
{
	struct pki first, second;

	open_well(&first, NOW);
	open_well(&second, NOW + DAYS(1));
	cr_expect(same(&first.ca_pem, &second.ca_pem));
	cr_expect(same(&first.server_cert_pem, &second.server_cert_pem));
	cr_expect(same(&first.server_key_pem, &second.server_key_pem));
	cr_expect(same(&first.client_cert_pem, &second.client_cert_pem));
	pki_fini(&first);
	pki_fini(&second);
}

Test(pki, files_are_for_their_owner_only)
{
	static const char *const names[] = { "ca.crt", "ca.key", "server.crt",
		"server.key", "client.crt", "client.key" };
	struct stat st;
	struct pki pki;
	char file[128];

	umask(0);
	open_well(&pki, NOW);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0700);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]);
		cr_assert_eq(stat(file, &st), 0, "%s", file);
		cr_expect_eq(st.st_mode & 07777, 0600, "%s", file);
	}
	pki_fini(&pki);
}

Test(pki, leaves_are_renewed_by_the_same_ca_before_they_end)
{
	struct pki first, second;

	open_well(&first, NOW);
	open_well(&second, NOW + DAYS(365 - 29));
	cr_expect(same(&first.ca_pem, &second.ca_pem));
	cr_expect(!same(&first.server_cert_pem, &second.server_cert_pem));
	cr_expect(!same(&first.client_cert_pem, &second.client_cert_pem));
	pki_fini(&first);
	pki_fini(&second);
}

Test(pki, a_damaged_leaf_is_made_again)
{
	struct pki first, second;

	open_well(&first, NOW);
	write_file("server.crt", "nothing");
	open_well(&second, NOW);
	cr_expect(same(&first.ca_pem, &second.ca_pem));
	cr_expect(!same(&first.server_cert_pem, &second.server_cert_pem));
	cr_expect(same(&first.client_cert_pem, &second.client_cert_pem));
	pki_fini(&first);
	pki_fini(&second);
}

/* fabric8's client for Java takes a key of PKCS #8 for one of RSA. */
static int key_type_of(const struct buf *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)buf_len(pem));
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	int type = EVP_PKEY_get_base_id(key);

	EVP_PKEY_free(key);
	BIO_free(bio);
	return type;
}

Test(pki, clients_get_a_key_that_all_of_them_can_read)
{
	struct pki pki;

	open_well(&pki, NOW);
	cr_expect_eq(key_type_of(&pki.client_key_pem), EVP_PKEY_RSA);
	cr_expect_eq(key_type_of(&pki.server_key_pem), EVP_PKEY_EC);
	pki_fini(&pki);
}

Test(pki, one_of_before_is_made_anew)
{
	struct pki first, second;

	open_well(&first, NOW);
	write_file("client.crt", buf_cstr(&first.server_cert_pem));
	write_file("client.key", buf_cstr(&first.server_key_pem));
	open_well(&second, NOW);
	cr_expect_eq(key_type_of(&second.client_key_pem), EVP_PKEY_RSA);
	pki_fini(&first);
	pki_fini(&second);
}

Test(pki, without_need_clients_get_none)
{
	struct err err = { "" };
	struct pki pki;

	cr_assert_eq(open_for(&pki, NOW, false, &err), 0, "%s", err.text);
	cr_expect_eq(buf_len(&pki.client_cert_pem), 0);
	cr_expect_eq(buf_len(&pki.client_key_pem), 0);
	pki_fini(&pki);
}

static void expect_ca_refused(void)
{
	struct err err = { "" };
	struct pki pki;

	cr_assert_eq(open_at(&pki, NOW, &err), -1);
	cr_expect(strstr(err.text, "damaged"), "%s", err.text);
	cr_expect(strstr(err.text, "remove ca.crt"), "%s", err.text);
}

Test(pki, a_damaged_ca_is_refused_not_replaced)
{
	struct pki pki;

	open_well(&pki, NOW);
	pki_fini(&pki);
	write_file("ca.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n");
	expect_ca_refused();
}

Test(pki, a_ca_with_the_key_of_another_is_refused)
{
	struct pki pki;

	open_well(&pki, NOW);
	write_file("ca.key", buf_cstr(&pki.server_key_pem));
	pki_fini(&pki);
	expect_ca_refused();
}

Test(pki, a_ca_without_its_key_is_refused)
{
	struct pki pki;
	char file[128];

	open_well(&pki, NOW);
	pki_fini(&pki);
	snprintf(file, sizeof(file), "%s/ca.key", path);
	cr_assert_eq(unlink(file), 0);
	expect_ca_refused();
}

/* ---- names of certificates --------------------------------------------- */

static struct buf names_of(struct buf *pem)
{
	struct buf names = BUF_INIT;

	cr_assert_eq(certificate_names_read(buf_cstr(pem), &names), 0);
	cr_assert(buf_len(&names) > 0);
	return names;
}

Test(pki, a_renewed_certificate_has_the_same_names)
{
	struct pki first, second;
	struct buf names[3];

	open_well(&first, NOW);
	open_well(&second, NOW + DAYS(365 - 29));
	cr_assert_not(same(&first.client_cert_pem, &second.client_cert_pem));
	names[0] = names_of(&first.client_cert_pem);
	names[1] = names_of(&second.client_cert_pem);
	names[2] = names_of(&second.server_cert_pem);
	cr_expect(same(&names[0], &names[1]));
	cr_expect_not(same(&names[0], &names[2]));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		buf_fini(&names[i]);
	pki_fini(&first);
	pki_fini(&second);
}

Test(pki, what_is_no_certificate_has_no_names)
{
	struct buf names = BUF_INIT;

	cr_expect_eq(certificate_names_read("", &names), -1);
	cr_expect_eq(certificate_names_read("-----BEGIN X-----\n", &names), -1);
	cr_expect_eq(buf_len(&names), 0);
}

/* ---- the state directory ----------------------------------------------- */

TestSuite(state_dir, .init = set_up, .fini = tear_down);

static void expect_refused(const char *where, const char *why)
{
	struct err err = { "" };
	struct state_dir dir;

	cr_assert_eq(state_dir_open(&dir, where, &err), -1);
	cr_expect(strstr(err.text, why), "%s", err.text);
}

Test(state_dir, a_second_one_is_refused_while_the_first_runs)
{
	struct err err = { "" };
	struct state_dir dir;

	cr_assert_eq(state_dir_open(&dir, path, &err), 0, "%s", err.text);
	expect_refused(path, "another fairway uses");
	state_dir_close(&dir);
	cr_assert_eq(state_dir_open(&dir, path, &err), 0, "%s", err.text);
	state_dir_close(&dir);
}

Test(state_dir, one_that_others_may_write_is_refused)
{
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(chmod(path, 0770), 0);
	expect_refused(path, "chmod 0700");
}

Test(state_dir, one_of_another_user_is_refused)
{
	if (geteuid() != 0) {
		expect_refused("/", "belongs to user 0");
		return;
	}
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(chown(path, 65534, 65534), 0);
	expect_refused(path, "belongs to user 65534");
}

Test(state_dir, a_symbolic_link_in_its_place_is_refused)
{
	cr_assert_eq(symlink(base, path), 0);
	expect_refused(path, "open state directory");
}

Test(state_dir, files_that_are_links_or_too_large_are_refused)
{
	struct err err = { "" };
	struct buf content = BUF_INIT;
	struct state_dir dir;
	char file[128];

	cr_assert_eq(state_dir_open(&dir, path, &err), 0, "%s", err.text);
	snprintf(file, sizeof(file), "%s/link", path);
	cr_assert_eq(symlink("/etc/passwd", file), 0);
	cr_expect_eq(state_dir_read(&dir, "link", &content, &err),
		STATE_FILE_FAILED);
	write_file("one", "x");
	snprintf(file, sizeof(file), "%s/two", path);
	cr_assert_eq(linkat(dir.fd, "one", dir.fd, "two", 0), 0);
	cr_expect_eq(
		state_dir_read(&dir, "one", &content, &err), STATE_FILE_FAILED);
	write_file("big", "");
	snprintf(file, sizeof(file), "%s/big", path);
	cr_assert_eq(truncate(file, (1 << 20) + 1), 0);
	cr_expect_eq(
		state_dir_read(&dir, "big", &content, &err), STATE_FILE_FAILED);
	cr_expect_eq(state_dir_read(&dir, "none", &content, &err),
		STATE_FILE_ABSENT);
	buf_fini(&content);
	state_dir_close(&dir);
}

static void make_file(const char *name, mode_t mode)
{
	char file[128];
	FILE *made;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	made = fopen(file, "w");
	cr_assert(made);
	fclose(made);
	cr_assert_eq(chmod(file, mode), 0);
}

static bool is_there(const char *name)
{
	char file[128];
	struct stat st;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	return lstat(file, &st) == 0;
}

Test(state_dir, what_a_killed_one_left_goes_and_nothing_else)
{
	static const char *const STAY[] = { "kubeconfig", "kubeconfig.backup",
		"kubeconfig.fairway-", "kubeconfig.fairway-abc123x",
		"kubeconfig.fairway-abc.12", "other.fairway-abc123" };
	struct err err = { "" };
	struct state_dir dir;
	char link_name[128];

	cr_assert_eq(state_dir_open(&dir, path, &err), 0, "%s", err.text);
	for (size_t i = 0; i < ARRAY_SIZE(STAY); i++)
		make_file(STAY[i], 0600);
	make_file("kubeconfig.fairway-Abc123", 0600);
	make_file("kubeconfig.fairway-public", 0644);
	snprintf(link_name, sizeof(link_name), "%s/kubeconfig.fairway-linked",
		path);
	cr_assert_eq(symlink("kubeconfig", link_name), 0);
	state_dir_remove_leftovers(&dir, "kubeconfig");
	for (size_t i = 0; i < ARRAY_SIZE(STAY); i++)
		cr_expect(is_there(STAY[i]), "%s", STAY[i]);
	cr_expect_not(is_there("kubeconfig.fairway-Abc123"));
	cr_expect(is_there("kubeconfig.fairway-public"));
	cr_expect(is_there("kubeconfig.fairway-linked"));
	state_dir_close(&dir);
}
