/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random numbers from the kernel: seeds and keys.  The only module that gets
 * chance from outside.
 */
#ifndef PROXY_IDENTITY_RANDOM_H
#define PROXY_IDENTITY_RANDOM_H

#include "base/hash.h"
#include "base/util.h"

/* Fills the buffer; ends the process if the kernel has none to give. */
void random_bytes(void *ret_bytes, size_t len);
uint64_t random_u64(void);
struct hash_key random_hash_key(void);

#endif
