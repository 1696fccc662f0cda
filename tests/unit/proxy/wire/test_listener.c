/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/proxy/wire/loopback.h"

static const struct session_events no_events = { 0 };

static struct listener *listen_on(
	struct loopback *lb, const char *address, struct err *err)
{
	return listener_new(lb->server_wire, address, lb->server_tls,
		&no_events, NULL, err);
}

static void init_unconnected(struct loopback *lb)
{
	struct loopback_settings settings;

	loopback_settings_default(&settings);
	settings.is_not_connected = true;
	loopback_init(lb, &settings);
}

Test(listener, bad_addresses_are_errors_with_words)
{
	static const char *const bad[] = {
		"",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:x",
		"127.0.0.1:65536",
		"127.0.0.1:-1",
		":8443",
		"localhost:0",
		"256.0.0.1:0",
		"::1:0",
		"[127.0.0.1]:0",
		"[::1:0",
		"[::1]",
		"[]:0",
		"192.0.2.1:0", /* not an address of this machine */
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:0",
	};
	struct loopback lb;
	struct err err;

	init_unconnected(&lb);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		err.text[0] = '\0';
		cr_assert_null(listen_on(&lb, bad[i], &err), "%s", bad[i]);
		cr_assert_gt(strlen(err.text), 10, "%s", bad[i]);
	}
	loopback_fini(&lb);
}

Test(listener, port_in_use_is_an_error)
{
	struct loopback lb;
	char address[32];
	struct err err;

	init_unconnected(&lb);
	snprintf(address, sizeof(address), "127.0.0.1:%u", lb.port);
	cr_assert_null(listen_on(&lb, address, &err));
	cr_assert_not_null(strstr(err.text, address), "%s", err.text);
	loopback_fini(&lb);
}

Test(listener, ipv6_is_heard_too)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	struct loopback lb;
	struct err err;
	int fd;

	init_unconnected(&lb);
	loopback_stop_listening(&lb);
	loopback_listen_on(&lb, "[::1]:0", &err);
	if (!lb.listener) /* a machine without IPv6 */
		cr_skip_test("%s", err.text);
	addr.sin6_port = htons(lb.port);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(
		connect(fd, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	WAIT_FOR(&lb, wire_stats(lb.server_wire)->accepted == 1);
	close(fd);
	loopback_fini(&lb);
}

static rlim_t limit_descriptors(rlim_t count)
{
	struct rlimit limit;
	rlim_t before;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	before = limit.rlim_cur;
	limit.rlim_cur = count;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

Test(listener, out_of_descriptors_it_refuses_one_pauses_and_goes_on)
{
	struct loopback lb;
	rlim_t before;
	int fds[3];
	char byte;

	init_unconnected(&lb);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = loopback_dial(&lb);
	/* Those that are open stay open; there is none beyond. */
	before = limit_descriptors((rlim_t)fds[ARRAY_SIZE(fds) - 1] + 1);
	WAIT_FOR(&lb, wire_stats(lb.server_wire)->refused_connections > 0);
	cr_assert_leq(recv(fds[0], &byte, 1, 0), 0);
	cr_assert_eq(wire_stats(lb.server_wire)->accepted, 0);
	limit_descriptors(before);
	WAIT_FOR(&lb,
		wire_stats(lb.server_wire)->accepted +
				wire_stats(lb.server_wire)
					->refused_connections ==
			ARRAY_SIZE(fds));
	cr_assert_geq(wire_stats(lb.server_wire)->accepted, 1);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	loopback_fini(&lb);
}

Test(listener, a_storm_of_connections_is_taken_some_at_a_time)
{
	struct loopback lb;
	int fds[200];

	init_unconnected(&lb);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = loopback_dial(&lb);
	loopback_turn(&lb);
	cr_assert_lt(wire_stats(lb.server_wire)->accepted, ARRAY_SIZE(fds));
	WAIT_FOR(&lb, wire_stats(lb.server_wire)->accepted == ARRAY_SIZE(fds));
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	WAIT_FOR(&lb, wire_stats(lb.server_wire)->open_down == 0);
	loopback_fini(&lb);
}

/* True if it was closed; reads nothing else. */
static bool is_hung_up(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == ECONNRESET;
}

Test(listener, at_the_limit_the_oldest_gives_way)
{
	struct loopback_settings settings;
	const struct wire_stats *stats;
	struct loopback lb;
	int fds[10];

	loopback_settings_default(&settings);
	settings.is_not_connected = true;
	settings.server_limits.connections_max = 4;
	settings.server_limits.oldest_gives_way = true;
	loopback_init(&lb, &settings);
	stats = wire_stats(lb.server_wire);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = loopback_dial(&lb);
		WAIT_FOR(&lb, stats->accepted == i + 1);
	}
	WAIT_FOR(&lb, stats->open_down == 4);
	cr_assert_eq(stats->refused_connections, 0);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		cr_assert_eq(is_hung_up(fds[i]), i < 6, "%zu", i);
		close(fds[i]);
	}
	loopback_fini(&lb);
}

Test(listener, what_is_public_may_be_heard_by_anybody)
{
	struct loopback lb;
	struct listener *listener;
	struct err err;

	init_unconnected(&lb);
	cr_assert_null(listener_new(
		lb.server_wire, "0.0.0.0:0", NULL, &no_events, NULL, &err));
	listener = listener_new_public(
		lb.server_wire, "0.0.0.0:0", &no_events, NULL, &err);
	cr_assert_not_null(listener, "%s", err.text);
	listener_free(listener);
	loopback_fini(&lb);
}
