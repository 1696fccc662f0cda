/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML bodies as JSON documents, as sigs.k8s.io/yaml converts them: YAML 1.1
 * words for true and false, keys are strings.  No anchors, aliases, tags and
 * merge keys (conf/yaml_doc.h).
 */
#ifndef TESTS_KUBESIM_YAML_H
#define TESTS_KUBESIM_YAML_H

#include "tests/kubesim/json.h"

/* Caller owns the document; NULL and `err` when it is none. */
cJSON *yaml_parse(struct span text, struct err *err);

#endif
