/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/alloc.h"
#include "tests/kubesim/connect.h"
#include "tests/kubesim/list_options.h"

enum {
	/* A watcher that reads too slowly is cut off, as the real one is. */
	MAX_BACKLOG = 64 << 20,
	MIN_TIMEOUT_SEC = 1800,
	PREFIX_SIZE = 4, /* of a frame in protobuf.h */
};

static bool watch_selects(const struct watch *watch, const struct object *obj)
{
	if (!obj || (*watch->ns && strcmp(watch->ns, obj->ns) != 0))
		return false;
	if (*watch->name && strcmp(watch->name, obj->name) != 0)
		return false;
	return selector_matches(&watch->labels, obj->tree) &&
		selector_matches(&watch->fields, obj->tree);
}

/* k8s.io/apiserver/pkg/endpoints/handlers/watch.go, HandleWS(): text where the
 * format is text.  What is in a message needs no length before it. */
static void send_message(struct watch *watch)
{
	bool is_text = watch->form.media.format != MEDIA_PROTOBUF;
	size_t skip = is_text ? 0 : PREFIX_SIZE;
	size_t len = evbuffer_get_length(watch->event);
	struct buf frame = BUF_INIT;
	struct span event;

	if (len > skip) {
		event = span_skip(
			span_of((char *)evbuffer_pullup(watch->event, -1), len),
			skip);
		if (is_text)
			websocket_add_text(&frame, event);
		else
			websocket_add_message(&frame, SPAN(""), event);
		evbuffer_add(
			watch->source.out, buf_cstr(&frame), buf_len(&frame));
	}
	evbuffer_drain(watch->event, len);
	buf_fini(&frame);
}

static void write_event(
	struct watch *watch, const char *type, struct object *obj, time_t wall)
{
	encode_event(watch->out, &watch->form, type, obj, wall);
	if (watch->event)
		send_message(watch);
}

static void write_event_doc(
	struct watch *watch, const char *type, const cJSON *doc)
{
	encode_event_doc(watch->out, &watch->form, type, doc);
	if (watch->event)
		send_message(watch);
}

static void watch_end(struct watch *watch)
{
	struct buf frame = BUF_INIT;

	watch->source.is_over = true;
	if (!watch->event)
		return;
	websocket_add_close(&frame);
	evbuffer_add(watch->source.out, buf_cstr(&frame), buf_len(&frame));
	buf_fini(&frame);
}

/* An object that has nothing but a version. */
static void write_bookmark(struct watch *watch, bool initial_end)
{
	const struct resource *res = watch->res;
	bool is_partial = watch->form.media.as == MEDIA_AS_PARTIAL;
	cJSON *doc = cJSON_CreateObject();
	cJSON *metadata;
	char rv[32];

	snprintf(rv, sizeof(rv), "%" PRIu64, watch->rv);
	json_set_str(
		doc, "kind", is_partial ? "PartialObjectMetadata" : res->kind);
	json_set_str(doc, "apiVersion",
		is_partial ? "meta.k8s.io/v1" : res->api_version);
	metadata = json_make_object(doc, "metadata");
	json_set_str(metadata, "resourceVersion", rv);
	if (initial_end)
		json_set_str(json_make_object(metadata, "annotations"),
			"k8s.io/initial-events-end", "true");
	write_event_doc(watch, "BOOKMARK", doc);
	cJSON_Delete(doc);
}

/* The last event: why the watch does not go on. */
static void write_error(struct watch *watch, const struct status *st)
{
	cJSON *doc = status_doc(st);

	write_event_doc(watch, "ERROR", doc);
	cJSON_Delete(doc);
	watch_end(watch);
}

static void write_expired(struct watch *watch)
{
	struct status st;

	status_set(&st, 410, "Expired",
		"too old resource version: %" PRIu64 " (%" PRIu64 ")",
		watch->rv, store_rv(watch->api->store));
	write_error(watch, &st);
}

static void write_state(struct watch *watch, time_t wall)
{
	struct object_range range =
		store_range(watch->api->store, watch->res, watch->ns);

	for (size_t i = 0; i < range.count; i++) {
		if (watch_selects(watch, range.items[i]))
			write_event(watch, "ADDED", range.items[i], wall);
	}
	watch->rv = store_rv(watch->api->store);
}

/* An object that begins or ceases to fit the selectors comes or goes. */
static void write_change(
	struct watch *watch, const struct change *change, time_t wall)
{
	bool was = watch_selects(watch, change->before);
	bool is = change->type != CHANGE_DELETED &&
		watch_selects(watch, change->now);

	if (was && is)
		write_event(watch, "MODIFIED", change->now, wall);
	else if (is)
		write_event(watch, "ADDED", change->now, wall);
	else if (was)
		write_event(watch, "DELETED", change->now, wall);
}

/* Where to begin; a status where the query does not say it well. */
static int watch_start(
	struct watch *watch, const struct call *call, struct status *st)
{
	const char *rv = request_param(call->req, "resourceVersion");
	const char *initial = request_param(call->req, "sendInitialEvents");
	uint64_t number = 0;

