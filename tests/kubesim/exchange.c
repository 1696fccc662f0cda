/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/units.h"
#include "tests/kubesim/gzip.h"
#include "tests/kubesim/h1_head.h"
#include "tests/kubesim/response.h"
#include "tests/kubesim/source.h"

enum {
	/* list_work_estimator.go: a seat for so many bytes. */
	BYTES_A_SEAT = 100000,
	SLOW_STEP_USEC = 20000,
};

static const struct {
	const char *name;
	bool is_list; /* several of them are one */
} known_headers[HEADER_COUNT] = {
	[HEADER_METHOD] = { ":method", false },
	[HEADER_PATH] = { ":path", false },
	[HEADER_AUTHORIZATION] = { "authorization", false },
	[HEADER_CONTENT_TYPE] = { "content-type", false },
	[HEADER_ACCEPT] = { "accept", false },
	[HEADER_USER_AGENT] = { "user-agent", false },
	[HEADER_ACCEPT_ENCODING] = { "accept-encoding", false },
	[HEADER_AUDIT_ID] = { "audit-id", false },
	[HEADER_CONNECTION] = { "connection", true },
	[HEADER_UPGRADE] = { "upgrade", false },
	[HEADER_STREAM_PROTOCOLS] = { "x-stream-protocol-version", true },
	[HEADER_WEBSOCKET_KEY] = { "sec-websocket-key", false },
	[HEADER_WEBSOCKET_PROTOCOLS] = { "sec-websocket-protocol", true },
};

struct exchange *exchange_new(struct session *session, int32_t stream_id)
{
	struct exchange *ex = xcalloc(1, sizeof(*ex));

	ex->session = session;
	ex->server = session->server;
	ex->stream_id = stream_id;
	ex->started_at = session->server->now;
	answer_init(&ex->answer);
	list_push_back(&session->exchanges, &ex->node);
	return ex;
}

void exchange_free(struct exchange *ex)
{
	CHECK(ex->state == EXCHANGE_CLOSED);
	list_remove(&ex->node);
	list_remove(&ex->ready_node);
	for (size_t i = 0; i < HEADER_COUNT; i++)
		free(ex->headers[i]);
	buf_fini(&ex->body);
	if (ex->has_req)
		request_fini(&ex->req);
	identity_fini(&ex->user);
	identity_fini(&ex->wanted);
	gzip_free(ex->gzip);
	answer_fini(&ex->answer);
	if (ex->timer)
		event_free(ex->timer);
	if (ex->deadline)
		event_free(ex->deadline);
	free(ex);
}

void exchange_close(struct exchange *ex)
{
	struct server *server = ex->server;

	CHECK(ex->state != EXCHANGE_CLOSED);
	apf_leave(server->apf, &ex->seat, server->now);
	source_close(ex->answer.source);
	ex->answer.source = NULL;
	if (ex->timer)
		event_del(ex->timer);
	if (ex->deadline)
		event_del(ex->deadline);
	ex->state = EXCHANGE_CLOSED;
	ex->session = NULL;
	list_remove(&ex->ready_node);
	list_remove(&ex->node);
	list_push_back(&server->dying, &ex->node);
}

void exchange_make_ready(struct exchange *ex)
{
	if (!list_node_is_linked(&ex->ready_node))
		list_push_back(&ex->server->ready, &ex->ready_node);
}

static void on_timer(evutil_socket_t fd, short what, void *user)
{
	struct exchange *ex = user;
	struct server *server = ex->server;

	(void)fd;
	(void)what;
	server_begin_turn(server);
	ex->timer_fired = true;
	exchange_make_ready(ex);
	server_end_turn(server);
}

static void on_deadline(evutil_socket_t fd, short what, void *user)
{
	struct exchange *ex = user;
	struct server *server = ex->server;

	(void)fd;
	(void)what;
	server_begin_turn(server);
	ex->deadline_passed = true;
	exchange_make_ready(ex);
	server_end_turn(server);
}

