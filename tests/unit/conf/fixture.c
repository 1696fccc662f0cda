/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/alloc.h"

struct folder folder_new(void)
{
	struct folder folder = { "/tmp/fairway-conf-XXXXXX" };

	cr_assert(mkdtemp(folder.path));
	return folder;
}

static int on_entry(
	const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void folder_remove(const struct folder *folder)
{
	cr_assert_eq(nftw(folder->path, on_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

char *folder_path(const struct folder *folder, const char *name)
{
	struct buf path = BUF_INIT;
	char *copy;

	buf_printf(&path, "%s/%s", folder->path, name);
	copy = xstrdup(buf_cstr(&path));
	buf_fini(&path);
	return copy;
}

void folder_write(
	const struct folder *folder, const char *name, const char *text)
{
	char *path = folder_path(folder, name);
	FILE *file;

	for (char *at = path + strlen(folder->path) + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(path, 0700);
		*at = '/';
	}
	file = fopen(path, "w");
	cr_assert(file, "%s", path);
	cr_assert_neq(fputs(text, file), EOF);
	cr_assert_eq(fclose(file), 0);
	free(path);
}

char *slurp(const char *path)
{
	struct buf text = BUF_INIT;
	FILE *file = fopen(path, "r");
	char *copy;
	size_t n;

	cr_assert(file, "%s", path);
	do {
		n = fread(buf_reserve(&text, 4096), 1, 4096, file);
		buf_commit(&text, n);
	} while (n);
	fclose(file);
	copy = xstrdup(buf_cstr(&text));
	buf_fini(&text);
	return copy;
}

char *with_folder(const struct folder *folder, const char *text)
{
	struct buf out = BUF_INIT;
	const char *mark;
	char *copy;

	while ((mark = strstr(text, "@DIR@"))) {
		buf_append(&out, text, (size_t)(mark - text));
		buf_append_str(&out, folder->path);
		text = mark + strlen("@DIR@");
	}
	buf_append_str(&out, text);
	copy = xstrdup(buf_cstr(&out));
	buf_fini(&out);
	return copy;
}
