/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit file: a file of whole lines that does not grow without end.
 *
 *	audit.log	what is written now; at its size limit it becomes
 *	audit.log.1	… the last one, that .2, and so on; the oldest goes
 *
 * A line is in the file as a whole or not at all: what a failed write leaves
 * of one is cut off again, and what a killed process left is cut off when the
 * file is opened.  It is 0600, a plain file of ours, and never a link.
 *
 * Somebody else may move the file away (logrotate): the next line goes to a
 * new one.  Or empty it.
 */
#ifndef PROXY_OBSERVE_AUDIT_FILE_H
#define PROXY_OBSERVE_AUDIT_FILE_H

#include <sys/types.h>

#include "base/err.h"
#include "base/span.h"
#include "base/util.h"

struct audit_file {
	char *path;         /* owned */
	uint64_t bytes_max; /* of one file */
	unsigned backups;   /* files besides the one that is written */
	int fd;             /* -1: not open now */
	uint64_t size;
	dev_t dev; /* which file it is, as the next */
	ino_t ino;
};

/* On failure nothing is to be closed. */
int audit_file_open(struct audit_file *ret_file, const char *path,
	uint64_t bytes_max, unsigned backups, struct err *err);
void audit_file_close(struct audit_file *file);

/* `line` ends with its line feed.  -1: nothing of it is in the file. */
int audit_file_append(
	struct audit_file *file, struct span line, struct err *err);

#endif
