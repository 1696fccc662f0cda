/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walk: three bytes become one legal event at policy's door, whatever they
 * are.  Shared by the random walks and the fuzzer.  Checks what a caller may
 * rely on: no request is named twice, none is lost, no START without room,
 * nothing is left in the end; and what tests/sim/oracle.h says.
 */
#ifndef TESTS_SIM_WALK_H
#define TESTS_SIM_WALK_H

#include <stdint.h>

struct walk;

struct walk *walk_new(uint64_t seed, unsigned endpoints);
void walk_step(struct walk *walk, uint8_t what, uint8_t which, uint8_t how);
/* Ends all requests, frees; returns a hash of all decisions. */
uint64_t walk_end(struct walk *walk);

#endif
