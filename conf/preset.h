/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preset: which numbers a configuration begins with, before its other keys.
 * The lanes, their order and the rules are the same.
 */
#ifndef CONF_PRESET_H
#define CONF_PRESET_H

#include "conf/config.h"

/* Of a configuration that has the defaults, which are a sidecar's. */
void preset_apply(struct config *config, enum preset preset);

#endif
