/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/h1_chunks.h"

enum {
	DIGITS_MAX = 15,
	EXTENSION_BYTES_MAX = 4096,
};

void h1_chunks_init(struct h1_chunks *chunks)
{
	*chunks = (struct h1_chunks){ .at = H1_CHUNKS_SIZE };
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int check_size(struct h1_chunks *chunks, char c)
{
	int digit = hex_value(c);

	if (digit >= 0) {
		if (++chunks->digits > DIGITS_MAX)
			return -1;
		chunks->left = chunks->left << 4 | (unsigned)digit;
		return 0;
	}
	if (chunks->digits == 0)
		return -1;
	if (c == ';')
		chunks->at = H1_CHUNKS_EXTENSION;
	else if (c == '\r')
		chunks->at = H1_CHUNKS_SIZE_LF;
	else
		return -1;
	return 0;
}

static int check_extension(struct h1_chunks *chunks, char c)
{
	unsigned char u = (unsigned char)c;

	if (c == '\r') {
		chunks->at = H1_CHUNKS_SIZE_LF;
		return 0;
	}
	if ((u < ' ' && u != '\t') || u >= 0x7f)
		return -1;
	return ++chunks->extension_bytes > EXTENSION_BYTES_MAX ? -1 : 0;
}

static int check_byte(struct h1_chunks *chunks, char c)
{
	switch (chunks->at) {
	case H1_CHUNKS_SIZE:
		return check_size(chunks, c);
	case H1_CHUNKS_EXTENSION:
		return check_extension(chunks, c);
	case H1_CHUNKS_SIZE_LF:
		chunks->at = chunks->left ? H1_CHUNKS_DATA : H1_CHUNKS_LAST;
		chunks->digits = 0;
		return c == '\n' ? 0 : -1;
	case H1_CHUNKS_DATA_CR:
		chunks->at = H1_CHUNKS_DATA_LF;
		return c == '\r' ? 0 : -1;
	case H1_CHUNKS_DATA_LF:
		chunks->at = H1_CHUNKS_SIZE;
		return c == '\n' ? 0 : -1;
	case H1_CHUNKS_DATA:
	case H1_CHUNKS_LAST:
		break;
	}
	return -1;
}

int h1_chunks_check(
	struct h1_chunks *chunks, struct span bytes, size_t *ret_len)
{
	size_t i = 0;

	while (i < bytes.len && chunks->at != H1_CHUNKS_LAST) {
		size_t n;

		if (chunks->at != H1_CHUNKS_DATA) {
			if (check_byte(chunks, bytes.ptr[i++]) != 0)
				return -1;
			continue;
		}
		n = u64_min(chunks->left, bytes.len - i);
		i += n;
		chunks->left -= n;
		if (chunks->left == 0)
			chunks->at = H1_CHUNKS_DATA_CR;
	}
	*ret_len = i;
	return 0;
}
