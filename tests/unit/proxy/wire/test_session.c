/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Beginning and end of connections: TLS, limits, timers, GOAWAY.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/wire/wire_impl.h"
#include "tests/unit/proxy/wire/loopback.h"

static void hold(struct tape *tape)
{
	(void)tape;
}

/* ---- TLS
 * --------------------------------------------------------------------- */

/* A client that trusts `ca` (absent: the right one) and expects `name`. */
static void connect_with(struct loopback *lb,
	struct loopback_settings *settings,
	const struct tls_client_settings *client)
{
	struct err err;

	settings->is_not_connected = true;
	loopback_init(lb, settings);
	if (client) {
		struct tls_client_settings wanted = *client;

		if (span_is_absent(wanted.ca_pem))
			wanted.ca_pem = buf_span(&lb->ca.cert_pem);
		tls_context_unref(lb->client_tls);
		lb->client_tls = tls_client_new(&wanted, &err);
		cr_assert_not_null(lb->client_tls, "%s", err.text);
	}
	loopback_connect(lb);
}

Test(session, both_sides_prefer_the_short_key)
{
	struct loopback_settings settings;
	struct loopback lb;

	loopback_settings_default(&settings);
	connect_with(&lb, &settings, NULL);
	WAIT_FOR(&lb, lb.ready);
	cr_assert_str_eq(SSL_get_cipher_name(lb.client->conn.ssl),
		"TLS_AES_128_GCM_SHA256");
	loopback_fini(&lb);
}

static void expect_refused_by_client(struct loopback *lb, const char *detail)
{
	WAIT_FOR(lb, lb->client_closed && lb->server_closed);
	cr_assert_eq(lb->ready, 0);
	cr_assert_eq(lb->client_why, SESSION_CLOSE_TLS);
	cr_assert_not_null(
		strstr(lb->client_detail, detail), "%s", lb->client_detail);
	/* It is told why, by an alert. */
	cr_assert_eq(lb->server_why, SESSION_CLOSE_TLS, "%s",
		session_close_name(lb->server_why));
}

Test(session, certificate_of_another_ca_is_refused)
{
	struct tls_client_settings client = { .server_name = "localhost" };
	struct loopback_settings settings;
	struct test_ca other;
	struct loopback lb;

	test_ca_init(&other);
	client.ca_pem = buf_span(&other.cert_pem);
	loopback_settings_default(&settings);
	connect_with(&lb, &settings, &client);
	expect_refused_by_client(&lb, "");
	loopback_fini(&lb);
	test_ca_fini(&other);
}

Test(session, certificate_for_another_name_is_refused)
{
	struct tls_client_settings client = { .server_name = "kubernetes" };
	struct loopback_settings settings;
	struct loopback lb;

	loopback_settings_default(&settings);
	connect_with(&lb, &settings, &client);
	expect_refused_by_client(&lb, "ostname mismatch");
	loopback_fini(&lb);
}

Test(session, certificate_for_another_address_is_refused)
{
	struct tls_client_settings client = { .server_name = "127.0.0.2" };
	struct loopback_settings settings;
	struct loopback lb;

	loopback_settings_default(&settings);
	connect_with(&lb, &settings, &client);
	expect_refused_by_client(&lb, "IP address mismatch");
	loopback_fini(&lb);
}

Test(session, certificate_for_the_address_is_taken)
{
	struct tls_client_settings client = { .server_name = "127.0.0.1" };
	struct loopback_settings settings;
	struct loopback lb;

	loopback_settings_default(&settings);
	connect_with(&lb, &settings, &client);
	WAIT_FOR(&lb, lb.ready);
	loopback_fini(&lb);
}

Test(session, insecure_takes_any_certificate)
{
	struct tls_client_settings client = {
		.server_name = "kubernetes",
		.insecure_skip_verify = true,
	};
	struct loopback_settings settings;
	struct test_ca other;
	struct loopback lb;

	test_ca_init(&other);
	client.ca_pem = buf_span(&other.cert_pem);
	loopback_settings_default(&settings);
	connect_with(&lb, &settings, &client);
	WAIT_FOR(&lb, lb.ready);
	loopback_fini(&lb);
	test_ca_fini(&other);
}

