/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/wire/h2_impl.h"

enum {
	NV_ON_STACK = 48,
	FRAME_HEAD = 9,
	/*
	 * How many frames without content a peer may send for what it gets:
	 * WINDOW_UPDATE for each 2 KiB, for the stream and for the connection.
	 */
	BYTES_PER_UPDATE = 1024,
};

/* ---- heads ------------------------------------------------------------ */

/* nghttp2 reads from what `field` points to until the frame is made. */
static nghttp2_nv nv_of(const struct field *field)
{
	/* nghttp2's struct is for both directions; it does not write. */
	union {
		const char *in;
		uint8_t *out;
	} name = { field->name.ptr }, value = { field->value.ptr };
	uint8_t flags =
		NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;

	if (field->never_index || field->no_index)
		flags |= NGHTTP2_NV_FLAG_NO_INDEX;
	return (nghttp2_nv){
		.name = name.out,
		.value = value.out,
		.namelen = field->name.len,
		.valuelen = field->value.len,
		.flags = flags,
	};
}

struct nv_list {
	nghttp2_nv on_stack[NV_ON_STACK];
	nghttp2_nv *items;
	size_t count;
};

static void nv_list_init(struct nv_list *list, const struct fields *fields)
{
	list->items = list->on_stack;
	if (fields->count > NV_ON_STACK)
		list->items = xmalloc(fields->count * sizeof(*list->items));
	list->count = fields->count;
	for (size_t i = 0; i < fields->count; i++)
		list->items[i] = nv_of(&fields->items[i]);
}

/* nghttp2 makes copies of the bytes after all. */
static void nv_list_copy_bytes(struct nv_list *list)
{
	uint8_t no_copy =
		NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;

	for (size_t i = 0; i < list->count; i++)
		list->items[i].flags &= (uint8_t)~no_copy;
}

static void nv_list_fini(struct nv_list *list)
{
	if (list->items != list->on_stack)
		free(list->items);
}

/* ---- bodies ----------------------------------------------------------- */

static void broke_off(struct h2_stream *st)
{
	/* Never an end that looks like one. */
	h2_stream_reset(st,
		st->user->is_server ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_CANCEL);
}

static ssize_t end_body(
	struct h2_stream *st, const struct relay *out, uint32_t *ret_flags)
{
	struct nv_list list;

	*ret_flags |= NGHTTP2_DATA_FLAG_EOF;
	if (!out->trailers || out->trailers->count == 0)
		return 0;
	nv_list_init(&list, out->trailers);
	nv_list_copy_bytes(&list);
	if (nghttp2_submit_trailer(
		    st->h2->ng, st->id, list.items, list.count) == 0)
		*ret_flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
	nv_list_fini(&list);
	return 0;
}

static ssize_t give_body(struct h2_stream *st, size_t cap, uint32_t *ret_flags)
{
	struct stream *user = st->user;
	struct relay *out = user ? user->out : NULL;
	uint64_t waiting = out ? relay_waiting(out) : 0;
	size_t n = u64_min(waiting, cap);

	if (!out || (waiting == 0 && !out->is_ended)) {
		if (out && out->is_broken && !st->is_reset_by_us)
			broke_off(st);
		if (user)
			user->is_deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	*ret_flags = NGHTTP2_DATA_FLAG_NO_COPY;
	if (n == waiting && out->is_ended) {
		end_body(st, out, ret_flags);
	} else if (n == waiting && user->is_server) {
		/* More is offered when it is there: see submit_body(). */
		*ret_flags |= NGHTTP2_DATA_FLAG_EOF |
			NGHTTP2_DATA_FLAG_NO_END_STREAM;
		st->is_last_run = true;
	}
	return (ssize_t)n;
}

static ssize_t on_read(nghttp2_session *ng, int32_t id, uint8_t *to, size_t cap,
	uint32_t *flags, nghttp2_data_source *source, void *user);

static bool has_something_to_say(const struct relay *out)
{
	return relay_waiting(out) > 0 || out->is_ended || out->is_broken;
}

/* Of a response whose head is made; no item of its body may be there. */
static void submit_body(struct h2_stream *st)
{
	nghttp2_data_provider source = {
		.source.ptr = st,
		.read_callback = on_read,
	};
	int error = nghttp2_submit_data(
		st->h2->ng, NGHTTP2_FLAG_END_STREAM, st->id, &source);

	/* Else it was reset, and is about to be closed. */
	CHECK(error != NGHTTP2_ERR_DATA_EXIST);
}

/* Behind the head, and behind the last DATA of what waited. */
static void go_on_with_body(struct h2_stream *st)
{
	struct stream *user = st->user;

	if (!user || !user->out || st->is_reset_by_us)
		return;
	user->is_deferred = !has_something_to_say(user->out);
	if (!user->is_deferred)
		submit_body(st);
}

/* Small enough for any window but an empty one. */
static ssize_t give_refusal(const struct h2_stream *st, uint8_t *to, size_t cap,
	uint32_t *ret_flags)
{
	struct fields head = FIELDS_INIT;
	char body[REFUSAL_BODY_CAP];
	size_t len = refusal_write(st->refusal, &head, body);

	fields_clear(&head);
	if (len > cap)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	memcpy(to, body, len);
	*ret_flags = NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)len;
}

