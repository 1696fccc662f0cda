/* SPDX-License-Identifier: Apache-2.0 */
/* Each way in which files are changed. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "proxy/loop/file_watch.h"
#include "proxy/loop/loop.h"

struct fixture {
	struct loop *loop;
	struct file_watch *watch;
	struct loop_timer limit;
	char folder[64];
	unsigned calls;
	bool is_late;
};

static void on_change(void *user)
{
	struct fixture *f = user;

	f->calls++;
	loop_stop(f->loop);
}

static void on_limit(void *user)
{
	struct fixture *f = user;

	f->is_late = true;
	loop_stop(f->loop);
}

static const char *in(const struct fixture *f, const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", f->folder, name);
	return path;
}

static void put(const struct fixture *f, const char *name, const char *text)
{
	FILE *file = fopen(in(f, name), "w");

	cr_assert(file);
	fputs(text, file);
	fclose(file);
}

static void folder(const struct fixture *f, const char *name)
{
	cr_assert_eq(mkdir(in(f, name), 0700), 0);
}

static void symlink_to(
	const struct fixture *f, const char *target, const char *name)
{
	cr_assert_eq(symlink(target, in(f, name)), 0);
}

static void move(const struct fixture *f, const char *from, const char *to)
{
	cr_assert_eq(rename(in(f, from), in(f, to)), 0);
}

static void begin(struct fixture *f)
{
	struct err err;

	*f = (struct fixture){ .folder = "/tmp/fairway-watch-XXXXXX" };
	cr_assert(mkdtemp(f->folder));
	f->loop = loop_new(&err);
	f->watch = file_watch_new(f->loop, on_change, f, &err);
	cr_assert(f->watch);
	loop_timer_init(&f->limit, f->loop, on_limit, f);
}

static void watch_file(struct fixture *f, const char *name)
{
	const char *path = in(f, name);

	file_watch_set(f->watch, &path, 1);
}

/* Runs until it is told of a change; false: nothing came. */
static bool is_told(struct fixture *f, usec_t limit)
{
	unsigned before = f->calls;

	f->is_late = false;
	loop_timer_set(&f->limit, usec_add(loop_now(f->loop), limit));
	loop_run(f->loop);
	loop_timer_set(&f->limit, USEC_NEVER);
	return f->calls > before;
}

#define IS_TOLD(f) is_told(f, 10 * USEC_PER_SEC)
#define IS_TOLD_NOTHING(f) !is_told(f, 20 * USEC_PER_MSEC)

static void end(struct fixture *f)
{
	char command[96];

	file_watch_free(f->watch);
	loop_timer_fini(&f->limit);
	loop_free(f->loop);
	snprintf(command, sizeof(command), "rm -r %s", f->folder);
	cr_expect_eq(system(command), 0);
}

Test(file_watch, a_file_that_is_written_in_place_is_told_when_it_is_closed)
{
	struct fixture f;
	FILE *file;

	begin(&f);
	put(&f, "a", "one");
	watch_file(&f, "a");
	file = fopen(in(&f, "a"), "w");
	fputs("tw", file);
	fflush(file);
	cr_expect(IS_TOLD_NOTHING(&f));
	fputs("o", file);
	fclose(file);
	cr_expect(IS_TOLD(&f));
	end(&f);
}

Test(file_watch, a_file_that_takes_the_place_of_another_is_told)
{
	struct fixture f;

	begin(&f);
	put(&f, "a", "one");
	watch_file(&f, "a");
	put(&f, "a.new", "two");
	move(&f, "a.new", "a");
	cr_expect(IS_TOLD(&f));
	/* … and watched from then on. */
	put(&f, "a", "three");
	cr_expect(IS_TOLD(&f));
	end(&f);
}

Test(file_watch, a_file_that_was_not_there_is_told_when_it_is_whole)
{
	struct fixture f;
	FILE *file;

	begin(&f);
	watch_file(&f, "a");
	file = fopen(in(&f, "a"), "w");
	cr_expect(IS_TOLD_NOTHING(&f));
	fputs("one", file);
	fclose(file);
	cr_expect(IS_TOLD(&f));
	end(&f);
}

Test(file_watch, others_of_the_same_folder_are_no_news)
{
	struct fixture f;

	begin(&f);
	put(&f, "a", "one");
	watch_file(&f, "a");
	put(&f, "b", "two");
	cr_expect(IS_TOLD_NOTHING(&f));
	end(&f);
}

/* As the kubelet does it (atomic_writer.go). */
Test(file_watch, the_swap_of_a_volume_is_told_each_time)
{
	struct fixture f;

	begin(&f);
	folder(&f, "..1");
	put(&f, "..1/a", "one");
	symlink_to(&f, "..1", "..data");
	symlink_to(&f, "..data/a", "a");
	watch_file(&f, "a");
	folder(&f, "..2");
	put(&f, "..2/a", "two");
	cr_expect(IS_TOLD_NOTHING(&f));
	symlink_to(&f, "..2", "..data_tmp");
	move(&f, "..data_tmp", "..data");
	cr_expect(IS_TOLD(&f));
	cr_assert_eq(unlink(in(&f, "..1/a")), 0);
	cr_assert_eq(rmdir(in(&f, "..1")), 0);
	cr_expect(IS_TOLD_NOTHING(&f));
	folder(&f, "..3");
	put(&f, "..3/a", "three");
	symlink_to(&f, "..3", "..data_tmp");
	move(&f, "..data_tmp", "..data");
	cr_expect(IS_TOLD(&f));
	/* The file itself, where the links lead now. */
	put(&f, "..3/a", "four");
	cr_expect(IS_TOLD(&f));
	end(&f);
}

Test(file_watch, a_link_that_is_made_is_told)
{
	struct fixture f;

	begin(&f);
	put(&f, "b", "one");
	watch_file(&f, "a");
	symlink_to(&f, "b", "a");
	cr_expect(IS_TOLD(&f));
	end(&f);
}

Test(file_watch, folders_on_the_way_may_come_later)
{
	struct fixture f;

	begin(&f);
	watch_file(&f, "x/y/a");
	folder(&f, "x");
	cr_expect(IS_TOLD(&f));
	folder(&f, "x/y");
	cr_expect(IS_TOLD(&f));
	put(&f, "x/y/a", "one");
	cr_expect(IS_TOLD(&f));
	end(&f);
}

Test(file_watch, links_that_lead_nowhere_are_left)
{
	struct fixture f;

	begin(&f);
	symlink_to(&f, "b", "a");
	symlink_to(&f, "a", "b");
	watch_file(&f, "a");
	cr_assert_eq(unlink(in(&f, "a")), 0);
	put(&f, "a.new", "one");
	move(&f, "a.new", "a");
	cr_expect(IS_TOLD(&f));
	end(&f);
}

Test(file_watch, many_changes_at_once_are_one)
{
	struct fixture f;

	begin(&f);
	put(&f, "a", "one");
	watch_file(&f, "a");
	for (unsigned i = 0; i < 50; i++)
		put(&f, "a", "two");
	cr_expect(IS_TOLD(&f));
	cr_expect(IS_TOLD_NOTHING(&f));
	cr_expect_eq(f.calls, 1);
	end(&f);
}