static struct timeval timeval_of(usec_t delay)
{
	return (struct timeval){
		.tv_sec = (time_t)(delay / USEC_PER_SEC),
		.tv_usec = (suseconds_t)(delay % USEC_PER_SEC),
	};
}

static void arm_timer(struct exchange *ex, usec_t delay)
{
	struct timeval tv = timeval_of(delay);

	if (!ex->timer)
		ex->timer = evtimer_new(ex->server->base, on_timer, ex);
	CHECK(ex->timer);
	ex->timer_fired = false;
	evtimer_add(ex->timer, &tv);
}

/* The request */

static void append_to_list(char **list, struct span value)
{
	struct buf text = BUF_INIT;

	buf_printf(&text, "%s, %.*s", *list, SPAN_ARG(value));
	free(*list);
	*list = xstrdup(buf_cstr(&text));
	buf_fini(&text);
}

void exchange_add_header(
	struct exchange *ex, struct span name, struct span value)
{
	for (size_t i = 0; i < HEADER_COUNT; i++) {
		if (!span_eq_str(name, known_headers[i].name))
			continue;
		if (!ex->headers[i])
			ex->headers[i] = span_dup(value);
		else if (known_headers[i].is_list)
			append_to_list(&ex->headers[i], value);
		return;
	}
	exchange_add_wanted(ex, name, value);
}

void exchange_add_body(struct exchange *ex, struct span bytes)
{
	if (ex->answer.upgrade.to && ex->answer.source) {
		source_receive(ex->answer.source, bytes);
		return;
	}
	/* What comes behind an answer is thrown away. */
	if (ex->state == EXCHANGE_ANSWERING || ex->is_too_large)
		return;
	if (buf_len(&ex->body) + bytes.len > EXCHANGE_MAX_BODY) {
		ex->is_too_large = true;
		exchange_make_ready(ex);
		return;
	}
	buf_append_span(&ex->body, bytes);
}

void exchange_body_done(struct exchange *ex)
{
	ex->is_complete = true;
	exchange_make_ready(ex);
}

void exchange_body_broke(struct exchange *ex, const char *why)
{
	ex->body_error = why;
	exchange_make_ready(ex);
}

static const char *header(const struct exchange *ex, enum exchange_header h)
{
	return ex->headers[h] ? ex->headers[h] : "";
}

void exchange_headers_done(struct exchange *ex)
{
	const char *audit_id = ex->headers[HEADER_AUDIT_ID];
	struct rng *rng = &ex->server->rng;

	request_init(&ex->req, span_str(ex->headers[HEADER_METHOD]),
		span_str(ex->headers[HEADER_PATH]));
	ex->has_req = true;
	answer_accept(&ex->answer, header(ex, HEADER_ACCEPT));
	if (audit_id && *audit_id)
		snprintf(ex->audit_id, sizeof(ex->audit_id), "%.63s", audit_id);
	else
		snprintf(ex->audit_id, sizeof(ex->audit_id),
			"%08x-%04x-4%03x-8%03x-%012" PRIx64,
			(unsigned)rng_below(rng, UINT32_MAX),
			(unsigned)rng_below(rng, 0xffff),
			(unsigned)rng_below(rng, 0xfff),
			(unsigned)rng_below(rng, 0xfff),
			rng_below(rng, 0xffffffffffffU));
	exchange_make_ready(ex);
}

/* Answering */

static void exchange_send(struct exchange *ex)
{
	struct response_head head;

	response_prepare(&head, ex);
	ledger_count(&ex->server->ledger, &ex->req, ex->answer.code);
	ex->state = EXCHANGE_ANSWERING;
	ex->answered_at = ex->server->now;
	session_respond(ex, &head.response);
}

