/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/admin_http.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/checks.h"
#include "proxy/observe/history.h"
#include "proxy/observe/metrics.h"
#include "proxy/observe/page.h"
#include "proxy/observe/requests.h"
#include "proxy/wire/fields.h"
#include "proxy/wire/relay.h"
#include "proxy/wire/session.h"
#include "proxy/wire/stream.h"

enum {
	CONNECTIONS_MAX = 64,
	/* On one connection: who asks for metrics asks for one page. */
	STREAMS_MAX = 8,
	HEAD_BYTES_MAX = 8192,
	/* "[IPv6]:port" */
	ADDRESS_CAP = INET6_ADDRSTRLEN + 16,
	H2_NO_ERROR = 0,
};

#define TIMEOUT (10 * USEC_PER_SEC)
/* Between two scrapes. */
#define IDLE (90 * USEC_PER_SEC)
#define TEXT_PLAIN "text/plain; charset=utf-8"

/* A wire of its own: its crowds take nothing away from clients. */
struct admin_http {
	struct wire *wire;         /* owned */
	struct listener *listener; /* owned */
	struct loop_turn_end turn_end;
	struct loop *loop; /* borrowed */
	struct loop_timer sample; /* the next one of history */
	struct history *history;  /* owned */
	struct list asked; /* struct question, open */
	struct list done;  /* … closed: freed at the end of the turn */
	view_fn *view;
	void *user;
};

/* One request. */
struct question {
	struct list_node node;
	struct admin_http *admin; /* borrowed */
	bool is_local; /* it comes from this machine */
	struct stream stream;
	struct relay body; /* of the answer */
};

struct reply {
	const char *status;
	const char *content_type;
	struct buf body;
};

/* What of a page: behind its path. */
struct asked {
	struct span below; /* "/loop" without its slash, or absent */
	struct span query; /* or absent */
	struct span accept; /* or absent */
	bool sees_names;    /* also what is for this machine only */
	const struct history *history; /* borrowed */
};

struct page {
	const char *path;
	void (*write)(const struct view *view, const struct asked *asked,
		struct reply *reply);
	bool has_names; /* for this machine only, unless admin.pages */
	bool has_below; /* "/readyz/loop" is of "/readyz" */
};

/* ---- pages ------------------------------------------------------------- */

static void write_metrics(
	const struct view *view, const struct asked *asked, struct reply *reply)
{
	enum metrics_format format = metrics_format_of(asked->accept);

	reply->content_type = metrics_content_type(format);
	metrics_write(view, format, &reply->body);
}

/* As the API server's, 503 and not its 500: proxies understand that. */
static void set_result(struct reply *reply, enum checks_result result)
{
	switch (result) {
	case CHECKS_PASSED:
		break;
	case CHECKS_FAILED:
		reply->status = "503";
		break;
	case CHECKS_UNKNOWN:
		reply->status = "404";
		buf_append_str(&reply->body, "no such check\n");
		break;
	}
}

static void write_checks(enum checks_of of, const struct view *view,
	const struct asked *asked, struct reply *reply)
{
	if (span_is_absent(asked->below))
		set_result(reply,
			checks_write(of, view, asked->query, &reply->body));
	else
		set_result(reply,
			checks_write_one(of, view, asked->below, &reply->body));
}

static void write_live(const struct view *view, const struct asked *asked,
	struct reply *reply)
{
	write_checks(CHECKS_LIVE, view, asked, reply);
}

static void write_ready(const struct view *view, const struct asked *asked,
	struct reply *reply)
{
	write_checks(CHECKS_READY, view, asked, reply);
}

static void write_config(
	const struct view *view, const struct asked *asked, struct reply *reply)
{
	const struct view_reload *reload = view->reload;

	(void)asked;
	reply->content_type = "application/yaml";
	buf_printf(&reply->body, "# What runs, of %s\n# sha256: %s\n",
		*reload->file ? reload->file : "the defaults",
		*reload->digest ? reload->digest : "none");
	config_print(view->config, &reply->body);
}

static void write_requests(
	const struct view *view, const struct asked *asked, struct reply *reply)
{
	(void)asked;
	reply->content_type = "application/json";
	requests_write_json(view, &reply->body);
}