	if (rv && *rv && span_to_u64(span_str(rv), &number) != 0)
		return status_set(st, 500, "",
			"resourceVersion: Invalid value: \"%s\": "
			"strconv.ParseUint: parsing \"%s\": invalid syntax",
			rv, rv);
	if (list_options_check(call->req, true, st) != 0)
		return -1;
	if (initial &&
		list_options_check_version(
			call->req, store_rv(watch->api->store), st) != 0) {
		write_error(watch, st);
		return 0;
	}
	if (initial && request_param_is_true(call->req, "sendInitialEvents")) {
		write_state(watch, call->wall);
		if (watch->bookmarks)
			write_bookmark(watch, true);
	} else if (number == 0 && !initial) {
		write_state(watch, call->wall);
	} else {
		watch->rv = number ? number : store_rv(watch->api->store);
		if (!store_reaches(watch->api->store, watch->rv))
			write_expired(watch);
	}
	return 0;
}

static struct watch *watch_of(struct source *source)
{
	return CONTAINER_OF(source, struct watch, source);
}

static void watch_close(struct source *source)
{
	struct watch *watch = watch_of(source);

	selector_fini(&watch->labels);
	selector_fini(&watch->fields);
	free(watch->ns);
	free(watch->name);
	if (watch->event)
		evbuffer_free(watch->event);
	websocket_fini(&watch->ws);
	buf_fini(&watch->in);
	free(watch);
}

static void watch_pump(struct source *source, usec_t now, time_t wall)
{
	struct watch *watch = watch_of(source);
	const struct store *store = watch->api->store;
	const struct change *change;

	if (watch->rv < store_rv(store) && !store_reaches(store, watch->rv))
		write_expired(watch);
	while (!watch->source.is_over &&
		(change = store_change_behind(store, watch->rv))) {
		if (change->res == watch->res)
			write_change(watch, change, wall);
		watch->rv = change->rv;
	}
	if (now >= watch->bookmark_at && !watch->source.is_over) {
		if (watch->bookmarks)
			write_bookmark(watch, false);
		watch->bookmark_at =
			usec_add(now, watch->api->bookmark_interval);
	}
	if (!watch->source.is_over &&
		(now >= watch->ends_at ||
			evbuffer_get_length(watch->source.out) > MAX_BACKLOG))
		watch_end(watch);
}

/* Of a WebSocket.  What a client says is nothing to a watch. */
static void watch_receive(struct source *source, struct span bytes)
{
	struct watch *watch = watch_of(source);
	struct buf reply = BUF_INIT;
	struct websocket_frame frame;
	struct span rest;
	int ret = 0;

	buf_append_span(&watch->in, bytes);
	rest = buf_span(&watch->in);
	while (!source->is_over &&
		(ret = websocket_read(&watch->ws, &rest, &frame)) > 0)
		source->is_over = websocket_answer(&reply, &frame);
	buf_eat(&watch->in, buf_len(&watch->in) - rest.len);
	if (ret < 0)
		source->is_over = true;
	evbuffer_add(source->out, buf_cstr(&reply), buf_len(&reply));
	buf_fini(&reply);
}

static const struct source_ops watch_ops = {
	.pump = watch_pump,
	.receive = watch_receive,
	.close = watch_close,
};

void watch_open(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer)
{
	const struct request *req = call->req;
	struct watch *watch = xcalloc(1, sizeof(*watch));
	uint64_t timeout = request_param_u64(req, "timeoutSeconds", 0);
	struct status st;

	/* The real one draws from 30 to 60 minutes. */
	if (!timeout)
		timeout =
			MIN_TIMEOUT_SEC + rng_below(api->rng, MIN_TIMEOUT_SEC);
	watch->api = api;
	watch->res = res;
	watch->ns = xstrdup(req->ns);
	watch->name = xstrdup(req->name);
	if (!strcasecmp(call->upgrade.to, "websocket"))
		watch->event = evbuffer_new();
	watch->out = watch->event ? watch->event : answer->body;
	watch->bookmarks = request_param_is_true(req, "allowWatchBookmarks");
	watch->form = (struct event_form){
		.res = res,
		.media = answer->media,
		.table_object =
			table_object_of(request_param(req, "includeObject")),
	};
	watch->ends_at = usec_add(call->now, timeout * USEC_PER_SEC);
	watch->bookmark_at = usec_add(call->now, api->bookmark_interval);
	source_init(&watch->source, &watch_ops, answer->body, &api->sources);
	if (selector_init_labels(&watch->labels,
		    request_param(req, "labelSelector"), &st) != 0 ||
		selector_init_fields(&watch->fields, res,
			request_param(req, "fieldSelector"), &st) != 0 ||
		watch_start(watch, call, &st) != 0) {
		answer_status(answer, &st);
		source_close(&watch->source);
		return;
	}
	if (watch->event)
		connect_accept_websocket(call, answer, "");
	else
		answer->code = 200;
	answer->content_type = encode_stream_type(&answer->media);
	answer->source = &watch->source;
	source_pump(&watch->source, call->now, call->wall);
}
