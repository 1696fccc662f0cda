/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ask: the inside of a sweep: what is asked, page by page, and what is done
 * with an answer that is of no use.  sweep.c is the course of it.
 */
#ifndef PROXY_SWEEP_ASK_H
#define PROXY_SWEEP_ASK_H

#include "proxy/sweep/sweep.h"

#define WORKFLOWS "/apis/argoproj.io/v1alpha1"

struct sweep_run {
	struct sweep_client *client;
	const struct sweep_order *order;
	struct log *log;
	struct sweep_report *report;
	struct list owners;
	struct sweep_answer answer;
	bool are_served; /* Workflows: a LIST of them works */
	/* Of one whose pods are asked for: */
	const char *waits_for; /* its uid; borrowed */
	bool is_unreleased;
};

/* GET; takes the path.  The answer is run->answer. */
int sweep_ask(struct sweep_run *run, struct buf *path, struct err *err);
/* What was answered is of no use: it ends the sweep.  Returns -1. */
int sweep_no_use(
	const struct sweep_run *run, const char *what, struct err *err);

/* The path of a namespace below `base`, or of all. */
void sweep_append_scope(
	struct buf *path, const char *base, const char *namespace);

/* `item` is not of the run's answer: `take` may ask. */
typedef int sweep_item_fn(
	struct sweep_run *run, struct span item, struct err *err);

/* A LIST: its path and query without limit, and what its answer is called. */
struct sweep_listing {
	struct span path;
	struct span kind;
	unsigned limit;
	sweep_item_fn *take;
};

/* Gives each item of all pages to `take`. */
int sweep_each_of(struct sweep_run *run, const struct sweep_listing *listing,
	struct err *err);

#endif