static void write_body(struct h2 *h2, struct h2_stream *st, size_t len)
{
	struct stream *user = st->user;
	size_t left = len;

	while (left > 0) {
		struct span run = relay_peek(user->out);
		size_t n = u64_min(run.len, left);

		CHECK(n > 0);
		conn_write(&h2->session->conn, run.ptr, n);
		relay_take(user->out, n);
		left -= n;
	}
	if (len == 0)
		return;
	st->took_at = session_now(h2->session);
	flood_give(&h2->frames, (uint32_t)(len / BYTES_PER_UPDATE) + 2);
	if (user->events->on_drained)
		user->events->on_drained(user, len);
}

static int send_body(struct h2 *h2, const nghttp2_frame *frame,
	const uint8_t *head, size_t len)
{
	struct h2_stream *st = nghttp2_session_get_stream_user_data(
		h2->ng, frame->hd.stream_id);

	/* No padding is asked for. */
	CHECK(frame->data.padlen == 0);
	if (!st || !st->user)
		/* Abandoned since the frame was begun; a reset follows. */
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (conn_has_enough(&h2->session->conn))
		return NGHTTP2_ERR_WOULDBLOCK;
	conn_write(&h2->session->conn, head, FRAME_HEAD);
	write_body(h2, st, len);
	return 0;
}

/* ---- what was sent ---------------------------------------------------- */

static void head_was_made(struct h2 *h2, struct h2_stream *st)
{
	if (st->informs > 0) {
		st->informs--;
		return;
	}
	fields_clear(&st->held);
	if (h2->session->is_server) {
		if (st->user && st->user->is_deferred)
			go_on_with_body(st);
		return;
	}
	if (st->is_sent)
		return;
	st->is_sent = true;
	list_push_back(&h2->just_sent, &st->turn_node);
}

static void frame_was_made(struct h2 *h2, const nghttp2_frame *frame)
{
	struct h2_stream *st = NULL;

	if (frame->hd.stream_id > 0)
		st = nghttp2_session_get_stream_user_data(
			h2->ng, frame->hd.stream_id);
	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
		if (st)
			head_was_made(h2, st);
		break;
	case NGHTTP2_DATA:
		if (st && st->is_last_run) {
			st->is_last_run = false;
			go_on_with_body(st);
		}
		break;
	case NGHTTP2_RST_STREAM:
		h2_count_reset(h2, st);
		break;
	case NGHTTP2_GOAWAY:
		if (frame->goaway.error_code != NGHTTP2_NO_ERROR)
			h2->said_error = true;
		break;
	default:
		break;
	}
	if (st && st->user && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) &&
		(frame->hd.type == NGHTTP2_HEADERS ||
			frame->hd.type == NGHTTP2_DATA))
		st->user->self_ended = true;
}

static void frame_was_dropped(
	struct h2 *h2, const nghttp2_frame *frame, int error)
{
	struct h2_stream *st;

