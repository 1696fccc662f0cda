/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/pki.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

enum {
	MAX_PATH = 4096,
	DAYS = 3650,
};

struct subject {
	const char *file;
	const char *organisation; /* NULL: none */
	const char *common_name;
	const char *usage;
	const char *alt_names; /* NULL: none */
};

static const struct subject ca_subject = { .file = "ca",
	.common_name = "kubesim-ca" };

static const struct subject leaf_subjects[] = {
	{ .file = "tls",
		.common_name = "kube-apiserver",
		.usage = "serverAuth",
		.alt_names = "DNS:localhost,DNS:kubernetes,"
			     "DNS:kubernetes.default,"
			     "DNS:kubernetes.default.svc,IP:127.0.0.1,IP:::1" },
	{ .file = "admin",
		.organisation = "system:masters",
		.common_name = "admin",
		.usage = "clientAuth" },
	{ .file = "argo-cert",
		.organisation = "argo",
		.common_name = "argo-cert-user",
		.usage = "clientAuth" },
};

static void path_of(
	char *ret_path, const char *dir, const char *file, const char *end)
{
	snprintf(ret_path, MAX_PATH, "%s/%s%s", dir, file, end);
}

/* Private keys and tokens are for the owner only. */
static FILE *create_file(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (file)
		return file;
	err_set(err, "cannot write %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

static int add_extension(
	X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
	int ok = ext && X509_add_ext(cert, ext, -1);

	X509_EXTENSION_free(ext);
	return ok ? 0 : -1;
}

static int add_extensions(
	X509 *cert, const struct subject *subject, X509 *issuer)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	if (!subject->usage) {
		if (add_extension(cert, &ctx, NID_basic_constraints,
			    "critical,CA:TRUE") != 0 ||
			add_extension(cert, &ctx, NID_key_usage,
				"critical,keyCertSign,cRLSign") != 0)
			return -1;
	} else if (add_extension(cert, &ctx, NID_basic_constraints,
			   "critical,CA:FALSE") != 0 ||
		add_extension(cert, &ctx, NID_key_usage,
			"critical,digitalSignature") != 0 ||
		add_extension(cert, &ctx, NID_ext_key_usage, subject->usage) !=
			0) {
		return -1;
	}
	if (subject->alt_names &&
		add_extension(cert, &ctx, NID_subject_alt_name,
			subject->alt_names) != 0)
		return -1;
	return add_extension(cert, &ctx, NID_subject_key_identifier, "hash");
}

static int set_serial(X509 *cert)
{
	uint64_t serial;

	if (RAND_bytes((unsigned char *)&serial, sizeof(serial)) != 1)
		return -1;
	return ASN1_INTEGER_set_uint64(
		       X509_get_serialNumber(cert), serial >> 1) == 1
		? 0
		: -1;
}

static int add_name(X509_NAME *name, const char *field, const char *text)
{
	if (!text)
		return 0;
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
		       (const unsigned char *)text, -1, -1, 0) == 1
		? 0
		: -1;
}

/* Signed by `issuer`, or by itself where that is NULL. */
static X509 *make_cert(const struct subject *subject, EVP_PKEY *key,
	X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();
	X509_NAME *name;

	if (!cert)
		return NULL;
	name = X509_get_subject_name(cert);
	if (X509_set_version(cert, X509_VERSION_3) && set_serial(cert) == 0 &&
		X509_gmtime_adj(X509_getm_notBefore(cert), -3600) &&
		X509_time_adj_ex(X509_getm_notAfter(cert), DAYS, 0, NULL) &&
		add_name(name, "O", subject->organisation) == 0 &&
		add_name(name, "CN", subject->common_name) == 0 &&
		X509_set_issuer_name(
			cert, issuer ? X509_get_subject_name(issuer) : name) &&
		X509_set_pubkey(cert, key) &&
		add_extensions(cert, subject, issuer ? issuer : cert) == 0 &&
		X509_sign(cert, issuer_key ? issuer_key : key, EVP_sha256()))
		return cert;
	X509_free(cert);
	return NULL;
}

static int write_pair(const char *dir, const char *name, X509 *cert,
	EVP_PKEY *key, struct err *err)
{
	char path[MAX_PATH];
	FILE *file;
	int ok;

	path_of(path, dir, name, ".crt");
	file = create_file(path, err);
	if (!file)
		return -1;
	ok = PEM_write_X509(file, cert);
	if (fclose(file) != 0 || !ok)
		return err_set(err, "cannot write %s", path);
	path_of(path, dir, name, ".key");
	file = create_file(path, err);
	if (!file)
		return -1;
	ok = PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	if (fclose(file) != 0 || !ok)
		return err_set(err, "cannot write %s", path);
	return 0;
}

