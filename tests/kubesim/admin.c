/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/admin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "tests/kubesim/podlog.h"
#include "tests/kubesim/preload.h"
#include "tests/kubesim/session.h"
#include "tests/kubesim/source.h"

enum { MAX_BODY = 1 << 20 };

struct admin {
	struct server *server; /* borrowed */
	struct evhttp *http;
	unsigned port;
};

/* What came and what is answered. */
struct order {
	struct server *server;
	cJSON *doc; /* the body, an object; may be NULL */
	struct evkeyvalq query;
	struct buf reply;
	struct err err; /* set where the handler fails: 400 */
};

static void reply_json(struct order *order, cJSON *doc)
{
	char *text = json_print(doc);

	buf_append_str(&order->reply, text);
	buf_append_str(&order->reply, "\n");
	free(text);
	cJSON_Delete(doc);
}

/* The calls.  Each returns -1 with order->err set where it cannot. */

static int add_fault(struct order *order)
{
	const struct fault *fault =
		faults_add(&order->server->faults, order->doc, &order->err);
	cJSON *doc;

	if (!fault)
		return -1;
	doc = cJSON_CreateObject();
	json_set_num(doc, "id", fault->id);
	reply_json(order, doc);
	return 0;
}

static int show_faults(struct order *order)
{
	reply_json(order, faults_report(&order->server->faults));
	return 0;
}

static int drop_faults(struct order *order)
{
	const char *id = evhttp_find_header(&order->query, "id");

	faults_remove(&order->server->faults,
		id ? (unsigned)strtoul(id, NULL, 10) : 0);
	return 0;
}

/* {"mode": "accept" | "refuse" | "hang"} */
static int set_listener(struct order *order)
{
	const char *mode = json_str(order->doc, "mode");

	if (mode && !strcmp(mode, "refuse")) {
		server_refuse(order->server);
		return 0;
	}
	if (!mode || (strcmp(mode, "accept") != 0 && strcmp(mode, "hang") != 0))
		return err_set(
			&order->err, "mode must be accept, refuse or hang");
	if (server_listen(order->server, &order->err) != 0)
		return -1;
	server_set_accepting(order->server, !strcmp(mode, "accept"));
	return 0;
}

static int act_on(struct order *order, struct session *session)
{
	const char *action = json_str(order->doc, "action");

	if (!action)
		return err_set(&order->err, "no action");
	if (!strcmp(action, "reset")) {
		session_reset(session);
	} else if (!strcmp(action, "close")) {
		session->is_over = true;
		session_touch(session);
	} else if (!strcmp(action, "goaway")) {
		session_goaway(session,
			(unsigned)json_num(order->doc, "dropNewest", 0));
	} else if (!strcmp(action, "halfopen")) {
		session_set_deaf(session, true);
	} else if (!strcmp(action, "resume")) {
		session_set_deaf(session, false);
	} else if (!strcmp(action, "settings")) {
		session_set_max_streams(session,
			(uint32_t)json_num(
				order->doc, "maxConcurrentStreams", 100));
	} else {
		return err_set(&order->err, "unknown action \"%s\"", action);
	}
	return 0;
}

/* {"action": ..., "connection": N}; without a number: all of them. */
static int act_on_connections(struct order *order)
{
	uint64_t only = (uint64_t)json_num(order->doc, "connection", 0);
	int ret = 0;

	LIST_EACH (node, &order->server->sessions) {
		struct session *session =
			CONTAINER_OF(node, struct session, node);

		if (ret == 0 && (!only || session->number == only))
			ret = act_on(order, session);
	}
	if (json_has(order->doc, "maxConcurrentStreams"))
		order->server->settings.max_streams = (uint32_t)json_num(
			order->doc, "maxConcurrentStreams", 100);
	return ret;
}

static int show_connections(struct order *order)
{
	cJSON *list = cJSON_CreateArray();

	LIST_EACH (node, &order->server->sessions) {
		const struct session *session =
			CONTAINER_OF(node, struct session, node);
		cJSON *item = cJSON_CreateObject();

		json_set_num(item, "connection", (double)session->number);
		json_set_num(item, "streams", (double)session->exchanges.count);
		if (session->protocol)
			json_set_str(item, "protocol", session->protocol->name);
		cJSON_AddItemToArray(list, item);
	}
	reply_json(order, list);
	return 0;
}

static int set_apf(struct order *order)
{
	return apf_configure(order->server->apf,
		json_has(order->doc, "levels") ? order->doc : NULL,
		&order->err);
}

static int show_apf(struct order *order)
{
	reply_json(order, apf_report(order->server->apf));
	return 0;
}

static int add_denial(struct order *order)
{
	permissions_deny(&order->server->api.permissions, order->doc);
	return 0;
}

static int drop_denials(struct order *order)
{
	permissions_allow_all(&order->server->api.permissions);
	return 0;
}

static int add_grant(struct order *order)
{
	if (!json_str(order->doc, "user"))
		return err_set(&order->err, "no user");
	permissions_grant(&order->server->api.permissions, order->doc);
	return 0;
}

