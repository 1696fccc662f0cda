/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accepts connections, some at a time so that a storm of them does not hold
 * up those that are there.  Above connections_max they are accepted and
 * closed: a client that is refused knows more than one that waits.  Or the
 * oldest one gives way, where the wire is so set.  When descriptors run out it
 * refuses one with the help of a spare descriptor, and pauses, since libevent
 * would spin on a socket that stays readable.  Clients do not get the last of
 * them: requests that are here need some for the API server.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/loop/unix_socket.h"
#include "proxy/wire/tls.h"
#include "proxy/wire/wire_impl.h"

enum {
	ACCEPTS_PER_TURN = 64,
	BACKLOG = 1024,
};

/* How long to wait for descriptors to become free. */
#define PAUSE (100 * USEC_PER_MSEC)

struct listener {
	struct list_node node;   /* in wire->listeners */
	struct wire *wire;       /* borrowed */
	struct tls_context *tls; /* NULL: cleartext */
	const struct session_events *events;
	void *user;
	char *path; /* owned: of a UNIX socket; NULL: none */
	int fd;
	int spare_fd; /* given up to tell a client that there is no room */
	struct event acceptable;
	struct loop_timer resume;
};

static bool is_out_of_something(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
		error == ENOMEM;
}

static int open_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void refuse_with_spare(struct listener *listener)
{
	int fd;

	if (listener->spare_fd < 0)
		return;
	close(listener->spare_fd);
	fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	listener->spare_fd = open_spare();
	listener->wire->stats.refused_connections += fd >= 0;
}

static void pause_accepting(struct listener *listener)
{
	listener->wire->stats.accept_pauses++;
	event_del(&listener->acceptable);
	loop_timer_set(&listener->resume,
		usec_add(loop_now(listener->wire->loop), PAUSE));
}

/*
 * At the end of the turn the oldest one goes, of those without a request if
 * there are any.  Accepting is limited in each turn, so there are never many
 * more than there may be.
 */
static void make_room(struct wire *wire)
{
	struct session *goes = NULL;

	LIST_EACH (node, &wire->sessions) {
		struct session *session =
			CONTAINER_OF(node, struct session, node);
		bool is_idle = list_is_empty(&session->streams);

		if (!session->is_server || session->state >= SESSION_FAILED)
			continue;
		if (!goes || is_idle)
			goes = session;
		if (is_idle)
			break;
	}
	if (!goes)
		return;
	/* At once: what lingers has a place, too. */
	conn_abort(&goes->conn);
	session_fail(goes, SESSION_CLOSE_LOCAL, "others want its place");
}

/* False: none is there, or none can be taken. */
static bool accept_one(struct listener *listener)
{
	struct wire *wire = listener->wire;
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int fd = accept4(listener->fd, (struct sockaddr *)&addr, &len,
		SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		int error = errno;

		if (is_out_of_something(error)) {
			refuse_with_spare(listener);
			pause_accepting(listener);
		}
		/* Others are about that one connection: the next may do. */
		return error == ECONNABORTED || error == EINTR;
	}
	/* A descriptor is the lowest one that is free. */
	if (fd >= wire->accepted_fds) {
		wire->stats.refused_connections++;
		close(fd);
		pause_accepting(listener);
		return false;
	}
	if (wire->stats.open_down >= wire->limits.connections_max) {
		if (!wire->limits.oldest_gives_way) {
			wire->stats.refused_connections++;
			close(fd);
			return true;
		}
		make_room(wire);
	}
	session_accept(wire, fd, (const struct sockaddr *)&addr, listener->tls,
		listener->events, listener->user);
	return true;
}

static void accept_some(struct listener *listener)
{
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		if (!accept_one(listener))
			return;
	}
}

static void on_acceptable(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	accept_some(user);
}

static void on_resume(void *user)
{
	struct listener *listener = user;

	if (listener->spare_fd < 0)
		listener->spare_fd = open_spare();
	CHECK(event_add(&listener->acceptable, NULL) == 0);
}

/* "127.0.0.1:8443", "[::1]:0". */
static int parse_address(const char *text, struct sockaddr_storage *ret_addr,
	socklen_t *ret_len, struct err *err)
{
	const char *colon = strrchr(text, ':');
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret_addr;
	struct sockaddr_in *in = (struct sockaddr_in *)ret_addr;
	char host[INET6_ADDRSTRLEN];
	size_t host_len = colon ? (size_t)(colon - text) : 0;
	bool is_bracketed =
		host_len >= 2 && text[0] == '[' && text[host_len - 1] == ']';
	uint64_t port;

	memset(ret_addr, 0, sizeof(*ret_addr));
	if (!colon || span_to_u64(span_str(colon + 1), &port) != 0 ||
		port > UINT16_MAX)
		return err_set(err, "%s: not an address with a port", text);
	if (is_bracketed) {
		text++;
		host_len -= 2;
	}
	if (host_len >= sizeof(host))
		return err_set(err, "%s: not an IP address", text);
	memcpy(host, text, host_len);
	host[host_len] = '\0';
	if (is_bracketed && inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		*ret_len = sizeof(*in6);
		return 0;
	}
	if (!is_bracketed && inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		*ret_len = sizeof(*in);
		return 0;
	}
	return err_set(err, "%s: not an IP address", host);
}

