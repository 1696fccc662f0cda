/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "conf/text_file.h"

int sweep_file_open(struct sweep_file *file, const char *path, struct err *err)
{
	file->path = path;
	file->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	return file->fd < 0 ? err_set(err, "open %s: %s", path, strerror(errno))
			    : 0;
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
		return err_set(
			err, "write %s: %s", file->path, strerror(errno));
	/* A pipe, or a terminal, has no disk. */
	if (fdatasync(file->fd) && errno != EINVAL && errno != EROFS)
		return err_set(
			err, "sync %s: %s", file->path, strerror(errno));
	return 0;
}
