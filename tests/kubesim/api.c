/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/api.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "tests/kubesim/discovery.h"
#include "tests/kubesim/protobuf.h"
#include "tests/kubesim/podlog.h"
#include "tests/kubesim/rest.h"

void api_init(struct api *api, struct rng *rng, size_t log_size)
{
	*api = (struct api){
		.store = store_new(log_size),
		.rng = rng,
		.bookmark_interval = 60 * USEC_PER_SEC,
		.ready = true,
	};
	api->registry = (struct registry){ .store = api->store, .rng = rng };
	list_init(&api->sources);
	permissions_init(&api->permissions);
	list_init(&api->logs);
}

void api_fini(struct api *api)
{
	CHECK(list_is_empty(&api->sources));
	permissions_fini(&api->permissions);
	podlogs_fini(&api->logs);
	store_free(api->store);
}

/* Answers */

void answer_init(struct answer *answer)
{
	*answer = (struct answer){
		.content_type = "application/json",
		.body = evbuffer_new(),
	};
	CHECK(answer->body);
}

void answer_fini(struct answer *answer)
{
	CHECK(!answer->source);
	if (answer->body)
		evbuffer_free(answer->body);
	object_unref(answer->effect);
	cJSON_Delete(answer->warnings);
	*answer = (struct answer){ 0 };
}

void answer_text(struct answer *answer, int code, const char *fmt, ...)
{
	va_list args;

	answer->code = code;
	answer->content_type = "text/plain; charset=utf-8";
	answer->nosniff = true;
	va_start(args, fmt);
	evbuffer_add_vprintf(answer->body, fmt, args);
	va_end(args);
}

void answer_status(struct answer *answer, const struct status *st)
{
	cJSON *doc = status_doc(st);

	answer->retry_after = st->retry_after;
	answer->media = (struct media){ .format = answer->error_format };
	answer_doc(answer, st->code, doc);
	cJSON_Delete(doc);
}

void answer_accept(struct answer *answer, const char *accept)
{
	struct media media;

	if (media_negotiate(
		    accept, MEDIA_ALLOW_PROTOBUF | MEDIA_ALLOW_YAML, &media))
		answer->error_format = media.format;
}

static void answer_protobuf(struct answer *answer, int code, const cJSON *doc)
{
	struct buf bytes = BUF_INIT;
	struct status st;
	struct err err;

	if (protobuf_encode(&bytes, doc, &err) == 0) {
		answer->code = code;
		evbuffer_add(answer->body, buf_cstr(&bytes), buf_len(&bytes));
	} else {
		status_set(&st, 500, "InternalError", "kubesim: %s", err.text);
		answer_status(answer, &st);
	}
	buf_fini(&bytes);
}

void answer_doc(struct answer *answer, int code, const cJSON *doc)
{
	char *text;

	answer->content_type = media_type_name(answer->media.format);
	if (answer->media.format == MEDIA_PROTOBUF) {
		answer_protobuf(answer, code, doc);
		return;
	}
	text = json_print(doc);
	answer->code = code;
	evbuffer_add_printf(answer->body, "%s\n", text);
	free(text);
}

void answer_object(struct answer *answer, int code, struct object *obj)
{
	answer->code = code;
	evbuffer_add(answer->body, obj->text, obj->len);
	evbuffer_add(answer->body, "\n", 1);
}

static bool is_health_path(const char *path)
{
	static const char *const paths[] = { "/readyz", "/livez", "/healthz" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		size_t len = strlen(paths[i]);

		if (!strncmp(path, paths[i], len) &&
			(!path[len] || path[len] == '/'))
			return true;
	}
	return false;
}

/* These can only be read; nobody minds how the other ones are asked. */
static bool is_only_read(const char *path)
{
	return !strcmp(path, "/version") || !strcmp(path, "/api") ||
		!strcmp(path, "/api/v1");
}

static void refuse_path(const struct call *call, struct answer *answer)
{
	struct status st;

	status_forbidden(&st, NULL, NULL, "User \"%s\" cannot %s path \"%s\"",
		call->user->user, call->req->verb, call->req->path);
	answer_status(answer, &st);
	answer->nosniff = true;
}

static void handle_health(
	struct api *api, const struct call *call, struct answer *answer)
{
	const char *path = call->req->path;

	if (!api->ready && strncmp(path, "/livez", 6) != 0) {
		answer_text(answer, 500,
			"[+]ping ok\n[+]log ok\n[-]etcd failed: reason "
			"withheld\n[-]etcd-readiness failed: reason "
			"withheld\nreadyz check failed\n");
		return;
	}
	answer_text(answer, 200, "%s",
		request_param(call->req, "verbose")
			? "[+]ping ok\n[+]log ok\n[+]etcd ok\n"
			  "readyz check passed\n"
			: "ok");
}

void api_handle(struct api *api, const struct call *call, struct answer *answer)
{
	const struct request *req = call->req;

	answer_accept(answer, call->accept);
	if (req->bad_path) {
		answer_text(answer, 400, "%s", "invalid path\n");
	} else if (is_health_path(req->path)) {
		handle_health(api, call, answer);
	} else if (req->is_resource) {
		rest_handle(api, call, answer);
	} else if (identity_is_anonymous(call->user) &&
		strcmp(req->path, "/version") != 0) {
		refuse_path(call, answer);
	} else if (is_only_read(req->path) &&
		!span_eq(call->method, SPAN("GET"))) {
		rest_not_allowed(answer);
	} else if (!discovery_handle(call, answer)) {
		answer_text(answer, 404, "404 page not found\n");
	}
}
