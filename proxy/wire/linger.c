/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/linger.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"

/* Of silence; and so often may it be broken. */
static const struct timeval SILENCE_MAX = { .tv_sec = 1 };
#define READS_MAX 64
/* They are no connections any more and in no other limit. */
#define SOCKETS_MAX 256

struct lingerer {
	struct list_node node; /* in lingers->sockets */
	struct event readable;
	int fd;
	unsigned reads;
};

void lingers_init(struct lingers *lingers, struct event_base *base)
{
	*lingers = (struct lingers){ .base = base };
	list_init(&lingers->sockets);
}

static void linger_close(struct lingerer *linger)
{
	list_remove(&linger->node);
	event_del(&linger->readable);
	close(linger->fd);
	free(linger);
}

void lingers_fini(struct lingers *lingers)
{
	struct list_node *node;

	while ((node = list_first(&lingers->sockets)))
		linger_close(CONTAINER_OF(node, struct lingerer, node));
}

static void linger_receive(struct lingerer *linger, bool is_readable)
{
	char dropped[4096];
	ssize_t n;

	if (is_readable && ++linger->reads <= READS_MAX) {
		n = recv(linger->fd, dropped, sizeof(dropped), 0);
		if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
			return;
	}
	linger_close(linger);
}

static void on_readable(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	linger_receive(user, what & EV_READ);
}

void lingers_take(struct lingers *lingers, int fd)
{
	struct lingerer *linger = xcalloc(1, sizeof(*linger));

	if (lingers->sockets.count >= SOCKETS_MAX)
		linger_close(CONTAINER_OF(
			list_first(&lingers->sockets), struct lingerer, node));
	linger->fd = fd;
	list_push_back(&lingers->sockets, &linger->node);
	event_assign(&linger->readable, lingers->base, fd, EV_READ | EV_PERSIST,
		on_readable, linger);
	CHECK(event_add(&linger->readable, &SILENCE_MAX) == 0);
}

bool lingers_is_empty(const struct lingers *lingers)
{
	return list_is_empty(&lingers->sockets);
}
