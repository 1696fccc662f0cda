/* SPDX-License-Identifier: Apache-2.0 */
/* The way to a file: links, what is missing, and where it ends. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "proxy/loop/path_walk.h"

struct world {
	char *folder; /* without links, as /tmp may have */
	struct buf said;
};

static struct world *new_world(void)
{
	char name[] = "/tmp/fairway-walk.XXXXXX";
	struct world *w = xcalloc(1, sizeof(*w));

	cr_assert(mkdtemp(name));
	w->folder = realpath(name, NULL);
	cr_assert(chdir(w->folder) == 0);
	return w;
}

static void free_world(struct world *w)
{
	struct buf command = BUF_INIT;

	cr_assert(chdir("/") == 0);
	buf_printf(&command, "rm -rf '%s'", w->folder);
	cr_assert(system(buf_cstr(&command)) == 0);
	buf_fini(&command);
	buf_fini(&w->said);
	free(w->folder);
	free(w);
}

/* Of what is in the world's folder, without its path. */
static void note(struct world *w, enum path_step step, const char *folder,
	const char *path)
{
	static const char *const NAMES[] = {
		[PATH_STEP_LINK] = "link",
		[PATH_STEP_MISSING] = "missing",
		[PATH_STEP_END] = "end",
	};
	size_t len = strlen(w->folder);

	if (strncmp(path, w->folder, len))
		return;
	cr_expect(!strncmp(path, folder, strlen(folder)));
	buf_printf(&w->said, "%s %s; ", NAMES[step], path + len);
}

static void on_step(void *user, enum path_step step, const char *folder,
	const char *path)
{
	note(user, step, folder, path);
}

static void expect_way(struct world *w, const char *to, const char *wanted)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s", w->folder, to);
	buf_clear(&w->said);
	path_walk(buf_cstr(&path), on_step, w);
	cr_expect_str_eq(buf_cstr(&w->said), wanted);
	buf_fini(&path);
}

Test(path_walk, tells_links_and_the_end)
{
	struct world *w = new_world();

	cr_assert(mkdir("..1", 0700) == 0);
	cr_assert(symlink("..1", "..data") == 0);
	cr_assert(symlink("..data/file", "file") == 0);
	expect_way(w, "plain", "end /plain; ");
	expect_way(w, "file", "link /file; link /..data; end /..1/file; ");
	expect_way(w, "./..1/../file", "link /file; link /..data; "
				       "end /..1/file; ");
	free_world(w);
}

Test(path_walk, goes_on_where_folders_are_missing)
{
	struct world *w = new_world();

	expect_way(w, "a/b/c", "missing /a; missing /a/b; end /a/b/c; ");
	free_world(w);
}

Test(path_walk, gives_up_links_in_a_circle)
{
	struct world *w = new_world();

	cr_assert(symlink("b", "a") == 0);
	cr_assert(symlink("a", "b") == 0);
	expect_way(w, "a",
		"link /a; link /b; link /a; link /b; link /a; link /b; "
		"link /a; link /b; link /a; link /b; link /a; link /b; "
		"link /a; link /b; link /a; link /b; link /a; ");
	free_world(w);
}