static int drop_grants(struct order *order)
{
	permissions_drop_grants(&order->server->api.permissions);
	return 0;
}

/* {"add": "TOKEN=USER;GROUP,..."} or {"remove": "TOKEN"} */
static int set_tokens(struct order *order)
{
	const char *add = json_str(order->doc, "add");
	const char *gone = json_str(order->doc, "remove");

	if (gone)
		tokens_remove(&order->server->tokens, gone);
	if (add && tokens_add(&order->server->tokens, add) != 0)
		return err_set(&order->err, "not TOKEN=USER;GROUP,...");
	return 0;
}

static int set_ready(struct order *order)
{
	order->server->api.ready = json_is_true(order->doc, "ready");
	return 0;
}

/* {"notServed": "argoproj.io"}; "": all are served */
static int set_served(struct order *order)
{
	struct api *api = &order->server->api;
	const char *group = json_str(order->doc, "notServed");

	if (!group || strlen(group) >= sizeof(api->not_served))
		return err_set(&order->err, "no group, or a long one");
	snprintf(api->not_served, sizeof(api->not_served), "%s", group);
	return 0;
}

static int do_preload(struct order *order)
{
	return preload(&order->server->api.registry, order->doc,
		order->server->wall, &order->err);
}

/* {"namespace": , "pod": , "container": "main", "line": or "lines": [],
 *  "count": 1, "end": false} */
static int add_log(struct order *order)
{
	const char *ns = json_str(order->doc, "namespace");
	const char *pod = json_str(order->doc, "pod");
	const char *container = json_str(order->doc, "container");
	const char *line = json_str(order->doc, "line");
	const cJSON *lines = json_get(order->doc, "lines");
	uint64_t count = (uint64_t)json_num(order->doc, "count", 1);
	const cJSON *item;
	struct podlog *log;

	if (!pod)
		return err_set(&order->err, "no pod");
	log = podlogs_get(&order->server->api.logs, ns ? ns : "default", pod,
		container ? container : "main");
	for (uint64_t i = 0; i < count; i++) {
		if (line)
			podlog_add(log, line, order->server->wall);
		cJSON_ArrayForEach(item, lines)
		{
			if (cJSON_IsString(item))
				podlog_add(log, item->valuestring,
					order->server->wall);
		}
	}
	log->has_ended = json_is_true(order->doc, "end");
	return 0;
}

/* The answer's code and, where it is JSON, its body. */
static cJSON *answer_report(struct answer *answer)
{
	size_t len = evbuffer_get_length(answer->body);
	cJSON *report = cJSON_CreateObject();
	struct err err;
	cJSON *body = json_parse(
		span_of(evbuffer_pullup(answer->body, -1), len), &err);

	json_set_num(report, "code", answer->code);
	json_set(report, "body", body ? body : cJSON_CreateNull());
	return report;
}

/*
 * {"method": , "path": , "contentType": , "body": , "user": }: somebody
 * whom no fault and no outage concerns; without a user the admin.
 */
static int do_request(struct order *order)
{
	struct server *server = order->server;
	const char *method = json_str(order->doc, "method");
	const char *path = json_str(order->doc, "path");
	const char *type = json_str(order->doc, "contentType");
	const char *user = json_str(order->doc, "user");
	const cJSON *body = json_get(order->doc, "body");
	struct identity identity;
	struct request req;
	struct answer answer;
	char *text;

	if (!method || !path)
		return err_set(&order->err, "no method or no path");
	text = body ? json_print(body) : xstrdup("");
	identity_init(&identity, user ? user : "admin");
	if (!user)
		identity_add_group(&identity, SPAN("system:masters"));
	identity_complete(&identity);
	request_init(&req, span_str(method), span_str(path));
	answer_init(&answer);
	server_execute(server,
		&(struct call){
			.method = span_str(method),
			.req = &req,
			.user = &identity,
			.content_type = type ? type : "application/json",
			.accept = "application/json",
			.user_agent = "",
			.upgrade = { "", "", "", "" },
			.body = span_str(text),
			.wall = server->wall,
			.now = server->now,
		},
		"", server->now, &answer);
	/* A watch has nobody here to go on for. */
	source_close(answer.source);
	answer.source = NULL;
	reply_json(order, answer_report(&answer));
	answer_fini(&answer);
	request_fini(&req);
	identity_fini(&identity);
	free(text);
	return 0;
}

/* {"aheadSeconds": -3600} */
static int set_clock(struct order *order)
{
	order->server->ahead =
		(time_t)json_num(order->doc, "aheadSeconds", 0);
	return 0;
}

static int compact(struct order *order)
{
	store_compact(order->server->api.store);
	return 0;
}

static int show_counters(struct order *order)
{
	reply_json(order, ledger_report(&order->server->ledger));
	return 0;
}

static int show_history(struct order *order)
{
	const char *since = evhttp_find_header(&order->query, "since");

	ledger_print(&order->server->ledger,
		since ? strtoull(since, NULL, 10) : 0, &order->reply);
	return 0;
}