	if (frame->hd.type != NGHTTP2_HEADERS)
		return;
	st = nghttp2_session_get_stream_user_data(h2->ng, frame->hd.stream_id);
	if (st && st->informs > 0)
		st->informs--;
	if (!st || st->is_sent)
		return;
	if (h2->session->is_server) {
		/* Too long to be said; nobody is to wait for it. */
		if (error == NGHTTP2_ERR_FRAME_SIZE_ERROR)
			h2_stream_reset(st, NGHTTP2_INTERNAL_ERROR);
		return;
	}
	/* Not every such stream was opened, and so gets on_stream_close. */
	list_push_back(&h2->not_sent, &st->turn_node);
}

/* ---- nghttp2's callbacks ---------------------------------------------- */

static ssize_t on_read(nghttp2_session *ng, int32_t id, uint8_t *to, size_t cap,
	uint32_t *flags, nghttp2_data_source *source, void *user)
{
	(void)ng;
	(void)id;
	(void)to;
	(void)user;
	return give_body(source->ptr, cap, flags);
}

static ssize_t on_read_refusal(nghttp2_session *ng, int32_t id, uint8_t *to,
	size_t cap, uint32_t *flags, nghttp2_data_source *source, void *user)
{
	(void)ng;
	(void)id;
	(void)user;
	return give_refusal(source->ptr, to, cap, flags);
}

static int on_send_data(nghttp2_session *ng, nghttp2_frame *frame,
	const uint8_t *head, size_t len, nghttp2_data_source *source,
	void *user)
{
	(void)ng;
	(void)source;
	return send_body(h2_of(user), frame, head, len);
}

static int on_frame_send(
	nghttp2_session *ng, const nghttp2_frame *frame, void *user)
{
	(void)ng;
	frame_was_made(h2_of(user), frame);
	return 0;
}

static int on_frame_not_send(
	nghttp2_session *ng, const nghttp2_frame *frame, int error, void *user)
{
	(void)ng;
	frame_was_dropped(h2_of(user), frame, error);
	return 0;
}

void h2_set_send_callbacks(nghttp2_session_callbacks *callbacks)
{
	nghttp2_session_callbacks_set_send_data_callback(
		callbacks, on_send_data);
	nghttp2_session_callbacks_set_on_frame_send_callback(
		callbacks, on_frame_send);
	nghttp2_session_callbacks_set_on_frame_not_send_callback(
		callbacks, on_frame_not_send);
}

/* ---- what the session asks for ---------------------------------------- */

static void close_not_sent(struct h2 *h2)
{
	struct list_node *node;

	while ((node = list_pop_front(&h2->not_sent))) {
		struct h2_stream *st =
			CONTAINER_OF(node, struct h2_stream, turn_node);

		nghttp2_session_set_stream_user_data(h2->ng, st->id, NULL);
		h2_stream_finish(
			st, STREAM_END_REFUSED, NGHTTP2_REFUSED_STREAM);
	}
}

void h2_write(void *carrier)
{
	struct h2 *h2 = carrier;
	struct conn *conn = &h2->session->conn;

	while (!conn_has_enough(conn)) {
		const uint8_t *bytes;
		ssize_t n = nghttp2_session_mem_send(h2->ng, &bytes);

		if (n < 0)
			h2_fail(h2, SESSION_CLOSE_PROTOCOL,
				NGHTTP2_INTERNAL_ERROR,
				nghttp2_strerror((int)n));
		if (n <= 0)
			break;
		conn_write(conn, bytes, (size_t)n);
	}
	close_not_sent(h2);
}

void h2_sent(void *carrier)
{
	struct h2 *h2 = carrier;
	struct list_node *node;

	while ((node = list_pop_front(&h2->just_sent))) {
		struct h2_stream *st =
			CONTAINER_OF(node, struct h2_stream, turn_node);

		if (st->user && st->user->events->on_sent)
			st->user->events->on_sent(st->user);
	}
}

static uint32_t code_to_say(const struct h2 *h2, enum session_close why)
{
	if (why == SESSION_CLOSE_PROTOCOL || why == SESSION_CLOSE_FLOOD)
		return h2->error_code;
	return NGHTTP2_NO_ERROR;
}

static void put_u32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

/*
 * Made by hand: nghttp2 may be in a state where it says nothing any more, and
 * what it has queued is not to be said first.
 */
