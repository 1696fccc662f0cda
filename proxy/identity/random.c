/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/identity/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/check.h"

void random_bytes(void *ret_bytes, size_t len)
{
	unsigned char *at = ret_bytes;

	while (len) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0) {
			CHECK(errno == EINTR);
			continue;
		}
		at += n;
		len -= (size_t)n;
	}
}

uint64_t random_u64(void)
{
	uint64_t value;

	random_bytes(&value, sizeof(value));
	return value;
}

struct hash_key random_hash_key(void)
{
	return (struct hash_key){ random_u64(), random_u64() };
}
