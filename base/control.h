/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control characters in UTF-8: on a terminal they are commands.
 */
#ifndef BASE_CONTROL_H
#define BASE_CONTROL_H

#include "base/span.h"

/*
 * How many bytes has the control character that a text begins with?  U+0000 to
 * U+001F and U+007F are one, U+0080 to U+009F are two; 0: it is another one.
 */
static inline size_t control_len(struct span text)
{
	unsigned char first, second;

	if (!text.len)
		return 0;
	first = (unsigned char)text.ptr[0];
	if (first < ' ' || first == 0x7f)
		return 1;
	if (first != 0xc2 || text.len < 2)
		return 0;
	second = (unsigned char)text.ptr[1];
	return second < 0xa0 ? 2 : 0;
}

#endif
