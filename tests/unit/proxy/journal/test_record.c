/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/journal/record.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/crc32c.h"
#include "proxy/journal/segment.h"

static const struct record_seal plain = { .seed = 4711 };
static const struct record_seal keyed = {
	.seed = 4711,
	.is_keyed = true,
	.key = { 1, 2, 3 },
};

static const struct intent removal = {
	.id = 7,
	.opened_at = 1700000000000000,
	.identity = { 9, 8, 7 },
	.is_own = true,
	.target = SPAN_INIT("/api/v1/namespaces/argo/pods/p"),
	.content_type = SPAN_INIT("application/merge-patch+json"),
	.body = SPAN_INIT("{\"metadata\":{\"finalizers\":null}}"),
	.uid = SPAN_INIT("0b5f"),
};

static void encode(struct buf *buf, const struct record_seal *seal)
{
	struct buf payload = BUF_INIT;

	intent_encode(&removal, &payload);
	record_append(buf, seal, RECORD_OPEN, 12, buf_span(&payload));
	buf_fini(&payload);
}

Test(crc32c, is_that_of_the_rfc)
{
	char bytes[32] = { 0 };

	/* RFC 3720, B.4: 32 zeros; and the usual check. */
	cr_assert_eq(crc32c(0, bytes, sizeof(bytes)), 0x8a9136aa);
	cr_assert_eq(crc32c(0, "123456789", 9), 0xe3069283);
}

Test(crc32c, goes_on)
{
	cr_assert_eq(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}

Test(record, comes_back_as_it_was)
{
	const struct record_seal *const seals[] = { &plain, &keyed };

	for (size_t i = 0; i < ARRAY_SIZE(seals); i++) {
		struct buf buf = BUF_INIT;
		struct record record;
		struct intent intent;

		encode(&buf, seals[i]);
		cr_assert_eq(buf_len(&buf) % 8, 0);
		cr_assert(record_read(seals[i], buf_span(&buf), &record));
		cr_assert_eq(record.kind, RECORD_OPEN);
		cr_assert_eq(record.lsn, 12);
		cr_assert_eq(record.size, buf_len(&buf));
		cr_assert(intent_decode(record.payload, &intent));
		cr_assert_eq(intent.id, removal.id);
		cr_assert_eq(intent.opened_at, removal.opened_at);
		cr_assert(intent.is_own && !intent.was_sent);
		cr_assert_eq(memcmp(intent.identity, removal.identity,
				     INTENT_IDENTITY_LEN),
			0);
		cr_assert(span_eq(intent.target, removal.target));
		cr_assert(span_eq(intent.content_type, removal.content_type));
		cr_assert(span_eq(intent.body, removal.body));
		cr_assert(span_eq(intent.uid, removal.uid));
		buf_fini(&buf);
	}
}

Test(record, any_bit_that_flips_makes_it_invalid)
{
	const struct record_seal *const seals[] = { &plain, &keyed };

	for (size_t i = 0; i < ARRAY_SIZE(seals); i++) {
		struct buf buf = BUF_INIT;
		struct record record;

		encode(&buf, seals[i]);
		for (size_t bit = 0; bit < 8 * buf_len(&buf); bit++) {
			buf.data[bit / 8] ^= (char)(1 << bit % 8);
			cr_assert_not(
				record_read(seals[i], buf_span(&buf), &record),
				"bit %zu", bit);
			buf.data[bit / 8] ^= (char)(1 << bit % 8);
		}
		buf_fini(&buf);
	}
}

Test(record, is_not_valid_when_cut_anywhere)
{
	struct buf buf = BUF_INIT;
	struct record record;

	encode(&buf, &keyed);
	for (size_t len = 0; len < buf_len(&buf); len++)
		cr_assert_not(
			record_read(&keyed, span_of(buf.data, len), &record));
	buf_fini(&buf);
}

Test(record, of_another_segment_is_not_valid)
{
	struct record_seal other = plain;
	struct buf buf = BUF_INIT;
	struct record record;

	encode(&buf, &plain);
	other.seed++;
	cr_assert_not(record_read(&other, buf_span(&buf), &record));
	buf_fini(&buf);
}

Test(record, with_another_key_is_not_valid)
{
	struct record_seal other = keyed;
	struct buf buf = BUF_INIT;
	struct record record;

	encode(&buf, &keyed);
	other.key[31] ^= 1;
	cr_assert_not(record_read(&other, buf_span(&buf), &record));
	buf_fini(&buf);
}

Test(intent, is_decoded_to_the_last_byte_or_not_at_all)
{
	struct buf payload = BUF_INIT;
	struct intent intent;

	intent_encode(&removal, &payload);
	for (size_t len = 0; len < buf_len(&payload); len++)
		cr_assert_not(
			intent_decode(span_of(payload.data, len), &intent));
	buf_append(&payload, "x", 1);
	cr_assert_not(intent_decode(buf_span(&payload), &intent));
	buf_fini(&payload);
}

Test(intent, end_comes_back_as_it_was)
{
	for (unsigned end = 0; end < INTENT_END_COUNT; end++) {
		struct buf payload = BUF_INIT;
		enum intent_end read;
		uint64_t id;

		close_encode(9, (enum intent_end)end, &payload);
		cr_assert(close_decode(buf_span(&payload), &id, &read));
		cr_assert_eq(id, 9);
		cr_assert_eq(read, end);
		cr_assert_not_null(intent_end_name(read));
		buf_fini(&payload);
	}
}