void h2_say_why(void *carrier, enum session_close why)
{
	struct h2 *h2 = carrier;
	uint8_t frame[FRAME_HEAD + 8] = { [2] = 8, [3] = NGHTTP2_GOAWAY };

	if (h2->said_error)
		return;
	put_u32(frame + FRAME_HEAD,
		(uint32_t)nghttp2_session_get_last_proc_stream_id(h2->ng));
	put_u32(frame + FRAME_HEAD + 4, code_to_say(h2, why));
	conn_write(&h2->session->conn, frame, sizeof(frame));
}

/* Nothing will follow: the head ends it, without a frame of no bytes. */
static bool is_empty_body(const struct relay *body)
{
	return !body ||
		(body->is_ended && !body->is_broken && !body->trailers &&
			relay_waiting(body) == 0);
}

/* ---- what users ask for ----------------------------------------------- */

void h2_request(void *carrier, struct stream *stream, struct fields *head,
	struct relay *body)
{
	struct h2 *h2 = carrier;
	struct h2_stream *st = h2_stream_new(h2, 0);
	nghttp2_data_provider source = {
		.source.ptr = st,
		.read_callback = on_read,
	};
	struct nv_list list;

	fields_move(head, &st->held);
	nv_list_init(&list, &st->held);
	st->user = stream;
	st->id = nghttp2_submit_request(h2->ng, NULL, list.items, list.count,
		is_empty_body(body) ? NULL : &source, st);
	nv_list_fini(&list);
	stream->carrier = st;
	stream->id = st->id;
	/* Out of stream ids: session_free_streams() said so. */
	if (st->id < 0)
		list_push_back(&h2->not_sent, &st->turn_node);
}

void h2_respond(struct stream *stream, struct fields *head, struct relay *body)
{
	struct h2_stream *st = stream->carrier;
	nghttp2_data_provider source = {
		.source.ptr = st,
		.read_callback = on_read,
	};
	nghttp2_session *ng = st->h2->ng;
	struct nv_list list;
	int error;

	st->took_at = session_now(st->h2->session);
	fields_move(head, &st->held);
	nv_list_init(&list, &st->held);
	stream->is_deferred =
		!is_empty_body(body) && !has_something_to_say(body);
	if (stream->is_deferred)
		error = nghttp2_submit_headers(ng, NGHTTP2_FLAG_NONE, st->id,
			NULL, list.items, list.count, NULL);
	else
		error = nghttp2_submit_response(ng, st->id, list.items,
			list.count, is_empty_body(body) ? NULL : &source);
	if (error)
		h2_stream_reset(st, NGHTTP2_INTERNAL_ERROR);
	nv_list_fini(&list);
}

void h2_inform(struct stream *stream, const struct fields *head)
{
	struct h2_stream *st = stream->carrier;
	struct nv_list list;

	nv_list_init(&list, head);
	nv_list_copy_bytes(&list);
	if (nghttp2_submit_headers(st->h2->ng, NGHTTP2_FLAG_NONE, st->id, NULL,
		    list.items, list.count, NULL) == 0)
		st->informs++;
	nv_list_fini(&list);
}

void h2_refuse(
	struct h2 *h2, struct h2_stream *st, const struct refusal *refusal)
{
	nghttp2_data_provider source = {
		.source.ptr = st,
		.read_callback = on_read_refusal,
	};
	struct fields head = FIELDS_INIT;
	char body[REFUSAL_BODY_CAP];
	struct nv_list list;

	st->refusal = refusal;
	(void)refusal_write(refusal, &head, body);
	nv_list_init(&list, &head);
	nv_list_copy_bytes(&list);
	nghttp2_submit_response(
		h2->ng, st->id, list.items, list.count, &source);
	nv_list_fini(&list);
	fields_clear(&head);
}

void h2_resume(struct stream *stream)
{
	struct h2_stream *st = stream->carrier;
	const struct relay *out = stream->out;

	/* A response's head goes first: behind it, its body is looked at. */
	if (stream->is_server && st->held.count > 0)
		return;
	/* Half a request is of no use; of a response all is sent first. */
	if (out && out->is_broken &&
		(!stream->is_server || relay_waiting(out) == 0)) {
		if (!st->is_reset_by_us)
			broke_off(st);
		return;
	}
	/* It is asked for what there is behind what it says now. */
	if (!stream->is_deferred)
		return;
	stream->is_deferred = false;
	if (stream->is_server)
		submit_body(st);
	else
		nghttp2_session_resume_data(st->h2->ng, st->id);
}
