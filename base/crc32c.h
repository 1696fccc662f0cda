/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32C (Castagnoli; RFC 3720, appendix B.4): finds what a disk or a torn
 * write did to bytes.  It stops no attacker.
 */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from `crc`; 0 begins. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);

#endif
