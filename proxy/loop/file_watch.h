/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File watch: says that some of a set of files may have changed.
 *
 *	/etc/fairway/fairway.yaml -> ..data/fairway.yaml
 *	/etc/fairway/..data       -> ..2026_11_30_12_00/
 *
 * Names are watched in their folders (inotify), not files: the file's own, and
 * that of each symbolic link on the way, since a ConfigMap or a Secret swaps a
 * link, and editors rename.  What counts is a file that was closed behind
 * writing, a name that something was renamed to, and a link or a folder on the
 * way that was made; so who writes a file in place is not disturbed in the
 * middle.
 *
 * Many changes at once are one call.  The way is walked again at each, before
 * the call: a change that comes later makes another one.
 */
#ifndef PROXY_LOOP_FILE_WATCH_H
#define PROXY_LOOP_FILE_WATCH_H

#include <stddef.h>

#include "base/err.h"

struct file_watch;
struct loop;

/* NULL: the kernel gives no more of these. */
struct file_watch *file_watch_new(struct loop *loop, void (*fn)(void *user),
	void *user, struct err *err);
void file_watch_free(struct file_watch *watch);
/* These, from the root, and no others from now on; "" is none. */
void file_watch_set(
	struct file_watch *watch, const char *const *paths, size_t count);

#endif