static int drop_history(struct order *order)
{
	struct server *server = order->server;

	ledger_clear(&server->ledger);
	return keep_anew(&server->keep, server->api.store, &server->ledger,
		&order->err);
}

static const struct {
	const char *path;
	enum evhttp_cmd_type method;
	int (*handle)(struct order *);
} calls[] = {
	{ "/faults", EVHTTP_REQ_POST, add_fault },
	{ "/faults", EVHTTP_REQ_GET, show_faults },
	{ "/faults", EVHTTP_REQ_DELETE, drop_faults },
	{ "/listener", EVHTTP_REQ_POST, set_listener },
	{ "/connections", EVHTTP_REQ_POST, act_on_connections },
	{ "/connections", EVHTTP_REQ_GET, show_connections },
	{ "/apf", EVHTTP_REQ_POST, set_apf },
	{ "/apf", EVHTTP_REQ_GET, show_apf },
	{ "/denials", EVHTTP_REQ_POST, add_denial },
	{ "/denials", EVHTTP_REQ_DELETE, drop_denials },
	{ "/grants", EVHTTP_REQ_POST, add_grant },
	{ "/grants", EVHTTP_REQ_DELETE, drop_grants },
	{ "/tokens", EVHTTP_REQ_POST, set_tokens },
	{ "/ready", EVHTTP_REQ_POST, set_ready },
	{ "/served", EVHTTP_REQ_POST, set_served },
	{ "/preload", EVHTTP_REQ_POST, do_preload },
	{ "/logs", EVHTTP_REQ_POST, add_log },
	{ "/request", EVHTTP_REQ_POST, do_request },
	{ "/clock", EVHTTP_REQ_POST, set_clock },
	{ "/compact", EVHTTP_REQ_POST, compact },
	{ "/counters", EVHTTP_REQ_GET, show_counters },
	{ "/history", EVHTTP_REQ_GET, show_history },
	{ "/history", EVHTTP_REQ_DELETE, drop_history },
};

static int read_body(struct evhttp_request *http, struct order *order)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(http);
	size_t len = evbuffer_get_length(input);

	if (!len)
		return 0;
	order->doc = json_parse(
		span_of(evbuffer_pullup(input, -1), len), &order->err);
	if (!order->doc)
		return -1;
	if (!cJSON_IsObject(order->doc))
		return err_set(&order->err, "the body must be an object");
	return 0;
}

static void admin_handle(struct admin *admin, struct evhttp_request *http)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(http);
	struct order order = { .server = admin->server };
	const char *path = evhttp_uri_get_path(uri);
	const char *query = evhttp_uri_get_query(uri);
	struct evbuffer *reply = evbuffer_new();
	int code = 404;

	CHECK(reply);
	TAILQ_INIT(&order.query);
	if (query)
		evhttp_parse_query_str(query, &order.query);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (!path || strcmp(calls[i].path, path) != 0 ||
			calls[i].method != evhttp_request_get_command(http))
			continue;
		code = 200;
		if (read_body(http, &order) != 0 ||
			calls[i].handle(&order) != 0) {
			code = 400;
			buf_printf(&order.reply, "%s\n", order.err.text);
		}
	}
	evbuffer_add(reply, buf_cstr(&order.reply), buf_len(&order.reply));
	evhttp_send_reply(http, code, code == 200 ? "OK" : "Bad", reply);
	evbuffer_free(reply);
	evhttp_clear_headers(&order.query);
	cJSON_Delete(order.doc);
	buf_fini(&order.reply);
}

static void on_request(struct evhttp_request *http, void *user)
{
	struct admin *admin = user;

	server_begin_turn(admin->server);
	admin_handle(admin, http);
	server_end_turn(admin->server);
}

struct admin *admin_new(struct server *server,
	const struct sockaddr_in *address, struct err *err)
{
	struct admin *admin = xcalloc(1, sizeof(*admin));
	struct evhttp_bound_socket *bound;
	struct sockaddr_in actual;
	socklen_t len = sizeof(actual);
	char text[INET_ADDRSTRLEN];

	admin->server = server;
	admin->http = evhttp_new(server->base);
	CHECK(admin->http);
	evhttp_set_max_body_size(admin->http, MAX_BODY);
	evhttp_set_gencb(admin->http, on_request, admin);
	inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
	bound = evhttp_bind_socket_with_handle(
		admin->http, text, ntohs(address->sin_port));
	if (!bound) {
		err_set(err, "cannot listen on %s:%u: %s", text,
			ntohs(address->sin_port), strerror(errno));
		admin_free(admin);
		return NULL;
	}
	CHECK(getsockname(evhttp_bound_socket_get_fd(bound),
		      (struct sockaddr *)&actual, &len) == 0);
	admin->port = ntohs(actual.sin_port);
	return admin;
}

void admin_free(struct admin *admin)
{
	if (!admin)
		return;
	evhttp_free(admin->http);
	free(admin);
}

unsigned admin_port(const struct admin *admin)
{
	return admin->port;
}
