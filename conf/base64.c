/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/base64.h"

#include <stdbool.h>

static const char LETTERS[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct span bytes, struct buf *ret_text)
{
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		uint32_t bits = 0;
		char group[4];

		for (size_t j = 0; j < 3; j++)
			bits = bits << 8 |
				(j < left ? (unsigned char)bytes.ptr[i + j]
					  : 0);
		for (size_t j = 0; j < 4; j++)
			group[j] = j <= left
				? LETTERS[bits >> (18 - 6 * j) & 63]
				: '=';
		buf_append(ret_text, group, sizeof(group));
	}
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

int base64_decode(struct span text, struct buf *ret_bytes)
{
	uint32_t bits = 0;
	unsigned count = 0, padding = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		int value = value_of(c);

		if (c == '\n' || c == '\r')
			continue;
		if (c == '=' && count >= 2 && count + padding < 4) {
			padding++;
			continue;
		}
		if (value < 0 || padding)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		if (++count < 4)
			continue;
		for (unsigned shift = 24; shift; shift -= 8)
			buf_append(ret_bytes,
				&(char){ (char)(bits >> (shift - 8) & 0xff) },
				1);
		bits = 0;
		count = 0;
	}
	if (count && count + padding != 4)
		return -1;
	bits <<= 6 * padding;
	for (unsigned j = 0; count && j < count - 1; j++)
		buf_append(ret_bytes,
			&(char){ (char)(bits >> (16 - 8 * j) & 0xff) }, 1);
	return 0;
}
