/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "base/rng.h"

struct item {
	struct list_node node;
	int value;
};

static int value_of(const struct list_node *node)
{
	cr_assert_not_null(node);
	return CONTAINER_OF(node, struct item, node)->value;
}

Test(list, starts_empty)
{
	struct list list;

	list_init(&list);
	cr_assert(list_is_empty(&list));
	cr_assert_null(list_first(&list));
	cr_assert_null(list_last(&list));
	cr_assert_null(list_pop_front(&list));
	LIST_EACH (node, &list)
		cr_assert_fail("an empty list has no nodes");
	list_check(&list);
}

Test(list, push_back_and_pop_front_are_first_in_first_out)
{
	struct item items[5] = { 0 };
	struct list list;

	list_init(&list);
	for (int i = 0; i < 5; i++) {
		items[i].value = i;
		list_push_back(&list, &items[i].node);
		list_check(&list);
	}
	cr_assert_eq(list.count, 5);
	cr_assert_eq(value_of(list_last(&list)), 4);
	for (int i = 0; i < 5; i++) {
		cr_assert_eq(value_of(list_pop_front(&list)), i);
		cr_assert_not(list_node_is_linked(&items[i].node));
		list_check(&list);
	}
	cr_assert(list_is_empty(&list));
}

Test(list, push_front_goes_before_all_others)
{
	struct item items[3] = { { .value = 0 }, { .value = 1 },
		{ .value = 2 } };
	struct list list;

	list_init(&list);
	for (int i = 0; i < 3; i++)
		list_push_front(&list, &items[i].node);
	list_check(&list);
	cr_assert_eq(value_of(list_first(&list)), 2);
	cr_assert_eq(value_of(list_next(list_first(&list))), 1);
	cr_assert_eq(value_of(list_last(&list)), 0);
	cr_assert_null(list_next(list_last(&list)));
}

Test(list, removing_an_unlinked_node_does_nothing)
{
	struct item item = { 0 };
	struct list list;

	list_init(&list);
	list_remove(&item.node);
	list_push_back(&list, &item.node);
	list_remove(&item.node);
	list_remove(&item.node);
	cr_assert(list_is_empty(&list));
	list_check(&list);
}

Test(list, each_may_remove_the_node_it_is_at)
{
	struct item items[10] = { 0 };
	struct list list;
	int seen = 0;

	list_init(&list);
	for (int i = 0; i < 10; i++) {
		items[i].value = i;
		list_push_back(&list, &items[i].node);
	}
	LIST_EACH (node, &list) {
		cr_assert_eq(value_of(node), seen);
		if (seen++ % 2)
			list_remove(node);
	}
	cr_assert_eq(seen, 10);
	cr_assert_eq(list.count, 5);
	LIST_EACH (node, &list)
		cr_assert_eq(value_of(node) % 2, 0);
	list_check(&list);
}

Test(list, a_node_is_in_one_list_only, .signal = SIGABRT)
{
	struct item item = { 0 };
	struct list one, two;

	list_init(&one);
	list_init(&two);
	list_push_back(&one, &item.node);
	list_push_back(&two, &item.node);
}

Test(list, check_finds_a_broken_link, .signal = SIGABRT)
{
	struct item items[3] = { 0 };
	struct list list;

	list_init(&list);
	for (int i = 0; i < 3; i++)
		list_push_back(&list, &items[i].node);
	items[1].node.prev = &items[2].node;
	list_check(&list);
}

Test(list, check_finds_a_wrong_count, .signal = SIGABRT)
{
	struct item item = { 0 };
	struct list list;

	list_init(&list);
	list_push_back(&list, &item.node);
	list.count = 2;
	list_check(&list);
}

/* Against an array, which does the same slowly. */
Test(list, random_walk_over_two_lists)
{
	enum { ITEMS = 40, STEPS = 4000 };
	struct item items[ITEMS] = { 0 };
	int model[2][ITEMS], len[2] = { 0, 0 };
	struct list lists[2];
	struct rng rng;

	rng_init(&rng, 42);
	list_init(&lists[0]);
	list_init(&lists[1]);
	for (int i = 0; i < ITEMS; i++)
		items[i].value = i;
	for (int step = 0; step < STEPS; step++) {
		int i = (int)rng_below(&rng, ITEMS);
		int which = (int)rng_below(&rng, 2), at = -1, in = 0;

		for (int l = 0; l < 2; l++) {
			for (int k = 0; k < len[l]; k++) {
				if (model[l][k] == i) {
					in = l;
					at = k;
				}
			}
		}
		cr_assert_eq(list_node_is_linked(&items[i].node), at >= 0);
		if (at >= 0) {
			cr_assert_eq(items[i].node.list, &lists[in]);
			list_remove(&items[i].node);
			len[in]--;
			for (int k = at; k < len[in]; k++)
				model[in][k] = model[in][k + 1];
		} else if (rng_below(&rng, 2)) {
			list_push_back(&lists[which], &items[i].node);
			model[which][len[which]++] = i;
		} else {
			list_push_front(&lists[which], &items[i].node);
			for (int k = len[which]++; k > 0; k--)
				model[which][k] = model[which][k - 1];
			model[which][0] = i;
		}
		for (int l = 0; l < 2; l++) {
			int k = 0;

			list_check(&lists[l]);
			cr_assert_eq(lists[l].count, (size_t)len[l]);
			LIST_EACH (node, &lists[l])
				cr_assert_eq(value_of(node), model[l][k++]);
		}
	}
}
