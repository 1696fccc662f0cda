/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/proxy/journal/fake_disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

void fake_disk_init(struct fake_disk *disk, uint64_t seed)
{
	memset(disk, 0, sizeof(*disk));
	rng_init(&disk->rng, seed);
	for (size_t i = 0; i < FAKE_NAMES_MAX; i++)
		disk->names[i].file = -1;
	for (size_t i = 0; i < FAKE_FDS_MAX; i++)
		disk->fds[i].file = -1;
	memcpy(disk->history[0], disk->names, sizeof(disk->names));
	disk->history_count = 1;
}

static void drop_pending(struct fake_file *file)
{
	for (size_t i = 0; i < file->pending_count; i++)
		free(file->pending[i].bytes);
	file->pending_count = 0;
}

void fake_disk_fini(struct fake_disk *disk)
{
	for (size_t i = 0; i < disk->file_count; i++) {
		drop_pending(disk->files[i]);
		free(disk->files[i]->bytes);
		free(disk->files[i]->synced);
		free(disk->files[i]);
	}
}

/* ---- failing ------------------------------------------------------------- */

static bool fails(struct fake_disk *disk)
{
	disk->calls++;
	if (disk->fail_at == 0 || disk->calls < disk->fail_at ||
		(disk->calls >= disk->fail_at + u64_max(1, disk->fail_count) &&
			!disk->fails_on))
		return false;
	errno = disk->fail_errno;
	return true;
}

/* ---- names --------------------------------------------------------------- */

static struct fake_name *name_find(struct fake_disk *disk, const char *name)
{
	for (size_t i = 0; i < FAKE_NAMES_MAX; i++) {
		if (disk->names[i].file >= 0 &&
			strcmp(disk->names[i].name, name) == 0)
			return &disk->names[i];
	}
	return NULL;
}

static void name_add(struct fake_disk *disk, const char *name, int file)
{
	for (size_t i = 0; i < FAKE_NAMES_MAX; i++) {
		if (disk->names[i].file >= 0)
			continue;
		CHECK(strlen(name) < FAKE_NAME_CAP);
		strcpy(disk->names[i].name, name);
		disk->names[i].file = file;
		return;
	}
	CHECK_UNREACHABLE();
}

static void names_changed(struct fake_disk *disk)
{
	CHECK(disk->history_count < FAKE_PENDING_MAX);
	memcpy(disk->history[disk->history_count++], disk->names,
		sizeof(disk->names));
}

static void names_synced(struct fake_disk *disk)
{
	memcpy(disk->history[0], disk->names, sizeof(disk->names));
	disk->history_count = 1;
}

struct fake_file *fake_disk_find(struct fake_disk *disk, const char *name)
{
	struct fake_name *entry = name_find(disk, name);

	return entry ? disk->files[entry->file] : NULL;
}

size_t fake_disk_count(const struct fake_disk *disk, const char *suffix)
{
	size_t count = 0;

	for (size_t i = 0; i < FAKE_NAMES_MAX; i++) {
		const struct fake_name *entry = &disk->names[i];
		size_t len = strlen(entry->name);

		count += entry->file >= 0 && len >= strlen(suffix) &&
			strcmp(entry->name + len - strlen(suffix), suffix) == 0;
	}
	return count;
}

/* ---- the calls ----------------------------------------------------------- */

static int fd_new(struct fake_disk *disk, int file, bool is_writable)
{
	for (int fd = 0; fd < FAKE_FDS_MAX; fd++) {
		if (disk->fds[fd].file >= 0)
			continue;
		disk->fds[fd].file = file;
		disk->fds[fd].is_writable = is_writable;
		return fd;
	}
	CHECK_UNREACHABLE();
}

static struct fake_file *file_of(struct fake_disk *disk, int fd)
{
	CHECK(fd >= 0 && fd < FAKE_FDS_MAX && disk->fds[fd].file >= 0);
	return disk->files[disk->fds[fd].file];
}

static int file_new(struct fake_disk *disk)
{
	CHECK(disk->file_count < FAKE_FILES_MAX);
	disk->files[disk->file_count] = xcalloc(1, sizeof(struct fake_file));
	return (int)disk->file_count++;
}

static int fake_create(void *user, const char *name)
{
	struct fake_disk *disk = user;
	int file;

	if (fails(disk))
		return -1;
	if (name_find(disk, name)) {
		errno = EEXIST;
		return -1;
	}
	file = file_new(disk);
	name_add(disk, name, file);
	names_changed(disk);
	return fd_new(disk, file, true);
}

static int fake_open(void *user, const char *name)
{
	struct fake_disk *disk = user;
	struct fake_name *entry = name_find(disk, name);

	if (!entry) {
		errno = ENOENT;
		return -1;
	}
	return fd_new(disk, entry->file, false);
}

static int fake_close(void *user, int fd)
{
	struct fake_disk *disk = user;

	file_of(disk, fd);
	disk->fds[fd].file = -1;
	return 0;
}

static int64_t fake_size(void *user, int fd)
{
	return (int64_t)file_of(user, fd)->size;
}

static int64_t fake_read(void *user, int fd, void *to, size_t len, uint64_t at)
{
	const struct fake_file *file = file_of(user, fd);

	if (at >= file->size)
		return 0;
	len = u64_min(len, file->size - at);
	memcpy(to, file->bytes + at, len);
	return (int64_t)len;
}

static void grow(char **bytes, uint64_t *size, uint64_t to)
{
	if (to <= *size)
		return;
	*bytes = xrealloc(*bytes, to);
	memset(*bytes + *size, 0, to - *size);
	*size = to;
}

