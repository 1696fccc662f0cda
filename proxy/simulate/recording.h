/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recording: what came, when, and how long the API server took for it, read
 * from logs.  A line is a request of Fairway's access log, as text or JSON
 * (access_line.h), or an event of an API server's audit log (audit_line.h);
 * both may be mixed, over several files.
 *
 *	lines --> struct recorded, by time --> rehearsal.h
 *
 * A line that is no request is passed over and counted, with its reason.  A
 * request whose time at the API server is not known, since it never went
 * there, takes the median of what is most like it.
 */
#ifndef PROXY_SIMULATE_RECORDING_H
#define PROXY_SIMULATE_RECORDING_H

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"
#include "base/util.h"
#include "policy/request.h"

struct arena;

/* One request as it was.  What it points to is the recording's. */
struct recorded {
	usec_t at;     /* it was submitted, or received: since 1970 */
	/* Of one moment the lowest was first: its id, or its line's. */
	uint64_t number;
	struct class class;
	struct span user_agent;
	struct subject subject; /* with has_subject */
	bool has_subject;
	uint64_t identity; /* 0: none, or not known */
	uint64_t peer;
	uint64_t body_len;
	uint64_t bytes;  /* of the answer's body */
	usec_t service;  /* at the API server, to the answer's head */
	usec_t transfer; /* … and from there to its end */
	bool is_service_known;
	/* What the API server answered; 0: nothing that says anything. */
	unsigned status;
	bool is_apart;     /* an upgrade */
	bool is_unread;    /* its body is not there, and could matter */
	/* Of Fairway's log only: */
	const char *lane; /* NULL: not known */
	bool was_started;
	bool was_refused; /* by Fairway */
	bool was_again;   /* more than one attempt */
	bool is_sample;   /* at level info, by chance */
	usec_t wait;      /* to its first start */
	usec_t patience;  /* its client left then; USEC_NEVER: it did not */
};

/* Why a line became no request. */
enum line_kind {
	LINE_REQUEST,
	LINE_OTHER,      /* another event: nothing is missing */
	LINE_MALFORMED,  /* neither JSON nor key=value */
	LINE_LACKS,      /* without what is needed: an older version's */
	LINE_NO_LANE,    /* answered before it came to any lane */
	LINE_THROTTLED,  /* the API server's 429: its client came again */
	LINE_KIND_COUNT,
};

/* For people: "answered by Fairway before it came to a lane". */
const char *line_kind_text(enum line_kind kind);
/* For programs: "noLane". */
const char *line_kind_word(enum line_kind kind);

struct recording {
	struct arena *arena;       /* owned */
	struct recorded *requests; /* owned; by time, when it is finished */
	size_t count, cap;
	uint64_t lines[LINE_KIND_COUNT];
	size_t guessed; /* times at the API server that were not known */
	size_t again;   /* that had more than one attempt */
	size_t sampled; /* at level info, as those of a sample are */
	size_t unread;  /* whose bodies were needed and are not there */
	/* What the monotonic clock of `submitted` counts from; access_line. */
	usec_t boot;
};

struct recording *recording_new(void);
void recording_free(struct recording *recording);

/*
 * For who reads lines.  An answer that says something of who asked; a 429 or
 * 5xx is one of the moment, and not to be played again.
 */
unsigned recorded_status(uint64_t status);
/* A copy; "" of what is absent. */
struct span recorded_text(struct arena *arena, struct span text);
/* Equal texts are equal numbers; 0: there is none. */
uint64_t recorded_number(struct span text);

/* "-" is standard input. */
int recording_read(
	struct recording *recording, const char *path, struct err *err);
void recording_add_line(struct recording *recording, struct span line);
/* All lines are there: orders them, and fills in what is not known. */
void recording_finish(struct recording *recording);

#endif
