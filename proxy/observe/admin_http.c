/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/admin_http.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/metrics.h"

#define HEAD_BYTES_MAX 8192
#define TIMEOUT_SECONDS 10
/* Refused here, since evhttp would answer 501 to those that it does not get. */
#define METHODS_ANY UINT16_MAX
#define METHODS (EVHTTP_REQ_GET | EVHTTP_REQ_HEAD)
#define TEXT_PLAIN "text/plain; charset=utf-8"

struct admin_http {
	struct evhttp *http; /* owned */
	unsigned port;
	view_fn *view;
	void *user;
};

struct reply {
	int status;
	const char *content_type;
	struct buf body;
};

struct page {
	const char *path;
	void (*write)(
		const struct view *view, bool is_verbose, struct reply *reply);
};

/* ---- pages ------------------------------------------------------------- */

static void write_metrics(
	const struct view *view, bool is_verbose, struct reply *reply)
{
	(void)is_verbose;
	reply->content_type = METRICS_CONTENT_TYPE;
	metrics_write(view, &reply->body);
}

static void write_live(
	const struct view *view, bool is_verbose, struct reply *reply)
{
	(void)view;
	buf_append_str(&reply->body,
		is_verbose ? "[+]loop ok\nlivez check passed\n" : "ok");
}

static void write_ready(
	const struct view *view, bool is_verbose, struct reply *reply)
{
	reply->status = view->is_ready ? 200 : 503;
	if (!is_verbose) {
		buf_append_str(
			&reply->body, view->is_ready ? "ok" : "shutting down");
		return;
	}
	buf_append_str(&reply->body, "[+]loop ok\n");
	for (unsigned i = 0; view_next_endpoint(view, &i); i++)
		buf_printf(&reply->body,
			"[+]upstream %s is %s (never counts)\n",
			view->endpoints[i],
			health_state_name(view->policy->endpoints[i].health));
	buf_append_str(&reply->body,
		view->is_ready ? "[+]shutdown ok\nreadyz check passed\n"
			       : "[-]shutdown has begun\n"
				 "readyz check failed\n");
}

static void write_version(
	const struct view *view, bool is_verbose, struct reply *reply)
{
	(void)is_verbose;
	reply->content_type = "application/json";
	buf_printf(&reply->body, "{\"version\":\"%s\"}\n", view->version);
}

static void write_index(
	const struct view *view, bool is_verbose, struct reply *reply)
{
	(void)is_verbose;
	buf_printf(&reply->body,
		"fairway %s\n\n/metrics\n/livez\n/readyz?verbose\n/version\n",
		view->version);
}

static const struct page PAGES[] = {
	{ "/", write_index },
	{ "/metrics", write_metrics },
	{ "/livez", write_live },
	{ "/readyz", write_ready },
	{ "/healthz", write_ready },
	{ "/version", write_version },
};

static const struct page *page_by_path(const char *path)
{
	for (size_t i = 0; path && i < ARRAY_SIZE(PAGES); i++)
		if (!strcmp(PAGES[i].path, path))
			return &PAGES[i];
	return NULL;
}

/* ---- libevent ---------------------------------------------------------- */

/* "?verbose", "?a=b&verbose=1" */
static bool asks_verbose(const char *query)
{
	struct span rest = span_str(query);

	while (!span_is_absent(rest)) {
		struct span value = span_cut(&rest, '&');

		if (span_eq_str(span_cut(&value, '='), "verbose"))
			return true;
	}
	return false;
}

static void add_header(
	struct evhttp_request *req, const char *name, const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(req), name, value);
}

static void send_reply(struct evhttp_request *req, const struct reply *reply)
{
	struct span body = buf_span(&reply->body);

	add_header(req, "Content-Type", reply->content_type);
	add_header(req, "Cache-Control", "no-store");
	add_header(req, "X-Content-Type-Options", "nosniff");
	if (body.len)
		evbuffer_add(evhttp_request_get_output_buffer(req), body.ptr,
			body.len);
	evhttp_send_reply(req, reply->status, NULL, NULL);
}

static void answer(const struct admin_http *admin, struct evhttp_request *req)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const struct page *page =
		page_by_path(uri ? evhttp_uri_get_path(uri) : NULL);
	struct reply reply = { 200, TEXT_PLAIN, BUF_INIT };

	if (!(evhttp_request_get_command(req) & METHODS)) {
		reply.status = 405;
		add_header(req, "Allow", "GET, HEAD");
		buf_append_str(&reply.body, "GET and HEAD only\n");
	} else if (!page) {
		reply.status = 404;
		buf_append_str(&reply.body, "no such page\n");
	} else {
		page->write(admin->view(admin->user),
			asks_verbose(evhttp_uri_get_query(uri)), &reply);
	}
	send_reply(req, &reply);
	buf_fini(&reply.body);
}

/* evhttp sends by its own bufferevents, outside the wire. */
static void on_request(struct evhttp_request *req, void *user)
{
	answer(user, req);
}

static unsigned port_of(evutil_socket_t fd)
{
	struct sockaddr_in6 address = { 0 };
	socklen_t len = sizeof(address);

	/* The port stands at the same place for both families. */
	if (getsockname(fd, (struct sockaddr *)&address, &len))
		return 0;
	return ntohs(address.sin6_port);
}

struct admin_http *admin_http_new(struct loop *loop, const char *host,
	uint16_t port, view_fn *view, void *user, struct err *err)
{
	struct admin_http *admin = xcalloc(1, sizeof(*admin));
	struct evhttp_bound_socket *bound;

	admin->view = view;
	admin->user = user;
	admin->http = evhttp_new(loop_base(loop));
	CHECK(admin->http);
	evhttp_set_allowed_methods(admin->http, METHODS_ANY);
	evhttp_set_max_headers_size(admin->http, HEAD_BYTES_MAX);
	evhttp_set_max_body_size(admin->http, 0);
	evhttp_set_timeout(admin->http, TIMEOUT_SECONDS);
	evhttp_set_gencb(admin->http, on_request, admin);
	errno = 0;
	bound = evhttp_bind_socket_with_handle(admin->http, host, port);
	if (!bound) {
		err_set(err, "cannot listen on %s port %u: %s", host, port,
			errno ? strerror(errno) : "no such address");
		admin_http_free(admin);
		return NULL;
	}
	admin->port = port_of(evhttp_bound_socket_get_fd(bound));
	return admin;
}

unsigned admin_http_port(const struct admin_http *admin)
{
	return admin->port;
}

void admin_http_free(struct admin_http *admin)
{
	if (!admin)
		return;
	evhttp_free(admin->http);
	free(admin);
}