static void note_level(struct exchange *ex)
{
	if (!ex->seat.level)
		return;
	snprintf(ex->schema_uid, sizeof(ex->schema_uid), "%s",
		ex->seat.schema_uid);
	snprintf(ex->level_uid, sizeof(ex->level_uid), "%s",
		apf_level_uid(&ex->seat));
}

static void exchange_send_status(struct exchange *ex, const struct status *st)
{
	answer_status(&ex->answer, st);
	exchange_send(ex);
}

static void exchange_reject(struct exchange *ex)
{
	answer_text(&ex->answer, 429,
		"Too many requests, please try again later.\n");
	ex->answer.retry_after = apf_retry_after(&ex->seat);
	note_level(ex);
	exchange_send(ex);
}

/* Seats */

static unsigned wanted_width(const struct exchange *ex)
{
	const struct request *req = &ex->req;
	const struct resource *res =
		resource_find(req->group, req->version, req->plural);
	uint64_t limit = request_param_u64(req, "limit", 0);
	struct object_range range;
	uint64_t count;

	if (!res || strcmp(req->verb, "list") != 0)
		return 1;
	range = store_range(ex->server->api.store, res, req->ns);
	if (!range.count)
		return 1;
	count = limit && limit < range.count ? limit : range.count;
	/* Objects of a kind are of a size. */
	return (unsigned)u64_min(
		(count * range.items[0]->len + BYTES_A_SEAT - 1) / BYTES_A_SEAT,
		100);
}

/* k8s.io/apiserver/pkg/endpoints/filters/request_deadline.go */
static int read_deadline(struct exchange *ex, struct status *st)
{
	const char *text = request_param(&ex->req, "timeout");
	struct timeval tv;
	usec_t timeout;
	uint64_t number;

	if (!text || !*text || !strcmp(ex->req.verb, "watch") ||
		request_is_long_running(&ex->req))
		return 0;
	if (units_parse_duration(span_str(text), &timeout) != 0)
		return status_bad_request(st,
			"invalid timeout specified in the request URL - "
			"time: %s duration \"%s\"",
			span_to_u64(span_str(text), &number) == 0
				? "missing unit in"
				: "invalid",
			text);
	if (!timeout)
		return 0;
	tv = timeval_of(timeout);
	ex->deadline = evtimer_new(ex->server->base, on_deadline, ex);
	CHECK(ex->deadline);
	evtimer_add(ex->deadline, &tv);
	return 0;
}

/* Whoever answers here has no negotiation behind him. */
static void exchange_time_out(struct exchange *ex)
{
	apf_leave(ex->server->apf, &ex->seat, ex->server->now);
	*ex->level_uid = '\0';
	source_close(ex->answer.source);
	ex->answer.source = NULL;
	answer_fini(&ex->answer);
	answer_init(&ex->answer);
	answer_text(&ex->answer, 504,
		"{\"metadata\":{},\"status\":\"Failure\",\"message\":"
		"\"Timeout: request did not complete within the allotted "
		"timeout\",\"reason\":\"Timeout\",\"details\":{},"
		"\"code\":504}\n");
	ex->answer.nosniff = false;
	exchange_send(ex);
}

/* Whether it waits for what would come too late now. */
static bool exchange_is_late(const struct exchange *ex)
{
	return ex->deadline_passed &&
		(ex->state == EXCHANGE_WAITING ||
			ex->state == EXCHANGE_DELAYED ||
			(ex->state == EXCHANGE_STALLED &&
				ex->plan.action == FAULT_STALL));
}

/* The headers are there: who is it, and is there a seat? */
static void exchange_begin(struct exchange *ex)
{
	struct server *server = ex->server;
	struct status st;

	ex->state = EXCHANGE_WAITING;
	if (read_deadline(ex, &st) != 0 ||
		exchange_authenticate(ex, &st) != 0) {
		exchange_send_status(ex, &st);
		return;
	}
	faults_plan(
		&server->faults, &ex->req, &ex->user, &server->rng, &ex->plan);
	if (request_is_long_running(&ex->req))
		return;
	switch (apf_enter(server->apf, &ex->req, &ex->user, wanted_width(ex),
		&ex->seat, server->now)) {
	case APF_RUN:
		break;
	case APF_WAIT:
		arm_timer(ex, apf_wait_limit(&ex->seat));
		break;
	case APF_REJECT:
		exchange_reject(ex);
		break;
	}
}