static void write_version(
	const struct view *view, const struct asked *asked, struct reply *reply)
{
	(void)asked;
	reply->content_type = "application/json";
	buf_printf(&reply->body, "{\"version\":\"%s\"}\n", view->version);
}

static void write_file(
	struct reply *reply, const char *content_type, struct span file)
{
	reply->content_type = content_type;
	buf_append_span(&reply->body, file);
}

static void write_index(
	const struct view *view, const struct asked *asked, struct reply *reply)
{
	if (asked->sees_names) {
		write_file(reply, "text/html; charset=utf-8", page_html());
		return;
	}
	buf_printf(&reply->body,
		"fairway %s\n\n/metrics\n/livez\n/readyz?verbose\n/version\n"
		"/configz (from this machine)\n"
		"/debug/requests (from this machine)\n",
		view->version);
}

static void write_page_css(
	const struct view *view, const struct asked *asked, struct reply *reply)
{
	(void)view;
	(void)asked;
	write_file(reply, "text/css; charset=utf-8", page_css());
}

static void write_page_js(
	const struct view *view, const struct asked *asked, struct reply *reply)
{
	(void)view;
	(void)asked;
	write_file(reply, "text/javascript; charset=utf-8", page_js());
}

static void write_page_json(
	const struct view *view, const struct asked *asked, struct reply *reply)
{
	reply->content_type = "application/json";
	page_write_json(view, asked->history, &reply->body);
}

static const struct page PAGES[] = {
	{ "/", write_index, false, false },
	{ "/metrics", write_metrics, false, false },
	{ "/livez", write_live, false, true },
	{ "/readyz", write_ready, false, true },
	{ "/healthz", write_ready, false, true },
	{ "/version", write_version, false, false },
	{ "/configz", write_config, true, false },
	{ "/debug/requests", write_requests, true, false },
	{ "/page.css", write_page_css, true, false },
	{ "/page.js", write_page_js, true, false },
	{ "/page.json", write_page_json, true, false },
};

/* Cuts what is below a page off its path. */
static const struct page *page_by_path(struct span path, struct span *ret_below)
{
	for (size_t i = 0; i < ARRAY_SIZE(PAGES); i++) {
		struct span name = span_str(PAGES[i].path);
		struct span below = SPAN_NONE;

		if (!span_starts_with(path, name))
			continue;
		below = span_skip(path, name.len);
		if (!below.len)
			below = SPAN_NONE;
		else if (!PAGES[i].has_below || *below.ptr != '/')
			continue;
		else
			below = span_skip(below, 1);
		*ret_below = below;
		return &PAGES[i];
	}
	return NULL;
}

/* ---- requests ------------------------------------------------------------ */

static void add_length(struct fields *head, size_t len)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%zu", len);

	fields_add(head, SPAN("content-length"), span_of(digits, (size_t)n));
}

static void send_reply(struct question *question, const struct reply *reply,
	bool is_head)
{
	struct span body = buf_span(&reply->body);
	struct fields head = FIELDS_INIT;

	fields_add_static(&head, SPAN(":status"), span_str(reply->status));
	fields_add_static(
		&head, SPAN("content-type"), span_str(reply->content_type));
	fields_add_static(&head, SPAN("cache-control"), SPAN("no-store"));
	fields_add_static(&head, SPAN("vary"), SPAN("accept"));
	fields_add_static(
		&head, SPAN("x-content-type-options"), SPAN("nosniff"));
	fields_add_static(&head, SPAN("content-security-policy"),
		SPAN(PAGE_POLICY));
	fields_add_static(
		&head, SPAN("referrer-policy"), SPAN("no-referrer"));
	fields_add_static(&head, SPAN("cross-origin-resource-policy"),
		SPAN("same-origin"));
	if (!strcmp(reply->status, "405"))
		fields_add_static(&head, SPAN("allow"), SPAN("GET, HEAD"));
	add_length(&head, body.len);
	if (!is_head)
		relay_add(&question->body, body.ptr, body.len);
	relay_end(&question->body);
	stream_respond(
		&question->stream, &head, is_head ? NULL : &question->body);
	fields_clear(&head);
}

