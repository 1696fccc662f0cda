/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explanation: what Fairway makes of a request, and why; as a line for
 * programs, a row of a table, or a page.
 *
 * Everything borrows: from the request that was asked for and its arena, and
 * from the settings.
 */
#ifndef PROXY_CLI_EXPLANATION_H
#define PROXY_CLI_EXPLANATION_H

#include "base/buf.h"
#include "policy/policy.h"
#include "proxy/cli/asked.h"

struct explanation {
	struct span id;
	struct class class;
	struct request rq; /* its class is the one above */
	uint16_t rule;
	uint16_t lane;
};

/* `ret` must stay where it is: its request points to its class. */
void explain(const struct policy *policy, const struct asked *asked,
	struct arena *arena, struct explanation *ret);

/* One JSON object and a newline. */
void explanation_write_json(const struct policy_settings *settings,
	const struct explanation *explanation, struct buf *out);
/* All of them with a head; columns are as wide as what is in them. */
void explanations_write_table(const struct policy_settings *settings,
	const struct explanation *const *list, size_t count, struct buf *out);
/* Everything about one, the rules that were asked before its own too. */
void explanation_write_page(const struct policy *policy,
	const struct policy_settings *settings,
	const struct explanation *explanation, struct buf *out);

#endif
