/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/audit_sink.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/list.h"
#include "proxy/loop/bell.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/audit_file.h"

/* A disk that hangs does not keep Fairway from its end. */
#define END_TIME (2 * USEC_PER_SEC)

struct line {
	struct list_node node;
	size_t len;
	char text[];
};

struct audit_sink {
	struct audit_sink_settings settings; /* path: not to be read */
	audit_state_fn *on_state;
	void *user;
	pthread_t thread;
	struct bell work;    /* there are lines, or it is ending */
	struct bell changed; /* figures.is_failing has */
	struct event *event; /* owned: of `changed` */

	/* The thread's alone. */
	struct audit_file file;
	bool is_file;
	size_t sent; /* of the first line, by a descriptor */

	pthread_mutex_t lock; /* for all below */
	struct list lines;    /* owned: the first may be the thread's now */
	uint64_t bytes;       /* of them */
	struct audit_figures figures;
	bool is_ending;
};

static uint64_t cost_of(const struct line *line)
{
	return sizeof(*line) + line->len;
}

/* ---- the thread ---------------------------------------------------------- */

/* NULL: there is none. */
static struct line *first_line(struct audit_sink *sink, bool *ret_ending)
{
	struct list_node *node;

	pthread_mutex_lock(&sink->lock);
	node = list_first(&sink->lines);
	*ret_ending = sink->is_ending;
	pthread_mutex_unlock(&sink->lock);
	return node ? CONTAINER_OF(node, struct line, node) : NULL;
}

static void take(struct audit_sink *sink, struct line *line)
{
	pthread_mutex_lock(&sink->lock);
	list_remove(&line->node);
	sink->bytes -= cost_of(line);
	sink->figures.written++;
	sink->figures.waiting--;
	pthread_mutex_unlock(&sink->lock);
	free(line);
}

static void set_failing(struct audit_sink *sink, const char *trouble)
{
	bool is_failing = *trouble, is_new;

	pthread_mutex_lock(&sink->lock);
	is_new = sink->figures.is_failing != is_failing;
	sink->figures.is_failing = is_failing;
	err_set(&sink->figures.trouble, "%s", trouble);
	pthread_mutex_unlock(&sink->lock);
	if (is_new)
		bell_ring(&sink->changed);
}

/*
 * Of a descriptor nothing can be taken back: the line goes on where it stood.
 * Where poll() says that there is room, so many bytes do not wait (PIPE_BUF).
 */
static int write_to_fd(
	struct audit_sink *sink, const struct line *line, struct err *err)
{
	struct pollfd room = { .fd = sink->settings.fd, .events = POLLOUT };

