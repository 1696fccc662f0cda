/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/text_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "conf/base64.h"
#include "conf/places.h"
#include "tests/unit/conf/fixture.h"

static void expect_resolved(
	const char *from, const char *path, const char *wanted)
{
	char *found = text_file_resolve(from, path);

	cr_expect_str_eq(found, wanted);
	free(found);
}

Test(text_file, paths_begin_at_the_folder_of_the_file)
{
	expect_resolved("/etc/fairway/f.yaml", "ca.crt", "/etc/fairway/ca.crt");
	expect_resolved("/etc/fairway/f.yaml", "../x", "/etc/fairway/../x");
	expect_resolved("/etc/fairway/f.yaml", "/ca.crt", "/ca.crt");
	expect_resolved("/f.yaml", "ca.crt", "/ca.crt");
	expect_resolved("a/f.yaml", "ca.crt", "a/ca.crt");
	expect_resolved("f.yaml", "ca.crt", "ca.crt");
	expect_resolved("", "ca.crt", "ca.crt");
	expect_resolved("/etc/f.yaml", "", "");
}

Test(text_file, is_replaced_as_a_whole_and_its_owners_only)
{
	struct folder folder = folder_new();
	char *path = folder_path(&folder, "x"), *text;
	struct stat st;
	struct err err = { "" };

	folder_write(&folder, "x", "old");
	cr_assert_eq(chmod(path, 0666), 0);
	cr_assert_eq(
		text_file_write(path, SPAN("new"), &err), 0, "%s", err.text);
	text = slurp(path);
	cr_assert_str_eq(text, "new");
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0600);
	free(text);
	free(path);
	folder_remove(&folder);
}

Test(text_file, nothing_is_left_where_it_cannot_be_written)
{
	struct folder folder = folder_new();
	char *path = folder_path(&folder, "no/x");
	struct err err = { "" };

	cr_assert_eq(text_file_write(path, SPAN("new"), &err), -1);
	cr_assert(
		strstr(err.text, "No such file or directory"), "%s", err.text);
	free(path);
	/* A folder in the place of the file: renaming fails, at the end. */
	folder_write(&folder, "dir/file", "");
	path = folder_path(&folder, "dir");
	cr_assert_eq(text_file_write(path, SPAN("new"), &err), -1);
	free(path);
	path = folder_path(&folder, "dir/file");
	cr_assert_eq(unlink(path), 0);
	free(path);
	path = folder_path(&folder, "dir");
	cr_assert_eq(rmdir(path), 0);
	free(path);
	cr_assert_eq(rmdir(folder.path), 0, "a temporary file is left");
}

Test(text_file, reading_is_bounded)
{
	struct buf text = BUF_INIT;
	struct err err = { "" };

	cr_assert_eq(text_file_read("/dev/zero", 4096, &text, &err), -1);
	cr_assert_str_eq(err.text, "is larger than 4 KiB");
	cr_assert_eq(text_file_read("/", 4096, &text, &err), -1);
	cr_assert_str_eq(err.text, "cannot be read: Is a directory");
	cr_assert_eq(text_file_read("/nonexistent", 4096, &text, &err), -1);
	cr_assert_str_eq(
		err.text, "cannot be opened: No such file or directory");
	buf_fini(&text);
}

/* ---- base64 ----------------------------------------------------------- */

static void expect_base64(const char *bytes, const char *wanted)
{
	struct buf text = BUF_INIT, back = BUF_INIT;

	base64_encode(span_str(bytes), &text);
	cr_expect_str_eq(buf_cstr(&text), wanted);
	cr_expect_eq(base64_decode(buf_span(&text), &back), 0);
	cr_expect_str_eq(buf_cstr(&back), bytes);
	buf_fini(&text);
	buf_fini(&back);
}

static int decode(const char *text)
{
	struct buf bytes = BUF_INIT;
	int rc = base64_decode(span_str(text), &bytes);

	buf_fini(&bytes);
	return rc;
}

/* RFC 4648, section 10. */
Test(base64, the_vectors_of_the_rfc)
{
	expect_base64("", "");
	expect_base64("f", "Zg==");
	expect_base64("fo", "Zm8=");
	expect_base64("foo", "Zm9v");
	expect_base64("foob", "Zm9vYg==");
	expect_base64("fooba", "Zm9vYmE=");
	expect_base64("foobar", "Zm9vYmFy");
	expect_base64("\xff\xfe\xfd", "//79");
}

Test(base64, as_strict_as_go)
{
	cr_assert_eq(decode("Zm9v\r\nYg==\n"), 0);
	cr_assert_eq(decode("Zg"), -1);
	cr_assert_eq(decode("Zg="), -1);
	cr_assert_eq(decode("Zg==="), -1);
	cr_assert_eq(decode("Zg==Zg=="), -1);
	cr_assert_eq(decode("Z==="), -1);
	cr_assert_eq(decode("="), -1);
	cr_assert_eq(decode("Zm9v Yg=="), -1);
	cr_assert_eq(decode("Zm-_"), -1);
}

/* ---- places ----------------------------------------------------------- */

static void expect_state_dir(struct places places, const char *wanted)
{
	char *found = places_state_dir(&places);

	cr_expect_str_eq(found, wanted);
	free(found);
}

Test(places, the_state_directory)
{
	struct places places = { "", "", "", "", "", "", "", "", "",
		"" };

	expect_state_dir(places, "/var/lib/fairway");
	places.home = "/";
	expect_state_dir(places, "/var/lib/fairway");
	places.home = "/home/a";
	expect_state_dir(places, "/home/a/.local/state/fairway");
	places.xdg_state_home = "relative";
	expect_state_dir(places, "/home/a/.local/state/fairway");
	places.xdg_state_home = "/x";
	expect_state_dir(places, "/x/fairway");
	places.state_directory = "/var/lib/a:/var/lib/b";
	expect_state_dir(places, "/var/lib/a");
}

static void expect_socket(const struct places *places, const char *wanted)
{
	char *found = places_admin_socket(places);

	cr_expect_str_eq(found + strlen(places->root), wanted);
	free(found);
}

/* An empty file, and the folders before it. */
static void make_file(const char *root, const char *path)
{
	char command[256];

	snprintf(command, sizeof(command),
		"mkdir -p '%s%s' && rmdir '%s%s' && : >'%s%s'", root, path,
		root, path, root, path);
	cr_assert_eq(system(command), 0);
}

Test(places, the_socket_of_a_service_if_there_is_no_other)
{
	char root[] = "/tmp/fairway-places.XXXXXX", command[64];
	struct places places = { root, "", "", "", "", "", "", "", "", "" };
	char home[64];

	cr_assert(mkdtemp(root));
	snprintf(home, sizeof(home), "%s/root", root);
	places.home = home;
	expect_socket(&places, "/root/.local/state/fairway/admin.sock");
	make_file(root, "/var/lib/fairway/admin.sock");
	expect_socket(&places, "/var/lib/fairway/admin.sock");
	make_file(root, "/root/.local/state/fairway/admin.sock");
	expect_socket(&places, "/root/.local/state/fairway/admin.sock");
	snprintf(command, sizeof(command), "rm -r '%s'", root);
	cr_assert_eq(system(command), 0);
}
