/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/journal/record.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/endian.h"

enum {
	ALIGNMENT = 8,
	CRC_AT = 16, /* … which covers what is before it */
	FLAG_IS_OWN = 1,
	FLAG_WAS_SENT = 2,
	INTENT_TEXTS = 4,
};

const char *intent_end_name(enum intent_end end)
{
	static const char *const names[INTENT_END_COUNT] = {
		"done",
		"gone",
		"removed",
		"recreated",
		"conflict",
		"refused",
		"superseded",
		"expired",
		"discarded",
		"withdrawn",
	};

	return names[end];
}

/* ---- integers ------------------------------------------------------------ */

static void append(struct buf *buf, uint64_t value, size_t len)
{
	unsigned char bytes[8];

	le_put(bytes, value, len);
	buf_append(buf, bytes, len);
}

/* ---- records ------------------------------------------------------------- */

static size_t aligned(size_t len)
{
	return (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void record_key_derive(struct span secret, uint8_t ret_key[RECORD_KEY_LEN])
{
	static const char PURPOSE[] = "fairway journal";
	unsigned len = 0;

	CHECK(HMAC(EVP_sha256(), PURPOSE, sizeof(PURPOSE) - 1,
		(const unsigned char *)secret.ptr, secret.len, ret_key, &len));
	CHECK(len == RECORD_KEY_LEN);
}

size_t record_size(const struct record_seal *seal, size_t payload_len)
{
	return RECORD_HEAD_LEN + aligned(payload_len) +
		(seal->is_keyed ? RECORD_TAG_LEN : 0);
}

static uint32_t crc_of(
	const struct record_seal *seal, const void *head, struct span payload)
{
	uint32_t crc = crc32c(seal->seed, head, CRC_AT);

	return crc32c(crc, payload.ptr, payload.len);
}

static void tag_of(const struct record_seal *seal, const void *head,
	struct span payload, uint8_t ret_tag[RECORD_TAG_LEN])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	struct buf text = BUF_INIT;

	append(&text, seal->seed, 4);
	buf_append(&text, head, CRC_AT);
	buf_append_span(&text, payload);
	CHECK(HMAC(EVP_sha256(), seal->key, RECORD_KEY_LEN,
		(const unsigned char *)buf_span(&text).ptr, buf_len(&text),
		digest, &len));
	CHECK(len >= RECORD_TAG_LEN);
	memcpy(ret_tag, digest, RECORD_TAG_LEN);
	buf_fini(&text);
}

void record_append(struct buf *buf, const struct record_seal *seal,
	enum record_kind kind, uint64_t lsn, struct span payload)
{
	static const char zeros[ALIGNMENT];
	unsigned char head[RECORD_HEAD_LEN] = { 0 };
	uint8_t tag[RECORD_TAG_LEN];

	CHECK(payload.len > 0 && payload.len <= RECORD_PAYLOAD_MAX);
	le_put(head, payload.len, 4);
	le_put(head + 4, kind, 1);
	le_put(head + 8, lsn, 8);
	le_put(head + CRC_AT, crc_of(seal, head, payload), 4);
	buf_append(buf, head, sizeof(head));
	buf_append_span(buf, payload);
	buf_append(buf, zeros, aligned(payload.len) - payload.len);
	if (seal->is_keyed) {
		tag_of(seal, head, payload, tag);
		buf_append(buf, tag, sizeof(tag));
	}
}

static bool all_zero(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

static bool tag_is_right(const struct record_seal *seal, struct span bytes,
	struct span payload, size_t size)
{
	uint8_t tag[RECORD_TAG_LEN];

	if (!seal->is_keyed)
		return true;
	tag_of(seal, bytes.ptr, payload, tag);
	return CRYPTO_memcmp(tag, bytes.ptr + size - RECORD_TAG_LEN,
		       RECORD_TAG_LEN) == 0;
}

bool record_read(const struct record_seal *seal, struct span bytes,
	struct record *ret_record)
{
	struct record record = { 0 };
	size_t filling;
	uint64_t kind;

	if (bytes.len < RECORD_HEAD_LEN)
		return false;
	record.payload.len = (size_t)le_get(bytes.ptr, 4);
	if (record.payload.len == 0 || record.payload.len > RECORD_PAYLOAD_MAX)
		return false;
	record.size = record_size(seal, record.payload.len);
	if (record.size > bytes.len)
		return false;
	record.payload.ptr = bytes.ptr + RECORD_HEAD_LEN;
	filling = aligned(record.payload.len) - record.payload.len;
	kind = le_get(bytes.ptr + 4, 1);
	if (kind < RECORD_OPEN || kind > RECORD_SNAPSHOT ||
		!all_zero(bytes.ptr + 5, 3) || !all_zero(bytes.ptr + 20, 4) ||
		!all_zero(record.payload.ptr + record.payload.len, filling))
		return false;
	if (le_get(bytes.ptr + CRC_AT, 4) !=
			crc_of(seal, bytes.ptr, record.payload) ||
		!tag_is_right(seal, bytes, record.payload, record.size))
		return false;
	record.kind = (enum record_kind)kind;
	record.lsn = le_get(bytes.ptr + 8, 8);
	*ret_record = record;
	return true;
}

/* ---- payloads ------------------------------------------------------------ */

bool intent_fits(const struct intent *intent)
{
	return intent->target.len <= INTENT_TEXT_MAX &&
		intent->content_type.len <= INTENT_TEXT_MAX &&
		intent->body.len <= INTENT_TEXT_MAX &&
		intent->uid.len <= INTENT_TEXT_MAX;
}

static void append_text(struct buf *buf, struct span text)
{
	CHECK(text.len <= INTENT_TEXT_MAX);
	append(buf, text.len, 4);
	buf_append_span(buf, text);
}

void intent_encode(const struct intent *intent, struct buf *ret_payload)
{
	append(ret_payload, intent->id, 8);
	append(ret_payload, intent->opened_at, 8);
	append(ret_payload,
		(intent->is_own ? FLAG_IS_OWN : 0U) |
			(intent->was_sent ? FLAG_WAS_SENT : 0U),
		4);
	buf_append(ret_payload, intent->identity, INTENT_IDENTITY_LEN);
	append_text(ret_payload, intent->target);
	append_text(ret_payload, intent->content_type);
	append_text(ret_payload, intent->body);
	append_text(ret_payload, intent->uid);
}

/* Takes `len` bytes off the front. */
static bool take(struct span *rest, size_t len, struct span *ret_taken)
{
	if (rest->len < len)
		return false;
	*ret_taken = span_of(rest->ptr, len);
	*rest = span_of(rest->ptr + len, rest->len - len);
	return true;
}

static bool take_number(struct span *rest, size_t len, uint64_t *ret_value)
{
	struct span bytes;

	if (!take(rest, len, &bytes))
		return false;
	*ret_value = le_get(bytes.ptr, len);
	return true;
}

static bool take_text(struct span *rest, struct span *ret_text)
{
	uint64_t len;

	return take_number(rest, 4, &len) && len <= INTENT_TEXT_MAX &&
		take(rest, (size_t)len, ret_text);
}

bool intent_decode(struct span payload, struct intent *ret_intent)
{
	struct intent intent = { 0 };
	struct span *const texts[INTENT_TEXTS] = { &intent.target,
		&intent.content_type, &intent.body, &intent.uid };
	struct span rest = payload, identity;
	uint64_t flags;

	if (!take_number(&rest, 8, &intent.id) ||
		!take_number(&rest, 8, &intent.opened_at) ||
		!take_number(&rest, 4, &flags) ||
		!take(&rest, INTENT_IDENTITY_LEN, &identity))
		return false;
	for (size_t i = 0; i < INTENT_TEXTS; i++) {
		if (!take_text(&rest, texts[i]))
			return false;
	}
	if (rest.len > 0 || intent.id == 0 ||
		(flags & ~(uint64_t)(FLAG_IS_OWN | FLAG_WAS_SENT)) != 0)
		return false;
	memcpy(intent.identity, identity.ptr, INTENT_IDENTITY_LEN);
	intent.is_own = flags & FLAG_IS_OWN;
	intent.was_sent = flags & FLAG_WAS_SENT;
	*ret_intent = intent;
	return true;
}

void close_encode(uint64_t id, enum intent_end end, struct buf *ret_payload)
{
	append(ret_payload, id, 8);
	append(ret_payload, end, 4);
}

bool close_decode(
	struct span payload, uint64_t *ret_id, enum intent_end *ret_end)
{
	struct span rest = payload;
	uint64_t id, end;

	if (!take_number(&rest, 8, &id) || !take_number(&rest, 4, &end) ||
		rest.len > 0 || id == 0 || end >= INTENT_END_COUNT)
		return false;
	*ret_id = id;
	*ret_end = (enum intent_end)end;
	return true;
}