/* The server demands a certificate of the CA that signed its own. */
static void demand_client_cert(struct loopback *lb)
{
	struct tls_server_settings wanted = {
		.cert_pem = buf_span(&lb->leaf.cert_pem),
		.key_pem = buf_span(&lb->leaf.key_pem),
		.client_ca_pem = buf_span(&lb->ca.cert_pem),
		.demand_client_cert = true,
	};
	struct err err;

	loopback_stop_listening(lb);
	tls_context_unref(lb->server_tls);
	lb->server_tls = tls_server_new(&wanted, &err);
	cr_assert_not_null(lb->server_tls, "%s", err.text);
	loopback_listen(lb);
}

static void connect_with_cert(struct loopback *lb, const struct test_leaf *leaf)
{
	struct tls_client_settings wanted = {
		.ca_pem = buf_span(&lb->ca.cert_pem),
		.server_name = "localhost",
	};
	struct err err;

	if (leaf) {
		wanted.cert_pem = buf_span(&leaf->cert_pem);
		wanted.key_pem = buf_span(&leaf->key_pem);
	}
	tls_context_unref(lb->client_tls);
	lb->client_tls = tls_client_new(&wanted, &err);
	cr_assert_not_null(lb->client_tls, "%s", err.text);
	loopback_connect(lb);
}

static void init_unconnected(struct loopback *lb)
{
	struct loopback_settings settings;

	loopback_settings_default(&settings);
	settings.is_not_connected = true;
	loopback_init(lb, &settings);
}

Test(session, client_without_the_demanded_certificate_is_refused)
{
	struct loopback lb;

	init_unconnected(&lb);
	demand_client_cert(&lb);
	connect_with_cert(&lb, NULL);
	WAIT_FOR(&lb, lb.client_closed && lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_TLS);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_TLS);
	cr_assert_eq(lb.ready, 0);
	/* The alert says it to the person at the other end. */
	cr_assert_not_null(strstr(lb.client_detail, "certificate"), "%s",
		lb.client_detail);
	cr_assert_eq(wire_stats(lb.server_wire)->handshake_failures, 1);
	loopback_fini(&lb);
}

Test(session, client_certificate_of_another_ca_is_refused)
{
	struct test_leaf leaf;
	struct test_ca other;
	struct loopback lb;

	init_unconnected(&lb);
	test_ca_init(&other);
	test_leaf_init(&leaf, &other, "DNS:controller");
	demand_client_cert(&lb);
	connect_with_cert(&lb, &leaf);
	WAIT_FOR(&lb, lb.client_closed && lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_TLS);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_TLS);
	loopback_fini(&lb);
	test_leaf_fini(&leaf);
	test_ca_fini(&other);
}

Test(session, client_certificate_is_taken_and_known)
{
	struct test_leaf leaf;
	struct loopback lb;
	uint64_t hash;

	init_unconnected(&lb);
	test_leaf_init(&leaf, &lb.ca, "DNS:controller");
	demand_client_cert(&lb);
	connect_with_cert(&lb, &leaf);
	WAIT_FOR(&lb, lb.ready && lb.server);
	hash = session_client_cert_hash(lb.server);
	cr_assert_neq(hash, 0);
	cr_assert_eq(session_client_cert_hash(lb.client), 0);
	loopback_fini(&lb);
	test_leaf_fini(&leaf);
}

Test(session, without_a_client_certificate_there_is_no_hash)
{
	struct loopback lb;

	loopback_init(&lb, NULL);
	cr_assert_eq(session_client_cert_hash(lb.server), 0);
	loopback_fini(&lb);
}

Test(session, bad_pem_is_an_error_with_words)
{
	struct tls_server_settings server = {
		.cert_pem = SPAN("-----BEGIN NOTHING-----\n"),
		.key_pem = SPAN(""),
	};
	struct tls_client_settings client = { .ca_pem = SPAN("no PEM") };
	struct err err;

	cr_assert_null(tls_server_new(&server, &err));
	cr_assert_gt(strlen(err.text), 10);
	cr_assert_null(tls_client_new(&client, &err));
	cr_assert_gt(strlen(err.text), 10);
}

