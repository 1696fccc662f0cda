/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/errand.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "proxy/exchange/decimal.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/request_head.h"
#include "proxy/exchange/server_impl.h"

enum {
	/* Nothing that Fairway asks for is as long. */
	ANSWER_MAX = 1 << 20,
};

struct errand {
	struct server *server;     /* borrowed */
	struct exchange *exchange; /* borrowed; NULL: it is over */
	struct loop_timer timer;   /* the end of patience, or on_done is due */
	errand_fn *on_done;
	void *user;
	unsigned status;
	bool is_too_long;
	struct buf body;
};

static void errand_free(struct errand *errand)
{
	loop_timer_fini(&errand->timer);
	/* A review's answer has the token in it. */
	if (errand->body.data)
		explicit_bzero(errand->body.data, errand->body.cap);
	buf_fini(&errand->body);
	free(errand);
}

/* Nobody hears of it any more. */
static void leave_exchange(struct errand *errand)
{
	struct exchange *ex = errand->exchange;

	if (!ex)
		return;
	errand->exchange = NULL;
	ex->errand = NULL;
	exchange_give_up(ex);
}

static void finish(struct errand *errand)
{
	/* Without an answer that came to its end. */
	if (errand->exchange)
		errand->status = 0;
	leave_exchange(errand);
	errand->on_done(
		errand->user, errand->status, buf_span(&errand->body));
	errand_free(errand);
}

static void on_timer(void *user)
{
	finish(user);
}

void errand_cancel(struct errand *errand)
{
	if (!errand)
		return;
	leave_exchange(errand);
	errand_free(errand);
}

/* ---- the request --------------------------------------------------------- */

static void write_head(struct fields *fields,
	const struct errand_request *request)
{
	char digits[DECIMAL_CAP];
	size_t len;

	fields_add(fields, SPAN(":method"), request->method);
	fields_add(fields, SPAN(":path"), request->target);
	fields_add_static(fields, SPAN("accept"), SPAN("application/json"));
	fields_add(fields, SPAN("user-agent"), request->user_agent);
	if (span_is_absent(request->content_type))
		return;
	len = decimal_write(request->body.len, digits);
	fields_add(fields, SPAN("content-type"), request->content_type);
	fields_add(fields, SPAN("content-length"), span_of(digits, len));
}

static void read_head(
	struct exchange *ex, const struct errand_request *request)
{
	const struct fields *fields = &ex->down.head;
	struct request_head head = {
		.method = fields_value(fields, FIELD_METHOD),
		.path = fields_value(fields, FIELD_PATH),
		.content_type = fields_value(fields, FIELD_CONTENT_TYPE),
		.content_encoding = SPAN_NONE,
		.user_agent = fields_value(fields, FIELD_USER_AGENT),
		.authorization = SPAN_NONE,
		.content_length = span_is_absent(request->content_type)
			? CONTENT_LENGTH_NONE
			: request->body.len,
		.is_lent = !ex->server->settings.has_own_credentials,
	};

	intake_read_head(ex, &head);
}

/* Those of one source are one flow: nobody's wait for who asks a lot. */
static void stand_for(struct exchange *ex, const struct exchange *asker)
{
	const struct hash_key *key = &ex->server->settings.key;
	uint64_t peer = asker->rq.peer;

	ex->rq.identity = hash_span(
		key, hash_bytes(key, &peer, sizeof(peer)), SPAN("review"));
	ex->rq.peer = peer;
	ex->rq.affinity = asker->rq.affinity;
}

struct errand *errand_send(struct server *server,
	const struct errand_request *request, errand_fn *on_done, void *user)
{
	struct errand *errand = xcalloc(1, sizeof(*errand));
	struct exchange *ex = exchange_new_without_client(
		server, request->asker ? SOURCE_REVIEW : SOURCE_OWN);

	errand->server = server;
	errand->exchange = ex;
	errand->on_done = on_done;
	errand->user = user;
	loop_timer_init(&errand->timer, server->loop, on_timer, errand);
	loop_timer_set(&errand->timer,
		usec_add(server_now(server), request->patience));
	ex->errand = errand;
	write_head(&ex->down.head, request);
	read_head(ex, request);
	if (request->asker)
		stand_for(ex, request->asker);
	if (request->body.len > 0)
		relay_add(&ex->request_body, request->body.ptr,
			request->body.len);
	relay_end(&ex->request_body);
	intake_submit(ex);
	return errand;
}

/* ---- the answer ---------------------------------------------------------- */

void errand_answered(struct exchange *ex, unsigned status)
{
	ex->errand->status = status;
}

void errand_body(struct exchange *ex, const void *bytes, size_t len)
{
	struct errand *errand = ex->errand;

	if (buf_len(&errand->body) + len > ANSWER_MAX)
		errand->is_too_long = true;
	else
		buf_append(&errand->body, bytes, len);
}

void errand_over(struct exchange *ex)
{
	struct errand *errand = ex->errand;

	if (ex->is_broken || errand->is_too_long)
		errand->status = 0;
	ex->errand = NULL;
	errand->exchange = NULL;
	loop_timer_set(&errand->timer, server_now(errand->server));
}
