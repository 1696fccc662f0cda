/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/journal/recovery.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

#define SUFFIX ".journal"
#define ASIDE_SUFFIX ".corrupt"

enum {
	HEXADECIMAL = 16,
	READ_SIZE = 1 << 20,
};

void segment_name(uint64_t number, char ret_name[SEGMENT_NAME_CAP])
{
	snprintf(ret_name, SEGMENT_NAME_CAP, "%08" PRIx64 SUFFIX, number);
}

void segment_aside_name(uint64_t number, char ret_name[SEGMENT_NAME_CAP])
{
	snprintf(ret_name, SEGMENT_NAME_CAP, "%08" PRIx64 SUFFIX ASIDE_SUFFIX,
		number);
}

/* ---- the names ----------------------------------------------------------- */

static void on_name(void *user, const char *name)
{
	struct recovered *found = user;
	char same[SEGMENT_NAME_CAP];
	uint64_t number = strtoull(name, NULL, HEXADECIMAL);

	segment_name(number, same);
	if (number == 0 || number > SEGMENT_NUMBER_MAX ||
		strcmp(same, name) != 0)
		return;
	found->segments = xrealloc(
		found->segments, (found->count + 1) * sizeof(*found->segments));
	found->segments[found->count++] =
		(struct superseded){ .number = number };
}

static int by_number_down(const void *a, const void *b)
{
	const struct superseded *x = a, *y = b;

	return (x->number < y->number) - (x->number > y->number);
}

/* ---- one segment --------------------------------------------------------- */

static int read_bytes(
	const struct journal_settings *settings, int fd, struct buf *ret_bytes)
{
	int64_t size = settings->ops->size(settings->disk, fd);

	if (size < 0)
		return -1;
	if (size > SEGMENT_BYTES_MAX) {
		errno = EFBIG;
		return -1;
	}
	while (buf_len(ret_bytes) < (uint64_t)size) {
		int64_t n = settings->ops->read(settings->disk, fd,
			buf_reserve(ret_bytes, READ_SIZE), READ_SIZE,
			buf_len(ret_bytes));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		buf_commit(ret_bytes, (size_t)n);
	}
	return 0;
}

static int read_segment(const struct journal_settings *settings,
	const char *name, struct buf *ret_bytes, struct err *err)
{
	int fd = settings->ops->open(settings->disk, name);
	int failed;

	if (fd < 0 && errno == EPERM)
		return err_set(
			err, "%s is not a plain file of ours: remove it", name);
	if (fd < 0)
		return err_set(err, "open %s: %s", name, strerror(errno));
	failed = read_bytes(settings, fd, ret_bytes);
	if (failed)
		err_set(err, "read %s: %s", name, strerror(errno));
	(void)settings->ops->close(settings->disk, fd);
	return failed;
}

enum outcome { FAILED, COUNTS, COUNTS_IN_PART, COUNTS_NOT };

static enum outcome refuse(struct err *err, const char *name, const char *why)
{
	err_set(err, "%s %s", name, why);
	return FAILED;
}

/* What the head says of whether and how it can be read. */
static enum outcome judge_head(const struct journal_settings *settings,
	const char *name, uint64_t number, struct span bytes,
	struct segment_head *ret_head, struct err *err)
{
	switch (segment_head_read(bytes, ret_head)) {
	case SEGMENT_NEWER:
		return refuse(err, name,
			"was written by a newer version: run that one, or "
			"move the file away");
	case SEGMENT_DAMAGED:
		return COUNTS_NOT;
	case SEGMENT_VALID:
		break;
	}
	/* A copy under another name. */
	if (ret_head->number != number)
		return COUNTS_NOT;
	if (ret_head->is_keyed != settings->is_keyed)
		return refuse(err, name,
			settings->is_keyed
				? "was written without a key: start once "
				  "without, or move the file away"
				: "was written with a key, and there is none");
	return COUNTS;
}

static enum outcome use_segment(const struct journal_settings *settings,
	const char *name, struct span bytes, const struct segment_head *head,
	void (*each)(void *user, const struct record *record), void *user,
	struct recovered *found, struct err *err)
{
	struct record_seal seal =
		segment_seal(head, settings->is_keyed ? settings->key : NULL);
	struct segment_reader reader;
	struct record record;
	bool is_empty = true;

	segment_reader_init(&reader, &seal, bytes, head->first_lsn);
	while (segment_reader_next(&reader, &record)) {
		is_empty = false;
		each(user, &record);
	}
	/* It had a snapshot when it got its name. */
	if (is_empty && settings->is_keyed)
		return refuse(err, name,
			"has no record that the key fits: is it another "
			"key?  Otherwise move the file away");
	if (is_empty)
		return COUNTS_NOT;
	found->head = *head;
	found->torn += reader.is_torn;
	return reader.is_damaged ? COUNTS_IN_PART : COUNTS;
}

static enum outcome try_segment(const struct journal_settings *settings,
	struct superseded *segment,
	void (*each)(void *user, const struct record *record), void *user,
	struct recovered *found, struct err *err)
{
	char name[SEGMENT_NAME_CAP];
	struct buf bytes = BUF_INIT;
	struct segment_head head;
	enum outcome outcome = FAILED;

	segment_name(segment->number, name);
	if (read_segment(settings, name, &bytes, err) == 0)
		outcome = judge_head(settings, name, segment->number,
			buf_span(&bytes), &head, err);
	if (outcome == COUNTS)
		outcome = use_segment(settings, name, buf_span(&bytes), &head,
			each, user, found, err);
	segment->is_damaged =
		outcome == COUNTS_NOT || outcome == COUNTS_IN_PART;
	found->damaged += segment->is_damaged;
	buf_fini(&bytes);
	return outcome;
}

/* ---- all of them --------------------------------------------------------- */

int recover(const struct journal_settings *settings,
	void (*each)(void *user, const struct record *record), void *user,
	struct recovered *ret_found, struct err *err)
{
	struct recovered found = { 0 };
	enum outcome outcome = COUNTS_NOT;

	memcpy(found.head.journal_id, settings->fresh_id, JOURNAL_ID_LEN);
	if (settings->ops->list(settings->disk, on_name, &found)) {
		err_set(err, "list the journal: %s", strerror(errno));
		outcome = FAILED;
	}
	if (found.count > 0)
		qsort(found.segments, found.count, sizeof(*found.segments),
			by_number_down);
	for (size_t i = 0; i < found.count && outcome == COUNTS_NOT; i++)
		outcome = try_segment(
			settings, &found.segments[i], each, user, &found, err);
	if (outcome == FAILED) {
		free(found.segments);
		return -1;
	}
	if (found.count > 0)
		found.head.number = found.segments[0].number;
	*ret_found = found;
	return 0;
}
