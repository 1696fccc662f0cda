/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes through policy's door: the first one chooses how many endpoints
 * there are, each three that follow are one legal event.  tests/sim/
 * walk.c says what must hold after each.
 */
#include <stddef.h>
#include <stdint.h>

#include "tests/sim/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct walk *walk;

	if (!size)
		return 0;
	walk = walk_new(data[0], 1 + data[0] % 2);
	for (size_t i = 1; i + 3 <= size; i += 3)
		walk_step(walk, data[i], data[i + 1], data[i + 2]);
	walk_end(walk);
	return 0;
}
