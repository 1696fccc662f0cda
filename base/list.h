/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doubly linked intrusive list.  A node knows the list that it is in, so
 * that it can be removed without naming the list, is counted, and cannot be
 * put into two lists.  The list owns nothing and must stay where it is.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>

#include "base/check.h"
#include "base/util.h"

struct list;

struct list_node {
	struct list_node *prev;
	struct list_node *next;
	struct list *list; /* NULL: in none */
};

struct list {
	struct list_node head; /* head.next is the first, head.prev the last */
	size_t count;
};

static inline void list_init(struct list *list)
{
	list->head.prev = list->head.next = &list->head;
	list->head.list = list;
	list->count = 0;
}

static inline bool list_is_empty(const struct list *list)
{
	return list->count == 0;
}

static inline bool list_node_is_linked(const struct list_node *node)
{
	return node->list != NULL;
}

static inline void list_insert_after_(
	struct list *list, struct list_node *at, struct list_node *node)
{
	CHECK(!node->list);
	node->list = list;
	node->prev = at;
	node->next = at->next;
	at->next->prev = node;
	at->next = node;
	list->count++;
}

static inline void list_push_front(struct list *list, struct list_node *node)
{
	list_insert_after_(list, &list->head, node);
}

static inline void list_push_back(struct list *list, struct list_node *node)
{
	list_insert_after_(list, list->head.prev, node);
}

/* `at` must be in a list. */
static inline void list_insert_before(
	struct list_node *at, struct list_node *node)
{
	CHECK(at->list);
	list_insert_after_(at->list, at->prev, node);
}

/* Removes the node from whatever list it is in; in none: does nothing. */
static inline void list_remove(struct list_node *node)
{
	if (!node->list)
		return;
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->list->count--;
	node->prev = node->next = NULL;
	node->list = NULL;
}

static inline struct list_node *list_first(const struct list *list)
{
	return list->count ? list->head.next : NULL;
}

static inline struct list_node *list_last(const struct list *list)
{
	return list->count ? list->head.prev : NULL;
}

/* The one behind `node`, NULL at the end. */
static inline struct list_node *list_next(const struct list_node *node)
{
	return node->next == &node->list->head ? NULL : node->next;
}

static inline struct list_node *list_pop_front(struct list *list)
{
	struct list_node *node = list_first(list);

	if (node)
		list_remove(node);
	return node;
}

/*
 * LIST_EACH(node, list) visits each node; the body may remove `node` itself
 * and nothing else.
 */
#define LIST_EACH(node, list)                                               \
	for (struct list_node *node = list_first(list),                     \
			      *node##_next = node ? list_next(node) : NULL; \
		node; node = node##_next,                                   \
			      node##_next = node ? list_next(node) : NULL)

/* Walks the list and checks every link and the count. */
void list_check(const struct list *list);

#endif
