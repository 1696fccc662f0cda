/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/loop/file_watch.h"

#include <errno.h>
#include <event2/event.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/loop/loop.h"
#include "proxy/loop/path_walk.h"

enum {
	NAMES_MAX = 128, /* of all paths together, links on the way included */
};

#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR)

/* A name in a folder. */
struct watched {
	int folder;       /* inotify's number for it */
	char *path;       /* owned: with the folder's */
	const char *name; /* the last part */
};

struct file_watch {
	void (*fn)(void *user);
	void *user;
	int fd;
	struct event *event; /* owned */
	char **paths;        /* owned, as each of them */
	size_t path_count;
	struct watched names[NAMES_MAX];
	size_t name_count;
};

/* ---- the way to a file -------------------------------------------------- */

static const struct watched *find(
	const struct file_watch *watch, int folder, const char *name)
{
	for (size_t i = 0; i < watch->name_count; i++) {
		if (watch->names[i].folder == folder &&
			!strcmp(watch->names[i].name, name))
			return &watch->names[i];
	}
	return NULL;
}

static void watch_name(
	struct file_watch *watch, const char *folder, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	int number = inotify_add_watch(watch->fd, folder, EVENTS);
	struct watched *one;

	/* Not there: nothing can change in it. */
	if (number < 0 || watch->name_count == NAMES_MAX ||
		find(watch, number, name))
		return;
	one = &watch->names[watch->name_count++];
	one->folder = number;
	one->path = xstrdup(path);
	one->name = strrchr(one->path, '/') + 1;
}

static void on_step(void *user, enum path_step step, const char *folder,
	const char *path)
{
	(void)step;
	watch_name(user, folder, path);
}

static void forget_names(struct watched *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i].path);
}

static bool has_folder(const struct file_watch *watch, int folder)
{
	for (size_t i = 0; i < watch->name_count; i++) {
		if (watch->names[i].folder == folder)
			return true;
	}
	return false;
}

/* New folders before old ones are left: one that stays keeps its number. */
static void walk_all(struct file_watch *watch)
{
	struct watched old[NAMES_MAX];
	size_t count = watch->name_count;

	memcpy(old, watch->names, sizeof(old));
	watch->name_count = 0;
	for (size_t i = 0; i < watch->path_count; i++)
		path_walk(watch->paths[i], on_step, watch);
	for (size_t i = 0; i < count; i++) {
		/* One that is gone left by itself. */
		if (!has_folder(watch, old[i].folder))
			inotify_rm_watch(watch->fd, old[i].folder);
	}
	forget_names(old, count);
}

static void forget_paths(struct file_watch *watch)
{
	for (size_t i = 0; i < watch->path_count; i++)
		free(watch->paths[i]);
	free(watch->paths);
	watch->paths = NULL;
	watch->path_count = 0;
}

void file_watch_set(
	struct file_watch *watch, const char *const *paths, size_t count)
{
	forget_paths(watch);
	watch->paths = xcalloc(count + 1, sizeof(*watch->paths));
	for (size_t i = 0; i < count; i++) {
		if (*paths[i])
			watch->paths[watch->path_count++] = xstrdup(paths[i]);
	}
	walk_all(watch);
}

/* ---- events -------------------------------------------------------------- */

/* A file that was made is empty yet: it is looked at when it is closed. */
static bool is_file_in_the_making(const char *path)
{
	struct stat seen;

	return lstat(path, &seen) != 0 ||
		(S_ISREG(seen.st_mode) && seen.st_nlink == 1);
}

static bool is_worth_a_look(
	const struct file_watch *watch, const struct inotify_event *event)
{
	const struct watched *one =
		event->len ? find(watch, event->wd, event->name) : NULL;

	if (event->mask & IN_Q_OVERFLOW)
		return true;
	if (!one)
		return false;
	return !(event->mask & IN_CREATE) || !is_file_in_the_making(one->path);
}

static bool read_events(struct file_watch *watch)
{
	alignas(struct inotify_event) char bytes[16384];
	bool is_news = false;
	ssize_t len;

	while ((len = read(watch->fd, bytes, sizeof(bytes))) > 0) {
		const char *at = bytes;

		while (at < bytes + len) {
			const struct inotify_event *event = (const void *)at;

			is_news |= is_worth_a_look(watch, event);
			at += sizeof(*event) + event->len;
		}
	}
	return is_news;
}

static void look(struct file_watch *watch)
{
	if (!read_events(watch))
		return;
	walk_all(watch);
	watch->fn(watch->user);
}

static void on_readable(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	look(user);
}

struct file_watch *file_watch_new(struct loop *loop, void (*fn)(void *user),
	void *user, struct err *err)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct file_watch *watch;

	if (fd < 0) {
		err_set(err, "inotify: %s", strerror(errno));
		return NULL;
	}
	watch = xcalloc(1, sizeof(*watch));
	watch->fn = fn;
	watch->user = user;
	watch->fd = fd;
	watch->event = event_new(loop_base(loop), fd, EV_READ | EV_PERSIST,
		on_readable, watch);
	CHECK(watch->event && event_add(watch->event, NULL) == 0);
	return watch;
}

void file_watch_free(struct file_watch *watch)
{
	if (!watch)
		return;
	event_free(watch->event);
	close(watch->fd);
	forget_names(watch->names, watch->name_count);
	forget_paths(watch);
	free(watch);
}
