/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <criterion/criterion.h>

/*
 * The vectors that the authors of SipHash publish: key 00 01 .. 0f, messages
 * of 0 to 63 bytes 00 01 02 ..  The one of 15 bytes is in their paper.
 */
static const uint64_t SIPHASH_2_4[64] = {
	UINT64_C(0x726fdb47dd0e0e31),
	UINT64_C(0x74f839c593dc67fd),
	UINT64_C(0x0d6c8009d9a94f5a),
	UINT64_C(0x85676696d7fb7e2d),
	UINT64_C(0xcf2794e0277187b7),
	UINT64_C(0x18765564cd99a68d),
	UINT64_C(0xcbc9466e58fee3ce),
	UINT64_C(0xab0200f58b01d137),
	UINT64_C(0x93f5f5799a932462),
	UINT64_C(0x9e0082df0ba9e4b0),
	UINT64_C(0x7a5dbbc594ddb9f3),
	UINT64_C(0xf4b32f46226bada7),
	UINT64_C(0x751e8fbc860ee5fb),
	UINT64_C(0x14ea5627c0843d90),
	UINT64_C(0xf723ca908e7af2ee),
	UINT64_C(0xa129ca6149be45e5),
	UINT64_C(0x3f2acc7f57c29bdb),
	UINT64_C(0x699ae9f52cbe4794),
	UINT64_C(0x4bc1b3f0968dd39c),
	UINT64_C(0xbb6dc91da77961bd),
	UINT64_C(0xbed65cf21aa2ee98),
	UINT64_C(0xd0f2cbb02e3b67c7),
	UINT64_C(0x93536795e3a33e88),
	UINT64_C(0xa80c038ccd5ccec8),
	UINT64_C(0xb8ad50c6f649af94),
	UINT64_C(0xbce192de8a85b8ea),
	UINT64_C(0x17d835b85bbb15f3),
	UINT64_C(0x2f2e6163076bcfad),
	UINT64_C(0xde4daaaca71dc9a5),
	UINT64_C(0xa6a2506687956571),
	UINT64_C(0xad87a3535c49ef28),
	UINT64_C(0x32d892fad841c342),
	UINT64_C(0x7127512f72f27cce),
	UINT64_C(0xa7f32346f95978e3),
	UINT64_C(0x12e0b01abb051238),
	UINT64_C(0x15e034d40fa197ae),
	UINT64_C(0x314dffbe0815a3b4),
	UINT64_C(0x027990f029623981),
	UINT64_C(0xcadcd4e59ef40c4d),
	UINT64_C(0x9abfd8766a33735c),
	UINT64_C(0x0e3ea96b5304a7d0),
	UINT64_C(0xad0c42d6fc585992),
	UINT64_C(0x187306c89bc215a9),
	UINT64_C(0xd4a60abcf3792b95),
	UINT64_C(0xf935451de4f21df2),
	UINT64_C(0xa9538f0419755787),
	UINT64_C(0xdb9acddff56ca510),
	UINT64_C(0xd06c98cd5c0975eb),
	UINT64_C(0xe612a3cb9ecba951),
	UINT64_C(0xc766e62cfcadaf96),
	UINT64_C(0xee64435a9752fe72),
	UINT64_C(0xa192d576b245165a),
	UINT64_C(0x0a8787bf8ecb74b2),
	UINT64_C(0x81b3e73d20b49b6f),
	UINT64_C(0x7fa8220ba3b2ecea),
	UINT64_C(0x245731c13ca42499),
	UINT64_C(0xb78dbfaf3a8d83bd),
	UINT64_C(0xea1ad565322a1a0b),
	UINT64_C(0x60e61c23a3795013),
	UINT64_C(0x6606d7e446282b93),
	UINT64_C(0x6ca4ecb15c5f91e1),
	UINT64_C(0x9f626da15c9625f3),
	UINT64_C(0xe51b38608ef25f57),
	UINT64_C(0x958a324ceb064572),
};

