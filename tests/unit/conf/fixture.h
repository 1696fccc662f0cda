/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files for a test: a folder of its own that is removed with all that is in
 * it.
 */
#ifndef TESTS_UNIT_CONF_FIXTURE_H
#define TESTS_UNIT_CONF_FIXTURE_H

#include "base/buf.h"

struct folder {
	char path[64];
};

struct folder folder_new(void);
void folder_remove(const struct folder *folder);
/* Makes the folders above it too. */
void folder_write(
	const struct folder *folder, const char *name, const char *text);
/* "FOLDER/name"; free() it. */
char *folder_path(const struct folder *folder, const char *name);

/* The whole content of a file; free() it. */
char *slurp(const char *path);
/* `text` with each @DIR@ replaced by the folder's path; free() it. */
char *with_folder(const struct folder *folder, const char *text);

#endif
