/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"

enum {
	/* What is read at one time in search of the last line's end. */
	TAIL_BYTES = 4096,
};

static int fail(const struct audit_file *file, const char *what,
	struct err *err)
{
	return err_set(err, "%s %s: %s", what, file->path, strerror(errno));
}

/* ---- opening ------------------------------------------------------------- */

/* Where the last whole line ends; -1: it cannot be read. */
static off_t end_of_lines(int fd, off_t size)
{
	char bytes[TAIL_BYTES];

	while (size > 0) {
		off_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
		ssize_t len = pread(fd, bytes, (size_t)(size - from), from);
		const char *at;

		if (len != size - from)
			return -1;
		at = memrchr(bytes, '\n', (size_t)len);
		if (at)
			return from + (at - bytes) + 1;
		size = from;
	}
	return 0;
}

/* A plain file of ours that nobody else reads. */
static int check_file(const struct audit_file *file, int fd,
	struct stat *ret_stat, struct err *err)
{
	if (fstat(fd, ret_stat) != 0)
		return fail(file, "look at", err);
	if (!S_ISREG(ret_stat->st_mode) || ret_stat->st_nlink != 1)
		return err_set(err, "%s is not a plain file with one name",
			file->path);
	if (ret_stat->st_uid != geteuid())
		return err_set(err, "%s belongs to somebody else", file->path);
	if (ret_stat->st_mode & 077 && fchmod(fd, 0600) != 0)
		return fail(file, "chmod", err);
	return 0;
}

static int open_it(struct audit_file *file, struct err *err)
{
	/* O_NONBLOCK: a pipe of that name is refused and not waited for. */
	int fd = open(file->path,
		O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
			O_NOCTTY | O_NONBLOCK,
		0600);
	struct stat stat;
	off_t end;

	if (fd < 0)
		return fail(file, "open", err);
	if (check_file(file, fd, &stat, err) != 0)
		goto fail;
	end = end_of_lines(fd, stat.st_size);
	if (end < 0 || (end < stat.st_size && ftruncate(fd, end) != 0)) {
		fail(file, "cut the last line of", err);
		goto fail;
	}
	file->fd = fd;
	file->size = (uint64_t)end;
	file->dev = stat.st_dev;
	file->ino = stat.st_ino;
	return 0;
fail:
	close(fd);
	return -1;
}

static void close_it(struct audit_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

int audit_file_open(struct audit_file *ret_file, const char *path,
	uint64_t bytes_max, unsigned backups, struct err *err)
{
	*ret_file = (struct audit_file){
		.path = xstrdup(path),
		.bytes_max = bytes_max,
		.backups = backups,
		.fd = -1,
	};
	if (open_it(ret_file, err) == 0)
		return 0;
	audit_file_close(ret_file);
	return -1;
}

void audit_file_close(struct audit_file *file)
{
	close_it(file);
	free(file->path);
	file->path = NULL;
}

/* ---- rotation ------------------------------------------------------------ */

static int move(const struct audit_file *file, unsigned from, unsigned to,
	struct err *err)
{
	struct buf old = BUF_INIT, fresh = BUF_INIT;
	int result = 0;

	buf_append_str(&old, file->path);
	if (from > 0)
		buf_printf(&old, ".%u", from);
	buf_printf(&fresh, "%s.%u", file->path, to);
	if (rename(buf_cstr(&old), buf_cstr(&fresh)) != 0 && errno != ENOENT)
		result = err_set(err, "rename %s to %s: %s", buf_cstr(&old),
			buf_cstr(&fresh), strerror(errno));
	buf_fini(&old);
	buf_fini(&fresh);
	return result;
}

/* Whatever of it fails, no line is lost that a later try would keep. */
static int rotate(struct audit_file *file, struct err *err)
{
	if (file->backups == 0) {
		if (ftruncate(file->fd, 0) != 0)
			return fail(file, "empty", err);
		file->size = 0;
		return 0;
	}
	for (unsigned i = file->backups; i > 0; i--)
		if (move(file, i - 1, i, err) != 0)
			return -1;
	close_it(file);
	return open_it(file, err);
}

/* ---- lines --------------------------------------------------------------- */

/* Somebody else may have moved it away, or emptied it (copytruncate). */
static void look_at_name(struct audit_file *file)
{
	struct stat now;

	if (lstat(file->path, &now) != 0 || now.st_dev != file->dev ||
		now.st_ino != file->ino)
		close_it(file);
	else
		file->size = u64_min(file->size, (uint64_t)now.st_size);
}

/* Takes back what there is of a line that could not be written. */
static void cut(struct audit_file *file)
{
	if (ftruncate(file->fd, (off_t)file->size) != 0)
		close_it(file); /* it is cut when it is opened again */
}

static int write_line(
	struct audit_file *file, struct span line, struct err *err)
{
	while (line.len > 0) {
		ssize_t n = write(file->fd, line.ptr, line.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(file, "write", err);
		line = span_skip(line, (size_t)n);
	}
	return 0;
}

int audit_file_append(
	struct audit_file *file, struct span line, struct err *err)
{
	CHECK(line.len > 0 && line.ptr[line.len - 1] == '\n');
	if (file->fd >= 0)
		look_at_name(file);
	if (file->fd < 0 && open_it(file, err) != 0)
		return -1;
	if (file->size > 0 && file->size + line.len > file->bytes_max &&
		rotate(file, err) != 0)
		return -1;
	if (write_line(file, line, err) != 0) {
		cut(file);
		return -1;
	}
	file->size += line.len;
	return 0;
}
