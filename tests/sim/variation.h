/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variation: settings that a reload may bring, made from others by a byte or
 * two: lanes that go, come, change places, names, kinds and numbers.
 *
 * What a reload cannot change, endpoints and sizes of tables, stays.
 */
#ifndef TESTS_SIM_VARIATION_H
#define TESTS_SIM_VARIATION_H

#include "policy/settings.h"

/* Rules of that lane are for `heir` then. */
void settings_drop_lane(
	struct policy_settings *settings, uint32_t lane, uint32_t heir);
void settings_swap_lanes(
	struct policy_settings *settings, uint32_t a, uint32_t b);
void settings_drop_rule(struct policy_settings *settings, uint32_t rule);
/* One of many, the same for the same bytes. */
void settings_vary(
	struct policy_settings *settings, uint8_t which, uint8_t how);

#endif
