/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names from a hosts file and from a name server of our own on loopback: the
 * loop runs until what is waited for has come.
 */
#include "proxy/exchange/lookup.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/log.h"

#define SECOND USEC_PER_SEC

struct fixture {
	struct loop *loop;
	struct log log;
	char folder[64];
	char hosts[96], resolv_conf[96];
	struct lookup lookup;
	/* The last answer. */
	unsigned answers;
	unsigned stop_at; /* so many answers */
	unsigned count;
	struct resolver_address addresses[RESOLVER_ADDRESSES_MAX];
	/* The name server. */
	struct evdns_server_port *port;
	unsigned questions;
	bool is_mute; /* it answers SERVFAIL */
};

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	cr_assert_geq(fputs(text, file), 0);
	fclose(file);
}

static void note_addresses(void *user, struct lookup *lookup,
	const struct resolver_address *addresses, unsigned count)
{
	struct fixture *f = user;

	cr_assert_eq(lookup, &f->lookup);
	memcpy(f->addresses, addresses, count * sizeof(*addresses));
	f->count = count;
	if (++f->answers >= f->stop_at)
		loop_stop(f->loop);
}

static void init(struct fixture *f)
{
	struct err err;

	*f = (struct fixture){ .stop_at = 1 };
	f->loop = loop_new(&err);
	cr_assert_not_null(f->loop);
	log_init(&f->log, STDERR_FILENO, LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
	strcpy(f->folder, "/tmp/fairway-lookup.XXXXXX");
	cr_assert_not_null(mkdtemp(f->folder));
	snprintf(f->hosts, sizeof(f->hosts), "%s/hosts", f->folder);
	snprintf(f->resolv_conf, sizeof(f->resolv_conf), "%s/resolv.conf",
		f->folder);
	write_file(f->hosts, "");
	write_file(f->resolv_conf, "nameserver 127.0.0.1:1\n");
}

static void start(struct fixture *f, const char *host)
{
	struct lookup_settings settings = {
		.host = host,
		.port = 6443,
		.every = 3600 * SECOND,
		.files = { f->resolv_conf, f->hosts },
	};

	lookup_init(&f->lookup, f->loop, &f->log, &settings, note_addresses, f);
}

static void run(struct fixture *f, unsigned answers)
{
	f->stop_at = f->answers + answers;
	lookup_start(&f->lookup);
	if (f->answers < f->stop_at)
		loop_run(f->loop);
}

static void fini(struct fixture *f)
{
	lookup_fini(&f->lookup);
	if (f->port)
		evdns_close_server_port(f->port);
	loop_free(f->loop);
	log_fini(&f->log);
	unlink(f->hosts);
	unlink(f->resolv_conf);
	rmdir(f->folder);
}

static void expect(const struct fixture *f, unsigned i, const char *text)
{
	char is[ADDRESS_TEXT_CAP];

	cr_assert_lt(i, f->count);
	address_write(&f->addresses[i], is);
	cr_expect_str_eq(is, text);
}

/* ---- a name server ------------------------------------------------------- */

static void answer_question(struct evdns_server_request *request, void *user)
{
	static const uint8_t two[] = { 10, 0, 0, 1, 10, 0, 0, 2 };
	struct fixture *f = user;

	f->questions++;
	for (int i = 0; i < request->nquestions; i++) {
		if (!f->is_mute && request->questions[i]->type == EVDNS_TYPE_A)
			evdns_server_request_add_a_reply(request,
				request->questions[i]->name, 2, two, 1);
	}
	evdns_server_request_respond(
		request, f->is_mute ? DNS_ERR_SERVERFAILED : DNS_ERR_NONE);
}

static void open_name_server(struct fixture *f)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	char text[64];

	cr_assert_geq(fd, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&in, len), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	f->port = evdns_add_server_port_with_base(
		loop_base(f->loop), fd, 0, answer_question, f);
	cr_assert_not_null(f->port);
	snprintf(text, sizeof(text), "nameserver 127.0.0.1:%u\n",
		ntohs(in.sin_port));
	write_file(f->resolv_conf, text);
}

/* ---- */

Test(lookup, an_address_is_its_own_answer)
{
	struct fixture f;

	init(&f);
	start(&f, "2001:db8::1");
	run(&f, 1);
	cr_expect_eq(f.count, 1);
	expect(&f, 0, "2001:db8::1");
	cr_expect_not(f.lookup.is_name);
	cr_expect_eq(f.lookup.ask.at, USEC_NEVER);
	fini(&f);
}

Test(lookup, the_hosts_file_is_honoured_and_read_anew)
{
	struct fixture f;

	init(&f);
	write_file(f.hosts, "10.1.0.1 api\n10.1.0.2 api\n");
	start(&f, "api");
	run(&f, 1);
	cr_expect_eq(f.count, 2);
	expect(&f, 0, "10.1.0.1");
	expect(&f, 1, "10.1.0.2");
	write_file(f.hosts, "10.1.0.3 api\n");
	run(&f, 1);
	cr_expect_eq(f.count, 1);
	expect(&f, 0, "10.1.0.3");
	fini(&f);
}

Test(lookup, a_name_server_is_asked)
{
	struct fixture f;

	init(&f);
	open_name_server(&f);
	start(&f, "api.example.org");
	run(&f, 1);
	cr_expect_eq(f.count, 2);
	expect(&f, 0, "10.0.0.1");
	expect(&f, 1, "10.0.0.2");
	cr_expect_geq(f.questions, 1);
	fini(&f);
}

Test(lookup, it_is_asked_again_until_it_knows)
{
	struct fixture f;

	init(&f);
	open_name_server(&f);
	f.is_mute = true;
	start(&f, "api.example.org");
	lookup_start(&f.lookup);
	/* One turn at a time, until the failure is known. */
	while (!f.lookup.failures)
		event_base_loop(loop_base(f.loop), EVLOOP_ONCE);
	cr_expect_eq(f.answers, 0);
	f.is_mute = false;
	loop_run(f.loop);
	cr_expect_eq(f.lookup.failures, 0);
	cr_expect_eq(f.count, 2);
	fini(&f);
}

Test(lookup, one_family_counts_and_the_other_when_that_fails)
{
	struct fixture f;

	init(&f);
	write_file(f.hosts, "10.1.0.1 api\n2001:db8::1 api\n2001:db8::2 api\n");
	start(&f, "api");
	/* A machine may have no IPv6 at all; then there is no choice. */
	run(&f, 1);
	expect(&f, 0, "10.1.0.1");
	cr_expect_eq(f.count, 1);
	lookup_not_reached(&f.lookup);
	lookup_reached(&f.lookup);
	run(&f, 1);
	expect(&f, 0, "10.1.0.1");
	fini(&f);
}

Test(lookup, an_address_that_fails_makes_it_ask_soon)
{
	struct fixture f;
	usec_t now;

	init(&f);
	write_file(f.hosts, "10.1.0.1 api\n");
	start(&f, "api");
	run(&f, 1);
	now = loop_now(f.loop);
	cr_expect_gt(f.lookup.ask.at, usec_add(now, 60 * SECOND));
	lookup_not_reached(&f.lookup);
	cr_expect_leq(f.lookup.ask.at, usec_add(now, SECOND));
	fini(&f);
}

Test(lookup, it_may_end_while_it_asks)
{
	struct fixture f;

	init(&f);
	start(&f, "api.example.org");
	lookup_start(&f.lookup);
	cr_expect_not_null(f.lookup.resolver.query);
	fini(&f);
}
