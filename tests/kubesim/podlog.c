/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/podlog.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "tests/kubesim/connect.h"
#include "tests/kubesim/protobuf_time.h"
#include "tests/kubesim/rest.h"
#include "tests/kubesim/source.h"

enum { FIRST_LINES = 16 };

struct podlog *podlogs_get(struct list *logs, const char *ns, const char *pod,
	const char *container)
{
	struct podlog *log;
	char key[1024];

	snprintf(key, sizeof(key), "%s/%s/%s", ns, pod, container);
	LIST_EACH (node, logs) {
		log = CONTAINER_OF(node, struct podlog, node);
		if (!strcmp(log->key, key))
			return log;
	}
	log = xcalloc(1, sizeof(*log));
	log->key = xstrdup(key);
	list_push_back(logs, &log->node);
	return log;
}

void podlogs_fini(struct list *logs)
{
	LIST_EACH (node, logs) {
		struct podlog *log = CONTAINER_OF(node, struct podlog, node);

		list_remove(node);
		for (size_t i = 0; i < log->count; i++)
			free(log->lines[i].text);
		free(log->lines);
		free(log->key);
		free(log);
	}
}

void podlog_add(struct podlog *log, const char *text, time_t wall)
{
	bool may_be_full = !(log->count & (log->count - 1));

	if (may_be_full)
		log->lines = xrealloc(log->lines,
			u64_max(2 * log->count, FIRST_LINES) *
				sizeof(*log->lines));
	log->lines[log->count++] = (struct podlog_line){
		.wall = wall,
		.text = xstrdup(text),
	};
}

/* What is wanted of a log: v1.PodLogOptions */
struct options {
	bool follow;
	bool timestamps;
	bool previous;
	int64_t tail;  /* lines; -1: all */
	int64_t limit; /* bytes; -1: none */
	int64_t since; /* wall clock; 0: always */
};

/* Checks of PodLogOptions (pkg/apis/core/validation) name no resource. */
static const struct resource options_kind = { .kind = "PodLogOptions",
	.group = "" };

static int read_number(const struct request *req, const char *key, int64_t min,
	int64_t *value, struct status *st)
{
	const char *text = request_param(req, key);
	char *end;

	if (!text || !*text)
		return 0;
	*value = strtoll(text, &end, 10);
	if (*end)
		return status_bad_request(st,
			"strconv.ParseInt: parsing \"%s\": invalid syntax",
			text);
	if (*value < min)
		return status_invalid(st, &options_kind, req->name,
			"Invalid value", key, "%lld: must be greater than %s0",
			(long long)*value, min ? "" : "or equal to ");
	return 0;
}

static int read_options(const struct request *req, time_t wall,
	struct options *ret_options, struct status *st)
{
	const char *stamp = request_param(req, "sinceTime");
	struct protobuf_time since = { 0 };
	int64_t seconds = -1;
	struct options options = {
		.follow = request_param_is_true(req, "follow"),
		.timestamps = request_param_is_true(req, "timestamps"),
		.previous = request_param_is_true(req, "previous"),
		.tail = -1,
		.limit = -1,
	};

	if (read_number(req, "tailLines", 0, &options.tail, st) != 0 ||
		read_number(req, "limitBytes", 1, &options.limit, st) != 0 ||
		read_number(req, "sinceSeconds", 1, &seconds, st) != 0)
		return -1;
	if (stamp && *stamp && seconds >= 0)
		return status_invalid(st, &options_kind, req->name, "Forbidden",
			"[]",
			"at most one of `sinceTime` or `sinceSeconds` may be "
			"specified");
	if (seconds >= 0)
		options.since = wall - seconds;
	if (stamp && *stamp) {
		if (protobuf_time_parse(stamp, &since) != 0)
			return status_bad_request(
				st, "parsing time \"%s\" as RFC 3339", stamp);
		options.since = since.seconds;
	}
	*ret_options = options;
	return 0;
}

/* Somebody who reads a log. */
struct reader {
	struct source source;
	const struct podlog *log; /* borrowed */
	size_t next;              /* line */
	int64_t left;             /* bytes; -1: no limit */
	bool timestamps;

	/* Whose log it is: a pod of that name may be another one. */
	const struct api *api;
	char *ns;
	char *pod;
	char *uid;
};

