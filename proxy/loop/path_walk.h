/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path walk: the way to a file, as the kernel goes it: each symbolic link that
 * is met, and where it ends.
 *
 *	/etc/fairway/fairway.yaml	LINK  /etc/fairway/fairway.yaml
 *	  -> ..data/fairway.yaml	LINK  /etc/fairway/..data
 *	     -> ..2026_11_30/		END   /etc/fairway/..2026_11_30/fairway.yaml
 *
 * A change of any of these names may make it another file.
 */
#ifndef PROXY_LOOP_PATH_WALK_H
#define PROXY_LOOP_PATH_WALK_H

enum path_step {
	PATH_STEP_LINK,    /* a symbolic link, followed */
	PATH_STEP_MISSING, /* a folder that is not there; the way goes on */
	PATH_STEP_END,     /* the file itself, there or not */
};

/* `path` is in `folder`; both are valid for the call only. */
typedef void path_walk_fn(void *user, enum path_step step, const char *folder,
	const char *path);

/* `path` is from the root. */
void path_walk(const char *path, path_walk_fn *fn, void *user);

#endif
