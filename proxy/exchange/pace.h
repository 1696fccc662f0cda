/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pace: whether a client reads an answer fast enough while the API server has
 * to wait for it, since a seat there is taken for as long.
 *
 * A reader is watched from the moment on that the relay towards it is full.
 * Then it must take so many bytes in each interval as the least rate asks
 * for, and is watched no more once the API server may send again all it wants.
 *
 * Intervals are of one length, so that who is watched longest is due first.
 */
#ifndef PROXY_EXCHANGE_PACE_H
#define PROXY_EXCHANGE_PACE_H

#include <stdbool.h>

#include "base/list.h"
#include "base/util.h"

struct pace_settings {
	uint64_t rate; /* bytes a second; 0: nobody is watched */
	usec_t interval;
};

/* One reader, embedded in what reads. */
struct pace {
	struct list_node node; /* in ->readers while it is watched */
	usec_t due;            /* the end of its interval */
	uint64_t taken;        /* bytes at its beginning */
};

struct paces {
	struct pace_settings settings;
	struct list readers; /* the first is due first */
};

void paces_init(struct paces *paces, const struct pace_settings *settings);

/* Other settings: for each that is watched an interval begins. */
void paces_set(
	struct paces *paces, const struct pace_settings *settings, usec_t now);

/* The relay is full, `taken` bytes of it went so far.  Goes on if it did. */
void pace_watch(
	struct paces *paces, struct pace *pace, uint64_t taken, usec_t now);
void pace_leave(struct pace *pace);

/* The first whose interval is over; NULL: none is at `now`. */
struct pace *paces_due(const struct paces *paces, usec_t now);
/* False: it was too slow and is watched no more; else the next one begins. */
bool pace_keeps_up(
	struct paces *paces, struct pace *pace, uint64_t taken, usec_t now);
/* When paces_due() may have one; USEC_NEVER: nobody is watched. */
usec_t paces_wake_at(const struct paces *paces);

#endif
