/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/confinement.h"

#include <stdlib.h>
#include <string.h>

#include "conf/text_file.h"
#include "proxy/cli/inputs.h"
#include "proxy/harden/file_access.h"
#include "proxy/harden/system_calls.h"
#include "proxy/observe/log.h"

/* Where links of these lead to, whole: they are replaced by a rename. */
static const char *const NAME_FILES[] = {
	"/etc/hosts",
	"/etc/resolv.conf",
};

static const char *const OTHERS[] = {
	"/dev/null",           /* the descriptor in reserve */
	"/dev/urandom",        /* libevent's chance, where it has no better */
	"/etc",
	"/proc",               /* memory and descriptors, for metrics */
	"/usr/share/zoneinfo",
};

void confinement_init(struct confinement *confinement, bool is_wanted)
{
	*confinement = (struct confinement){ .is_wanted = is_wanted };
	err_set(&confinement->why_files, "process.confinement is false");
	err_set(&confinement->why_calls, "process.confinement is false");
}

static void on_file(void *user, const char *path)
{
	file_access_read(user, path);
}

/* The folder that a file is in. */
static void keep_folder_of(struct file_access *access, const char *file)
{
	char *path = text_file_absolute(file);
	char *slash = strrchr(path, '/');

	/* Of "/" itself nothing is given. */
	if (slash && slash != path) {
		*slash = '\0';
		file_access_keep(access, path);
	}
	free(path);
}

void confinement_take_files(struct confinement *confinement,
	const struct inputs *inputs, const char *const *folders,
	const char *const *files)
{
	struct file_access *access;
	int version;

	if (!confinement->is_wanted)
		return;
	access = file_access_new();
	inputs_each_file(inputs, on_file, access);
	for (size_t i = 0; i < ARRAY_SIZE(NAME_FILES); i++)
		file_access_read(access, NAME_FILES[i]);
	for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++)
		file_access_read_exactly(access, OTHERS[i]);
	for (size_t i = 0; folders[i]; i++)
		file_access_keep(access, folders[i]);
	for (size_t i = 0; files[i]; i++) {
		if (*files[i])
			keep_folder_of(access, files[i]);
	}
	version = file_access_enforce(access, &confinement->why_files);
	if (version > 0)
		confinement->seen.landlock = (unsigned)version;
	file_access_free(access);
}

void confinement_take_calls(struct confinement *confinement)
{
	if (confinement->is_wanted)
		confinement->seen.system_calls =
			!system_calls_confine(&confinement->why_calls);
}

void confinement_say(const struct confinement *confinement, struct log *log)
{
	const struct view_confinement *seen = &confinement->seen;

	log_event(log, LOG_LEVEL_INFO, "confined",
		LOG_FIELDS(LOG_STR("systemCalls",
				   seen->system_calls
					   ? "yes"
					   : confinement->why_calls.text),
			LOG_STR("files",
				seen->landlock ? "yes"
					       : confinement->why_files.text),
			LOG_UINT("landlock", seen->landlock)));
}
