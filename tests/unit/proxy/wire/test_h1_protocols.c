/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which protocol is spoken: ALPN, first bytes, TCP and UNIX sockets.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "proxy/loop/unix_socket.h"
#include "tests/unit/proxy/wire/raw_peer.h"
#include "tests/unit/proxy/wire/text_peer.h"

static void init(struct loopback *lb, bool is_cleartext)
{
	struct loopback_settings settings;

	loopback_settings_default(&settings);
	settings.is_cleartext = is_cleartext;
	settings.is_not_connected = true;
	loopback_init(lb, &settings);
}

static bool raw_has(const struct raw_peer *raw, const char *words)
{
	struct span in = buf_span(&raw->in);

	return in.len > 0 && memmem(in.ptr, in.len, words, strlen(words));
}

static void expect_h1_with_alpn(struct span alpn)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct loopback lb;
	struct raw_peer raw;

	init(&lb, false);
	raw_client_init_with_alpn(&raw, &lb, alpn);
	raw_bytes(&raw, request, sizeof(request) - 1);
	WAIT_FOR(&lb, lb.server && SSL_is_init_finished(raw.ssl));
	cr_assert_eq(session_protocol(lb.server), SESSION_H1);
	cr_assert_not(session_is_cleartext(lb.server));
	WAIT_FOR(&lb, raw_has(&raw, "HTTP/1.1 200 OK\r\n"));
	cr_assert(span_eq_str(fields_value(&tape_at(&lb.served, 0)->stream.head,
				      FIELD_SCHEME),
		"https"));
	raw_peer_fini(&raw);
	loopback_fini(&lb);
}

Test(h1_protocols, http11_by_alpn)
{
	expect_h1_with_alpn(SPAN("\x08http/1.1"));
}

Test(h1_protocols, http11_without_alpn)
{
	expect_h1_with_alpn(SPAN_NONE);
}

Test(h1_protocols, http2_is_preferred_when_both_are_offered)
{
	struct loopback lb;
	struct raw_peer raw;

	init(&lb, false);
	raw_client_init_with_alpn(&raw, &lb, SPAN("\x08http/1.1\x02h2"));
	raw_preface(&raw);
	WAIT_FOR(&lb, lb.server);
	cr_assert_eq(session_protocol(lb.server), SESSION_H2);
	raw_peer_fini(&raw);
	loopback_fini(&lb);
}

/* ---- cleartext
 * ------------------------------------------------------------------ */

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"

Test(h1_protocols, http2_with_prior_knowledge)
{
	struct loopback lb;
	struct text_peer text;

	init(&lb, true);
	text_client_init(&text, &lb);
	/* As slowly as it can come. */
	for (size_t i = 0; i < sizeof(PREFACE) - 1; i++) {
		text_bytes(&text, &PREFACE[i], 1);
		WAIT_FOR(&lb, buf_len(&text.out) == 0);
	}
	WAIT_FOR(&lb, lb.server);
	cr_assert_eq(session_protocol(lb.server), SESSION_H2);
	cr_assert(session_is_cleartext(lb.server));
	text_peer_fini(&text);
	loopback_fini(&lb);
}

Test(h1_protocols, our_http2_client_in_cleartext)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct tape *tape;

	loopback_settings_default(&settings);
	settings.is_cleartext = true;
	loopback_init(&lb, &settings);
	tape = loopback_get(&lb, "/");
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape_status(tape), 200);
	cr_assert_eq(session_protocol(lb.server), SESSION_H2);
	loopback_fini(&lb);
}

Test(h1_protocols, a_method_that_begins_like_the_preface_is_http1)
{
	struct loopback lb;
	struct text_peer text;

	init(&lb, true);
	text_client_init(&text, &lb);
	text_say(&text, "PROPFIND / HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_FOR_TEXT(&lb, &text, "HTTP/1.1 200 OK");
	cr_assert_eq(session_protocol(lb.server), SESSION_H1);
	text_peer_fini(&text);
	loopback_fini(&lb);
}

Test(h1_protocols, cleartext_is_for_this_machine_only)
{
	static const struct session_events no_events = { 0 };
	static const char *const bad[] = {
		"0.0.0.0:0",
		"[::]:0",
		"192.0.2.1:0",
	};
	struct loopback lb;
	struct err err;

	init(&lb, true);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_assert_null(listener_new(
			lb.server_wire, bad[i], NULL, &no_events, NULL, &err));
		cr_assert_not_null(
			strstr(err.text, "this machine"), "%s", err.text);
	}
	loopback_fini(&lb);
}

/* ---- UNIX sockets
 * --------------------------------------------------------------- */

static void make_dir(char *ret_dir, size_t cap)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(ret_dir, cap, "%s/wire-XXXXXX", tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(ret_dir));
}

Test(h1_protocols, unix_socket_is_private_and_tells_who_is_there)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	char dir[200], path[250], address[260], reply[4096];
	struct loopback lb;
	struct stat st;
	struct err err;
	ssize_t n;
	int fd;

	make_dir(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(address, sizeof(address), "unix:%s", path);
	init(&lb, true);
	loopback_stop_listening(&lb);
	loopback_listen_on(&lb, address, &err);
	cr_assert_not_null(lb.listener, "%s", err.text);
	cr_assert_eq(listener_port(lb.listener), 0);
	cr_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	fd = unix_socket_connect(path);
	cr_assert_geq(fd, 0);
	cr_assert_gt(send(fd, request, sizeof(request) - 1, 0), 0);
	WAIT_FOR(&lb, tape_at(&lb.served, 0) && tape_at(&lb.served, 0)->closes);
	cr_assert(!strncmp(session_peer_name(lb.server), "unix:uid=", 9));
	cr_assert_neq(session_peer_hash(lb.server), 0);
	n = recv(fd, reply, sizeof(reply), 0);
	cr_assert_gt(n, 15);
	cr_assert(!strncmp(reply, "HTTP/1.1 200 OK", 15));
	close(fd);
	loopback_stop_listening(&lb);
	cr_assert_neq(stat(path, &st), 0);
	loopback_fini(&lb);
	rmdir(dir);
}

Test(h1_protocols, stale_unix_socket_is_replaced_and_a_living_one_is_not)
{
	char dir[200], path[250], address[260];
	struct loopback lb;
	struct err err;
	int fd;

	make_dir(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(address, sizeof(address), "unix:%s", path);
	fd = unix_socket_listen(path, 1, &err);
	cr_assert_geq(fd, 0);
	init(&lb, true);
	loopback_stop_listening(&lb);
	loopback_listen_on(&lb, address, &err);
	cr_assert_null(lb.listener);
	cr_assert_not_null(strstr(err.text, "already"), "%s", err.text);
	close(fd); /* as after kill -9: the path stays */
	loopback_listen_on(&lb, address, &err);
	cr_assert_not_null(lb.listener, "%s", err.text);
	loopback_fini(&lb);
	rmdir(dir);
}

Test(h1_protocols, what_is_no_socket_is_left_alone)
{
	char dir[200], address[260];
	struct loopback lb;
	struct err err;

	make_dir(dir, sizeof(dir));
	snprintf(address, sizeof(address), "unix:%s", dir);
	init(&lb, true);
	loopback_stop_listening(&lb);
	loopback_listen_on(&lb, address, &err);
	cr_assert_null(lb.listener);
	cr_assert_not_null(strstr(err.text, "no socket"), "%s", err.text);
	loopback_fini(&lb);
	rmdir(dir);
}