static uint64_t bytes_used(const struct fake_disk *disk)
{
	uint64_t used = 0;

	for (size_t i = 0; i < FAKE_NAMES_MAX; i++) {
		if (disk->names[i].file >= 0)
			used += disk->files[disk->names[i].file]->size;
	}
	return used;
}

static void write_now(
	struct fake_file *file, const void *from, size_t len, uint64_t at)
{
	struct fake_write *write;

	if (len == 0)
		return;
	CHECK(file->pending_count < FAKE_PENDING_MAX);
	write = &file->pending[file->pending_count++];
	write->bytes = xmalloc(len);
	memcpy(write->bytes, from, len);
	write->len = len;
	write->at = at;
	grow(&file->bytes, &file->size, at + len);
	memcpy(file->bytes + at, from, len);
}

static int64_t fake_write(
	void *user, int fd, const void *from, size_t len, uint64_t at)
{
	struct fake_disk *disk = user;
	struct fake_file *file = file_of(disk, fd);

	CHECK(disk->fds[fd].is_writable);
	if (fails(disk)) {
		size_t torn = u64_min(len, disk->torn_at);

		write_now(file, from, torn, at);
		/* Short first, failing the next time. */
		if (torn > 0 && !disk->fails_on) {
			disk->fail_at = disk->calls + 1;
			disk->torn_at = 0;
			return (int64_t)torn;
		}
		return -1;
	}
	write_now(file, from, len, at);
	return (int64_t)len;
}

static int fake_allocate(void *user, int fd, uint64_t size)
{
	struct fake_disk *disk = user;
	struct fake_file *file = file_of(disk, fd);

	if (fails(disk))
		return -1;
	if (disk->bytes_max && bytes_used(disk) + size > disk->bytes_max) {
		errno = ENOSPC;
		return -1;
	}
	grow(&file->bytes, &file->size, size);
	return 0;
}

static void sync_file(struct fake_file *file)
{
	grow(&file->synced, &file->synced_size, file->size);
	if (file->size > 0)
		memcpy(file->synced, file->bytes, file->size);
	drop_pending(file);
}

static int fake_sync(void *user, int fd)
{
	if (fails(user))
		return -1;
	sync_file(file_of(user, fd));
	return 0;
}

static int fake_sync_names(void *user)
{
	if (fails(user))
		return -1;
	names_synced(user);
	return 0;
}

static int fake_rename(void *user, const char *from, const char *to)
{
	struct fake_disk *disk = user;
	struct fake_name *entry, *old;

	if (fails(disk))
		return -1;
	entry = name_find(disk, from);
	if (!entry) {
		errno = ENOENT;
		return -1;
	}
	old = name_find(disk, to);
	if (old)
		old->file = -1;
	strcpy(entry->name, to);
	names_changed(disk);
	return 0;
}

static int fake_remove(void *user, const char *name)
{
	struct fake_disk *disk = user;
	struct fake_name *entry;

	if (fails(disk))
		return -1;
	entry = name_find(disk, name);
	if (!entry) {
		errno = ENOENT;
		return -1;
	}
	entry->file = -1;
	names_changed(disk);
	return 0;
}

static int fake_list(
	void *user, void (*each)(void *user, const char *name), void *each_user)
{
	struct fake_disk *disk = user;

	for (size_t i = 0; i < FAKE_NAMES_MAX; i++) {
		if (disk->names[i].file >= 0)
			each(each_user, disk->names[i].name);
	}
	return 0;
}

const struct disk_ops fake_disk_ops = {
	.create = fake_create,
	.open = fake_open,
	.close = fake_close,
	.size = fake_size,
	.read = fake_read,
	.write = fake_write,
	.allocate = fake_allocate,
	.sync = fake_sync,
	.sync_names = fake_sync_names,
	.rename = fake_rename,
	.remove = fake_remove,
	.list = fake_list,
};

/* ---- the power ----------------------------------------------------------- */

/* Any part of what was not synced, each write torn anywhere. */
static void cut_file(struct fake_disk *disk, struct fake_file *file)
{
	for (size_t i = 0; i < file->pending_count; i++) {
		const struct fake_write *write = &file->pending[i];
		size_t len = 0;

		switch (rng_below(&disk->rng, 3)) {
		case 0:
			break;
		case 1:
			len = write->len;
			break;
		case 2:
			len = (size_t)rng_below(&disk->rng, write->len + 1);
			break;
		}
		if (len == 0)
			continue;
		grow(&file->synced, &file->synced_size, write->at + len);
		memcpy(file->synced + write->at, write->bytes, len);
	}
	drop_pending(file);
	/* What was allocated may be there, too: as zeros. */
	if (rng_below(&disk->rng, 2))
		grow(&file->synced, &file->synced_size, file->size);
	file->bytes = xrealloc(file->bytes, file->synced_size + 1);
	if (file->synced_size > 0)
		memcpy(file->bytes, file->synced, file->synced_size);
	file->size = file->synced_size;
}

void fake_disk_power_cut(struct fake_disk *disk)
{
	size_t kept = (size_t)rng_below(&disk->rng, disk->history_count);

	memcpy(disk->names, disk->history[kept], sizeof(disk->names));
	names_synced(disk);
	for (size_t i = 0; i < disk->file_count; i++)
		cut_file(disk, disk->files[i]);
	for (size_t i = 0; i < FAKE_FDS_MAX; i++)
		disk->fds[i].file = -1;
	disk->fail_at = 0;
}

void fake_disk_put(
	struct fake_disk *disk, const char *name, const void *bytes, size_t len)
{
	struct fake_name *entry = name_find(disk, name);
	struct fake_file *file;
	int number;

	if (entry)
		entry->file = -1;
	number = file_new(disk);
	file = disk->files[number];
	name_add(disk, name, number);
	names_synced(disk);
	write_now(file, bytes, len, 0);
	sync_file(file);
}
