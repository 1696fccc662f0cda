/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Story: what happens in a simulation, one sentence a line:
 *
 *	lasts 72h, in short 90m
 *	level workload has 20 seats and queues
 *	argo starts 400 workflows an hour of up to 100 pods for up to 10m
 *	at 3h the server stops for 20s
 *	no removal is later than 5s
 *
 * story.c has the table of all sentences.  A `#` begins a comment.  Words of
 * a story stay where they were read: a story owns its text.
 */
#ifndef TESTS_SIM_STORY_H
#define TESTS_SIM_STORY_H

#include "tests/sim/argo.h"

enum deed_kind {
	DEED_STOP,    /* the server stops for a while: SIGSTOP */
	DEED_CRASH,   /* … loses all connections, and refuses new ones */
	DEED_RESTART, /* Argo is away for a while */
	DEED_HANG,    /* writes of a kind hold a seat for `time`, then 504 */
	DEED_FAIL,    /* a kind is answered with the status `number` */
	DEED_SEATS,   /* a level has `number` seats for a while */
	DEED_REFUSE,  /* … and refuses instead of queueing */
	DEED_OTHERS,  /* others take `number` of its seats and `cores` */
	DEED_CROWD,   /* `number` workers send a kind for a while */
};

struct deed {
	enum deed_kind what;
	usec_t at;
	usec_t every; /* 0: once */
	usec_t lasts; /* 0: for good */
	enum kind kind;
	unsigned level;
	uint32_t number;
	uint32_t cores;
	usec_t time;      /* hang; or to think between two requests */
	const char *name; /* of the crowd's namespace */
};

enum bar_kind {
	BAR_MAX,      /* no KIND is later, outside outages */
	BAR_EVER,     /* … and in them */
	BAR_QUANTILE, /* `number` of 1000 are within, outside outages */
	BAR_PAUSE,    /* some KIND is done each so often, outside outages */
	BAR_AFTER,    /* KIND waits longer than `other` at p99 */
	BAR_DONE,     /* at least `number` */
	BAR_FAIR,     /* Jain's index of the crowds that send KIND, / 1000 */
	BAR_WASTED,   /* at most `number` of 1000 attempts */
	BAR_LEADER,   /* no lease is lost */
	BAR_RELEASED, /* at most `number` pods are stuck in the end */
};

struct bar {
	enum bar_kind what;
	enum kind kind;
	enum kind other;
	uint64_t number;
	usec_t time;
	const char *words; /* as it was written */
};

#define STORY_DEEDS_MAX 64
#define STORY_BARS_MAX 32

struct story {
	char *text;        /* owned */
	const char *title; /* the first line's comment */
	usec_t lasts;
	usec_t lasts_short;
	uint64_t check_every;
	uint32_t cores;
	uint32_t wide_takes;
	const char *levels[SERVER_LEVELS];
	uint32_t seats[SERVER_LEVELS];
	bool is_reject[SERVER_LEVELS];
	unsigned level_count;
	unsigned level_of[KINDS];
	bool has_argo;
	struct argo_settings argo;
	struct deed deeds[STORY_DEEDS_MAX];
	unsigned deed_count;
	struct bar bars[STORY_BARS_MAX];
	unsigned bar_count;
};

/* 0, or -1 and a complaint with the line on stderr. */
int story_read(const char *path, struct story *ret_story);
void story_fini(struct story *story);

#endif