/* As a file is while it is written. */
Test(session, bundle_that_breaks_off_is_an_error)
{
	struct tls_client_settings client = { .server_name = "localhost" };
	struct buf bundle = BUF_INIT;
	struct test_ca one, two;
	struct tls_context *tls;
	struct span second;
	struct err err;

	test_ca_init(&one);
	test_ca_init(&two);
	second = buf_span(&two.cert_pem);
	buf_append_span(&bundle, buf_span(&one.cert_pem));
	buf_append_str(&bundle, "the other one:\n");
	buf_append(&bundle, second.ptr, second.len / 2);
	client.ca_pem = buf_span(&bundle);
	cr_assert_null(tls_client_new(&client, &err));
	cr_assert_gt(strlen(err.text), 10);
	buf_append(&bundle, second.ptr + second.len / 2,
		second.len - second.len / 2);
	client.ca_pem = buf_span(&bundle);
	tls = tls_client_new(&client, &err);
	cr_assert_not_null(tls);
	tls_context_unref(tls);
	buf_fini(&bundle);
	test_ca_fini(&one);
	test_ca_fini(&two);
}

Test(session, chain_that_breaks_off_is_an_error)
{
	struct tls_server_settings server;
	struct tls_context *tls;
	struct test_leaf leaf;
	struct span issuer;
	struct test_ca ca;
	struct err err;

	test_ca_init(&ca);
	test_leaf_init(&leaf, &ca, "DNS:a");
	issuer = buf_span(&ca.cert_pem);
	buf_append(&leaf.cert_pem, issuer.ptr, issuer.len - 40);
	server = (struct tls_server_settings){
		.cert_pem = buf_span(&leaf.cert_pem),
		.key_pem = buf_span(&leaf.key_pem),
	};
	cr_assert_null(tls_server_new(&server, &err));
	cr_assert_gt(strlen(err.text), 10);
	buf_append(&leaf.cert_pem, issuer.ptr + issuer.len - 40, 40);
	server.cert_pem = buf_span(&leaf.cert_pem);
	tls = tls_server_new(&server, &err);
	cr_assert_not_null(tls);
	tls_context_unref(tls);
	test_leaf_fini(&leaf);
	test_ca_fini(&ca);
}

Test(session, key_of_another_certificate_is_an_error)
{
	struct test_leaf one, two;
	struct tls_server_settings server;
	struct test_ca ca;
	struct err err;

	test_ca_init(&ca);
	test_leaf_init(&one, &ca, "DNS:a");
	test_leaf_init(&two, &ca, "DNS:b");
	server = (struct tls_server_settings){
		.cert_pem = buf_span(&one.cert_pem),
		.key_pem = buf_span(&two.key_pem),
	};
	cr_assert_null(tls_server_new(&server, &err));
	test_leaf_fini(&one);
	test_leaf_fini(&two);
	test_ca_fini(&ca);
}

/* ---- who is there
 * ---------------------------------------------------------------- */

Test(session, each_has_a_number_and_a_name)
{
	struct loopback lb;

	loopback_init(&lb, NULL);
	cr_assert_neq(session_serial(lb.server), 0);
	cr_assert_neq(session_peer_hash(lb.server), 0);
	cr_assert_eq(
		strncmp(session_peer_name(lb.server), "127.0.0.1:", 10), 0);
	loopback_fini(&lb);
}

Test(session, serials_are_never_used_again)
{
	uint64_t before;
	struct loopback lb;

	loopback_init(&lb, NULL);
	before = session_serial(lb.server);
	session_close(lb.client);
	WAIT_FOR(&lb, lb.client_closed && lb.server_closed);
	loopback_connect(&lb);
	WAIT_FOR(&lb, lb.server);
	cr_assert_neq(session_serial(lb.server), before);
	loopback_fini(&lb);
}

/* ---- ends
 * ------------------------------------------------------------------------- */

Test(session, connection_refused_is_told_later)
{
	struct loopback lb;

	init_unconnected(&lb);
	loopback_connect(&lb);
	cr_assert_eq(lb.client_closed, 0);
	session_close(lb.client);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_LOCAL);
	loopback_stop_listening(&lb);
	lb.client_closed = 0;
	loopback_connect(&lb);
	cr_assert_eq(lb.client_closed, 0);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_CONNECT);
	loopback_fini(&lb);
}