static bool is_loopback(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;

	if (addr->ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* Who may connect, and what passes there. */
enum audience {
	FOR_LOOPBACK, /* in cleartext, and tokens are in it */
	FOR_CLIENTS,  /* by TLS */
	FOR_ANYBODY,  /* nothing is secret */
};

static int open_socket(
	const char *address, enum audience audience, struct err *err)
{
	struct sockaddr_storage addr;
	socklen_t len = 0;
	int fd, on = 1;

	if (parse_address(address, &addr, &len, err) != 0)
		return -1;
	if (audience == FOR_LOOPBACK && !is_loopback(&addr))
		return err_set(err,
			"%s: cleartext is for this machine only: choose "
			"127.0.0.1, [::1] or unix:/PATH",
			address);
	fd = socket(
		addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(
			err, "listen on %s: %s", address, strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* "[::]" is everybody where anybody may come. */
	if (addr.ss_family == AF_INET6 && audience != FOR_ANYBODY)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&addr, len) != 0 ||
		listen(fd, BACKLOG) != 0) {
		err_set(err, "listen on %s: %s", address, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* Of "unix:/run/fairway.sock"; NULL: an IP address. */
static const char *path_of(const char *address)
{
	static const char prefix[] = "unix:";
	size_t len = sizeof(prefix) - 1;

	return strncmp(address, prefix, len) ? NULL : address + len;
}

static struct listener *listen_for(struct wire *wire, const char *address,
	enum audience audience, struct tls_context *tls,
	const struct session_events *events, void *user, struct err *err)
{
	const char *path = path_of(address);
	int fd = path ? unix_socket_listen(path, BACKLOG, err)
		      : open_socket(address, audience, err);
	struct listener *listener;

	if (fd < 0)
		return NULL;
	listener = xcalloc(1, sizeof(*listener));
	listener->wire = wire;
	listener->tls = tls ? tls_context_ref(tls) : NULL;
	listener->path = path ? xstrdup(path) : NULL;
	listener->events = events;
	listener->user = user;
	listener->fd = fd;
	listener->spare_fd = open_spare();
	list_push_back(&wire->listeners, &listener->node);
	loop_timer_init(&listener->resume, wire->loop, on_resume, listener);
	event_assign(&listener->acceptable, loop_base(wire->loop), fd,
		EV_READ | EV_PERSIST, on_acceptable, listener);
	CHECK(event_add(&listener->acceptable, NULL) == 0);
	return listener;
}

struct listener *listener_new(struct wire *wire, const char *address,
	struct tls_context *tls, const struct session_events *events,
	void *user, struct err *err)
{
	CHECK(!tls || tls_is_server(tls));
	return listen_for(wire, address, tls ? FOR_CLIENTS : FOR_LOOPBACK, tls,
		events, user, err);
}

struct listener *listener_new_public(struct wire *wire, const char *address,
	const struct session_events *events, void *user, struct err *err)
{
	return listen_for(
		wire, address, FOR_ANYBODY, NULL, events, user, err);
}

unsigned listener_port(const struct listener *listener)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	if (listener->path)
		return 0;
	CHECK(getsockname(listener->fd, (struct sockaddr *)&addr, &len) == 0);
	return addr.ss_family == AF_INET6
		? ntohs(((const struct sockaddr_in6 *)&addr)->sin6_port)
		: ntohs(((const struct sockaddr_in *)&addr)->sin_port);
}

void listener_set_tls(struct listener *listener, struct tls_context *tls)
{
	CHECK(listener->tls && tls_is_server(tls));
	tls_context_ref(tls);
	tls_context_unref(listener->tls);
	listener->tls = tls;
}

void listener_free(struct listener *listener)
{
	if (!listener)
		return;
	event_del(&listener->acceptable);
	loop_timer_fini(&listener->resume);
	close(listener->fd);
	if (listener->path)
		unlink(listener->path);
	free(listener->path);
	if (listener->spare_fd >= 0)
		close(listener->spare_fd);
	list_remove(&listener->node);
	tls_context_unref(listener->tls);
	free(listener);
}
