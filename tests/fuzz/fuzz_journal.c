/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal's reader, by bytes of anybody.  The first byte says how:
 *
 *	bit 0  the journal has a key
 *	bit 1  what follows is the file as it is; else it is a story: which
 *	       records were written, and which bytes were damaged afterwards
 *
 * What must hold of a story: nothing is read that was not written; nothing
 * that stands before the damage is missed; without damage what is open is
 * what the story left open.  Of any file: the journal opens it or says why
 * not, and a second start finds what the first one left.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/journal/journal.h"
#include "tests/unit/proxy/journal/fake_disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME "00000001.journal"

enum {
	IS_KEYED = 1,
	IS_FILE = 2,
	RECORDS_MAX = 64,
	IDS = 16,
	SEGMENT_BYTES = 64 << 10,
	BURST_MAX = 4, /* so many a CRC-32 finds for certain */
};

struct story {
	struct record_seal seal;
	struct buf written; /* the segment */
	char *bytes;        /* owned: the same, and damaged */
	struct {
		enum record_kind kind;
		size_t begin, end; /* filling and tag included */
		size_t len;        /* of the payload */
	} records[RECORDS_MAX];
	size_t count;
	size_t damage_at;  /* SIZE_MAX: none */
	bool is_open[IDS]; /* what the records leave */
};

static uint8_t next(struct span *input)
{
	uint8_t byte = 0;

	if (input->len > 0) {
		byte = (uint8_t)input->ptr[0];
		*input = span_skip(*input, 1);
	}
	return byte;
}

/* ---- what is written ----------------------------------------------------- */

static void append(
	struct story *story, enum record_kind kind, struct buf *payload)
{
	size_t at = story->count++;

	story->records[at].kind = kind;
	story->records[at].begin = buf_len(&story->written);
	story->records[at].len = buf_len(payload);
	record_append(&story->written, &story->seal, kind, at + 1,
		buf_span(payload));
	story->records[at].end = buf_len(&story->written);
	buf_fini(payload);
}

static void tell_open(struct story *story, struct span *input)
{
	uint8_t id = next(input) % IDS;
	uint8_t wanted = next(input);
	size_t len = (size_t)u64_min(wanted, input->len);
	struct buf payload = BUF_INIT;

	intent_encode(
		&(struct intent){
			.id = id + 1U,
			.opened_at = id,
			.is_own = id % 2,
			.target = SPAN("/api/v1/namespaces/a/pods/p"),
			.content_type = SPAN("application/merge-patch+json"),
			.body = span_of(input->ptr, len),
		},
		&payload);
	*input = span_skip(*input, len);
	append(story, RECORD_OPEN, &payload);
	story->is_open[id] = true;
}

static void tell_close(struct story *story, struct span *input)
{
	uint8_t id = next(input) % IDS;
	struct buf payload = BUF_INIT;

	close_encode(id + 1U, next(input) % INTENT_END_COUNT, &payload);
	append(story, RECORD_CLOSE, &payload);
	story->is_open[id] = false;
}

static void tell_snapshot(struct story *story)
{
	struct buf payload = BUF_INIT;

	buf_append(&payload, "\0\0\0\0\0\0\0", 8);
	append(story, RECORD_SNAPSHOT, &payload);
}

/* Bytes that follow each other become others, or the end is gone. */
static void damage(struct story *story, struct span *input)
{
	size_t len = buf_len(&story->written);
	size_t at = next(input);
	uint8_t how = next(input);

	at = (at << 8 | next(input)) % len;
	story->bytes = xmalloc(len);
	memcpy(story->bytes, buf_span(&story->written).ptr, len);
	story->damage_at = how % 3 == 0 ? SIZE_MAX : at;
	if (how % 3 == 1)
		memset(story->bytes + at, 0, len - at);
	for (size_t i = at; how % 3 == 2 && i < at + BURST_MAX; i++) {
		if (i < len)
			story->bytes[i] = (char)(story->bytes[i] ^ next(input));
	}
}

static void tell(
	struct story *story, struct span input, const struct journal_settings *set)
{
	const struct segment_head head = {
		.number = 1,
		.first_lsn = 1,
		.is_keyed = set->is_keyed,
	};
	uint8_t records = next(&input) % RECORDS_MAX;

	*story = (struct story){
		.seal = segment_seal(&head, set->is_keyed ? set->key : NULL),
	};
	segment_head_append(&head, &story->written);
	tell_snapshot(story);
	for (uint8_t i = 1; i < records; i++) {
		if (next(&input) % 3 == 0)
			tell_close(story, &input);
		else
			tell_open(story, &input);
	}
	damage(story, &input);
}

