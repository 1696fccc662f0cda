/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small text files, read and written as a whole.
 */
#ifndef CONF_TEXT_FILE_H
#define CONF_TEXT_FILE_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Appends the file's content.  More than `max` bytes is an error.  The text
 * of an error does not name the file.
 */
int text_file_read(
	const char *path, size_t max, struct buf *ret_text, struct err *err);

/*
 * Replaces or makes the file, mode 0600: written to a temporary file beside
 * it, synced and renamed, so that a reader sees the old content or the new.
 */
int text_file_write(const char *path, struct span text, struct err *err);

/* Of that the name is `path`, this, and so many letters and digits. */
#define TEXT_FILE_TEMPORARY ".fairway-"
#define TEXT_FILE_RANDOM 6

/* Writes all of it to a descriptor, however often it takes.  0 or -1. */
int text_file_write_all(int fd, struct span text);

/*
 * `path` as seen from the folder that the file `from` is in; an absolute one
 * and "" stay as they are.  free() it.
 */
char *text_file_resolve(const char *from, const char *path);

/* The same path, from the root: it is seen from where we are.  free() it. */
char *text_file_absolute(const char *path);

#endif