/* -1 without a word when they are not there or not readable. */
static int read_pair(
	const char *dir, const char *name, X509 **ret_cert, EVP_PKEY **ret_key)
{
	char path[MAX_PATH];
	FILE *file;

	*ret_cert = NULL;
	*ret_key = NULL;
	path_of(path, dir, name, ".crt");
	file = fopen(path, "re");
	if (file) {
		*ret_cert = PEM_read_X509(file, NULL, NULL, NULL);
		fclose(file);
	}
	path_of(path, dir, name, ".key");
	file = fopen(path, "re");
	if (file) {
		*ret_key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		fclose(file);
	}
	if (*ret_cert && *ret_key)
		return 0;
	X509_free(*ret_cert);
	EVP_PKEY_free(*ret_key);
	*ret_cert = NULL;
	*ret_key = NULL;
	return -1;
}

static int make_pair(const char *dir, const struct subject *subject,
	X509 *issuer, EVP_PKEY *issuer_key, X509 **ret_cert, EVP_PKEY **ret_key,
	struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = key ? make_cert(subject, key, issuer, issuer_key) : NULL;

	if (!cert) {
		EVP_PKEY_free(key);
		return err_set(err, "cannot make a certificate for %s",
			subject->common_name);
	}
	if (write_pair(dir, subject->file, cert, key, err) != 0) {
		EVP_PKEY_free(key);
		X509_free(cert);
		return -1;
	}
	*ret_cert = cert;
	*ret_key = key;
	return 0;
}

int pki_prepare(const char *dir, struct err *err)
{
	EVP_PKEY *ca_key = NULL;
	X509 *ca = NULL;
	bool fresh;
	int ret = 0;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return err_set(err, "cannot make the folder %s: %s", dir,
			strerror(errno));
	fresh = read_pair(dir, ca_subject.file, &ca, &ca_key) != 0;
	if (fresh &&
		make_pair(dir, &ca_subject, NULL, NULL, &ca, &ca_key, err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(leaf_subjects) && ret == 0; i++) {
		const struct subject *subject = &leaf_subjects[i];
		EVP_PKEY *key = NULL;
		X509 *cert = NULL;

		/* A new CA makes the old leaves worthless. */
		if (fresh || read_pair(dir, subject->file, &cert, &key) != 0)
			ret = make_pair(
				dir, subject, ca, ca_key, &cert, &key, err);
		X509_free(cert);
		EVP_PKEY_free(key);
	}
	X509_free(ca);
	EVP_PKEY_free(ca_key);
	return ret;
}

int pki_write_kubeconfig(const char *dir, const char *url, struct err *err)
{
	static const char *const users[][3] = {
		/* context, token (or NULL for a certificate), namespace */
		{ "admin", "admin-token", "default" },
		{ "argo", "argo-token", "argo" },
		{ "noisy", "noisy-token", "noisy" },
		{ "argo-user", "argo-user-token", "argo" },
		{ "noisy-user", "noisy-user-token", "noisy" },
		{ "admin-cert", NULL, "default" },
		{ "argo-cert", NULL, "argo" },
	};
	char path[MAX_PATH];
	char *full = realpath(dir, NULL);
	FILE *file;

	path_of(path, dir, "kubeconfig", "");
	if (!full)
		return err_set(err, "no folder %s: %s", dir, strerror(errno));
	file = create_file(path, err);
	if (!file) {
		free(full);
		return -1;
	}
	fprintf(file,
		"apiVersion: v1\nkind: Config\ncurrent-context: argo\n"
		"clusters:\n- name: kubesim\n  cluster:\n"
		"    server: %s\n    certificate-authority: "
		"%s/ca.crt\nusers:\n",
		url, full);
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		const char *cert = !strcmp(users[i][0], "admin-cert")
			? "admin"
			: users[i][0];

		fprintf(file, "- name: %s\n  user:\n", users[i][0]);
		if (users[i][1])
			fprintf(file, "    token: %s\n", users[i][1]);
		else
			fprintf(file,
				"    client-certificate: %s/%s.crt\n"
				"    client-key: %s/%s.key\n",
				full, cert, full, cert);
	}
	fprintf(file, "contexts:\n");
	for (size_t i = 0; i < ARRAY_SIZE(users); i++)
		fprintf(file,
			"- name: %s\n  context:\n    cluster: kubesim\n"
			"    user: %s\n    namespace: %s\n",
			users[i][0], users[i][0], users[i][2]);
	free(full);
	if (fclose(file) != 0)
		return err_set(err, "cannot write %s", path);
	return 0;
}