/*
 * A page of the web may let its own name lead to 127.0.0.1 and then read what
 * is here as its own; the name still stands in the request.
 */
static bool names_this_machine(const struct fields *head)
{
	struct span rest = fields_value(head, FIELD_AUTHORITY);
	bool is_v6 = span_starts_with(rest, SPAN("["));
	struct span host = span_cut(&rest, ':');
	size_t digits = 0;

	if (is_v6)
		return true;
	while (digits < host.len && (host.ptr[digits] == '.' ||
		(host.ptr[digits] >= '0' && host.ptr[digits] <= '9')))
		digits++;
	return digits == host.len || span_eq(host, SPAN("localhost"));
}

/* Of a field that nobody else asks for. */
static struct span value_of(const struct fields *head, struct span name)
{
	for (size_t i = 0; i < head->count; i++)
		if (span_eq(head->items[i].name, name))
			return head->items[i].value;
	return SPAN_NONE;
}

static bool sees_names(const struct question *question,
	const struct fields *head, const struct config *config)
{
	return config->admin.pages == ADMIN_PAGES_ANYWHERE ||
		(question->is_local && names_this_machine(head));
}

static void write_page(struct question *question, const struct page *page,
	struct asked *asked, struct reply *reply)
{
	const struct admin_http *admin = question->admin;
	const struct view *view = admin->view(admin->user);

	asked->sees_names =
		sees_names(question, &question->stream.head, view->config);
	if (!page->has_names || asked->sees_names) {
		page->write(view, asked, reply);
		return;
	}
	reply->status = "403";
	buf_append_str(&reply->body,
		"from this machine only, by its address or as localhost "
		"(admin.pages)\n");
}

static void answer(struct question *question)
{
	const struct admin_http *admin = question->admin;
	struct fields *head = &question->stream.head;
	struct span method = fields_value(head, FIELD_METHOD);
	struct asked asked = {
		.query = fields_value(head, FIELD_PATH),
		.accept = value_of(head, SPAN("accept")),
		.history = admin->history,
	};
	const struct page *page =
		page_by_path(span_cut(&asked.query, '?'), &asked.below);
	struct reply reply = { "200", TEXT_PLAIN, BUF_INIT };
	bool is_head = span_eq(method, SPAN("HEAD"));

	if (!is_head && !span_eq(method, SPAN("GET"))) {
		reply.status = "405";
		buf_append_str(&reply.body, "GET and HEAD only\n");
	} else if (!page) {
		reply.status = "404";
		buf_append_str(&reply.body, "no such page\n");
	} else {
		write_page(question, page, &asked, &reply);
	}
	send_reply(question, &reply, is_head);
	buf_fini(&reply.body);
	fields_clear(head);
}

/* What of a request's body has not come is of no use (RFC 9113, 8.1). */
static void answer_drained(struct question *question)
{
	if (relay_waiting(&question->body) == 0 &&
		!question->stream.peer_ended)
		stream_reset(&question->stream, H2_NO_ERROR);
}

static void question_closed(struct question *question)
{
	list_remove(&question->node);
	list_push_back(&question->admin->done, &question->node);
}

static struct question *question_of(struct stream *stream)
{
	return CONTAINER_OF(stream, struct question, stream);
}

static void on_head(struct stream *stream, bool ended)
{
	(void)ended;
	answer(question_of(stream));
}

static void on_drained(struct stream *stream, size_t len)
{
	(void)len;
	answer_drained(question_of(stream));
}

static void on_close(struct stream *stream, enum stream_end how, uint32_t code)
{
	(void)how;
	(void)code;
	question_closed(question_of(stream));
}

static const struct stream_events question_events = {
	.on_head = on_head,
	.on_drained = on_drained,
	.on_close = on_close,
};

static bool is_local(const struct session *session)
{
	static const char *const PREFIXES[] = { "127.", "[::1]:",
		"[::ffff:127." };
	struct span peer = span_str(session_peer_name(session));

	for (size_t i = 0; i < ARRAY_SIZE(PREFIXES); i++) {
		if (span_starts_with(peer, span_str(PREFIXES[i])))
			return true;
	}
	return false;
}

