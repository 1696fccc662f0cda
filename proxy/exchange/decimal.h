/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A number in decimal, without printf: for header values and short bodies
 * that are made for every request.
 */
#ifndef PROXY_EXCHANGE_DECIMAL_H
#define PROXY_EXCHANGE_DECIMAL_H

#include "base/util.h"

#define DECIMAL_CAP 20 /* digits of the largest one */

/* Without a NUL.  Returns how many digits it wrote. */
static inline size_t decimal_write(
	uint64_t number, char ret_digits[static DECIMAL_CAP])
{
	char reversed[DECIMAL_CAP];
	size_t len = 0;

	do {
		reversed[len++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	for (size_t i = 0; i < len; i++)
		ret_digits[i] = reversed[len - 1 - i];
	return len;
}

#endif
