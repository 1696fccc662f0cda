/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a priority level tells the rejected in Retry-After
 * (k8s.io/apiserver/pkg/util/flowcontrol/dropped_requests_tracker.go).
 *
 * Starts at 1.  When a second begins in which something is dropped, and the
 * last `retry_after` seconds saw at least three drops for each of its
 * seconds, it doubles, up to 32 and not more often than every `retry_after`
 * seconds; when they saw fewer drops than it has seconds it goes down by one.
 * Nothing happens while nothing is dropped: it may be long out of date.
 */
#ifndef TESTS_KUBESIM_DROPPED_H
#define TESTS_KUBESIM_DROPPED_H

#include "base/util.h"

enum { DROPPED_MAX_RETRY_AFTER = 32 };

struct dropped {
	uint64_t second;      /* the one that is being counted */
	unsigned retry_after; /* seconds */
	uint64_t changed_at;  /* second of the last doubling or decrease */
	/* Drops of second s, at s modulo the size. */
	struct {
		uint64_t second;
		unsigned count;
	} history[DROPPED_MAX_RETRY_AFTER + 1];
};

void dropped_init(struct dropped *dropped);
void dropped_record(struct dropped *dropped, usec_t now);

#endif
