/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/h1_chunks.h"

enum { MAX_LINE = 4096, MAX_DIGITS = 16 };

static void chunks_break(struct h1_chunks *chunks, const char *error)
{
	chunks->state = H1_CHUNKS_BROKEN;
	chunks->error = error;
}

/* Takes a line and its end, which must be CRLF.  Absent: not all is there,
 * or it is broken. */
static struct span take_line(struct h1_chunks *chunks, struct span *in)
{
	const char *end = in->len ? memchr(in->ptr, '\n', in->len) : NULL;
	const char *cr;
	struct span line;

	if (!end) {
		if (in->len >= MAX_LINE)
			chunks_break(chunks, "header line too long");
		return SPAN_NONE;
	}
	line = span_of(in->ptr, (size_t)(end - in->ptr));
	cr = line.len ? memchr(line.ptr, '\r', line.len) : NULL;
	if (line.len >= MAX_LINE)
		chunks_break(chunks, "header line too long");
	else if (!cr)
		chunks_break(chunks, "chunked line ends with bare LF");
	else if (cr != line.ptr + line.len - 1)
		chunks_break(chunks, "chunked line contains bare CR");
	if (chunks->state == H1_CHUNKS_BROKEN)
		return SPAN_NONE;
	*in = span_skip(*in, line.len + 1);
	line.len--;
	return line;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
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

static void read_size(struct h1_chunks *chunks, struct span line)
{
	/* An extension means nothing. */
	struct span digits = span_cut(&line, ';');
	uint64_t size = 0;

	while (digits.len && is_space(digits.ptr[digits.len - 1]))
		digits.len--;
	if (!digits.len) {
		chunks_break(chunks, "empty hex number for chunk length");
		return;
	}
	for (size_t i = 0; i < digits.len; i++) {
		int value = hex_value(digits.ptr[i]);

		if (value < 0) {
			chunks_break(chunks, "invalid byte in chunk length");
			return;
		}
		if (i == MAX_DIGITS) {
			chunks_break(chunks, "http chunk length too large");
			return;
		}
		size = size << 4 | (unsigned)value;
	}
	chunks->left = size;
	chunks->state = size ? H1_CHUNKS_DATA : H1_CHUNKS_TRAILER;
}

static struct span take_data(struct h1_chunks *chunks, struct span *in)
{
	struct span data =
		span_of(in->ptr, (size_t)u64_min(in->len, chunks->left));

	*in = span_skip(*in, data.len);
	chunks->left -= data.len;
	if (!chunks->left)
		chunks->state = H1_CHUNKS_CRLF;
	return data;
}

static void take_crlf(struct h1_chunks *chunks, struct span *in)
{
	if (in->len < 2)
		return;
	if (memcmp(in->ptr, "\r\n", 2) != 0) {
		chunks_break(chunks, "malformed chunked encoding");
		return;
	}
	*in = span_skip(*in, 2);
	chunks->state = H1_CHUNKS_SIZE;
}

struct span h1_chunks_step(struct h1_chunks *chunks, struct span *in)
{
	struct span line;

	switch (chunks->state) {
	case H1_CHUNKS_SIZE:
		line = take_line(chunks, in);
		if (!span_is_absent(line))
			read_size(chunks, line);
		break;
	case H1_CHUNKS_DATA:
		return take_data(chunks, in);
	case H1_CHUNKS_CRLF:
		take_crlf(chunks, in);
		break;
	case H1_CHUNKS_TRAILER:
		line = take_line(chunks, in);
		if (!span_is_absent(line) && !line.len)
			chunks->state = H1_CHUNKS_DONE;
		break;
	case H1_CHUNKS_DONE:
	case H1_CHUNKS_BROKEN:
		break;
	}
	return SPAN_NONE;
}
