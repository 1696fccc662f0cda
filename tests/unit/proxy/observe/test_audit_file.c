/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/audit_file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/text_file.h"
#include "base/buf.h"

/* A folder of its own, with the file "log" in it. */
struct place {
	char folder[64];
	char path[80];
	struct audit_file file;
	struct err err;
};

static void place_init(struct place *place)
{
	snprintf(place->folder, sizeof(place->folder),
		"/tmp/fairway-audit.XXXXXX");
	cr_assert_not_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof(place->path), "%s/log", place->folder);
}

static void place_fini(struct place *place)
{
	char path[100];

	unlink(place->path);
	for (int i = 1; i < 9; i++) {
		snprintf(path, sizeof(path), "%s.%d", place->path, i);
		unlink(path);
	}
	cr_expect_eq(rmdir(place->folder), 0, "something is left in it");
}

static void begin(struct place *place, uint64_t bytes_max, unsigned backups)
{
	cr_assert_eq(audit_file_open(&place->file, place->path, bytes_max,
			     backups, &place->err),
		0, "%s", place->err.text);
}

static void append(struct place *place, const char *line)
{
	cr_assert_eq(audit_file_append(&place->file, span_str(line),
			     &place->err),
		0, "%s", place->err.text);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

/* NULL: there is no such file. */
static void expect_file(
	const struct place *place, const char *suffix, const char *expected)
{
	struct buf text = BUF_INIT;
	char path[100];
	struct err err;

	snprintf(path, sizeof(path), "%s%s", place->path, suffix);
	if (!expected) {
		cr_expect_neq(access(path, F_OK), 0, "%s", path);
		return;
	}
	cr_assert_eq(text_file_read(path, 1 << 20, &text, &err), 0, "%s",
		err.text);
	cr_expect_str_eq(buf_cstr(&text), expected, "%s: %s", path,
		buf_cstr(&text));
	buf_fini(&text);
}

Test(audit_file, is_ours_alone_and_goes_on_behind_what_is_there)
{
	struct place place;
	struct stat stat_;

	place_init(&place);
	put(place.path, "before\n");
	chmod(place.path, 0644);
	begin(&place, 1000, 1);
	append(&place, "x\n");
	expect_file(&place, "", "before\nx\n");
	cr_assert_eq(stat(place.path, &stat_), 0);
	cr_expect_eq(stat_.st_mode & 0777, 0600);
	audit_file_close(&place.file);
	place_fini(&place);
}

Test(audit_file, what_a_killed_process_left_of_a_line_is_cut_off)
{
	static const char *const TORN[][2] = {
		{ "a\nb\nc", "a\nb\nx\n" },
		{ "abc", "x\n" },
		{ "", "x\n" },
		{ "a\n", "a\nx\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(TORN); i++) {
		struct place place;

		place_init(&place);
		put(place.path, TORN[i][0]);
		begin(&place, 1000, 1);
		append(&place, "x\n");
		expect_file(&place, "", TORN[i][1]);
		audit_file_close(&place.file);
		place_fini(&place);
	}
}

/* The last line's end is looked for block by block. */
Test(audit_file, a_long_torn_line_is_cut_off_too)
{
	struct buf text = BUF_INIT;
	struct place place;

	place_init(&place);
	buf_append_str(&text, "a\n");
	for (int i = 0; i < 10000; i++)
		buf_append_str(&text, "y");
	put(place.path, buf_cstr(&text));
	begin(&place, 100000, 1);
	append(&place, "x\n");
	expect_file(&place, "", "a\nx\n");
	audit_file_close(&place.file);
	buf_fini(&text);
	place_fini(&place);
}

Test(audit_file, a_full_one_becomes_the_first_of_those_before)
{
	struct place place;

	place_init(&place);
	begin(&place, 4, 2);
	for (char c = 'a'; c < 'i'; c++) {
		char line[3] = { c, '\n', '\0' };

		append(&place, line);
	}
	expect_file(&place, "", "g\nh\n");
	expect_file(&place, ".1", "e\nf\n");
	expect_file(&place, ".2", "c\nd\n");
	expect_file(&place, ".3", NULL);
	/* One that does not fit at all has a file for itself. */
	append(&place, "much too long\n");
	append(&place, "i\n");
	expect_file(&place, "", "i\n");
	expect_file(&place, ".1", "much too long\n");
	audit_file_close(&place.file);
	place_fini(&place);
}

Test(audit_file, without_backups_it_begins_anew)
{
	struct place place;

	place_init(&place);
	begin(&place, 4, 0);
	append(&place, "a\n");
	append(&place, "b\n");
	append(&place, "c\n");
	expect_file(&place, "", "c\n");
	expect_file(&place, ".1", NULL);
	audit_file_close(&place.file);
	place_fini(&place);
}

Test(audit_file, its_size_is_known_after_a_restart)
{
	struct place place;

	place_init(&place);
	put(place.path, "abc\n");
	begin(&place, 5, 1);
	append(&place, "d\n");
	expect_file(&place, ".1", "abc\n");
	expect_file(&place, "", "d\n");
	audit_file_close(&place.file);
	place_fini(&place);
}

Test(audit_file, somebody_may_move_or_remove_it)
{
	struct place place;
	char other[100];

	place_init(&place);
	snprintf(other, sizeof(other), "%s.7", place.path);
	begin(&place, 1000, 1);
	append(&place, "a\n");
	cr_assert_eq(rename(place.path, other), 0);
	append(&place, "b\n");
	expect_file(&place, ".7", "a\n");
	expect_file(&place, "", "b\n");
	cr_assert_eq(unlink(place.path), 0);
	append(&place, "c\n");
	expect_file(&place, "", "c\n");
	audit_file_close(&place.file);
	place_fini(&place);
}

static void expect_refused(struct place *place, const char *why)
{
	cr_expect_eq(audit_file_open(
			     &place->file, place->path, 1, 1, &place->err),
		-1);
	cr_expect(strstr(place->err.text, why), "%s", place->err.text);
	place_fini(place);
}

Test(audit_file, a_link_is_refused)
{
	struct place place;

	place_init(&place);
	cr_assert_eq(symlink("/dev/null", place.path), 0);
	expect_refused(&place, "Too many levels of symbolic links");
}

Test(audit_file, a_second_name_is_refused)
{
	struct place place;
	char other[100];

	place_init(&place);
	snprintf(other, sizeof(other), "%s.1", place.path);
	put(place.path, "");
	cr_assert_eq(link(place.path, other), 0);
	expect_refused(&place, "is not a plain file with one name");
}

Test(audit_file, a_pipe_is_refused_and_not_waited_for)
{
	struct place place;

	place_init(&place);
	cr_assert_eq(mkfifo(place.path, 0600), 0);
	expect_refused(&place, "is not a plain file with one name");
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* At each byte of it: a part was written, and is taken back. */
Test(audit_file, what_does_not_fit_leaves_nothing_behind)
{
	for (rlim_t room = 2; room < 8; room++) {
		struct place place;

		place_init(&place);
		begin(&place, 1000, 1);
		append(&place, "a\n");
		limit_files(room);
		cr_expect_eq(audit_file_append(&place.file,
				     SPAN("123456\n"), &place.err),
			-1);
		cr_expect(strstr(place.err.text, "File too large"), "%s",
			place.err.text);
		limit_files(RLIM_INFINITY);
		expect_file(&place, "", "a\n");
		append(&place, "123456\n");
		expect_file(&place, "", "a\n123456\n");
		audit_file_close(&place.file);
		place_fini(&place);
	}
}

Test(audit_file, somebody_may_empty_it)
{
	struct place place;

	place_init(&place);
	begin(&place, 50, 1);
	append(&place, "0123456789\n");
	cr_assert_eq(truncate(place.path, 0), 0);
	/* What is taken back is all of the line. */
	limit_files(20);
	cr_expect_eq(audit_file_append(&place.file,
			     SPAN("012345678901234567890123456789\n"),
			     &place.err),
		-1);
	limit_files(RLIM_INFINITY);
	expect_file(&place, "", "");
	append(&place, "a\n");
	expect_file(&place, "", "a\n");
	audit_file_close(&place.file);
	place_fini(&place);
}

Test(audit_file, a_folder_that_takes_no_new_file_is_tried_again)
{
	struct place place;

	/* Its rights are no hindrance to root. */
	if (geteuid() == 0)
		cr_skip("as root");
	place_init(&place);
	begin(&place, 2, 1);
	append(&place, "a\n");
	chmod(place.folder, 0500);
	cr_expect_eq(audit_file_append(
			     &place.file, SPAN("b\n"), &place.err),
		-1);
	chmod(place.folder, 0700);
	append(&place, "b\n");
	expect_file(&place, ".1", "a\n");
	expect_file(&place, "", "b\n");
	audit_file_close(&place.file);
	place_fini(&place);
}
