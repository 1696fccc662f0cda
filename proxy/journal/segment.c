/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/journal/segment.h"

#include <string.h>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/endian.h"

#define MAGIC "fairwayJ"

enum {
	MAGIC_LEN = 8,
	VERSION_AT = 8,
	FLAGS_AT = 12,
	ID_AT = 16,
	NUMBER_AT = 32,
	FIRST_LSN_AT = 40,
	CRC_AT = 56,
	FLAG_IS_KEYED = 1,
	ALIGNMENT = 8,
};

static void head_encode(const struct segment_head *head,
	unsigned char ret_bytes[SEGMENT_HEAD_LEN])
{
	memset(ret_bytes, 0, SEGMENT_HEAD_LEN);
	memcpy(ret_bytes, MAGIC, MAGIC_LEN);
	le_put(ret_bytes + VERSION_AT, SEGMENT_VERSION, 4);
	le_put(ret_bytes + FLAGS_AT, head->is_keyed ? FLAG_IS_KEYED : 0, 4);
	memcpy(ret_bytes + ID_AT, head->journal_id, JOURNAL_ID_LEN);
	le_put(ret_bytes + NUMBER_AT, head->number, 8);
	le_put(ret_bytes + FIRST_LSN_AT, head->first_lsn, 8);
	le_put(ret_bytes + CRC_AT, crc32c(0, ret_bytes, CRC_AT), 4);
}

void segment_head_append(const struct segment_head *head, struct buf *buf)
{
	unsigned char bytes[SEGMENT_HEAD_LEN];

	head_encode(head, bytes);
	buf_append(buf, bytes, sizeof(bytes));
}

enum segment_validity segment_head_read(
	struct span bytes, struct segment_head *ret_head)
{
	struct segment_head head = { 0 };
	unsigned char same[SEGMENT_HEAD_LEN];

	if (bytes.len < SEGMENT_HEAD_LEN ||
		memcmp(bytes.ptr, MAGIC, MAGIC_LEN) != 0)
		return SEGMENT_DAMAGED;
	/* Before the rest is judged: a newer one may be laid out otherwise. */
	if (le_get(bytes.ptr + VERSION_AT, 4) > SEGMENT_VERSION)
		return SEGMENT_NEWER;
	head.is_keyed = le_get(bytes.ptr + FLAGS_AT, 4) == FLAG_IS_KEYED;
	memcpy(head.journal_id, bytes.ptr + ID_AT, JOURNAL_ID_LEN);
	head.number = le_get(bytes.ptr + NUMBER_AT, 8);
	head.first_lsn = le_get(bytes.ptr + FIRST_LSN_AT, 8);
	/* Written again it is the same, to the last bit. */
	head_encode(&head, same);
	if (memcmp(same, bytes.ptr, sizeof(same)) != 0)
		return SEGMENT_DAMAGED;
	*ret_head = head;
	return SEGMENT_VALID;
}

struct record_seal segment_seal(
	const struct segment_head *head, const uint8_t key[RECORD_KEY_LEN])
{
	unsigned char bytes[SEGMENT_HEAD_LEN];
	struct record_seal seal = { .is_keyed = head->is_keyed };

	CHECK(head->is_keyed == (key != NULL));
	head_encode(head, bytes);
	/* Not of the whole head: behind its own CRC any CRC is the same. */
	seal.seed = crc32c(0, bytes, CRC_AT);
	if (key)
		memcpy(seal.key, key, RECORD_KEY_LEN);
	return seal;
}

/* ---- reading ------------------------------------------------------------- */

void segment_reader_init(struct segment_reader *reader,
	const struct record_seal *seal, struct span bytes, uint64_t first_lsn)
{
	*reader = (struct segment_reader){
		.seal = *seal,
		.bytes = bytes,
		.at = u64_min(SEGMENT_HEAD_LEN, bytes.len),
		.next_lsn = first_lsn,
	};
}

static struct span rest_of(const struct segment_reader *reader)
{
	return span_of(
		reader->bytes.ptr + reader->at, reader->bytes.len - reader->at);
}

static bool is_zero(struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.ptr[i] != 0)
			return false;
	}
	return true;
}

static void advance(struct segment_reader *reader, const struct record *record)
{
	reader->at += record->size;
	reader->next_lsn = record->lsn + 1;
}

bool segment_reader_next(
	struct segment_reader *reader, struct record *ret_record)
{
	struct segment_reader ahead = *reader;

	if (record_read(&reader->seal, rest_of(reader), ret_record) &&
		ret_record->lsn == reader->next_lsn) {
		advance(reader, ret_record);
		return true;
	}
	if (is_zero(rest_of(reader)))
		return false;
	/* Anywhere behind it: the length that was lost says no more where. */
	while (ahead.bytes.len - ahead.at >= RECORD_HEAD_LEN + ALIGNMENT) {
		ahead.at += ALIGNMENT;
		if (record_read(&ahead.seal, rest_of(&ahead), ret_record) &&
			ret_record->lsn >= reader->next_lsn) {
			ahead.is_damaged = true;
			advance(&ahead, ret_record);
			*reader = ahead;
			return true;
		}
	}
	reader->is_torn = true;
	return false;
}
