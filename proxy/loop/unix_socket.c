/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/loop/unix_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Returns -1 if the path is too long. */
static int address_of(const char *path, struct sockaddr_un *ret_address)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);

	if (len >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, len);
	*ret_address = address;
	return 0;
}

static int connect_to(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 &&
		connect(fd, (const struct sockaddr *)address,
			sizeof(*address))) {
		int why = errno;

		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

/* Only what a dead one of ours left behind may go. */
static int make_way(const struct sockaddr_un *address, struct err *err)
{
	const char *path = address->sun_path;
	struct stat st;
	int fd;

	if (lstat(path, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(
			err, "%s is there and no socket; remove it", path);
	fd = connect_to(address);
	if (fd >= 0) {
		close(fd);
		return err_set(err,
			"somebody answers on %s already: stop that process, "
			"or choose another path",
			path);
	}
	if (unlink(path))
		return err_set(
			err, "remove the old %s: %s", path, strerror(errno));
	return 0;
}

/* Bound with the mode that it keeps: nobody can connect in between. */
static int bind_private(int fd, const struct sockaddr_un *address)
{
	mode_t before = umask(0177);
	int result =
		bind(fd, (const struct sockaddr *)address, sizeof(*address));

	umask(before);
	return result;
}

int unix_socket_listen(const char *path, int backlog, struct err *err)
{
	struct sockaddr_un address;
	int fd;

	if (address_of(path, &address))
		return err_set(err,
			"the path of a UNIX socket has at most %zu bytes, %s "
			"has %zu: choose a shorter one",
			sizeof(address.sun_path) - 1, path, strlen(path));
	if (make_way(&address, err))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind_private(fd, &address) || listen(fd, backlog)) {
		err_set(err, "cannot listen on %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

int unix_socket_connect(const char *path)
{
	struct sockaddr_un address;

	return address_of(path, &address) ? -1 : connect_to(&address);
}