	while (sink->sent < line->len) {
		size_t len = line->len - sink->sent;
		int found = poll(&room, 1, (int)sink->settings.retry_ms);
		ssize_t n;

		if (found == 0)
			return err_set(err, "nobody reads standard output");
		n = write(room.fd, line->text + sink->sent,
			len < PIPE_BUF ? len : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return err_set(err, "write to standard output: %s",
				strerror(errno));
		if (n > 0)
			sink->sent += (size_t)n;
	}
	sink->sent = 0;
	return 0;
}

static int write_line(
	struct audit_sink *sink, const struct line *line, struct err *err)
{
	if (!sink->is_file)
		return write_to_fd(sink, line, err);
	return audit_file_append(
		&sink->file, span_of(line->text, line->len), err);
}

static bool is_ending(struct audit_sink *sink)
{
	bool is_so;

	first_line(sink, &is_so);
	return is_so;
}

/* Until it is worth another try, however many lines come meanwhile. */
static void wait_for_retry(struct audit_sink *sink)
{
	usec_t until = usec_add(loop_thread_clock(),
		sink->settings.retry_ms * USEC_PER_MSEC);

	while (!is_ending(sink) && loop_thread_clock() < until)
		bell_wait(&sink->work, until);
}

static void *run(void *user)
{
	struct audit_sink *sink = user;
	bool ending = false;
	struct err err;

	while (true) {
		struct line *line = first_line(sink, &ending);

		if (!line && ending)
			break;
		if (!line) {
			bell_wait(&sink->work, USEC_NEVER);
		} else if (write_line(sink, line, &err) == 0) {
			take(sink, line);
			set_failing(sink, "");
		} else {
			set_failing(sink, err.text);
			if (ending)
				break;
			wait_for_retry(sink);
		}
	}
	return NULL;
}

/* ---- the loop ------------------------------------------------------------ */

static void state_changed(struct audit_sink *sink)
{
	struct audit_figures figures;

	bell_hear(&sink->changed);
	audit_sink_read_figures(sink, &figures);
	sink->on_state(sink->user, figures.is_failing, figures.trouble.text);
}

static void on_changed(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	state_changed(user);
}

static void sink_fini(struct audit_sink *sink)
{
	struct list_node *node;

	while ((node = list_pop_front(&sink->lines)))
		free(CONTAINER_OF(node, struct line, node));
	if (sink->is_file)
		audit_file_close(&sink->file);
	event_free(sink->event);
	bell_fini(&sink->work);
	bell_fini(&sink->changed);
	pthread_mutex_destroy(&sink->lock);
	free(sink);
}

struct audit_sink *audit_sink_new(struct loop *loop,
	const struct audit_sink_settings *settings, audit_state_fn *on_state,
	void *user, struct err *err)
{
	struct audit_sink *sink = xcalloc(1, sizeof(*sink));
	int error;

	sink->settings = *settings;
	sink->on_state = on_state;
	sink->user = user;
	sink->is_file = *settings->path != '\0';
	if (sink->is_file &&
		audit_file_open(&sink->file, settings->path,
			settings->file_bytes_max, settings->backups, err)) {
		free(sink);
		return NULL;
	}
	list_init(&sink->lines);
	pthread_mutex_init(&sink->lock, NULL);
	bell_init(&sink->work);
	bell_init(&sink->changed);
	sink->event = event_new(loop_base(loop), sink->changed.fd,
		EV_READ | EV_PERSIST, on_changed, sink);
	CHECK(sink->event && event_add(sink->event, NULL) == 0);
	error = loop_start_thread(&sink->thread, run, sink);
	if (error == 0)
		return sink;
	err_set(err, "start the audit's thread: %s", strerror(error));
	sink_fini(sink);
	return NULL;
}

/* False: it hangs, and has all of the sink. */
static bool end_thread(struct audit_sink *sink)
{
	usec_t until = usec_add(loop_thread_clock(), END_TIME);
	struct timespec time = {
		.tv_sec = (time_t)(until / USEC_PER_SEC),
		.tv_nsec = (long)(until % USEC_PER_SEC) * 1000,
	};

	pthread_mutex_lock(&sink->lock);
	sink->is_ending = true;
	pthread_mutex_unlock(&sink->lock);
	bell_ring(&sink->work);
	/* Not by the wall clock: that may be set back meanwhile. */
	return pthread_clockjoin_np(
		       sink->thread, NULL, CLOCK_MONOTONIC, &time) == 0;
}

void audit_sink_free(struct audit_sink *sink)
{
	if (!sink)
		return;
	if (end_thread(sink))
		sink_fini(sink);
	else
		event_free(sink->event);
}

bool audit_sink_put(struct audit_sink *sink, struct span line)
{
	uint64_t cost = sizeof(struct line) + line.len;
	struct line *copy = NULL;

	CHECK(line.len > 0 && line.ptr[line.len - 1] == '\n');
	pthread_mutex_lock(&sink->lock);
	if (sink->bytes + cost <= sink->settings.queue_bytes_max) {
		copy = xmalloc(sizeof(*copy) + line.len);
		*copy = (struct line){ .len = line.len };
		memcpy(copy->text, line.ptr, line.len);
		list_push_back(&sink->lines, &copy->node);
		sink->bytes += cost;
		sink->figures.waiting++;
	} else {
		sink->figures.dropped++;
	}
	pthread_mutex_unlock(&sink->lock);
	if (copy)
		bell_ring(&sink->work);
	return copy != NULL;
}

void audit_sink_read_figures(
	struct audit_sink *sink, struct audit_figures *ret_figures)
{
	pthread_mutex_lock(&sink->lock);
	*ret_figures = sink->figures;
	pthread_mutex_unlock(&sink->lock);
}