static struct stream *question_new(
	struct admin_http *admin, const struct session *session)
{
	struct question *question = xcalloc(1, sizeof(*question));

	question->admin = admin;
	question->is_local = is_local(session);
	stream_init(&question->stream, &question_events);
	relay_init(&question->body, 0);
	list_push_back(&admin->asked, &question->node);
	return &question->stream;
}

static void free_done(struct admin_http *admin)
{
	struct list_node *node;

	while ((node = list_pop_front(&admin->done))) {
		struct question *question =
			CONTAINER_OF(node, struct question, node);

		relay_fini(&question->body);
		stream_fini(&question->stream);
		free(question);
	}
}

/* ---- connections --------------------------------------------------------- */

static struct stream *on_stream(struct session *session, void *user)
{
	return question_new(user, session);
}

static const struct session_events admin_events = {
	.on_stream = on_stream,
};

static void end_turn(struct admin_http *admin)
{
	wire_flush(admin->wire);
	wire_reap(admin->wire);
	free_done(admin);
}

static void on_turn_end(void *user)
{
	end_turn(user);
}

static void set_limits(struct wire_limits *limits)
{
	wire_limits_default(limits);
	limits->connections_max = CONNECTIONS_MAX;
	limits->oldest_gives_way = true;
	limits->streams_max = STREAMS_MAX;
	limits->head_bytes_max = HEAD_BYTES_MAX;
	limits->first_request = TIMEOUT;
	limits->head = TIMEOUT;
	limits->progress = TIMEOUT;
	limits->idle = IDLE;
}

/* "127.0.0.1:7480" of a host's name; the first address that it has. */
static int find_address(const char *host, uint16_t port,
	char ret_address[static ADDRESS_CAP], struct err *err)
{
	static const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	char text[INET6_ADDRSTRLEN];
	struct addrinfo *found;
	int error = getaddrinfo(*host ? host : NULL, "0", &hints, &found);

	if (error)
		return err_set(err, "%s: %s", host, gai_strerror(error));
	error = getnameinfo(found->ai_addr, found->ai_addrlen, text,
		sizeof(text), NULL, 0, NI_NUMERICHOST);
	if (!error)
		snprintf(ret_address, ADDRESS_CAP,
			found->ai_family == AF_INET6 ? "[%s]:%u" : "%s:%u",
			text, (unsigned)port);
	freeaddrinfo(found);
	return error ? err_set(err, "%s: %s", host, gai_strerror(error)) : 0;
}

static void on_sample(void *user)
{
	struct admin_http *admin = user;

	history_add(admin->history, admin->view(admin->user));
	loop_timer_set(
		&admin->sample, loop_now(admin->loop) + HISTORY_EVERY);
}

struct admin_http *admin_http_new(struct loop *loop, const char *host,
	uint16_t port, view_fn *view, void *user, struct err *err)
{
	struct admin_http *admin;
	char address[ADDRESS_CAP];
	struct wire_limits limits;

	if (find_address(host, port, address, err) != 0)
		return NULL;
	set_limits(&limits);
	admin = xcalloc(1, sizeof(*admin));
	admin->view = view;
	admin->user = user;
	admin->loop = loop;
	admin->history = history_new();
	loop_timer_init(&admin->sample, loop, on_sample, admin);
	list_init(&admin->asked);
	list_init(&admin->done);
	admin->wire = wire_new(loop, &limits);
	loop_add_turn_end(loop, &admin->turn_end, on_turn_end, admin);
	admin->listener = listener_new_public(
		admin->wire, address, &admin_events, admin, err);
	if (!admin->listener) {
		admin_http_free(admin);
		return NULL;
	}
	loop_timer_set(&admin->sample, loop_now(loop) + HISTORY_EVERY);
	return admin;
}

unsigned admin_http_port(const struct admin_http *admin)
{
	return listener_port(admin->listener);
}

void admin_http_free(struct admin_http *admin)
{
	if (!admin)
		return;
	loop_timer_fini(&admin->sample);
	history_free(admin->history);
	listener_free(admin->listener);
	loop_remove_turn_end(&admin->turn_end);
	wire_free(admin->wire);
	CHECK(list_is_empty(&admin->asked));
	free_done(admin);
	free(admin);
}
