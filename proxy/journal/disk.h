/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disk: what the journal needs of a folder on a disk, as a table, so that
 * tests can make every call of it fail, tear every write, and cut the power
 * between any two.
 *
 * All calls block.  They return -1 with errno set where they fail; reads and
 * writes may be short.  Names have no slash.
 */
#ifndef PROXY_JOURNAL_DISK_H
#define PROXY_JOURNAL_DISK_H

#include <stddef.h>
#include <stdint.h>

struct disk_ops {
	/* A new file, 0600, which must not be there yet; to write. */
	int (*create)(void *disk, const char *name);
	/* An existing plain file of ours with one link; to read. */
	int (*open)(void *disk, const char *name);
	int (*close)(void *disk, int fd);
	int64_t (*size)(void *disk, int fd);
	int64_t (*read)(void *disk, int fd, void *to, size_t len, uint64_t at);
	int64_t (*write)(
		void *disk, int fd, const void *from, size_t len, uint64_t at);
	/* Room for `size` bytes, which read as zeros until written. */
	int (*allocate)(void *disk, int fd, uint64_t size);
	int (*sync)(void *disk, int fd);
	/* Names that were made, changed and removed are there to stay. */
	int (*sync_names)(void *disk);
	/* Replaces what has the name `to`. */
	int (*rename)(void *disk, const char *from, const char *to);
	int (*remove)(void *disk, const char *name);
	int (*list)(void *disk, void (*each)(void *user, const char *name),
		void *user);
};

/*
 * A folder of the file system: `disk` is its struct state_dir, which was
 * opened without following links, is ours alone and locked (J7, F25).
 */
extern const struct disk_ops disk_folder;

#endif