/* ---- what is read -------------------------------------------------------- */

static struct span payload_of(const struct story *story, size_t which)
{
	return span_of(buf_span(&story->written).ptr +
			story->records[which].begin + RECORD_HEAD_LEN,
		story->records[which].len);
}

/* Nothing that was not written, nothing missed before the damage. */
static void check_reader(const struct story *story)
{
	struct segment_reader reader;
	struct record record;
	size_t unharmed = 0, found = 0;

	while (unharmed < story->count &&
		story->records[unharmed].end <= story->damage_at)
		unharmed++;
	segment_reader_init(&reader, &story->seal,
		span_of(story->bytes, buf_len(&story->written)), 1);
	while (segment_reader_next(&reader, &record)) {
		size_t which = (size_t)(record.lsn - 1);

		CHECK(record.lsn >= 1 && which < story->count);
		CHECK(which >= found);
		CHECK(which == found || found >= unharmed);
		CHECK(record.kind == story->records[which].kind);
		CHECK(span_eq(record.payload, payload_of(story, which)));
		found = which + 1;
	}
	CHECK(found >= unharmed);
	if (unharmed == story->count)
		CHECK(!reader.is_torn && !reader.is_damaged);
}

/* ---- what the journal makes of it ---------------------------------------- */

struct seen {
	struct buf ids;
	const struct story *story; /* NULL: any file */
};

static void on_intent(void *user, const struct intent *intent)
{
	struct seen *seen = user;
	bool was_written = false;
	struct buf payload = BUF_INIT;

	intent_encode(intent, &payload);
	for (size_t i = 0; seen->story && i < seen->story->count; i++) {
		if (seen->story->records[i].kind == RECORD_OPEN &&
			span_eq(buf_span(&payload), payload_of(seen->story, i)))
			was_written = true;
	}
	CHECK(was_written || !seen->story);
	buf_append(&seen->ids, &intent->id, sizeof(intent->id));
	buf_fini(&payload);
}

/* False: it does not open it, and says why. */
static bool start(const struct journal_settings *settings, struct seen *seen)
{
	struct err err = { 0 };
	struct journal *journal = journal_open(settings, &err);

	if (!journal) {
		CHECK(err.text[0] != '\0');
		return false;
	}
	journal_check(journal);
	journal_each(journal, on_intent, seen);
	journal_close(journal);
	return true;
}

static void check_open(const struct story *story, const struct seen *seen)
{
	bool is_open[IDS] = { false };
	struct span ids = buf_span(&seen->ids);

	for (size_t at = 0; at < ids.len; at += sizeof(uint64_t)) {
		uint64_t id;

		memcpy(&id, ids.ptr + at, sizeof(id));
		CHECK(id >= 1 && id <= IDS && !is_open[id - 1]);
		is_open[id - 1] = true;
	}
	CHECK(memcmp(is_open, story->is_open, sizeof(is_open)) == 0);
}

static void check_journal(const struct journal_settings *settings,
	struct span file, const struct story *story)
{
	struct seen seen = { .story = story };
	struct seen again = { .story = story };

	fake_disk_put(settings->disk, NAME, file.ptr, file.len);
	if (start(settings, &seen)) {
		if (story && story->damage_at == SIZE_MAX)
			check_open(story, &seen);
		CHECK(start(settings, &again));
		CHECK(span_eq(buf_span(&seen.ids), buf_span(&again.ids)));
	} else {
		/* Only who has a key can be without any record. */
		CHECK(!story || (story->damage_at != SIZE_MAX));
	}
	buf_fini(&seen.ids);
	buf_fini(&again.ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	uint8_t how = next(&input);
	struct fake_disk *disk = xcalloc(1, sizeof(*disk));
	const struct journal_settings settings = {
		.ops = &fake_disk_ops,
		.disk = disk,
		.segment_bytes = SEGMENT_BYTES,
		.open_bytes_max = SEGMENT_BYTES / 2,
		.is_keyed = how & IS_KEYED,
		.key = { 7 },
	};
	struct story story;

	fake_disk_init(disk, 1);
	if (how & IS_FILE) {
		check_journal(&settings, input, NULL);
	} else {
		tell(&story, input, &settings);
		check_reader(&story);
		check_journal(&settings,
			span_of(story.bytes, buf_len(&story.written)), &story);
		buf_fini(&story.written);
		free(story.bytes);
	}
	fake_disk_fini(disk);
	free(disk);
	return 0;
}
