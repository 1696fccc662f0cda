/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/admin_socket.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/json_quote.h"
#include "base/list.h"
#include "proxy/loop/loop.h"
#include "proxy/loop/unix_socket.h"
#include "proxy/observe/journal.h"
#include "proxy/observe/requests.h"
#include "proxy/observe/status.h"
#include "proxy/observe/stuck.h"

#define LINE_MAX_BYTES 4096
#define CONNECTIONS_MAX 16
#define TIMEOUT_SECONDS 10

struct admin_socket {
	char *path; /* owned */
	struct evconnlistener *listener;
	struct event_base *base; /* borrowed */
	struct list connections;
	unsigned connection_count;
	view_fn *view;
	void *user;
	act_fn *act;
	void *act_user;
};

struct admin_conn {
	struct admin_socket *admin; /* borrowed */
	struct list_node node;
	struct bufferevent *bev; /* owned, with its descriptor */
	struct ucred peer;
	bool is_answered;
};

/* ---- verbs ------------------------------------------------------------- */

struct admin_verb {
	const char *name;
	void (*write)(const struct view *view, struct buf *ret_json);
};

static const struct admin_verb VERBS[] = {
	{ "status", status_write_json },
	{ "lanes", lanes_write_json },
	{ "flows", flows_write_json },
	{ "requests", requests_write_json },
	{ "upstream", upstream_write_json },
	{ "stuck", stuck_write_json },
	{ "journal", journal_write_json },
	{ "config", configuration_write_json },
};

static void write_error(struct buf *answer, const char *why)
{
	buf_printf(answer, "{\"error\":\"%s\"}\n", why);
}

static void write_unknown_verb(struct buf *answer)
{
	buf_append_str(answer, "{\"error\":\"unknown verb; known are: ");
	for (size_t i = 0; i < ARRAY_SIZE(VERBS); i++)
		buf_printf(answer, "%s, ", VERBS[i].name);
	for (unsigned i = 0; i < ACT_COUNT; i++)
		buf_printf(answer, "%s%s", i ? ", " : "",
			act_name((enum act_kind)i));
	buf_append_str(answer, "\"}\n");
}

static const struct admin_verb *verb_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(VERBS); i++)
		if (!strcmp(VERBS[i].name, name))
			return &VERBS[i];
	return NULL;
}

static bool find_act(const char *name, enum act_kind *ret_kind)
{
	for (unsigned i = 0; i < ACT_COUNT; i++) {
		if (strcmp(act_name((enum act_kind)i), name) != 0)
			continue;
		*ret_kind = (enum act_kind)i;
		return true;
	}
	return false;
}

static void append_said(struct buf *answer, const char *key, const char *text)
{
	buf_printf(answer, "{\"%s\":", key);
	json_append_quoted(answer, span_str(text), SIZE_MAX);
	buf_append_str(answer, "}\n");
}

static void act_out(const struct admin_conn *conn, enum act_kind kind,
	const cJSON *request, struct buf *answer)
{
	const struct admin_socket *admin = conn->admin;
	const char *what = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(request, "what"));
	struct act act = {
		.kind = kind,
		.what = what ? what : "",
		.uid = conn->peer.uid,
		.pid = conn->peer.pid,
	};
	struct buf said = BUF_INIT;
	struct err err;

	if (admin->act(&act, admin->act_user, &said, &err) != 0)
		append_said(answer, "error", err.text);
	else
		append_said(answer, "done", buf_cstr(&said));
	buf_fini(&said);
}

static void carry_out(
	const struct admin_conn *conn, struct span line, struct buf *answer)
{
	const struct admin_socket *admin = conn->admin;
	cJSON *request = cJSON_ParseWithLength(line.ptr, line.len);
	const char *name = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(request, "verb"));
	const struct admin_verb *verb = name ? verb_by_name(name) : NULL;
	enum act_kind kind;

	if (verb)
		verb->write(admin->view(admin->user), answer);
	else if (name && find_act(name, &kind))
		act_out(conn, kind, request, answer);
	else if (name)
		write_unknown_verb(answer);
	else
		write_error(answer,
			"a request is a line as "
			"{\\\"verb\\\":\\\"status\\\"}");
	cJSON_Delete(request);
}

/* ---- connections ------------------------------------------------------- */

static void conn_free(struct admin_conn *conn)
{
	list_remove(&conn->node);
	conn->admin->connection_count--;
	bufferevent_free(conn->bev);
	free(conn);
}

static void conn_answer(struct admin_conn *conn, struct span line)
{
	struct buf answer = BUF_INIT;

	carry_out(conn, line, &answer);
	conn->is_answered = true;
	bufferevent_disable(conn->bev, EV_READ);
	bufferevent_write(
		conn->bev, buf_span(&answer).ptr, buf_span(&answer).len);
	buf_fini(&answer);
}

