/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File: lines that are only ever added, for a record or an audit log.  A line
 * is on the disk when it was added; what is left of one that was not finished is
 * cut off when the file is opened.  Created with mode 0600.
 */
#ifndef PROXY_SWEEP_FILE_H
#define PROXY_SWEEP_FILE_H

#include "base/err.h"
#include "base/span.h"

struct sweep_file {
	const char *path; /* borrowed */
	int fd;           /* -1: not open */
};

int sweep_file_open(struct sweep_file *file, const char *path, struct err *err);
void sweep_file_close(struct sweep_file *file);
/* The line's end is part of it. */
int sweep_file_add(struct sweep_file *file, struct span line, struct err *err);

#endif
