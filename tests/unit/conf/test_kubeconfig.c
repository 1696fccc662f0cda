/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/kubeconfig.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "tests/unit/conf/fixture.h"

#define PEM "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
#define PEM_BASE64                                               \
	"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBPT0KLS0tLS1FTk" \
	"QgQ0VSVElGSUNBVEUtLS0tLQo="

/* One context "a" of one cluster and one user, whose keys are given. */
#define CONFIG(cluster, user)                                            \
	"apiVersion: v1\n"                                               \
	"kind: Config\n"                                                 \
	"preferences: {}\n"                                              \
	"extensions: [{name: x, extension: {y: 1}}]\n"                   \
	"current-context: a\n"                                           \
	"contexts:\n"                                                    \
	"- {name: a, context: {cluster: c, user: u, namespace: argo}}\n" \
	"clusters:\n"                                                    \
	"- {name: c, cluster: {" cluster "}}\n"                          \
	"users:\n"                                                       \
	"- {name: u, user: {" user "}}\n"

static const struct places NOWHERE = { "", "", "", "", "", "", "", "", "",
	"" };

struct world {
	struct folder folder;
	char *file; /* FOLDER/config */
	struct kubeconfig kubeconfig;
	struct err err;
};

static struct world world_new(void)
{
	struct world world = { .folder = folder_new() };

	world.file = folder_path(&world.folder, "config");
	return world;
}

static void world_free(struct world *world)
{
	kubeconfig_fini(&world->kubeconfig);
	folder_remove(&world->folder);
	free(world->file);
}

static void expect_read(struct world *world, const char *text)
{
	folder_write(&world->folder, "config", text);
	cr_assert_eq(kubeconfig_find(&world->kubeconfig, world->file, "",
			     &NOWHERE, &world->err),
		0, "%s", world->err.text);
}

/* `wanted` has @DIR@ for the folder. */
static void expect_refused(const char *text, const char *wanted)
{
	struct world world = world_new();
	char *shown = with_folder(&world.folder, wanted);

	folder_write(&world.folder, "config", text);
	cr_expect_eq(kubeconfig_find(&world.kubeconfig, world.file, "",
			     &NOWHERE, &world.err),
		-1);
	cr_expect_str_eq(world.err.text, shown);
	free(shown);
	world_free(&world);
}

Test(kubeconfig, everything_inline)
{
	struct world world = world_new();
	char *source = with_folder(&world.folder, "@DIR@/config, context a");

	expect_read(&world,
		CONFIG("server: https://h:6443/k8s/, tls-server-name: n,"
		       " certificate-authority-data: " PEM_BASE64,
			"token: t0ken, client-certificate-data: " PEM_BASE64
			", client-key-data: " PEM_BASE64));
	cr_expect_str_eq(world.kubeconfig.source, source);
	cr_expect_str_eq(world.kubeconfig.server.host, "h");
	cr_expect_eq(world.kubeconfig.server.port, 6443);
	cr_expect_str_eq(world.kubeconfig.server.prefix, "/k8s");
	cr_expect_str_eq(world.kubeconfig.tls_server_name, "n");
	cr_expect_str_eq(world.kubeconfig.ca_pem, PEM);
	cr_expect_str_eq(world.kubeconfig.ca_file, "");
	cr_expect_str_eq(world.kubeconfig.client_cert_pem, PEM);
	cr_expect_str_eq(world.kubeconfig.client_key_pem, PEM);
	cr_expect_str_eq(world.kubeconfig.token, "t0ken");
	cr_expect_str_eq(world.kubeconfig.token_file, "");
	cr_expect_str_eq(world.kubeconfig.exec_yaml, "");
	cr_expect_str_eq(world.kubeconfig.namespace, "argo");
	cr_expect_not(world.kubeconfig.insecure_skip_tls_verify);
	cr_expect_not(world.kubeconfig.is_in_cluster);
	free(source);
	world_free(&world);
}

