/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/identity/state_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "conf/text_file.h"

#define STATE_FILE_MAX ((off_t)1 << 20)
#define LOCK_NAME "lock"

/* mkdir -p, each folder that is made 0700. */
static int make_folders(const char *path, struct err *err)
{
	char *copy = xstrdup(path);
	int result = 0;

	for (char *at = copy + 1; !result; at++) {
		char cut = *at;

		if (cut != '/' && cut != '\0')
			continue;
		*at = '\0';
		if (mkdir(copy, 0700) && errno != EEXIST)
			result = err_set(
				err, "make %s: %s", copy, strerror(errno));
		*at = cut;
		if (!cut)
			break;
	}
	free(copy);
	return result;
}

static int check_ours(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_set(err, "look at %s: %s", path, strerror(errno));
	if (st.st_uid != geteuid())
		return err_set(err,
			"%s belongs to user %u, not to us (%u): choose another "
			"--state-dir",
			path, (unsigned)st.st_uid, (unsigned)geteuid());
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(err,
			"%s may be written by others (mode %04o): chmod 0700 "
			"it",
			path, (unsigned)(st.st_mode & 07777));
	return 0;
}

static int take_lock(struct state_dir *dir, struct err *err)
{
	dir->lock_fd = openat(dir->fd, LOCK_NAME,
		O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (dir->lock_fd < 0)
		return err_set(err, "make %s/" LOCK_NAME ": %s", dir->path,
			strerror(errno));
	if (flock(dir->lock_fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			return err_set(err,
				"another fairway uses %s: stop it, or give "
				"this one a --state-dir of its own",
				dir->path);
		return err_set(err, "lock %s: %s", dir->path, strerror(errno));
	}
	return 0;
}

int state_dir_open(struct state_dir *ret_dir, const char *path, struct err *err)
{
	struct state_dir dir = { .fd = -1, .lock_fd = -1 };
	char *resolved;

	if (make_folders(path, err))
		return -1;
	dir.fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir.fd < 0)
		return err_set(err, "open state directory %s: %s", path,
			strerror(errno));
	resolved = realpath(path, NULL);
	dir.path = resolved ? resolved : xstrdup(path);
	if (check_ours(dir.fd, dir.path, err) || take_lock(&dir, err)) {
		state_dir_close(&dir);
		return -1;
	}
	*ret_dir = dir;
	return 0;
}

void state_dir_close(struct state_dir *dir)
{
	if (dir->lock_fd >= 0)
		close(dir->lock_fd);
	if (dir->fd >= 0)
		close(dir->fd);
	free(dir->path);
	*dir = (struct state_dir){ .fd = -1, .lock_fd = -1 };
}

static int read_all(int fd, struct buf *content)
{
	for (;;) {
		ssize_t n = read(fd, buf_reserve(content, 4096), 4096);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		buf_commit(content, (size_t)n);
	}
}

enum state_file state_dir_read(const struct state_dir *dir, const char *name,
	struct buf *ret_content, struct err *err)
{
	enum state_file result = STATE_FILE_FAILED;
	struct stat st;
	int fd = openat(
		dir->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		if (errno == ENOENT)
			return STATE_FILE_ABSENT;
		err_set(err, "open %s/%s: %s", dir->path, name,
			strerror(errno));
		return STATE_FILE_FAILED;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
		st.st_uid != geteuid() || st.st_size > STATE_FILE_MAX)
		err_set(err, "%s/%s is not a plain file of ours; remove it",
			dir->path, name);
	else if (read_all(fd, ret_content))
		err_set(err, "read %s/%s: %s", dir->path, name,
			strerror(errno));
	else
		result = STATE_FILE_READ;
	close(fd);
	return result;
}

int state_dir_write(const struct state_dir *dir, const char *name,
	struct span content, struct err *err)
{
	char temp[NAME_MAX + 8];
	int fd, failed;

	/* The lock makes us the only writer: one name is enough. */
	snprintf(temp, sizeof(temp), "%s.new", name);
	(void)unlinkat(dir->fd, temp, 0);
	fd = openat(dir->fd, temp,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, "make %s/%s: %s", dir->path, name,
			strerror(errno));
	failed = text_file_write_all(fd, content) || fsync(fd);
	failed |= close(fd);
	if (failed || renameat(dir->fd, temp, dir->fd, name) || fsync(dir->fd))
		return err_set(err, "write %s/%s: %s", dir->path, name,
			strerror(errno));
	return 0;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9');
}

static bool is_random(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_letter_or_digit(text.ptr[i]))
			return false;
	}
	return text.len == TEXT_FILE_RANDOM;
}

/* A file that mkstemp() made: there under that name only, and ours alone. */
static bool is_leftover(
	const struct state_dir *dir, const char *name, struct span prefix)
{
	struct span found = span_str(name);
	struct stat st;

	return span_starts_with(found, prefix) &&
		is_random(span_skip(found, prefix.len)) &&
		!fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) &&
		S_ISREG(st.st_mode) && st.st_nlink == 1 &&
		st.st_uid == geteuid() && (st.st_mode & 07777) == 0600;
}

void state_dir_remove_leftovers(const struct state_dir *dir, const char *name)
{
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct buf prefix = BUF_INIT;
	struct dirent *entry;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	buf_printf(&prefix, "%s" TEXT_FILE_TEMPORARY, name);
	while ((entry = readdir(folder))) {
		if (is_leftover(dir, entry->d_name, buf_span(&prefix)))
			(void)unlinkat(dir->fd, entry->d_name, 0);
	}
	buf_fini(&prefix);
	closedir(folder);
}

char *state_dir_path_of(const struct state_dir *dir, const char *name)
{
	struct buf path = BUF_INIT;
	char *result;

	buf_printf(&path, "%s/%s", dir->path, name);
	result = xstrdup(buf_cstr(&path));
	buf_fini(&path);
	return result;
}
