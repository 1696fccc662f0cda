/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "conf/text_file.h"

/* More than any line of ours. */
#define LINE_MAX_BYTES 16384

static int failed(const struct sweep_file *file, const char *what,
	struct err *err)
{
	return err_set(err, "%s %s: %s", what, file->path, strerror(errno));
}

/* What a full disk or a power cut left of a line would spoil the next one. */
static int cut_torn_line(const struct sweep_file *file, struct err *err)
{
	char tail[LINE_MAX_BYTES];
	const char *end;
	struct stat st;
	off_t from;
	ssize_t n;

	if (fstat(file->fd, &st))
		return failed(file, "stat", err);
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return 0;
	from = st.st_size > LINE_MAX_BYTES ? st.st_size - LINE_MAX_BYTES : 0;
	n = pread(file->fd, tail, sizeof(tail), from);
	if (n < 0)
		return failed(file, "read", err);
	end = memrchr(tail, '\n', (size_t)n);
	if (!end && from)
		return err_set(err, "%s is no file of lines", file->path);
	n = end ? end + 1 - tail : 0;
	if (ftruncate(file->fd, from + n))
		return failed(file, "cut off", err);
	return 0;
}

int sweep_file_open(struct sweep_file *file, const char *path, struct err *err)
{
	file->path = path;
	file->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return failed(file, "open", err);
	if (!cut_torn_line(file, err))
		return 0;
	sweep_file_close(file);
	return -1;
}

void sweep_file_close(struct sweep_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

int sweep_file_add(struct sweep_file *file, struct span line, struct err *err)
{
	if (text_file_write_all(file->fd, line))
		return failed(file, "write", err);
	/* A pipe, or a terminal, has no disk. */
	if (fdatasync(file->fd) && errno != EINVAL && errno != EROFS)
		return failed(file, "sync", err);
	return 0;
}
