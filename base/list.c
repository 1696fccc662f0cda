/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

void list_check(const struct list *list)
{
	const struct list_node *node = &list->head;
	size_t count = 0;

	do {
		CHECK(node->list == list);
		CHECK(node->next->prev == node);
		node = node->next;
		count++;
	} while (node != &list->head);
	CHECK(count - 1 == list->count);
}
