/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fake disk: a folder in memory that knows what would survive a power cut.
 *
 * Writes and changes of names are kept apart until they are synced.  After
 * power_cut() of the writes that were not synced any part may be there, each
 * torn at any byte, and of the changes of names a beginning.
 *
 * The call with the number `fail_at` fails with `fail_errno` (a write does a
 * part of its work first); `fails_on` says whether those behind it fail too.
 */
#ifndef TESTS_UNIT_PROXY_JOURNAL_FAKE_DISK_H
#define TESTS_UNIT_PROXY_JOURNAL_FAKE_DISK_H

#include <stdbool.h>

#include "base/rng.h"
#include "proxy/journal/disk.h"

enum {
	FAKE_NAMES_MAX = 16,
	FAKE_FILES_MAX = 400,
	FAKE_FDS_MAX = 8,
	FAKE_NAME_CAP = 48,
	FAKE_PENDING_MAX = 256,
};

struct fake_write {
	char *bytes; /* owned */
	size_t len;
	uint64_t at;
};

struct fake_file {
	char *bytes; /* owned; what a reader sees */
	char *synced;
	uint64_t size, synced_size;
	struct fake_write pending[FAKE_PENDING_MAX];
	size_t pending_count;
};

struct fake_name {
	char name[FAKE_NAME_CAP];
	int file; /* -1: unused */
};

struct fake_disk {
	struct fake_file *files[FAKE_FILES_MAX]; /* owned */
	size_t file_count;
	struct fake_name names[FAKE_NAMES_MAX];
	/* How the names looked after each change since the last sync. */
	struct fake_name history[FAKE_PENDING_MAX][FAKE_NAMES_MAX];
	size_t history_count;
	struct {
		int file;
		bool is_writable;
	} fds[FAKE_FDS_MAX];
	uint64_t calls;   /* that change something */
	uint64_t fail_at; /* 0: never */
	bool fails_on;
	uint64_t fail_count; /* how many fail from there; 0: one */
	int fail_errno;
	size_t torn_at;     /* bytes of a failing write that are written */
	uint64_t bytes_max; /* of all files; above it ENOSPC; 0: none */
	struct rng rng;
};

extern const struct disk_ops fake_disk_ops;

void fake_disk_init(struct fake_disk *disk, uint64_t seed);
void fake_disk_fini(struct fake_disk *disk);
/* What was not synced is there or not; open descriptors are gone. */
void fake_disk_power_cut(struct fake_disk *disk);
/* NULL: no such file. */
struct fake_file *fake_disk_find(struct fake_disk *disk, const char *name);
/* A synced file of that content, replacing what has the name. */
void fake_disk_put(struct fake_disk *disk, const char *name, const void *bytes,
	size_t len);
size_t fake_disk_count(const struct fake_disk *disk, const char *suffix);

#endif
