/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status: a view as one JSON document, and that document as a table for
 * people.  The first is made by who runs, the second by `fairway status`,
 * which may be of another version: it takes what it knows.
 */
#ifndef PROXY_OBSERVE_STATUS_H
#define PROXY_OBSERVE_STATUS_H

#include "base/buf.h"
#include "base/err.h"
#include "proxy/observe/view.h"

void status_write_json(const struct view *view, struct buf *ret_json);
/* Returns 0, or -1 if it is no such document. */
int status_write_table(
	struct span json, struct buf *ret_table, struct err *err);

/* Parts of it, and as tables for `fairway lanes` and `fairway upstream`. */
void lanes_write_json(const struct view *view, struct buf *ret_json);
int lanes_write_table(struct span json, struct buf *ret_table, struct err *err);
void upstream_write_json(const struct view *view, struct buf *ret_json);
int upstream_write_table(
	struct span json, struct buf *ret_table, struct err *err);

/* What runs, {"configuration":"…"}: as /configz shows it, in one line. */
void configuration_write_json(const struct view *view, struct buf *ret_json);
/* The same of any. */
struct config;
void configuration_write(const struct config *config, struct buf *ret_json);
/* The text in it.  Returns 0, or -1 if it is no such document. */
int configuration_read(struct span json, struct buf *ret_yaml, struct err *err);

/*
 * The time that `thousandths` of the counted ones did not exceed, as
 * Prometheus' histogram_quantile() reads it: linear inside a bucket, the last
 * bound where it is above that.  USEC_NEVER: nothing was counted.
 */
usec_t status_quantile(
	const uint64_t buckets[STATS_WAIT_BUCKETS], unsigned thousandths);

#endif
