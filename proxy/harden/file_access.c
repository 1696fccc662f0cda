/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/harden/file_access.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "config.h"
#include "proxy/loop/path_walk.h"

/* Of newer kernels than the headers that we are built with. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)  /* version 3 */
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */
#define SCOPE_ABSTRACT_SOCKET UINT64_C(1)    /* 6 */

#define ACCESS_READ \
	((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))
#define ACCESS_KEEP                                                          \
	(ACCESS_READ |                                                       \
		(uint64_t)(LANDLOCK_ACCESS_FS_WRITE_FILE |                   \
			LANDLOCK_ACCESS_FS_MAKE_REG |                        \
			LANDLOCK_ACCESS_FS_MAKE_SOCK |                       \
			LANDLOCK_ACCESS_FS_REMOVE_FILE) |                    \
		ACCESS_TRUNCATE)
/* What may be given to a file; the others are a folder's. */
#define ACCESS_FILE                                                          \
	((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE |                           \
		 LANDLOCK_ACCESS_FS_WRITE_FILE) |                            \
		ACCESS_TRUNCATE)

struct place {
	char *path; /* owned */
	uint64_t rights;
};

struct file_access {
	struct place *places; /* owned */
	size_t count, cap;
};

/* As the kernel has it since version 6. */
struct ruleset {
	uint64_t handled_fs;
	uint64_t handled_net;
	uint64_t scoped;
};

struct file_access *file_access_new(void)
{
	return xcalloc(1, sizeof(struct file_access));
}

void file_access_free(struct file_access *access)
{
	if (!access)
		return;
	for (size_t i = 0; i < access->count; i++)
		free(access->places[i].path);
	free(access->places);
	free(access);
}

static void add(
	struct file_access *access, const char *path, uint64_t rights)
{
	if (access->count == access->cap) {
		access->cap = access->cap ? 2 * access->cap : 32;
		access->places = xrealloc(access->places,
			access->cap * sizeof(*access->places));
	}
	access->places[access->count++] = (struct place){
		.path = xstrdup(path),
		.rights = rights,
	};
}

/* "/" and "/var". */
static bool is_at_the_top(const char *folder)
{
	return !strchr(folder + 1, '/');
}

static void add_step(struct file_access *access, enum path_step step,
	const char *folder, const char *path)
{
	switch (step) {
	case PATH_STEP_LINK:
		if (!is_at_the_top(folder))
			add(access, folder, ACCESS_READ);
		return;
	case PATH_STEP_MISSING:
		return;
	case PATH_STEP_END:
		add(access, strcmp(folder, "/") ? folder : path, ACCESS_READ);
		return;
	}
}

static void on_step(void *user, enum path_step step, const char *folder,
	const char *path)
{
	add_step(user, step, folder, path);
}

void file_access_read(struct file_access *access, const char *path)
{
	path_walk(path, on_step, access);
}

void file_access_read_exactly(struct file_access *access, const char *path)
{
	add(access, path, ACCESS_READ);
}

void file_access_keep(struct file_access *access, const char *folder)
{
	add(access, folder, ACCESS_KEEP);
}

#ifndef WITH_SANITIZER

/* glibc has no functions for these. */
static int create_ruleset(const struct ruleset *ruleset, size_t size,
	uint32_t flags)
{
	return (int)syscall(
		SYS_landlock_create_ruleset, ruleset, size, flags);
}

/* All that this version knows, so that what nobody named is refused. */
static struct ruleset ruleset_of(int version)
{
	struct ruleset ruleset = {
		/* Version 1: all up to "make a symbolic link". */
		.handled_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};

	if (version >= 2)
		ruleset.handled_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		ruleset.handled_fs |= ACCESS_TRUNCATE;
	if (version >= 5)
		ruleset.handled_fs |= ACCESS_IOCTL_DEV;
	if (version >= 6)
		ruleset.scoped = SCOPE_ABSTRACT_SOCKET;
	return ruleset;
}

/* An older kernel takes no more than the fields that it knows. */
static size_t size_of(int version)
{
	if (version >= 6)
		return sizeof(struct ruleset);
	return version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

/* What is not there needs no rule. */
static int add_rule(int ruleset, const struct place *place,
	const struct ruleset *known, struct err *err)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = place->rights & known->handled_fs,
		.parent_fd = open(place->path, O_PATH | O_CLOEXEC),
	};
	struct stat seen;
	int failed = 0;

	if (rule.parent_fd < 0)
		return 0;
	if (fstat(rule.parent_fd, &seen) == 0 && !S_ISDIR(seen.st_mode))
		rule.allowed_access &= ACCESS_FILE;
	/* EBADFD: no file of a file system, a pipe by its name in /proc. */
	if (syscall(SYS_landlock_add_rule, ruleset,
		    LANDLOCK_RULE_PATH_BENEATH, &rule, 0) &&
		errno != EBADFD)
		failed = err_set(err, "Landlock, %s: %s", place->path,
			strerror(errno));
	close(rule.parent_fd);
	return failed;
}

int file_access_enforce(const struct file_access *access, struct err *err)
{
	int version = create_ruleset(
		NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset known;
	int ruleset, result = -1;

	if (version < 1)
		return err_set(err, "the kernel has no Landlock (%s)",
			strerror(errno));
	known = ruleset_of(version);
	ruleset = create_ruleset(&known, size_of(version), 0);
	if (ruleset < 0)
		return err_set(err, "Landlock: %s", strerror(errno));
	for (size_t i = 0; i < access->count; i++) {
		if (add_rule(ruleset, &access->places[i], &known, err))
			goto out;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		syscall(SYS_landlock_restrict_self, ruleset, 0)) {
		err_set(err, "Landlock: %s", strerror(errno));
		goto out;
	}
	result = version;
out:
	close(ruleset);
	return result;
}

#else

int file_access_enforce(const struct file_access *access, struct err *err)
{
	(void)access;
	return err_set(err, "a build with sanitizers needs more");
}

#endif
