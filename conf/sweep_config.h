/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The section "sweep": the items of its list, and what concerns several of its
 * keys.
 */
#ifndef CONF_SWEEP_CONFIG_H
#define CONF_SWEEP_CONFIG_H

#include "conf/config.h"
#include "conf/schema.h"

/* What has no fallback in the schema. */
void sweep_config_default(struct sweep_config *sweep);

/* A rule of which nothing was said. */
void sweep_rule_blank(struct sweep_rule_config *ret_rule, struct arena *arena);
/* An item of "sweep.rules" begins, as in struct schema_decoder. */
struct schema_item sweep_rule_item(struct sweep_config *sweep,
	struct arena *arena, struct problems *problems,
	const struct node *node);

void sweep_config_check(struct sweep_config *sweep,
	const struct yaml_doc *doc, struct problems *problems);

#endif