/* Faults */

/* Returns whether the request ends here. */
static bool exchange_fault(struct exchange *ex)
{
	const struct fault_plan *plan = &ex->plan;
	struct status st;

	switch (plan->action) {
	case FAULT_NONE:
	case FAULT_CUT:
	case FAULT_SLOW:
		return false;
	case FAULT_GOAWAY:
		session_goaway(ex->session, 0);
		return false;
	case FAULT_STATUS:
		answer_fini(&ex->answer);
		answer_init(&ex->answer);
		answer_accept(&ex->answer, header(ex, HEADER_ACCEPT));
		if (!plan->with_pf)
			*ex->level_uid = '\0';
		if (plan->as_text) {
			/* Of something on the way. */
			if (plan->code >= 500)
				*ex->audit_id = '\0';
			answer_text(
				&ex->answer, plan->code, "%s\n", plan->message);
		} else {
			status_set(&st, plan->code,
				plan->code == 503 ? "ServiceUnavailable"
					: plan->code == 504 ? "Timeout"
					: plan->code == 429 ? "TooManyRequests"
							    : "InternalError",
				"%s", plan->message);
			answer_status(&ex->answer, &st);
		}
		if (plan->retry_after >= 0)
			ex->answer.retry_after = (unsigned)plan->retry_after;
		exchange_send(ex);
		return true;
	case FAULT_RESET:
		ledger_count(&ex->server->ledger, &ex->req, 0);
		ex->state = EXCHANGE_STALLED;
		session_reset_stream(ex, plan->h2_error);
		return true;
	case FAULT_STALL:
		ledger_count(&ex->server->ledger, &ex->req, 0);
		ex->state = EXCHANGE_STALLED;
		return true;
	case FAULT_CLOSE:
		ledger_count(&ex->server->ledger, &ex->req, 0);
		ex->state = EXCHANGE_STALLED;
		session_reset(ex->session);
		return true;
	}
	return false;
}

static struct upgrade_offer upgrade_offer(const struct exchange *ex)
{
	bool is_wanted = h1_list_has(header(ex, HEADER_CONNECTION), "upgrade");

	return (struct upgrade_offer){
		.to = is_wanted ? header(ex, HEADER_UPGRADE) : "",
		.stream_protocols = header(ex, HEADER_STREAM_PROTOCOLS),
		.websocket_key = header(ex, HEADER_WEBSOCKET_KEY),
		.websocket_protocols = header(ex, HEADER_WEBSOCKET_PROTOCOLS),
	};
}

static void exchange_execute(struct exchange *ex)
{
	struct server *server = ex->server;
	const struct call call = {
		.method = span_str(header(ex, HEADER_METHOD)),
		.req = &ex->req,
		.user = &ex->user,
		.content_type = header(ex, HEADER_CONTENT_TYPE),
		.accept = header(ex, HEADER_ACCEPT),
		.user_agent = header(ex, HEADER_USER_AGENT),
		.upgrade = upgrade_offer(ex),
		.body = buf_span(&ex->body),
		.wall = server->wall,
		.now = server->now,
	};

	note_level(ex);
	if (!ex->plan.after && exchange_fault(ex))
		return;
	server_execute(server, &call, ex->audit_id, ex->started_at,
		&ex->answer);
	if (ex->answer.source) {
		ex->answer.source->owner = ex;
		apf_leave(server->apf, &ex->seat, server->now);
	}
	if (ex->plan.after) {
		/* An answer that is replaced goes on with nothing. */
		if (ex->plan.action == FAULT_STATUS) {
			source_close(ex->answer.source);
			ex->answer.source = NULL;
		}
		if (exchange_fault(ex))
			return;
	}
	exchange_send(ex);
}

