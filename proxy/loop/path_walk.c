/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/loop/path_walk.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/span.h"

enum {
	LINKS_MAX = 16, /* on one way, as the kernel has a limit */
};

struct walk {
	struct buf at;   /* the folder reached; "" is the root */
	struct buf rest; /* what is left of the way */
	unsigned links;
	path_walk_fn *fn;
	void *user;
};

/* The folder above: "/a/b" to "/a". */
static void go_up(struct buf *at)
{
	const char *path = buf_cstr(at);
	const char *slash = strrchr(path, '/');
	struct buf up = BUF_INIT;

	if (slash)
		buf_append(&up, path, (size_t)(slash - path));
	buf_fini(at);
	*at = up;
}

/* What a symbolic link says; false: it is none. */
static bool read_link(const char *path, char ret_target[PATH_MAX])
{
	ssize_t len = readlink(path, ret_target, PATH_MAX - 1);

	if (len < 0)
		return false;
	ret_target[len] = '\0';
	return true;
}

static bool is_there(const char *path)
{
	struct stat seen;

	return lstat(path, &seen) == 0;
}

static void tell(struct walk *walk, const char *path, bool is_link,
	bool is_last)
{
	const char *folder = buf_len(&walk->at) ? buf_cstr(&walk->at) : "/";

	if (is_link)
		walk->fn(walk->user, PATH_STEP_LINK, folder, path);
	else if (is_last)
		walk->fn(walk->user, PATH_STEP_END, folder, path);
	else if (!is_there(path))
		walk->fn(walk->user, PATH_STEP_MISSING, folder, path);
}

/*
 * `rest` loses its first part, and gets what a link says before what is left.
 */
static void step(struct walk *walk)
{
	struct span left = buf_span(&walk->rest), name = span_cut(&left, '/');
	char target[PATH_MAX];
	struct buf full = BUF_INIT, next = BUF_INIT;
	bool is_link;

	if (!name.len || span_eq_str(name, ".")) {
		buf_append_span(&next, left);
		goto out;
	}
	if (span_eq_str(name, "..")) {
		go_up(&walk->at);
		buf_append_span(&next, left);
		goto out;
	}
	buf_printf(&full, "%s/%.*s", buf_cstr(&walk->at), SPAN_ARG(name));
	is_link = read_link(buf_cstr(&full), target);
	tell(walk, buf_cstr(&full), is_link, !left.len);
	if (!is_link) {
		buf_fini(&walk->at);
		walk->at = full;
		full = BUF_INIT;
		buf_append_span(&next, left);
	} else if (++walk->links <= LINKS_MAX) {
		if (target[0] == '/')
			buf_fini(&walk->at);
		buf_append_str(&next, target);
		if (left.len) {
			buf_append_str(&next, "/");
			buf_append_span(&next, left);
		}
	}
out:
	buf_fini(&full);
	buf_fini(&walk->rest);
	walk->rest = next;
}

void path_walk(const char *path, path_walk_fn *fn, void *user)
{
	struct walk walk = {
		.at = BUF_INIT,
		.rest = BUF_INIT,
		.fn = fn,
		.user = user,
	};

	buf_append_str(&walk.rest, path);
	while (buf_len(&walk.rest))
		step(&walk);
	buf_fini(&walk.at);
	buf_fini(&walk.rest);
}
