/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configurations that are not right, each with exactly what is said of it.
 */
#ifndef TESTS_UNIT_CONF_BROKEN_H
#define TESTS_UNIT_CONF_BROKEN_H

#include <stddef.h>

struct broken {
	const char *yaml;   /* from line 3 on, after apiVersion and kind */
	const char *wanted; /* all lines, of the file "f" */
};

/* Each is refused, or with warnings only accepted. */
void broken_expect(const struct broken *cases, size_t count);

#endif
