/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

#define READ_STEP ((size_t)16 * 1024)

static int read_all(int fd, size_t max, struct buf *text, struct err *err)
{
	size_t sum = 0;

	for (;;) {
		char *at = buf_reserve(text, READ_STEP);
		ssize_t n = read(fd, at, READ_STEP);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(
				err, "cannot be read: %s", strerror(errno));
		if (n == 0)
			return 0;
		sum += (size_t)n;
		if (sum > max)
			return err_set(
				err, "is larger than %zu KiB", max / 1024);
		buf_commit(text, (size_t)n);
	}
}

int text_file_read(
	const char *path, size_t max, struct buf *ret_text, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int rc;

	if (fd < 0)
		return err_set(err, "cannot be opened: %s", strerror(errno));
	rc = read_all(fd, max, ret_text, err);
	close(fd);
	return rc;
}

int text_file_write_all(int fd, struct span text)
{
	while (text.len) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text = span_skip(text, (size_t)n);
	}
	return 0;
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/")
			     : xstrndup(path, (size_t)(slash - path));
}

/* A rename lasts only once the folder is on the disk too. */
static int sync_folder(const char *path)
{
	char *folder = folder_of(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	/* Some file systems cannot: the file itself is synced. */
	if (rc && (errno == EINVAL || errno == ENOTSUP))
		rc = 0;
	if (fd >= 0)
		close(fd);
	free(folder);
	return rc;
}

int text_file_write(const char *path, struct span text, struct err *err)
{
	struct buf name = BUF_INIT;
	char *temporary;
	int fd, rc = -1;

	buf_printf(&name, "%s" TEXT_FILE_TEMPORARY "XXXXXX", path);
	temporary = xstrdup(buf_cstr(&name));
	buf_fini(&name);
	fd = mkstemp(temporary); /* 0600 whatever the umask */
	if (fd < 0) {
		err_set(err, "cannot create %s: %s", temporary,
			strerror(errno));
		goto out;
	}
	rc = text_file_write_all(fd, text);
	if (!rc)
		rc = fsync(fd);
	if (close(fd))
		rc = -1;
	if (!rc)
		rc = rename(temporary, path);
	if (rc) {
		err_set(err, "cannot write %s: %s", path, strerror(errno));
		unlink(temporary);
		goto out;
	}
	rc = sync_folder(path);
	if (rc)
		err_set(err, "cannot sync the folder of %s: %s", path,
			strerror(errno));
out:
	free(temporary);
	return rc;
}

char *text_file_resolve(const char *from, const char *path)
{
	struct buf joined = BUF_INIT;
	char *folder, *result;

	if (!*path || *path == '/' || !strchr(from, '/'))
		return xstrdup(path);
	folder = folder_of(from);
	buf_printf(&joined, "%s%s%s", folder, strcmp(folder, "/") ? "/" : "",
		path);
	result = xstrdup(buf_cstr(&joined));
	buf_fini(&joined);
	free(folder);
	return result;
}

char *text_file_absolute(const char *path)
{
	char here[PATH_MAX];
	struct buf joined = BUF_INIT;
	char *result;

	/* Without a current folder there is nothing better than `path`. */
	if (*path == '/' || !getcwd(here, sizeof(here)))
		return xstrdup(path);
	buf_printf(&joined, "%s/%s", strcmp(here, "/") ? here : "", path);
	result = xstrdup(buf_cstr(&joined));
	buf_fini(&joined);
	return result;
}