Test(kubeconfig, paths_are_relative_to_the_file)
{
	struct world world = world_new();
	char *ca = folder_path(&world.folder, "pki/ca.crt");
	char *token = folder_path(&world.folder, "token");

	folder_write(&world.folder, "pki/ca.crt", PEM);
	folder_write(&world.folder, "u.crt", PEM);
	folder_write(&world.folder, "u.key", PEM);
	expect_read(&world,
		CONFIG("server: https://h, certificate-authority: pki/ca.crt",
			"tokenFile: token, client-certificate: u.crt,"
			" client-key: u.key"));
	cr_expect_str_eq(world.kubeconfig.ca_pem, PEM);
	cr_expect_str_eq(world.kubeconfig.ca_file, ca);
	cr_expect_str_eq(world.kubeconfig.token_file, token);
	cr_expect_str_eq(world.kubeconfig.client_cert_pem, PEM);
	cr_expect_eq(world.kubeconfig.server.port, 443);
	free(ca);
	free(token);
	world_free(&world);
}

/* The written kubeconfig stands elsewhere, so nothing may stay relative. */
Test(kubeconfig, a_relative_file_gives_absolute_paths)
{
	struct world world = world_new();
	char here[PATH_MAX];

	folder_write(&world.folder, "config",
		CONFIG("server: https://h", "tokenFile: token"));
	cr_assert_eq(chdir(world.folder.path), 0);
	cr_assert(getcwd(here, sizeof(here)));
	cr_assert_eq(kubeconfig_find(&world.kubeconfig, "config", "", &NOWHERE,
			     &world.err),
		0, "%s", world.err.text);
	cr_expect_eq(world.kubeconfig.token_file[0], '/');
	cr_expect(strstr(world.kubeconfig.token_file, here));
	cr_assert_eq(chdir("/"), 0);
	world_free(&world);
}

Test(kubeconfig, data_goes_before_files)
{
	struct world world = world_new();

	expect_read(&world,
		CONFIG("server: https://h, certificate-authority: /no,"
		       " certificate-authority-data: " PEM_BASE64,
			""));
	cr_expect_str_eq(world.kubeconfig.ca_pem, PEM);
	cr_expect_str_eq(world.kubeconfig.ca_file, "");
	world_free(&world);
}

Test(kubeconfig, an_exec_plugin_is_taken_as_it_is)
{
	struct world world = world_new();
	char *wanted = with_folder(&world.folder,
		"{\"apiVersion\": client.authentication.k8s.io/v1, "
		"\"command\": @DIR@/bin/login, \"args\": [\"-v\", \"8\"], "
		"\"env\": [{\"name\": A, \"value\": \"true\"}], "
		"\"provideClusterInfo\": false, \"interactiveMode\": Never}");

	expect_read(&world,
		CONFIG("server: https://h",
			"exec: {apiVersion: client.authentication.k8s.io/v1,"
			" command: bin/login, args: ['-v', '8'],"
			" env: [{name: A, value: 'true'}],"
			" provideClusterInfo: false, interactiveMode: Never}"));
	cr_expect_str_eq(world.kubeconfig.exec_yaml, wanted);
	free(wanted);
	world_free(&world);
}

Test(kubeconfig, a_plugin_on_the_path_stays_a_name)
{
	struct world world = world_new();

	expect_read(
		&world, CONFIG("server: https://h", "exec: {command: login}"));
	cr_expect_str_eq(world.kubeconfig.exec_yaml, "{\"command\": login}");
	world_free(&world);
}

Test(kubeconfig, json_files_are_read)
{
	struct world world = world_new();

	expect_read(&world,
		"{\"kind\":\"Config\",\"apiVersion\":\"v1\","
		"\"current-context\":\"a\",\"contexts\":[{\"name\":\"a\","
		"\"context\":{\"cluster\":\"c\",\"user\":\"u\"}}],"
		"\"clusters\":[{\"name\":\"c\",\"cluster\":{\"server\":"
		"\"https:\\/\\/h:1\"}}],\"users\":[{\"name\":\"u\",\"user\":"
		"{\"token\":\"t\"}}]}\n");
	cr_expect_eq(world.kubeconfig.server.port, 1);
	cr_expect_str_eq(world.kubeconfig.token, "t");
	world_free(&world);
}

Test(kubeconfig, a_context_without_a_user_is_anonymous)
{
	struct world world = world_new();

	expect_read(&world,
		"current-context: a\n"
		"contexts: [{name: a, context: {cluster: c}}]\n"
		"clusters: [{name: c, cluster: {server: https://h}}]\n");
	cr_expect_str_eq(world.kubeconfig.token, "");
	cr_expect_str_eq(world.kubeconfig.namespace, "");
	world_free(&world);
}

