/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/proxy/wire/text_peer.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_ONCE = 64 * 1024 };

static void text_over(struct text_peer *text)
{
	event_del(text->readable);
	event_del(text->writable);
}

static void text_read(struct text_peer *text)
{
	char *room = buf_reserve(&text->in, AT_ONCE);
	ssize_t n = recv(text->fd, room, AT_ONCE, 0);

	if (n > 0) {
		buf_commit(&text->in, (size_t)n);
		return;
	}
	if (n < 0 && errno == EAGAIN)
		return;
	text->is_ended = n == 0;
	text->is_reset = n < 0;
	event_del(text->readable);
}

static void text_write(struct text_peer *text)
{
	while (buf_len(&text->out) > 0) {
		struct span out = buf_span(&text->out);
		ssize_t n = send(text->fd, out.ptr, out.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			event_add(text->writable, NULL);
			return;
		}
		if (n < 0) {
			/* There may still be something to read. */
			buf_clear(&text->out);
			text->is_reset = true;
			return;
		}
		buf_eat(&text->out, (size_t)n);
	}
	if (text->ends)
		shutdown(text->fd, SHUT_WR);
}

static void on_readable(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	text_read(user);
}

static void on_writable(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	text_write(user);
}

static void text_take_fd(struct text_peer *text, int fd)
{
	struct event_base *base = loop_base(text->lb->loop);

	cr_assert_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
	text->fd = fd;
	text->readable =
		event_new(base, fd, EV_READ | EV_PERSIST, on_readable, text);
	text->writable = event_new(base, fd, EV_WRITE, on_writable, text);
	cr_assert_eq(event_add(text->readable, NULL), 0);
	text_write(text);
}

static void init(struct text_peer *text, struct loopback *lb)
{
	*text = (struct text_peer){
		.lb = lb,
		.fd = -1,
		.listening_fd = -1,
	};
}

void text_client_init(struct text_peer *text, struct loopback *lb)
{
	init(text, lb);
	text_take_fd(text, loopback_dial(lb));
}

static void on_acceptable(evutil_socket_t fd, short what, void *user)
{
	struct text_peer *text = user;

	(void)what;
	event_free(text->readable);
	text->readable = NULL;
	text_take_fd(text, accept(fd, NULL, NULL));
}

void text_server_init(struct text_peer *text, struct loopback *lb)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	init(text, lb);
	text->listening_fd = fd;
	cr_assert_eq(bind(fd, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	text->readable = event_new(
		loop_base(lb->loop), fd, EV_READ, on_acceptable, text);
	cr_assert_eq(event_add(text->readable, NULL), 0);
	lb->port = ntohs(addr.sin_port);
	loopback_connect(lb);
	WAIT_FOR(lb, lb->ready && text->fd >= 0);
}

void text_peer_fini(struct text_peer *text)
{
	if (text->fd >= 0)
		text_over(text);
	if (text->readable)
		event_free(text->readable);
	if (text->writable)
		event_free(text->writable);
	if (text->fd >= 0)
		close(text->fd);
	if (text->listening_fd >= 0)
		close(text->listening_fd);
	buf_fini(&text->out);
	buf_fini(&text->in);
}

void text_bytes(struct text_peer *text, const void *bytes, size_t len)
{
	buf_append(&text->out, bytes, len);
	if (text->writable)
		event_add(text->writable, NULL);
}

void text_say(struct text_peer *text, const char *words)
{
	text_bytes(text, words, strlen(words));
}

void text_end(struct text_peer *text)
{
	text->ends = true;
	event_add(text->writable, NULL);
}

void text_reset(struct text_peer *text)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	text_over(text);
	setsockopt(text->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(text->fd);
	text->fd = -1;
}

void text_deafen(struct text_peer *text, bool is_deaf)
{
	if (is_deaf)
		event_del(text->readable);
	else
		event_add(text->readable, NULL);
}

bool text_has(const struct text_peer *text, const char *words)
{
	struct span in = buf_span(&text->in);

	return in.len > 0 && memmem(in.ptr, in.len, words, strlen(words));
}

void text_forget(struct text_peer *text)
{
	buf_clear(&text->in);
}

bool text_is_closed(const struct text_peer *text)
{
	return text->is_ended || text->is_reset;
}
