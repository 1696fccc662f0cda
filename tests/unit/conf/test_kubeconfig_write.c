/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/kubeconfig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <criterion/criterion.h>

#include "tests/unit/conf/fixture.h"

#define PEM "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"

static const struct places NOWHERE = { "", "", "", "", "", "", "", "", "",
	"" };

static const struct client_kubeconfig BARE = {
	.server = "https://127.0.0.1:7443",
	.ca_pem = PEM,
	.namespace = "",
	.token = "",
	.token_file = "",
	.exec_yaml = "",
	.client_cert_pem = "",
	.client_key_pem = "",
};

/* Writes it and reads it back. */
static struct kubeconfig write_and_read(
	const struct folder *folder, const struct client_kubeconfig *parts)
{
	char *path = folder_path(folder, "kubeconfig");
	struct kubeconfig kubeconfig;
	struct err err = { "" };

	cr_assert_eq(kubeconfig_write(path, parts, &err), 0, "%s", err.text);
	cr_assert_eq(kubeconfig_find(&kubeconfig, path, "", &NOWHERE, &err), 0,
		"%s", err.text);
	free(path);
	return kubeconfig;
}

Test(kubeconfig_write, what_is_written_is_read_back)
{
	struct folder folder = folder_new();
	struct client_kubeconfig parts = BARE;
	struct kubeconfig kubeconfig;

	parts.namespace = "argo";
	parts.token = "ey.J\"\\ \t#: x";
	parts.token_file = "/run/a b/token";
	parts.exec_yaml = "{\"command\": login, \"args\": [\"8\"]}";
	parts.client_cert_pem = PEM;
	parts.client_key_pem = PEM "\n";
	kubeconfig = write_and_read(&folder, &parts);
	cr_expect(strstr(kubeconfig.source, "context fairway"));
	cr_expect_str_eq(kubeconfig.server.host, "127.0.0.1");
	cr_expect_eq(kubeconfig.server.port, 7443);
	cr_expect_str_eq(kubeconfig.ca_pem, PEM);
	cr_expect_str_eq(kubeconfig.namespace, "argo");
	cr_expect_str_eq(kubeconfig.token, parts.token);
	cr_expect_str_eq(kubeconfig.token_file, parts.token_file);
	cr_expect_str_eq(kubeconfig.exec_yaml, parts.exec_yaml);
	cr_expect_str_eq(kubeconfig.client_cert_pem, PEM);
	cr_expect_str_eq(kubeconfig.client_key_pem, PEM "\n");
	kubeconfig_fini(&kubeconfig);
	folder_remove(&folder);
}

Test(kubeconfig_write, without_credentials_there_are_none)
{
	struct folder folder = folder_new();
	struct kubeconfig kubeconfig = write_and_read(&folder, &BARE);

	cr_expect_str_eq(kubeconfig.token, "");
	cr_expect_str_eq(kubeconfig.token_file, "");
	cr_expect_str_eq(kubeconfig.exec_yaml, "");
	cr_expect_str_eq(kubeconfig.client_cert_pem, "");
	cr_expect_str_eq(kubeconfig.namespace, "");
	kubeconfig_fini(&kubeconfig);
	folder_remove(&folder);
}

Test(kubeconfig_write, is_its_owners_only)
{
	struct folder folder = folder_new();
	struct kubeconfig kubeconfig;
	char *path = folder_path(&folder, "kubeconfig");
	struct stat st;

	folder_write(&folder, "kubeconfig", "old");
	cr_assert_eq(chmod(path, 0644), 0);
	kubeconfig = write_and_read(&folder, &BARE);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0600);
	kubeconfig_fini(&kubeconfig);
	free(path);
	folder_remove(&folder);
}

/* Everything that kubectl prints; NULL if it cannot be run; free() it. */
static char *ask_kubectl(const char *file, const char *what)
{
	struct buf command = BUF_INIT, text = BUF_INIT;
	char *copy = NULL;
	FILE *pipe;
	size_t n;
	int status;

	buf_printf(&command,
		"kubectl config view --raw --kubeconfig='%s' "
		"-o jsonpath='%s' 2>/dev/null",
		file, what);
	pipe = popen(buf_cstr(&command), "r");
	cr_assert(pipe);
	do {
		n = fread(buf_reserve(&text, 4096), 1, 4096, pipe);
		buf_commit(&text, n);
	} while (n);
	status = pclose(pipe);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		copy = span_dup(buf_span(&text));
	buf_fini(&command);
	buf_fini(&text);
	return copy;
}

static void expect_kubectl(
	const char *file, const char *what, const char *wanted)
{
	char *text = ask_kubectl(file, what);

	cr_assert(text, "kubectl refuses the file");
	cr_expect_str_eq(text, wanted, "%s", what);
	free(text);
}

Test(kubeconfig_write, kubectl_reads_the_same)
{
	struct folder folder = folder_new();
	char *path = folder_path(&folder, "kubeconfig");
	struct client_kubeconfig parts = BARE;
	struct kubeconfig kubeconfig;

	if (system("kubectl version --client >/dev/null 2>&1"))
		cr_skip("kubectl is not here");
	parts.namespace = "argo";
	parts.token = "a\"b\\c d#:";
	parts.token_file = "/run/a b/token";
	parts.exec_yaml = "{\"apiVersion\": client.authentication.k8s.io/v1, "
			  "\"command\": login, \"args\": [\"8\", yes-no], "
			  "\"interactiveMode\": Never}";
	kubeconfig = write_and_read(&folder, &parts);
	expect_kubectl(path, "{.current-context}", "fairway");
	expect_kubectl(path, "{.clusters[0].cluster.server}", parts.server);
	expect_kubectl(path, "{.contexts[0].context.namespace}", "argo");
	expect_kubectl(path, "{.users[0].user.token}", parts.token);
	expect_kubectl(path, "{.users[0].user.tokenFile}", parts.token_file);
	expect_kubectl(path, "{.users[0].user.exec.command}", "login");
	expect_kubectl(path, "{.users[0].user.exec.args[*]}", "8 yes-no");
	kubeconfig_fini(&kubeconfig);
	free(path);
	folder_remove(&folder);
}