Test(kubeconfig, another_context_can_be_named)
{
	struct world world = world_new();

	folder_write(&world.folder, "config",
		"current-context: a\n"
		"contexts:\n"
		"- {name: a, context: {cluster: c}}\n"
		"- {name: b, context: {cluster: d}}\n"
		"clusters:\n"
		"- {name: c, cluster: {server: https://c}}\n"
		"- {name: d, cluster: {server: https://d}}\n");
	cr_assert_eq(kubeconfig_find(&world.kubeconfig, world.file, "b",
			     &NOWHERE, &world.err),
		0);
	cr_expect_str_eq(world.kubeconfig.server.host, "d");
	world_free(&world);
}

/* ---- where it is looked for ------------------------------------------- */

Test(kubeconfig, of_several_files_the_first_that_says_it_wins)
{
	struct world world = world_new();
	struct places places = NOWHERE;
	char *list =
		with_folder(&world.folder, "@DIR@/absent::@DIR@/one:@DIR@/two");
	char *token = folder_path(&world.folder, "sub/t");

	folder_write(&world.folder, "one",
		"contexts: [{name: b, context: {cluster: c, user: u}}]\n"
		"clusters: [{name: c, cluster: {server: https://first}}]\n");
	folder_write(&world.folder, "sub/x", "");
	folder_write(&world.folder, "two",
		"current-context: b\n"
		"contexts: [{name: b, context: {cluster: z, user: z}}]\n"
		"clusters: [{name: c, cluster: {server: https://second,"
		" insecure-skip-tls-verify: true}}]\n"
		"users: [{name: u, user: {tokenFile: sub/t}}]\n");
	places.kubeconfig = list;
	places.home = "/nonexistent";
	cr_assert_eq(
		kubeconfig_find(&world.kubeconfig, "", "", &places, &world.err),
		0, "%s", world.err.text);
	cr_expect_str_eq(world.kubeconfig.server.host, "first");
	cr_expect_not(world.kubeconfig.insecure_skip_tls_verify,
		"entries are not merged key by key");
	cr_expect_str_eq(world.kubeconfig.token_file, token);
	free(list);
	free(token);
	world_free(&world);
}

Test(kubeconfig, then_the_home_folder)
{
	struct world world = world_new();
	struct places places = NOWHERE;

	folder_write(&world.folder, ".kube/config",
		CONFIG("server: https://home", "token: t"));
	places.home = world.folder.path;
	cr_assert_eq(
		kubeconfig_find(&world.kubeconfig, "", "", &places, &world.err),
		0, "%s", world.err.text);
	cr_expect_str_eq(world.kubeconfig.server.host, "home");
	world_free(&world);
}

static struct places pod(const struct world *world)
{
	struct places places = NOWHERE;

	places.root = world->folder.path;
	places.home = "/nonexistent";
	places.service_host = "10.0.0.1";
	places.service_port = "443";
	return places;
}

#define ACCOUNT "var/run/secrets/kubernetes.io/serviceaccount/"

static void write_account(const struct world *world)
{
	folder_write(&world->folder, ACCOUNT "ca.crt", PEM);
	folder_write(&world->folder, ACCOUNT "token", "t0ken\n");
	folder_write(&world->folder, ACCOUNT "namespace", "argo\n");
}

Test(kubeconfig, then_the_service_account_of_the_pod)
{
	struct world world = world_new();
	struct places places = pod(&world);
	char *token = folder_path(&world.folder, ACCOUNT "token");
	char *ca = folder_path(&world.folder, ACCOUNT "ca.crt");

	write_account(&world);
	cr_assert_eq(
		kubeconfig_find(&world.kubeconfig, "", "", &places, &world.err),
		0, "%s", world.err.text);
	cr_expect(world.kubeconfig.is_in_cluster);
	cr_expect_str_eq(world.kubeconfig.server.host, "10.0.0.1");
	cr_expect_eq(world.kubeconfig.server.port, 443);
	cr_expect_str_eq(world.kubeconfig.token, "");
	cr_expect_str_eq(world.kubeconfig.token_file, token);
	cr_expect_str_eq(world.kubeconfig.ca_pem, PEM);
	cr_expect_str_eq(world.kubeconfig.ca_file, ca);
	cr_expect_str_eq(world.kubeconfig.namespace, "argo");
	cr_expect_str_eq(world.kubeconfig.source, "the pod's service account");
	kubeconfig_fini(&world.kubeconfig);
	places.service_host = "fd00::1";
	places.service_port = "6443";
	cr_assert_eq(
		kubeconfig_in_cluster(&world.kubeconfig, &places, &world.err),
		0);
	cr_expect_str_eq(world.kubeconfig.server.host, "fd00::1");
	cr_expect_eq(world.kubeconfig.server.port, 6443);
	free(token);
	free(ca);
	world_free(&world);
}

