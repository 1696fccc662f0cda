/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubesim: a Kubernetes API server in memory, for tests, benchmarks and the
 * quick start.  See docs/kubesim.md.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "tests/kubesim/admin.h"
#include "tests/kubesim/pki.h"
#include "tests/kubesim/preload.h"

enum {
	EXIT_USAGE = 2,
	MAX_PRELOADS = 16,
	MAX_TOKENS = 64,
};

struct options {
	struct server_settings settings;
	struct sockaddr_in admin;
	cJSON *apf; /* owned */
	const char *preloads[MAX_PRELOADS];
	unsigned preload_count;
	const char *tokens[MAX_TOKENS];
	unsigned token_count;
};

static const char usage[] =
	"usage: kubesim --dir DIR [options]\n"
	"  --dir DIR            certificates and the kubeconfig go here\n"
	"  --listen ADDR:PORT   where the API is [127.0.0.1:0]\n"
	"  --admin ADDR:PORT    where faults are ordered [127.0.0.1:0]\n"
	"  --client-ca FILE     who signs client certificates [DIR/ca.crt]\n"
	"  --seats N            seats of all priority levels [600]\n"
	"  --apf FILE           priority levels and flow schemas, JSON\n"
	"  --max-streams N      SETTINGS_MAX_CONCURRENT_STREAMS [100]\n"
	"  --log N              changes that a watch can resume behind "
	"[10000]\n"
	"  --history N          effects that are remembered [100000]\n"
	"  --bookmark-interval SECONDS                      [60]\n"
	"  --token TOKEN=USER[;GROUP,...]   one more bearer token\n"
	"  --preload JSON       objects to begin with, see docs/kubesim.md\n"
	"  --gzip-above BYTES   what is longer is compressed for those who\n"
	"                       ask for it, 0: nothing      [131072]\n"
	"  --seed N             of uids, names and jitter   [1]\n"
	"  --keep               objects and history outlive it, in DIR\n";

static int read_address(
	const char *text, struct sockaddr_in *ret_address, struct err *err)
{
	struct span port = span_str(text);
	struct span host = span_cut(&port, ':');
	uint64_t number;
	char *name = span_dup(host);
	struct sockaddr_in address = { .sin_family = AF_INET };
	int ok = inet_pton(AF_INET, name, &address.sin_addr);

	free(name);
	if (ok != 1 || span_is_absent(port) ||
		span_to_u64(port, &number) != 0 || number > UINT16_MAX)
		return err_set(err, "%s: not an IPv4 address and a port", text);
	address.sin_port = htons((uint16_t)number);
	*ret_address = address;
	return 0;
}

static int read_apf(const char *path, cJSON **ret_doc, struct err *err)
{
	FILE *file = fopen(path, "re");
	struct buf text = BUF_INIT;
	size_t len;

	if (!file)
		return err_set(
			err, "cannot read %s: %s", path, strerror(errno));
	do {
		len = fread(buf_reserve(&text, BUFSIZ), 1, BUFSIZ, file);
		buf_commit(&text, len);
	} while (len);
	fclose(file);
	*ret_doc = json_parse(buf_span(&text), err);
	buf_fini(&text);
	return *ret_doc ? 0 : err_prefix(err, "%s", path);
}

enum {
	OPT_DIR = 256,
	OPT_LISTEN,
	OPT_ADMIN,
	OPT_CLIENT_CA,
	OPT_SEATS,
	OPT_APF,
	OPT_MAX_STREAMS,
	OPT_LOG,
	OPT_HISTORY,
	OPT_BOOKMARKS,
	OPT_TOKEN,
	OPT_PRELOAD,
	OPT_GZIP,
	OPT_SEED,
	OPT_KEEP,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "dir", required_argument, NULL, OPT_DIR },
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "admin", required_argument, NULL, OPT_ADMIN },
	{ "client-ca", required_argument, NULL, OPT_CLIENT_CA },
	{ "seats", required_argument, NULL, OPT_SEATS },
	{ "apf", required_argument, NULL, OPT_APF },
	{ "max-streams", required_argument, NULL, OPT_MAX_STREAMS },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "history", required_argument, NULL, OPT_HISTORY },
	{ "bookmark-interval", required_argument, NULL, OPT_BOOKMARKS },
	{ "token", required_argument, NULL, OPT_TOKEN },
	{ "preload", required_argument, NULL, OPT_PRELOAD },
	{ "gzip-above", required_argument, NULL, OPT_GZIP },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "keep", no_argument, NULL, OPT_KEEP },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int read_number(
	const char *text, uint64_t min, uint64_t *ret_value, struct err *err)
{
	if (span_to_u64(span_str(text), ret_value) != 0 || *ret_value < min ||
		*ret_value > INT32_MAX)
		return err_set(err, "%s: not a number from %llu on", text,
			(unsigned long long)min);
	return 0;
}