static void conn_read(struct admin_conn *conn)
{
	struct evbuffer *input = bufferevent_get_input(conn->bev);
	size_t len;
	char *line = evbuffer_readln(input, &len, EVBUFFER_EOL_LF);

	if (line)
		conn_answer(conn, span_of(line, len));
	else if (evbuffer_get_length(input) >= LINE_MAX_BYTES)
		conn_answer(conn, SPAN_NONE);
	free(line);
}

/*
 * bufferevents hold themselves while they call: to free one here is what
 * libevent's manual does, and no turn of ours knows these.
 */
static void on_read(struct bufferevent *bev, void *user)
{
	(void)bev;
	conn_read(user);
}

static void on_written(struct bufferevent *bev, void *user)
{
	struct admin_conn *conn = user;

	(void)bev;
	if (conn->is_answered)
		conn_free(conn);
}

static void on_event(struct bufferevent *bev, short what, void *user)
{
	(void)bev;
	(void)what;
	conn_free(user);
}

static bool peer_may_ask(int fd, struct ucred *ret_peer)
{
	socklen_t len = sizeof(*ret_peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ret_peer, &len) &&
		(ret_peer->uid == 0 || ret_peer->uid == geteuid());
}

static void conn_accept(struct admin_socket *admin, int fd)
{
	static const struct timeval PATIENCE = { TIMEOUT_SECONDS, 0 };
	struct admin_conn *conn;
	struct ucred peer;

	if (admin->connection_count >= CONNECTIONS_MAX ||
		!peer_may_ask(fd, &peer)) {
		close(fd);
		return;
	}
	conn = xcalloc(1, sizeof(*conn));
	conn->admin = admin;
	conn->peer = peer;
	conn->bev =
		bufferevent_socket_new(admin->base, fd, BEV_OPT_CLOSE_ON_FREE);
	CHECK(conn->bev);
	list_push_back(&admin->connections, &conn->node);
	admin->connection_count++;
	bufferevent_setcb(conn->bev, on_read, on_written, on_event, conn);
	bufferevent_setwatermark(conn->bev, EV_READ, 0, LINE_MAX_BYTES);
	bufferevent_set_timeouts(conn->bev, &PATIENCE, &PATIENCE);
	bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *address, int len, void *user)
{
	(void)listener;
	(void)address;
	(void)len;
	conn_accept(user, fd);
}

/* ---- the socket -------------------------------------------------------- */

struct admin_socket *admin_socket_new(struct loop *loop, const char *path,
	view_fn *view, void *user, struct err *err)
{
	int fd = unix_socket_listen(path, CONNECTIONS_MAX, err);
	struct admin_socket *admin;

	if (fd < 0) {
		err_prefix(err, "admin.socket");
		return NULL;
	}
	admin = xcalloc(1, sizeof(*admin));
	admin->path = xstrdup(path);
	admin->base = loop_base(loop);
	admin->view = view;
	admin->user = user;
	list_init(&admin->connections);
	admin->listener = evconnlistener_new(admin->base, on_accept, admin,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	CHECK(admin->listener);
	return admin;
}

void admin_socket_on_act(struct admin_socket *admin, act_fn *fn, void *user)
{
	admin->act = fn;
	admin->act_user = user;
}

void admin_socket_free(struct admin_socket *admin)
{
	struct list_node *node;

	if (!admin)
		return;
	while ((node = list_first(&admin->connections)))
		conn_free(CONTAINER_OF(node, struct admin_conn, node));
	evconnlistener_free(admin->listener);
	unlink(admin->path);
	free(admin->path);
	free(admin);
}

/* ---- the other side ---------------------------------------------------- */

static int ask_on(
	int fd, const char *verb, const char *what, struct buf *ret_json)
{
	static const struct timeval PATIENCE = { TIMEOUT_SECONDS, 0 };
	struct buf line = BUF_INIT;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &PATIENCE, sizeof(PATIENCE));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &PATIENCE, sizeof(PATIENCE));
	buf_printf(&line, "{\"verb\":\"%s\",\"what\":", verb);
	json_append_quoted(&line, span_str(what), SIZE_MAX);
	buf_append_str(&line, "}\n");
	n = send(fd, line.data, buf_len(&line), MSG_NOSIGNAL);
	buf_fini(&line);
	while (n > 0) {
		n = read(fd, buf_reserve(ret_json, 4096), 4096);
		if (n > 0)
			buf_commit(ret_json, (size_t)n);
	}
	return (int)n;
}

int admin_socket_ask(const char *path, const char *verb, const char *what,
	struct buf *ret_json, struct err *err)
{
	int fd = unix_socket_connect(path);
	int result;

	if (fd < 0)
		return err_set(err,
			"no fairway answers on %s: %s; is it running, with "
			"this --state-dir, and as you?",
			path, strerror(errno));
	result = ask_on(fd, verb, what, ret_json);
	if (result)
		err_set(err, "ask %s: %s", path, strerror(errno));
	else if (!buf_len(ret_json))
		result = err_set(err,
			"%s hung up without an answer: only root and the user "
			"that fairway runs as are heard",
			path);
	close(fd);
	return result;
}