Test(session, close_ends_every_stream)
{
	struct loopback lb;

	loopback_init(&lb, NULL);
	lb.on_request = hold;
	for (unsigned i = 0; i < 5; i++)
		loopback_post(&lb, "/held");
	WAIT_FOR(&lb, tape_at(&lb.served, 4));
	session_close(lb.client);
	cr_assert_eq(tape_at(&lb.sent, 0)->closes, 0);
	WAIT_FOR(&lb, lb.client_closed && lb.server_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_LOCAL);
	LIST_EACH (node, &lb.sent) {
		struct tape *tape = CONTAINER_OF(node, struct tape, node);

		cr_assert_eq(tape->closes, 1);
		cr_assert_eq(tape->how, STREAM_END_LOCAL);
	}
	LIST_EACH (node, &lb.served) {
		struct tape *tape = CONTAINER_OF(node, struct tape, node);

		cr_assert_eq(tape->closes, 1);
		cr_assert(tape->how == STREAM_END_LOST ||
			tape->how == STREAM_END_RESET);
	}
	loopback_fini(&lb);
}

Test(session, drained_client_finishes_what_is_open)
{
	struct loopback lb;
	struct tape *tape;

	loopback_init(&lb, NULL);
	tape = loopback_post(&lb, "/echo");
	WAIT_FOR(&lb, tape->heads);
	session_drain(lb.client);
	cr_assert_eq(session_free_streams(lb.client), 0);
	tape_write_pattern(tape, 100 * 1000);
	WAIT_FOR(&lb, lb.client_closed && lb.server_closed);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	cr_assert(tape_has_pattern(tape, 100 * 1000));
	cr_assert_eq(lb.client_why, SESSION_CLOSE_CLEAN);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_CLEAN);
	loopback_fini(&lb);
}

Test(session, idle_client_drains_at_once)
{
	struct loopback lb;

	loopback_init(&lb, NULL);
	session_drain(lb.client);
	WAIT_FOR(&lb, lb.client_closed && lb.server_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_CLEAN);
	loopback_fini(&lb);
}

Test(session, drained_server_finishes_what_is_open_and_takes_no_more)
{
	struct loopback lb;
	struct tape *tape;

	loopback_init(&lb, NULL);
	lb.on_request = hold;
	tape = loopback_get(&lb, "/held");
	WAIT_FOR(&lb, tape_at(&lb.served, 0));
	wire_drain(lb.server_wire);
	WAIT_FOR(&lb, lb.goaways);
	cr_assert_not(session_is_ready(lb.client));
	cr_assert_not(wire_is_drained(lb.server_wire));
	cr_assert_eq(lb.client_closed, 0);
	tape_respond(tape_at(&lb.served, 0), "200", false);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	WAIT_FOR(&lb, wire_is_drained(lb.server_wire));
	cr_assert_eq(lb.goaways, 1);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_CLEAN);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_CLEAN);
	loopback_fini(&lb);
}

Test(session, drain_of_the_server_loses_no_request_on_its_way)
{
	struct tape *tapes[50];
	struct loopback lb;

	/* Sent before the client can know of the GOAWAY. */
	loopback_init(&lb, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(tapes); i++)
		tapes[i] = loopback_get(&lb, "/racing");
	wire_drain(lb.server_wire);
	for (size_t i = 0; i < ARRAY_SIZE(tapes); i++) {
		WAIT_FOR(&lb, tapes[i]->closes);
		cr_assert_eq(tapes[i]->how, STREAM_END_CLEAN);
	}
	WAIT_FOR(&lb, wire_is_drained(lb.server_wire));
	loopback_fini(&lb);
}

/* Closes its session in the first event of a body. */
static void close_in_event(struct tape *tape, void *user)
{
	struct session **session = user;

	if (*session && buf_len(&tape->body) > 0) {
		session_close(*session);
		*session = NULL;
	}
}

Test(session, close_inside_an_event_is_fine)
{
	struct session *to_close;
	struct loopback lb;

	for (unsigned i = 0; i < 2; i++) {
		loopback_init(&lb, NULL);
		to_close = i ? lb.server : lb.client;
		lb.meddle = close_in_event;
		lb.meddle_user = &to_close;
		for (unsigned j = 0; j < 5; j++)
			tape_write_pattern(loopback_post(&lb, "/"), 30000);
		WAIT_FOR(&lb, lb.client_closed && lb.server_closed);
		LIST_EACH (node, &lb.sent) {
			cr_assert_eq(
				CONTAINER_OF(node, struct tape, node)->closes,
				1);
		}
		loopback_fini(&lb);
	}
}

Test(session, drain_while_it_connects_gives_it_up)
{
	struct loopback lb;

	init_unconnected(&lb);
	loopback_connect(&lb);
	session_drain(lb.client);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_LOCAL);
	loopback_fini(&lb);
}

