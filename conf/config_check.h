/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that concern several keys at once: what cannot be meant is an error,
 * what is legal and unwise a warning.  Each is placed at the key that should
 * be changed.
 */
#ifndef CONF_CONFIG_CHECK_H
#define CONF_CONFIG_CHECK_H

#include "base/err.h"
#include "conf/config.h"
#include "conf/lanes.h"
#include "conf/problem.h"
#include "conf/yaml_doc.h"

/* Everything but lanes and rules. */
void config_check_fields(const struct config *config,
	const struct yaml_doc *doc, struct problems *problems);

/* Lanes, and rules, after draft_finish(). */
void config_check_lanes(
	const struct draft *draft, const struct config *config);
void config_check_rules(
	const struct draft *draft, const struct identity_config *identity);

/* Of rules without their file: whether it is known who they ask for. */
int config_check_subjects(const struct policy_settings *policy,
	const struct identity_config *identity, struct err *err);

#endif
