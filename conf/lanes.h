/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lanes and rules as a file writes them: by name, on top of the defaults.
 *
 *	policy's defaults -> draft -> items of the file -> draft_finish()
 *
 * An item whose name is a default's changes that one, key by key; any other
 * name makes a new one.  Lanes are named in files and numbered in policy, so
 * names are resolved when all of them are known.
 */
#ifndef CONF_LANES_H
#define CONF_LANES_H

#include <stdbool.h>

#include "conf/config.h"
#include "conf/schema.h"
#include "policy/settings.h"

struct lane_entry {
	struct lane_settings settings;
	const char *overflow;    /* name of a lane; "": none */
	const struct node *node; /* in the file; NULL: not there */
};

/* How flows are told apart. */
enum distinguisher {
	DISTINGUISHER_USER_AND_NAMESPACE,
	DISTINGUISHER_USER,
	DISTINGUISHER_NAMESPACE,
	DISTINGUISHER_NONE,
};

/* Which of two kinds a rule is for. */
enum rule_scope {
	RULE_SCOPE_ANY,
	RULE_SCOPE_RESOURCE,
	RULE_SCOPE_NON_RESOURCE,
};

enum rule_duration {
	RULE_DURATION_ANY,
	RULE_DURATION_SHORT,
	RULE_DURATION_LONG_RUNNING,
};

struct rule_entry {
	struct rule_settings settings;
	const char *lane; /* name */
	enum distinguisher distinguisher;
	enum rule_scope scope;
	enum rule_duration duration;
	const struct node *node; /* in the file; NULL: not there */
};

struct draft {
	struct lane_entry lanes[POLICY_LANES_MAX];
	uint32_t lane_count;
	struct rule_entry rules[POLICY_RULES_MAX];
	uint32_t rule_count;
	struct sweep_config *sweep; /* borrowed: its rules go there */
	struct arena *arena;        /* borrowed */
	const struct yaml_doc *doc; /* borrowed; NULL: no file */
	struct problems *problems;  /* borrowed */
};

/* Takes the lanes and rules of `settings` apart.  free() it. */
struct draft *draft_new(
	const struct policy_settings *settings, struct arena *arena);

/*
 * An item of "lanes", "rules" or "sweep.rules" begins: schema_decoder's
 * `item`.
 */
struct schema_item draft_item(
	void *draft, const struct schema_key *list, const struct node *node);

/* Resolves names, checks what concerns several lanes or rules, and stores. */
void draft_finish(struct draft *draft, struct policy_settings *settings);

/* Items of which nothing was said: what a new one has. */
struct blank_items {
	struct lane_entry lane;
	struct rule_entry rule;
	struct sweep_rule_config sweep_rule;
};

struct blank_items *blank_items_new(struct arena *arena);
/* The one that a key is in, by its path or its list's; NULL: it is in none. */
const void *blank_item_of(const struct blank_items *blank, const char *path);

#endif