Test(session, each_way_to_close_has_a_name)
{
	for (unsigned i = 0; i < SESSION_CLOSE_COUNT; i++) {
		const char *name = session_close_name((enum session_close)i);

		for (unsigned j = 0; j < i; j++)
			cr_assert_str_neq(name,
				session_close_name((enum session_close)j));
	}
}

/* ---- limits and timers
 * --------------------------------------------------------------- */

Test(session, connections_above_the_limit_are_closed)
{
	struct loopback_settings settings;
	struct loopback lb;
	char byte;
	int fd;

	loopback_settings_default(&settings);
	settings.server_limits.connections_max = 1;
	loopback_init(&lb, &settings);
	fd = loopback_dial(&lb);
	WAIT_FOR(&lb, wire_stats(lb.server_wire)->refused_connections == 1);
	cr_assert_leq(recv(fd, &byte, 1, 0), 0);
	close(fd);
	cr_assert_eq(wire_stats(lb.server_wire)->open_down, 1);
	loopback_fini(&lb);
}

Test(session, silent_connection_is_closed)
{
	struct loopback_settings settings;
	struct loopback lb;
	int fd;

	loopback_settings_default(&settings);
	settings.server_limits.handshake = USEC_PER_SEC / 10;
	settings.is_not_connected = true;
	loopback_init(&lb, &settings);
	fd = loopback_dial(&lb);
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_TIMEOUT);
	close(fd);
	loopback_fini(&lb);
}

Test(session, connection_without_a_request_is_closed)
{
	struct loopback_settings settings;
	struct loopback lb;

	loopback_settings_default(&settings);
	settings.server_limits.first_request = USEC_PER_SEC / 10;
	loopback_init(&lb, &settings);
	WAIT_FOR(&lb, lb.server_closed && lb.client_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_TIMEOUT);
	loopback_fini(&lb);
}

Test(session, idle_connection_is_closed)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct tape *tape;

	loopback_settings_default(&settings);
	settings.server_limits.idle = USEC_PER_SEC / 10;
	loopback_init(&lb, &settings);
	tape = loopback_get(&lb, "/once");
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	WAIT_FOR(&lb, lb.server_closed && lb.client_closed);
	loopback_fini(&lb);
}

Test(session, silent_peers_are_asked_and_stay_if_they_answer)
{
	struct loopback_settings settings;
	uint64_t before;
	struct loopback lb;

	loopback_settings_default(&settings);
	settings.client_limits.ping_idle = USEC_PER_SEC / 10;
	settings.client_limits.ping_answer = 20 * USEC_PER_SEC;
	loopback_init(&lb, &settings);
	/* Two PINGs and their answers. */
	for (unsigned i = 0; i < 2; i++) {
		before = wire_stats(lb.client_wire)->bytes_in_up;
		WAIT_FOR(&lb, wire_stats(lb.client_wire)->bytes_in_up > before);
	}
	cr_assert_eq(lb.client_closed, 0);
	loopback_fini(&lb);
}

Test(session, bytes_and_connections_are_counted)
{
	const struct wire_stats *up, *down;
	struct loopback lb;
	struct tape *tape;

	loopback_init(&lb, NULL);
	up = wire_stats(lb.client_wire);
	down = wire_stats(lb.server_wire);
	tape = loopback_post(&lb, "/echo");
	tape_write_pattern(tape, 1000);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(down->accepted, 1);
	cr_assert_eq(up->connected, 1);
	cr_assert_eq(down->handshakes + up->handshakes, 2);
	cr_assert_eq(down->streams_down, 1);
	cr_assert_eq(up->streams_up, 1);
	cr_assert_eq(down->open_down, 1);
	cr_assert_eq(up->open_up, 1);
	cr_assert_gt(down->bytes_in_down, 1000);
	cr_assert_gt(down->bytes_out_down, 1000);
	session_close(lb.client);
	WAIT_FOR(&lb, lb.client_closed && lb.server_closed);
	cr_assert_eq(down->open_down, 0);
	cr_assert_eq(up->open_up, 0);
	cr_assert_eq(up->closed_up[SESSION_CLOSE_LOCAL], 1);
	cr_assert_eq(up->bytes_out_up, down->bytes_in_down);
	loopback_fini(&lb);
}
