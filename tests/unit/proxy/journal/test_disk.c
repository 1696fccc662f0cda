/* SPDX-License-Identifier: Apache-2.0 */
/* The journal in a folder of the file system. */
#include "proxy/journal/disk.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proxy/identity/state_dir.h"
#include "proxy/journal/journal.h"

struct place {
	char path[64];
	struct state_dir dir;
	struct journal_settings settings;
	struct err err;
};

static void place_init(struct place *place)
{
	strcpy(place->path, "/tmp/fairway-journal.XXXXXX");
	cr_assert_not_null(mkdtemp(place->path));
	cr_assert_eq(state_dir_open(&place->dir, place->path, &place->err), 0,
		"%s", place->err.text);
	place->settings = (struct journal_settings){
		.ops = &disk_folder,
		.disk = &place->dir,
		.segment_bytes = 64 << 10,
		.open_bytes_max = 32 << 10,
	};
}

static void place_fini(struct place *place)
{
	char command[96];

	state_dir_close(&place->dir);
	snprintf(command, sizeof(command), "rm -r %s", place->path);
	cr_assert_eq(system(command), 0);
}

static void count(void *user, const struct intent *intent)
{
	unsigned *counted = user;

	cr_assert(span_eq(intent->target, SPAN("/x")));
	(*counted)++;
}

Test(journal_folder, remembers)
{
	struct place place;
	struct journal *journal;
	struct stat st;
	unsigned counted = 0;

	place_init(&place);
	journal = journal_open(&place.settings, &place.err);
	cr_assert_not_null(journal, "%s", place.err.text);
	cr_assert(journal_is_on(journal), "%s", place.err.text);
	for (unsigned i = 0; i < 200; i++) {
		struct intent intent = { .id = journal_id_base(journal) | (i + 1),
			.target = SPAN("/x") };

		cr_assert(journal_append_open(journal, &intent));
		cr_assert(journal_commit(journal));
		if (i >= 3) {
			journal_append_close(journal, intent.id, INTENT_GONE);
			cr_assert(journal_commit(journal));
		}
	}
	journal_close(journal);
	cr_assert_eq(fstatat(place.dir.fd, "00000001.journal", &st, 0), 0);
	cr_assert_eq(st.st_mode & 07777, 0600);
	cr_assert_eq(st.st_size, 64 << 10);
	journal = journal_open(&place.settings, &place.err);
	cr_assert_not_null(journal, "%s", place.err.text);
	journal_each(journal, count, &counted);
	cr_assert_eq(counted, 3);
	journal_close(journal);
	place_fini(&place);
}

/* J7: what an attacker who may write there could put in our way. */
Test(journal_folder, refuses_links_and_pipes)
{
	struct place place;

	place_init(&place);
	cr_assert_eq(
		symlinkat("/etc/passwd", place.dir.fd, "00000001.journal"), 0);
	cr_assert_null(journal_open(&place.settings, &place.err));
	cr_assert_eq(unlinkat(place.dir.fd, "00000001.journal", 0), 0);
	cr_assert_eq(mkfifoat(place.dir.fd, "00000001.journal", 0600), 0);
	cr_assert_null(journal_open(&place.settings, &place.err));
	cr_assert(strstr(place.err.text, "plain file"), "%s", place.err.text);
	place_fini(&place);
}

Test(journal_folder, makes_its_files_anew_where_a_link_has_their_name)
{
	struct place place;
	struct journal *journal;
	struct stat st;

	place_init(&place);
	cr_assert_eq(symlinkat("/etc/passwd", place.dir.fd, "spare"), 0);
	journal = journal_open(&place.settings, &place.err);
	cr_assert_not_null(journal);
	cr_assert(journal_is_on(journal));
	cr_assert_eq(
		fstatat(place.dir.fd, "spare", &st, AT_SYMLINK_NOFOLLOW), 0);
	cr_assert(S_ISREG(st.st_mode));
	journal_close(journal);
	place_fini(&place);
}

/* F25. */
Test(journal_folder, is_one_fairways_alone)
{
	struct place place;
	struct state_dir other;

	place_init(&place);
	cr_assert_eq(state_dir_open(&other, place.path, &place.err), -1);
	cr_assert(strstr(place.err.text, "another"), "%s", place.err.text);
	place_fini(&place);
}