static int read_option(struct options *options, int option, struct err *err)
{
	struct server_settings *settings = &options->settings;
	uint64_t number = 0;

	switch (option) {
	case OPT_DIR:
		settings->dir = optarg;
		return 0;
	case OPT_LISTEN:
		return read_address(optarg, &settings->address, err);
	case OPT_ADMIN:
		return read_address(optarg, &options->admin, err);
	case OPT_CLIENT_CA:
		settings->client_ca = optarg;
		return 0;
	case OPT_APF:
		cJSON_Delete(options->apf);
		return read_apf(optarg, &options->apf, err);
	case OPT_TOKEN:
		if (options->token_count == MAX_TOKENS)
			return err_set(err, "too many tokens");
		options->tokens[options->token_count++] = optarg;
		return 0;
	case OPT_PRELOAD:
		if (options->preload_count == MAX_PRELOADS)
			return err_set(err, "too many preloads");
		options->preloads[options->preload_count++] = optarg;
		return 0;
	case OPT_KEEP:
		settings->keeps = true;
		return 0;
	case OPT_SEED:
		return read_number(optarg, 0, &settings->seed, err);
	case OPT_GZIP:
		if (read_number(optarg, 0, &number, err) != 0)
			return -1;
		settings->gzip_above = (size_t)number;
		return 0;
	}
	if (read_number(optarg, 1, &number, err) != 0)
		return -1;
	switch (option) {
	case OPT_SEATS:
		settings->seats = (unsigned)number;
		break;
	case OPT_MAX_STREAMS:
		settings->max_streams = (uint32_t)number;
		break;
	case OPT_LOG:
		settings->log_size = (size_t)number;
		break;
	case OPT_HISTORY:
		settings->ledger_size = (size_t)number;
		break;
	case OPT_BOOKMARKS:
		settings->bookmark_interval = number * USEC_PER_SEC;
		break;
	}
	return 0;
}

static int read_options(
	int argc, char **argv, struct options *options, struct err *err)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) !=
		-1) {
		if (option == OPT_HELP) {
			fputs(usage, stdout);
			exit(0);
		}
		if (option == '?')
			return err_set(err, "see kubesim --help");
		if (read_option(options, option, err) != 0)
			return -1;
	}
	if (optind < argc)
		return err_set(err, "unexpected: %s", argv[optind]);
	if (!options->settings.dir)
		return err_set(err, "--dir is needed; see kubesim --help");
	return 0;
}

static void on_signal(evutil_socket_t number, short what, void *user)
{
	(void)number;
	(void)what;
	server_stop(user);
}

/* The namespaces that a cluster has, those of the tests, and the orders. */
static int populate(
	struct server *server, const struct options *options, struct err *err)
{
	static const char *const namespaces[] = { "default", "kube-system",
		"kube-public", "kube-node-lease", "argo", "noisy" };
	struct registry *reg = &server->api.registry;

	bool is_begun = store_rv(server->api.store) > 0;

	for (size_t i = 0; !is_begun && i < ARRAY_SIZE(namespaces); i++)
		preload_namespace(reg, namespaces[i], server->wall);
	for (unsigned i = 0; i < options->token_count; i++) {
		if (tokens_add(&server->tokens, options->tokens[i]) != 0)
			return err_set(err, "--token %s: not TOKEN=USER",
				options->tokens[i]);
	}
	for (unsigned i = 0; !is_begun && i < options->preload_count; i++) {
		cJSON *order = json_parse(span_str(options->preloads[i]), err);
		int ret = order ? preload(reg, order, server->wall, err) : -1;

		cJSON_Delete(order);
		if (ret != 0)
			return err_prefix(err, "--preload");
	}
	return 0;
}

static int announce(const struct options *options, const struct server *server,
	const struct admin *admin, struct err *err)
{
	char host[INET_ADDRSTRLEN];
	char url[64];

	inet_ntop(AF_INET, &server->settings.address.sin_addr, host,
		sizeof(host));
	snprintf(url, sizeof(url), "https://%s:%u", host, server_port(server));
	if (pki_write_kubeconfig(options->settings.dir, url, err) != 0)
		return -1;
	inet_ntop(AF_INET, &options->admin.sin_addr, host, sizeof(host));
	printf("kubesim: listening on %s admin http://%s:%u kubeconfig "
	       "%s/kubeconfig\n",
		url, host, admin_port(admin), options->settings.dir);
	fflush(stdout);
	return 0;
}

static int run(struct options *options, struct err *err)
{
	struct event_base *base = event_base_new();
	struct server *server = NULL;
	struct admin *admin = NULL;
	static const int numbers[] = { SIGTERM, SIGINT };
	struct event *signals[ARRAY_SIZE(numbers)] = { NULL };
	int ret = -1;

	CHECK(base);
	if (pki_prepare(options->settings.dir, err) != 0)
		goto out;
	server = server_new(base, &options->settings, err);
	if (!server || populate(server, options, err) != 0)
		goto out;
	admin = admin_new(server, &options->admin, err);
	if (!admin || announce(options, server, admin, err) != 0)
		goto out;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		signals[i] = evsignal_new(base, numbers[i], on_signal, server);
		CHECK(signals[i]);
		event_add(signals[i], NULL);
	}
	event_base_dispatch(base);
	ret = 0;
out:
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (signals[i])
			event_free(signals[i]);
	}
	admin_free(admin);
	server_free(server);
	event_base_free(base);
	return ret;
}

int main(int argc, char **argv)
{
	struct options options = {
		.settings = {
			.address = {
				.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
			},
			.max_streams = 100,
			.seats = 600,
			.log_size = 10000,
			.ledger_size = 100000,
			.bookmark_interval = 60 * USEC_PER_SEC,
			.gzip_above = 128 << 10,
			.seed = 1,
		},
		.admin = {
			.sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		},
	};
	struct err err;
	int status = EXIT_SUCCESS;

	json_use_xmalloc();
	signal(SIGPIPE, SIG_IGN);
	if (read_options(argc, argv, &options, &err) != 0) {
		fprintf(stderr, "kubesim: %s\n", err.text);
		status = EXIT_USAGE;
	} else {
		options.settings.apf = options.apf;
		if (run(&options, &err) != 0) {
			fprintf(stderr, "kubesim: %s\n", err.text);
			status = EXIT_FAILURE;
		}
	}
	cJSON_Delete(options.apf);
	return status;
}
