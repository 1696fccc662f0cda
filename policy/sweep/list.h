/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of a LIST as the API server answers it, item by item: JSON, all of
 * it.  Borrows the bytes.
 */
#ifndef POLICY_SWEEP_LIST_H
#define POLICY_SWEEP_LIST_H

#include <stdbool.h>

#include "base/json.h"

struct sweep_list {
	struct span items;         /* what is left of the array, as JSON */
	struct span continue_token; /* "": this was the last page */
};

/*
 * Returns 0, or -1 if it is not a whole list of that kind ("PodList"; absent:
 * of any).
 */
int sweep_list_open(
	struct span text, struct span kind, struct sweep_list *ret_list);
/*
 * The token in a 410 that goes on where the list expired, as of now: absent if
 * it has none.  What was made meanwhile may be missed.
 */
struct span sweep_list_expired_token(struct span text);
/* The next item, an object; false: there is none. */
bool sweep_list_next(struct sweep_list *list, struct span *ret_item);

#endif
