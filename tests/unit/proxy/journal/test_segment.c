/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/journal/segment.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/endian.h"

enum { RECORDS = 5, FIRST_LSN = 100, FILE_LEN = 2048 };

static const struct segment_head head = {
	.journal_id = { 1, 2, 3 },
	.number = 3,
	.first_lsn = FIRST_LSN,
};

/* A segment with RECORDS closings, ids 1 and up; where each record begins. */
static void make(struct buf *buf, size_t ret_at[RECORDS + 1])
{
	struct record_seal seal = segment_seal(&head, NULL);

	segment_head_append(&head, buf);
	for (unsigned i = 0; i < RECORDS; i++) {
		struct buf payload = BUF_INIT;

		ret_at[i] = buf_len(buf);
		close_encode(i + 1, INTENT_DONE, &payload);
		record_append(buf, &seal, RECORD_CLOSE, FIRST_LSN + i,
			buf_span(&payload));
		buf_fini(&payload);
	}
	ret_at[RECORDS] = buf_len(buf);
	memset(buf_reserve(buf, FILE_LEN - buf_len(buf)), 0,
		FILE_LEN - buf_len(buf));
	buf_commit(buf, FILE_LEN - buf_len(buf));
}

struct found {
	unsigned records;
	unsigned ids; /* a bit each */
	bool is_torn, is_damaged;
};

static struct found read_all(const struct buf *buf)
{
	struct record_seal seal = segment_seal(&head, NULL);
	struct segment_reader reader;
	struct found found = { 0 };
	struct record record;

	segment_reader_init(&reader, &seal, buf_span(buf), FIRST_LSN);
	while (segment_reader_next(&reader, &record)) {
		enum intent_end end;
		uint64_t id;

		cr_assert(close_decode(record.payload, &id, &end));
		found.records++;
		found.ids |= 1U << id;
	}
	found.is_torn = reader.is_torn;
	found.is_damaged = reader.is_damaged;
	return found;
}

Test(segment, head_comes_back_as_it_was)
{
	struct buf buf = BUF_INIT;
	struct segment_head read;

	segment_head_append(&head, &buf);
	cr_assert_eq(segment_head_read(buf_span(&buf), &read), SEGMENT_VALID);
	cr_assert_eq(read.number, 3);
	cr_assert_eq(read.first_lsn, FIRST_LSN);
	cr_assert_eq(
		memcmp(read.journal_id, head.journal_id, JOURNAL_ID_LEN), 0);
	buf_fini(&buf);
}

Test(segment, any_bit_of_the_head_that_flips_is_seen)
{
	struct buf buf = BUF_INIT;
	struct segment_head read;

	segment_head_append(&head, &buf);
	for (size_t bit = 0; bit < 8 * SEGMENT_HEAD_LEN; bit++) {
		buf.data[bit / 8] ^= (char)(1 << bit % 8);
		cr_assert_neq(segment_head_read(buf_span(&buf), &read),
			SEGMENT_VALID, "bit %zu", bit);
		buf.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	buf_fini(&buf);
}

Test(segment, of_a_newer_version_is_told_from_damage)
{
	struct buf buf = BUF_INIT;
	struct segment_head read;

	segment_head_append(&head, &buf);
	le_put(buf.data + 8, SEGMENT_VERSION + 1, 4);
	cr_assert_eq(segment_head_read(buf_span(&buf), &read), SEGMENT_NEWER);
	buf_fini(&buf);
}

Test(segment, ends_where_the_records_end)
{
	size_t at[RECORDS + 1];
	struct buf buf = BUF_INIT;
	struct found found;

	make(&buf, at);
	found = read_all(&buf);
	cr_assert_eq(found.records, RECORDS);
	cr_assert_not(found.is_torn || found.is_damaged);
	buf_fini(&buf);
}

Test(segment, torn_at_any_byte_of_the_last_record_loses_only_that)
{
	size_t at[RECORDS + 1];

	for (size_t cut = 1;; cut++) {
		struct buf buf = BUF_INIT;
		struct found found;

		make(&buf, at);
		if (at[RECORDS - 1] + cut >= at[RECORDS]) {
			buf_fini(&buf);
			break;
		}
		memset(buf.data + at[RECORDS - 1] + cut, 0,
			at[RECORDS] - at[RECORDS - 1] - cut);
		found = read_all(&buf);
		/* What was cut off may have been zeros: then it is whole. */
		cr_assert(found.records == RECORDS - 1 ||
			found.records == RECORDS);
		cr_assert_eq(found.is_torn, found.records < RECORDS);
		cr_assert_not(found.is_damaged);
		buf_fini(&buf);
	}
}

Test(segment, damaged_in_the_middle_loses_only_what_is_damaged)
{
	size_t at[RECORDS + 1];

	for (unsigned bad = 0; bad + 1 < RECORDS; bad++) {
		for (size_t byte = 0; byte < at[1] - at[0] || byte == 0;
			byte++) {
			struct buf buf = BUF_INIT;
			struct found found;

			make(&buf, at);
			buf.data[at[bad] + byte] ^= 0x5a;
			found = read_all(&buf);
			cr_assert_eq(found.records, RECORDS - 1);
			cr_assert_not(found.ids & 1U << (bad + 1));
			cr_assert(found.is_damaged);
			buf_fini(&buf);
		}
	}
}

Test(segment, records_of_an_earlier_life_behind_the_end_are_not_read)
{
	struct segment_head other = head;
	struct record_seal seal;
	size_t at[RECORDS + 1];
	struct buf buf = BUF_INIT, old = BUF_INIT, payload = BUF_INIT;
	struct found found;

	other.number--;
	seal = segment_seal(&other, NULL);
	close_encode(9, INTENT_DONE, &payload);
	record_append(&old, &seal, RECORD_CLOSE, FIRST_LSN + RECORDS,
		buf_span(&payload));
	make(&buf, at);
	memcpy(buf.data + at[RECORDS], old.data, buf_len(&old));
	found = read_all(&buf);
	cr_assert_eq(found.records, RECORDS);
	cr_assert(found.is_torn);
	buf_fini(&buf);
	buf_fini(&old);
	buf_fini(&payload);
}