static const struct hash_key KEY = {
	UINT64_C(0x0706050403020100),
	UINT64_C(0x0f0e0d0c0b0a0908),
};

Test(hash, is_siphash_2_4)
{
	unsigned char message[64];

	for (size_t i = 0; i < 64; i++) {
		message[i] = (unsigned char)i;
		cr_assert_eq(hash_bytes(&KEY, message, i), SIPHASH_2_4[i],
			"%zu bytes", i);
	}
	cr_assert_eq(SIPHASH_2_4[15], UINT64_C(0xa129ca6149be45e5));
}

Test(hash, does_not_care_for_alignment)
{
	char bytes[80];

	for (size_t off = 0; off < 8; off++) {
		for (size_t i = 0; i < 63; i++)
			bytes[off + i] = (char)i;
		cr_assert_eq(
			hash_bytes(&KEY, bytes + off, 63), SIPHASH_2_4[63]);
	}
}

Test(hash, of_nothing_needs_no_bytes)
{
	cr_assert_eq(hash_bytes(&KEY, NULL, 0), SIPHASH_2_4[0]);
	cr_assert_eq(hash_span(&KEY, 0, SPAN_NONE), SIPHASH_2_4[0]);
}

Test(hash, depends_on_both_halves_of_the_key)
{
	struct hash_key other = KEY;
	uint64_t hash = hash_bytes(&KEY, "pods", 4);

	other.k0 ^= 1;
	cr_assert_neq(hash_bytes(&other, "pods", 4), hash);
	other = KEY;
	other.k1 ^= 1;
	cr_assert_neq(hash_bytes(&other, "pods", 4), hash);
}

static uint64_t hash_pair(struct span a, struct span b)
{
	return hash_span(&KEY, hash_span(&KEY, 0, a), b);
}

Test(hash, of_parts_knows_where_they_meet)
{
	uint64_t hash = hash_pair(SPAN("ab"), SPAN("c"));

	cr_assert_eq(hash_pair(SPAN("ab"), SPAN("c")), hash);
	cr_assert_neq(hash_pair(SPAN("a"), SPAN("bc")), hash);
	cr_assert_neq(hash_pair(SPAN("abc"), SPAN("")), hash);
	cr_assert_neq(hash_pair(SPAN("c"), SPAN("ab")), hash);
}

/* The hash of parts that are nul-terminated, up to an absent one. */
static uint64_t hash_all(const char *const *texts)
{
	struct span parts[4];
	size_t count = 0;

	for (; texts[count]; count++)
		parts[count] = span_str(texts[count]);
	return hash_spans(&KEY, 7, parts, count);
}

Test(hash, of_spans_knows_where_they_meet)
{
	/* The third has the words of the first two, a length among them. */
	static const char *const lists[][4] = {
		{ "abc", "" },
		{ "", "abc" },
		{ "abc\1\1\1\1\3", "" },
		{ "ab", "c" },
		{ "abc" },
		{ "abc", "", "" },
		{ "" },
		{ NULL },
		{ "12345678", "a" },
		{ "12345678a" },
		{ "12345678a", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(lists); j++)
			cr_assert_eq(hash_all(lists[i]) == hash_all(lists[j]),
				i == j, "%zu and %zu", i, j);
	}
}

Test(hash, of_one_short_span_is_its_own)
{
	struct span pods = SPAN("pods");

	cr_assert_eq(
		hash_spans(&KEY, 7, &pods, 1), hash_span(&KEY, 7, pods));
}

/* Their lengths are equal in the one byte that short ones tell them by. */
Test(hash, of_long_spans_knows_where_they_meet)
{
	static const char bytes[1024] = { 0 };
	const struct span one[] = { { bytes, 256 }, { bytes, 512 } };
	const struct span other[] = { { bytes, 512 }, { bytes, 256 } };

	cr_assert_neq(
		hash_spans(&KEY, 0, one, 2), hash_spans(&KEY, 0, other, 2));
}
