/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state directory: what Fairway keeps between restarts (its private CA,
 * the kubeconfig for its clients, the admin socket).
 *
 * It is opened once, without following a symbolic link at its end, must
 * belong to us and be writable by nobody else, and is locked while we run, so
 * that two Fairways never share one.  Files in it are read and written
 * relative to that descriptor, 0600, and replaced as a whole: a reader sees
 * the old content or the new one.
 */
#ifndef PROXY_IDENTITY_STATE_DIR_H
#define PROXY_IDENTITY_STATE_DIR_H

#include "base/buf.h"
#include "base/err.h"

struct state_dir {
	char *path; /* owned, absolute */
	int fd;
	int lock_fd;
};

/* Makes the folder (0700) if need be, and locks it.  Returns 0 or -1. */
int state_dir_open(
	struct state_dir *ret_dir, const char *path, struct err *err);
void state_dir_close(struct state_dir *dir);

enum state_file { STATE_FILE_READ, STATE_FILE_ABSENT, STATE_FILE_FAILED };

/*
 * Appends the whole file to `ret_content`.  Refuses what is not a plain file
 * of ours with one link, or is larger than 1 MiB.
 */
enum state_file state_dir_read(const struct state_dir *dir, const char *name,
	struct buf *ret_content, struct err *err);
int state_dir_write(const struct state_dir *dir, const char *name,
	struct span content, struct err *err);
/*
 * Removes what text_file_write() of `name` in it left when it was killed.
 * Nothing that is not ours, or that it cannot have made, is touched.
 */
void state_dir_remove_leftovers(const struct state_dir *dir, const char *name);
/* The path of a file in it; free() it. */
char *state_dir_path_of(const struct state_dir *dir, const char *name);

#endif
