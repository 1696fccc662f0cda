/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Little-endian integers of 1 to 8 bytes in files, whatever the machine.
 */
#ifndef BASE_ENDIAN_H
#define BASE_ENDIAN_H

#include "base/util.h"

static inline void le_put(void *to, uint64_t value, size_t len)
{
	unsigned char *bytes = to;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)(value >> (8 * i));
}

static inline uint64_t le_get(const void *from, size_t len)
{
	const unsigned char *bytes = from;
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

#endif
