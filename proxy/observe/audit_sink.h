/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit sink: where audit events go, and a thread that takes them there, so
 * that the loop never waits for a disk or for who reads.
 *
 *	loop    audit_sink_put(line) …   bounded in bytes; full: dropped
 *	            |
 *	            v one list, under one lock that nobody holds while it writes
 *	thread  the first line -> file (audit_file.h) or descriptor, then off
 *	            |                                         the list
 *	loop    on_state(failing, why)
 *
 * What cannot be written stays the first line and is tried again every
 * second: a short fault loses nothing, a longer one those that find no room.
 * Each is written or counted as dropped.  Lines stay in order.
 */
#ifndef PROXY_OBSERVE_AUDIT_SINK_H
#define PROXY_OBSERVE_AUDIT_SINK_H

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"
#include "base/util.h"

struct audit_sink;
struct loop;

struct audit_sink_settings {
	const char *path; /* of the file; "": `fd` */
	int fd;           /* borrowed: standard output */
	uint64_t file_bytes_max;
	unsigned backups;
	uint64_t queue_bytes_max; /* of lines that wait */
	unsigned retry_ms;
};

/* A line could not be written, `trouble` says why; or all is well: "". */
typedef void audit_state_fn(void *user, bool is_failing, const char *trouble);

struct audit_figures {
	uint64_t written; /* events */
	uint64_t dropped;
	uint64_t waiting;
	bool is_failing;
	struct err trouble; /* "": none */
};

/* Opens the file, or NULL. */
struct audit_sink *audit_sink_new(struct loop *loop,
	const struct audit_sink_settings *settings, audit_state_fn *on_state,
	void *user, struct err *err);
/* Writes what waits, unless that takes long. */
void audit_sink_free(struct audit_sink *sink);

/* Copies the line, which ends with a line feed; false: it was dropped. */
bool audit_sink_put(struct audit_sink *sink, struct span line);

void audit_sink_read_figures(
	struct audit_sink *sink, struct audit_figures *ret_figures);

#endif