static void write_line(struct reader *reader, const struct podlog_line *line)
{
	struct buf text = BUF_INIT;
	struct tm tm;
	char stamp[40];

	if (reader->timestamps) {
		gmtime_r(&line->wall, &tm);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S.000000000Z ",
			&tm);
		buf_append_str(&text, stamp);
	}
	buf_printf(&text, "%s\n", line->text);
	if (reader->left < 0 || (int64_t)buf_len(&text) < reader->left) {
		evbuffer_add(
			reader->source.out, buf_cstr(&text), buf_len(&text));
		if (reader->left > 0)
			reader->left -= (int64_t)buf_len(&text);
	} else {
		evbuffer_add(reader->source.out, buf_cstr(&text),
			(size_t)reader->left);
		reader->source.is_over = true;
	}
	buf_fini(&text);
}

static void write_lines(struct reader *reader)
{
	while (reader->next < reader->log->count && !reader->source.is_over)
		write_line(reader, &reader->log->lines[reader->next++]);
}

static bool has_pod(const struct reader *reader)
{
	const struct object *pod = store_get(reader->api->store,
		resource_find("", "v1", "pods"), reader->ns, reader->pod);

	return pod && !strcmp(json_str(pod->tree, "metadata.uid"), reader->uid);
}

static struct reader *reader_of(struct source *source)
{
	return CONTAINER_OF(source, struct reader, source);
}

static void reader_pump(struct source *source, usec_t now, time_t wall)
{
	struct reader *reader = reader_of(source);

	(void)now;
	(void)wall;
	write_lines(reader);
	if (reader->log->has_ended || !has_pod(reader))
		source->is_over = true;
}

static void reader_close(struct source *source)
{
	struct reader *reader = reader_of(source);

	free(reader->ns);
	free(reader->pod);
	free(reader->uid);
	free(reader);
}

static const struct source_ops reader_ops = {
	.pump = reader_pump,
	.close = reader_close,
};

/* The first line that is wanted. */
static size_t first_line(
	const struct podlog *log, const struct options *options)
{
	size_t first = 0;

	while (first < log->count &&
		(int64_t)log->lines[first].wall < options->since)
		first++;
	if (options->tail >= 0 && log->count - first > (size_t)options->tail)
		first = log->count - (size_t)options->tail;
	return first;
}

static void log_open(struct api *api, const struct object *pod,
	const struct podlog *log, const struct options *options,
	struct answer *answer)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));

	source_init(&reader->source, &reader_ops, answer->body, &api->sources);
	reader->log = log;
	reader->next = first_line(log, options);
	reader->left = options->limit;
	reader->timestamps = options->timestamps;
	reader->api = api;
	reader->ns = xstrdup(pod->ns);
	reader->pod = xstrdup(pod->name);
	reader->uid = xstrdup(json_str(pod->tree, "metadata.uid"));
	write_lines(reader);
	if (!options->follow)
		reader->source.is_over = true;
	answer->code = 200;
	answer->content_type = "text/plain";
	answer->source = &reader->source;
}

static int log_read(struct api *api, const struct call *call,
	struct answer *answer, struct status *st)
{
	const struct request *req = call->req;
	const struct object *pod;
	struct options options = { 0 };
	const char *container;
	const char *node;

	if (read_options(req, call->wall, &options, st) != 0 ||
		connect_find_pod(api, req, &pod, st) != 0 ||
		connect_find_container(req, pod, &container, st) != 0)
		return -1;
	node = json_str(pod->tree, "spec.nodeName");
	if (!node || !*node) {
		/* It has not logged anything, and nobody knows where. */
		answer->code = 204;
		answer->content_type = NULL;
		return 0;
	}
	if (options.previous)
		return status_bad_request(st,
			"previous terminated container \"%s\" in pod \"%s\" "
			"not found",
			container, req->name);
	log_open(api, pod,
		podlogs_get(&api->logs, req->ns, req->name, container),
		&options, answer);
	return 0;
}

bool podlog_handle(
	struct api *api, const struct call *call, struct answer *answer)
{
	const struct request *req = call->req;
	struct status st;

	if (strcmp(req->plural, "pods") != 0 || *req->group ||
		strcmp(req->subresource, "log") != 0)
		return false;
	if (!span_eq(call->method, SPAN("GET")))
		rest_not_allowed(answer);
	else if (log_read(api, call, answer, &st) != 0)
		answer_status(answer, &st);
	return true;
}