static void exchange_too_large(struct exchange *ex)
{
	struct status st;

	status_set(&st, 413, "RequestEntityTooLarge",
		"Request entity too large: limit is %d", EXCHANGE_MAX_BODY);
	note_level(ex);
	exchange_send_status(ex, &st);
}

static void exchange_broken_body(struct exchange *ex)
{
	struct status st;

	status_set(&st, 500, "", "%s", ex->body_error);
	note_level(ex);
	exchange_send_status(ex, &st);
}

static void exchange_wait(struct exchange *ex)
{
	if (ex->timer_fired && ex->seat.state == APF_QUEUED) {
		apf_time_out(ex->server->apf, &ex->seat, ex->server->now);
		exchange_reject(ex);
		return;
	}
	/* Without a level there is nothing to wait for. */
	if (ex->seat.level && ex->seat.state != APF_SEATED)
		return;
	if (ex->req.is_resource)
		session_want_body(ex);
	if (ex->is_too_large) {
		exchange_too_large(ex);
	} else if (ex->body_error) {
		exchange_broken_body(ex);
	} else if (ex->is_complete) {
		if (ex->plan.delay) {
			ex->state = EXCHANGE_DELAYED;
			arm_timer(ex, ex->plan.delay);
		} else {
			exchange_execute(ex);
		}
	}
}

void exchange_step(struct exchange *ex)
{
	if (ex->state == EXCHANGE_RECEIVING)
		exchange_begin(ex);
	if (exchange_is_late(ex)) {
		exchange_time_out(ex);
		return;
	}
	switch (ex->state) {
	case EXCHANGE_WAITING:
		exchange_wait(ex);
		break;
	case EXCHANGE_DELAYED:
		if (ex->timer_fired)
			exchange_execute(ex);
		break;
	case EXCHANGE_ANSWERING:
		session_resume(ex);
		break;
	case EXCHANGE_RECEIVING:
	case EXCHANGE_STALLED:
	case EXCHANGE_CLOSED:
		break;
	}
}

/* How much of the body may go now. */
static size_t body_allowance(struct exchange *ex, size_t max)
{
	const struct fault_plan *plan = &ex->plan;
	usec_t since = usec_since(ex->server->now, ex->answered_at);
	uint64_t allowed;

	if (plan->action == FAULT_CUT)
		allowed = plan->bytes;
	else if (plan->action == FAULT_SLOW)
		allowed = (since + SLOW_STEP_USEC) * plan->bytes / USEC_PER_SEC;
	else
		return max;
	if (allowed <= ex->body_sent)
		return 0;
	return (size_t)u64_min(allowed - ex->body_sent, max);
}

/* Takes bytes of the body; `*ret_end` when there are no more for now. */
static size_t take_body(
	struct exchange *ex, uint8_t *to, size_t max, bool *ret_end)
{
	struct evbuffer *body = ex->answer.body;
	int len;

	if (ex->gzip)
		return gzip_read(ex->gzip, to, max, ret_end);
	len = evbuffer_remove(body, to, max);
	*ret_end = !evbuffer_get_length(body);
	return len < 0 ? 0 : (size_t)len;
}

long exchange_read_body(
	struct exchange *ex, uint8_t *to, size_t max, bool *ret_end)
{
	const struct source *source = ex->answer.source;
	size_t allowed = body_allowance(ex, max);
	size_t len;

	if (!allowed && ex->plan.action == FAULT_CUT)
		return -2;
	if (!allowed) {
		arm_timer(ex, SLOW_STEP_USEC);
		return -1;
	}
	len = take_body(ex, to, allowed, ret_end);
	ex->body_sent += len;
	*ret_end &= !source || source->is_over;
	return len || *ret_end ? (long)len : -1;
}
