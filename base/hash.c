/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 as its authors published it (Aumasson, Bernstein 2012). */
#include "base/hash.h"

static inline uint64_t rotl(uint64_t x, unsigned by)
{
	return (x << by) | (x >> (64 - by));
}

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	sip_round(s);
	s->v0 ^= word;
}

/* Written out because compilers make one load of it, but not of a loop. */
static uint64_t load_le64(const unsigned char *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
		(uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
		(uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
		(uint64_t)p[7] << 56;
}

/* Fewer than eight bytes. */
static uint64_t load_le_part(const unsigned char *p, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)p[i] << (8 * i);
	return word;
}

static inline struct sip sip_begin(uint64_t k0, uint64_t k1)
{
	return (struct sip){
		.v0 = k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = k1 ^ UINT64_C(0x7465646279746573),
	};
}

static inline uint64_t sip_end(struct sip *s)
{
	s->v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* All whole words; what is left. */
static inline struct span sip_words(struct sip *s, struct span bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.ptr;
	size_t left = bytes.len;

	for (; left >= 8; left -= 8, p += 8)
		sip_word(s, load_le64(p));
	return span_of(p, left);
}

static inline void sip_tail(struct sip *s, struct span tail, uint64_t len)
{
	sip_word(s,
		load_le_part((const unsigned char *)tail.ptr, tail.len) |
			len << 56);
}

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t len)
{
	struct sip s = sip_begin(key->k0, key->k1);
	struct span tail = sip_words(&s, span_of(bytes, len));

	sip_tail(&s, tail, len);
	return sip_end(&s);
}

uint64_t hash_span(const struct hash_key *key, uint64_t earlier, struct span s)
{
	struct hash_key mixed = { key->k0 ^ earlier, key->k1 };

	return hash_bytes(&mixed, s.ptr, s.len);
}

/*
 * Read from its end, what is hashed tells the parts apart: the last word of
 * each says its length, or that the word before is the length.
 */
uint64_t hash_spans(const struct hash_key *key, uint64_t earlier,
	const struct span *parts, size_t count)
{
	struct sip s = sip_begin(key->k0 ^ earlier, key->k1);

	for (size_t i = 0; i < count; i++) {
		size_t len = parts[i].len;
		struct span tail = sip_words(&s, parts[i]);

		if (len >= UINT8_MAX)
			sip_word(&s, len);
		sip_tail(&s, tail, u64_min(len, UINT8_MAX));
	}
	return sip_end(&s);
}
