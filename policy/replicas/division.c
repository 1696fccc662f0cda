/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/replicas/division.h"

#include "base/check.h"
#include "base/util.h"

/* What one still wants, in units. */
static uint64_t lacks(uint32_t want, uint32_t part, uint32_t unit)
{
	uint64_t units = ((uint64_t)want + unit - 1) / unit;

	return units > part ? units - part : 0;
}

static uint32_t count_wanting(const uint32_t *wants, const uint32_t *parts,
	uint32_t count, uint32_t unit)
{
	uint32_t wanting = 0;

	for (uint32_t i = 0; i < count; i++)
		wanting += lacks(wants[i], parts[i], unit) > 0;
	return wanting;
}

/* Up to `most` units to each who lacks some; returns what is left. */
static uint32_t hand_out(uint32_t left, uint32_t most, const uint32_t *wants,
	uint32_t *parts, uint32_t count, uint32_t unit)
{
	for (uint32_t i = 0; i < count && left; i++) {
		uint64_t more = lacks(wants[i], parts[i], unit);

		more = u64_min(u64_min(more, most), left);
		parts[i] += (uint32_t)more;
		left -= (uint32_t)more;
	}
	return left;
}

void division_make(uint32_t pool, uint32_t unit, const uint32_t *wants,
	uint32_t count, uint32_t *ret_parts)
{
	uint32_t left = pool / unit, wanting;

	CHECK(count && unit);
	for (uint32_t i = 0; i < count; i++)
		ret_parts[i] = 0;
	/* Each round satisfies somebody, or leaves less than one for each. */
	while (left &&
		(wanting = count_wanting(wants, ret_parts, count, unit)))
		left = hand_out(left, (uint32_t)u64_max(left / wanting, 1),
			wants, ret_parts, count, unit);
	for (uint32_t i = 0; i < count; i++)
		ret_parts[i] += left / count + (i < left % count);
	for (uint32_t i = 0; i < count; i++)
		ret_parts[i] *= unit;
}
