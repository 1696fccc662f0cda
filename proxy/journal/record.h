/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record: one entry of a segment, on the disk:
 *
 *	 0  u32  length of the payload; 0 is where records end
 *	 4  u8   kind (enum record_kind), then three zero bytes
 *	 8  u64  lsn: one more than that of the record before
 *	16  u32  CRC-32C of the bytes 0 to 15 and the payload, begun with
 *	         the segment's seed
 *	20  u32  zero
 *	24       payload, filled up with zeros to a multiple of 8
 *	         only in a keyed segment: 16 bytes of HMAC-SHA256 over the
 *	         seed, the bytes 0 to 15 and the payload
 *
 * Integers are little-endian; every record begins at a multiple of 8, so a
 * length is never torn.  The seed is the CRC of the segment's head: a record
 * of another segment, or of an older copy of this one, is not valid here.
 *
 * A record is valid if all of this holds.  Nothing else is ever believed: a
 * reader takes bytes from anybody (threat J6).
 */
#ifndef PROXY_JOURNAL_RECORD_H
#define PROXY_JOURNAL_RECORD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"
#include "proxy/journal/intent.h"

enum record_kind {
	RECORD_OPEN = 1,     /* an intent */
	RECORD_CLOSE = 2,    /* its id, and how it ended */
	RECORD_SNAPSHOT = 3, /* behind what the segment began with */
};

enum {
	RECORD_HEAD_LEN = 24,
	RECORD_TAG_LEN = 16,
	RECORD_KEY_LEN = 32,
	/* Four texts and what stands before them, rounded up. */
	RECORD_PAYLOAD_MAX = 4 * INTENT_TEXT_MAX + 64,
};

/* What makes records of one segment valid. */
struct record_seal {
	uint32_t seed;
	bool is_keyed;
	uint8_t key[RECORD_KEY_LEN];
};

struct record {
	enum record_kind kind;
	uint64_t lsn;
	struct span payload; /* borrowed from the segment's bytes */
	size_t size;         /* on the disk, head and filling included */
};

/* A key out of a secret of any length. */
void record_key_derive(struct span secret, uint8_t ret_key[RECORD_KEY_LEN]);

/* The size of a record with such a payload on the disk. */
size_t record_size(const struct record_seal *seal, size_t payload_len);

void record_append(struct buf *buf, const struct record_seal *seal,
	enum record_kind kind, uint64_t lsn, struct span payload);

/* The record at the beginning of `bytes`; false: none that is valid. */
bool record_read(const struct record_seal *seal, struct span bytes,
	struct record *ret_record);

/* ---- payloads ---------------------------------------------------------- */

/* Each text within its bound: INTENT_TEXT_MAX. */
bool intent_fits(const struct intent *intent);
/* CHECKs that it fits. */
void intent_encode(const struct intent *intent, struct buf *ret_payload);
/* Borrows from the payload; false: it is none, to the last byte. */
bool intent_decode(struct span payload, struct intent *ret_intent);

void close_encode(uint64_t id, enum intent_end end, struct buf *ret_payload);
bool close_decode(
	struct span payload, uint64_t *ret_id, enum intent_end *ret_end);

#endif
