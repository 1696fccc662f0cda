/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_quote.h"

/*
 * The length of the UTF-8 character that `text` begins with; 0: it is none
 * (Unicode 15, table 3-7).
 */
static size_t utf8_len(struct span text)
{
	const unsigned char *at = (const unsigned char *)text.ptr;
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	len = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (at[0] == 0xe0)
		low = 0xa0; /* shorter forms exist */
	else if (at[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (at[0] == 0xf0)
		low = 0x90;
	else if (at[0] == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	if (text.len < len || at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (at[i] < 0x80 || at[i] > 0xbf)
			return 0;
	return len;
}

void json_append_quoted(struct buf *text, struct span s, size_t max)
{
	size_t start = buf_len(text);

	buf_append_str(text, "\"");
	while (s.len && buf_len(text) - start < max) {
		unsigned char c = (unsigned char)s.ptr[0];
		size_t len = utf8_len(s);

		if (!len)
			buf_append_str(text, "\\ufffd");
		else if (c == '"' || c == '\\')
			buf_printf(text, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(text, "\\u%04x", c);
		else
			buf_append(text, s.ptr, len);
		s = span_skip(s, len ? len : 1);
	}
	buf_append_str(text, s.len ? "...\"" : "\"");
}

bool json_is_utf8(struct span s)
{
	while (s.len > 0) {
		size_t len = utf8_len(s);

		if (!len)
			return false;
		s = span_skip(s, len);
	}
	return true;
}
