/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Division: how a pool would be shared by what each wants of it: max-min
 * fair, so that who wants little gets it, and those who want more than there
 * is get the same.  What nobody wants goes to all in equal parts: it is there
 * when a crowd comes, before anybody could be asked.
 *
 *	sum of parts == pool, in whole units; odd units go to the first ones
 *
 * The same numbers in the same order give the same parts, wherever it is
 * computed.
 */
#ifndef POLICY_REPLICAS_DIVISION_H
#define POLICY_REPLICAS_DIVISION_H

#include <stdint.h>

void division_make(uint32_t pool, uint32_t unit, const uint32_t *wants,
	uint32_t count, uint32_t *ret_parts);

#endif
