/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/journal/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proxy/identity/state_dir.h"

static int fd_of(void *disk)
{
	const struct state_dir *folder = disk;

	return folder->fd;
}

static int folder_create(void *disk, const char *name)
{
	return openat(fd_of(disk), name,
		O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
		0600);
}

static int folder_file_close(void *disk, int fd)
{
	(void)disk;
	return close(fd);
}

static int folder_file_open(void *disk, const char *name)
{
	struct stat st;
	/* A FIFO of that name must not make us wait. */
	int fd = openat(fd_of(disk), name,
		O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
		st.st_uid == geteuid())
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

static int64_t folder_size(void *disk, int fd)
{
	struct stat st;

	(void)disk;
	return fstat(fd, &st) ? -1 : (int64_t)st.st_size;
}

static int64_t folder_read(
	void *disk, int fd, void *to, size_t len, uint64_t at)
{
	(void)disk;
	return pread(fd, to, len, (off_t)at);
}

static int64_t folder_write(
	void *disk, int fd, const void *from, size_t len, uint64_t at)
{
	(void)disk;
	return pwrite(fd, from, len, (off_t)at);
}

static int folder_allocate(void *disk, int fd, uint64_t size)
{
	int error;

	(void)disk;
	/* Where the file system cannot, the library writes zeros. */
	do {
		error = posix_fallocate(fd, 0, (off_t)size);
	} while (error == EINTR);
	errno = error;
	return error ? -1 : 0;
}

static int folder_sync(void *disk, int fd)
{
	(void)disk;
	return fdatasync(fd);
}

static int folder_sync_names(void *disk)
{
	return fsync(fd_of(disk));
}

static int folder_rename(void *disk, const char *from, const char *to)
{
	return renameat(fd_of(disk), from, fd_of(disk), to);
}

static int folder_remove(void *disk, const char *name)
{
	return unlinkat(fd_of(disk), name, 0);
}

static int folder_list(
	void *disk, void (*each)(void *user, const char *name), void *user)
{
	int fd = openat(fd_of(disk), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0)
		each(user, entry->d_name);
	if (errno) {
		int error = errno;

		closedir(dir);
		errno = error;
		return -1;
	}
	return closedir(dir);
}

const struct disk_ops disk_folder = {
	.create = folder_create,
	.open = folder_file_open,
	.close = folder_file_close,
	.size = folder_size,
	.read = folder_read,
	.write = folder_write,
	.allocate = folder_allocate,
	.sync = folder_sync,
	.sync_names = folder_sync_names,
	.rename = folder_rename,
	.remove = folder_remove,
	.list = folder_list,
};