/* Who names a context does not mean whatever is at hand. */
Test(kubeconfig, the_pod_has_no_contexts)
{
	struct world world = world_new();
	struct places places = pod(&world);

	write_account(&world);
	cr_assert_eq(kubeconfig_find(&world.kubeconfig, "", "prod", &places,
			     &world.err),
		-1);
	cr_expect_str_eq(world.err.text,
		"there is no context \"prod\": there is no kubeconfig "
		"(/nonexistent/.kube/config)");
	folder_write(&world.folder, ".kube/config", "# empty\n");
	places.home = world.folder.path;
	cr_assert_eq(kubeconfig_find(&world.kubeconfig, "", "prod", &places,
			     &world.err),
		-1);
	cr_expect(strstr(world.err.text, "there is no context \"prod\""));
	world_free(&world);
}

Test(kubeconfig, an_empty_file_does_not_hide_the_pod)
{
	struct world world = world_new();
	struct places places = pod(&world);

	write_account(&world);
	folder_write(&world.folder, ".kube/config", "# empty\n");
	places.home = world.folder.path;
	cr_assert_eq(
		kubeconfig_find(&world.kubeconfig, "", "", &places, &world.err),
		0, "%s", world.err.text);
	cr_expect(world.kubeconfig.is_in_cluster);
	world_free(&world);
}

Test(kubeconfig, a_service_account_that_is_not_whole_is_refused)
{
	struct world world = world_new();
	struct places places = pod(&world);
	char *wanted = with_folder(&world.folder,
		"@DIR@/" ACCOUNT "token: cannot be opened: No such file or "
		"directory");

	cr_assert_eq(
		kubeconfig_in_cluster(&world.kubeconfig, &places, &world.err),
		-1);
	cr_expect_str_eq(world.err.text, wanted);
	free(wanted);

	write_account(&world);
	folder_write(&world.folder, ACCOUNT "token", " \n");
	cr_assert_eq(
		kubeconfig_in_cluster(&world.kubeconfig, &places, &world.err),
		-1);
	cr_expect(strstr(world.err.text, "/token: is empty"));

	folder_write(&world.folder, ACCOUNT "token", "t");
	folder_write(&world.folder, ACCOUNT "ca.crt", "junk");
	cr_assert_eq(
		kubeconfig_in_cluster(&world.kubeconfig, &places, &world.err),
		-1);
	cr_expect(strstr(world.err.text, "/ca.crt: holds no PEM text"));

	places.service_port = "";
	cr_assert_eq(
		kubeconfig_in_cluster(&world.kubeconfig, &places, &world.err),
		-1);
	cr_expect_str_eq(world.err.text,
		"not in a pod: $KUBERNETES_SERVICE_HOST and "
		"$KUBERNETES_SERVICE_PORT are not set");
	world_free(&world);
}

Test(kubeconfig, nothing_anywhere_is_said_plainly)
{
	struct world world = world_new();
	struct places places = NOWHERE;

	cr_assert_eq(
		kubeconfig_find(&world.kubeconfig, "", "", &places, &world.err),
		-1);
	cr_expect_str_eq(world.err.text,
		"no API server is configured: there is no kubeconfig ($HOME "
		"is not set), and this is not a pod");
	places.home = "/nonexistent";
	cr_assert_eq(
		kubeconfig_find(&world.kubeconfig, "", "", &places, &world.err),
		-1);
	cr_expect_str_eq(world.err.text,
		"no API server is configured: there is no kubeconfig "
		"(/nonexistent/.kube/config), and this is not a pod");
	cr_assert_eq(kubeconfig_find(&world.kubeconfig, "/nonexistent/x", "",
			     &places, &world.err),
		-1);
	cr_expect_str_eq(world.err.text,
		"/nonexistent/x: cannot be opened: No such file or directory");
	world_free(&world);
}

/* ---- what is refused -------------------------------------------------- */

Test(kubeconfig, what_would_change_where_or_as_whom_is_refused)
{
	static const struct {
		const char *text;
		const char *wanted;
	} CASES[] = {
		{ CONFIG("server: http://h", ""),
			"@DIR@/config: server: http://h: only https:// is "
			"supported towards the API server" },
		{ CONFIG("server: ''", ""),
			"@DIR@/config: the cluster has no server" },
		{ CONFIG("server: https://h, proxy-url: http://p", ""),
			"@DIR@/config: proxy-url is not supported; Fairway "
			"connects to the API server directly" },
		{ CONFIG("server: https://h, insecure-skip-tls-verify: true,"
			 " certificate-authority-data: " PEM_BASE64,
			  ""),
			"@DIR@/config: insecure-skip-tls-verify makes no "
			"sense with a certificate-authority; remove one of "
			"them" },
		{ CONFIG("server: https://h, certificate-authority-data: x",
			  ""),
			"@DIR@/config: certificate-authority-data: is not "
			"base64" },
		{ CONFIG("server: https://h, certificate-authority-data: Zm9v",
			  ""),
			"@DIR@/config: certificate-authority-data: holds no "
			"PEM text" },
		{ CONFIG("server: https://h, certificate-authority: no.crt",
			  ""),
			"@DIR@/config: certificate-authority: @DIR@/no.crt: "
			"cannot be opened: No such file or directory" },
		{ CONFIG("server: https://h", "username: a, password: b"),
			"@DIR@/config: username is not supported; API servers "
			"have no password login any more" },
		{ CONFIG("server: https://h", "auth-provider: {name: gcp}"),
			"@DIR@/config: auth-provider is not supported; use an "
			"exec plugin instead" },
		{ CONFIG("server: https://h", "as: root"),
			"@DIR@/config: as is not supported; impersonate in "
			"the client instead" },
		{ CONFIG("server: https://h",
			  "client-certificate-data: " PEM_BASE64),
			"@DIR@/config: client-certificate and client-key are "
			"needed both" },
		{ "contexts: [{name: a, context: {cluster: c}}]\n",
			"@DIR@/config: no current-context; set one, or name a "
			"context" },
		{ "current-context: b\n",
			"@DIR@/config: there is no context \"b\"" },
		{ "current-context: argoo\n"
		  "contexts: [{name: argo}, {nam: arg}]\n",
			"@DIR@/config: there is no context \"argoo\"; did you "
			"mean \"argo\"?" },
		{ "current-context: a\n"
		  "contexts: [{name: a, context: {cluster: c}}]\n",
			"@DIR@/config: context \"a\" names the cluster \"c\", "
			"which is not there" },
		{ "current-context: a\n"
		  "contexts: [{name: a, context: {cluster: c, user: u}}]\n"
		  "clusters: [{name: c, cluster: {server: https://h}}]\n",
			"@DIR@/config: context \"a\" names the user \"u\", "
			"who is not there" },
		{ "",
			"@DIR@/config: no current-context; set one, or name a "
			"context" },
		{ "a: [",
			"@DIR@/config:2:1: not YAML: did not find expected "
			"node content while parsing a flow node" },
		{ "a: 1\na: 2\n",
			"@DIR@/config:2:1: a: given twice; remove one, it is "
			"already in line 1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++)
		expect_refused(CASES[i].text, CASES[i].wanted);
}

Test(kubeconfig, strange_shapes_are_no_entries)
{
	expect_refused("[]",
		"@DIR@/config: no current-context; set one, or "
		"name a context");
	expect_refused("current-context: {a: b}",
		"@DIR@/config: no current-context; set one, or name a "
		"context");
	expect_refused("current-context: a\ncontexts: {a: b}",
		"@DIR@/config: there is no context \"a\"");
	expect_refused("current-context: a\ncontexts: [a, {name: a}]",
		"@DIR@/config: context \"a\" names the cluster \"\", which is "
		"not there");
}
