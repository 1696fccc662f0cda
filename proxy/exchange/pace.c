/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/pace.h"

void paces_init(struct paces *paces, const struct pace_settings *settings)
{
	*paces = (struct paces){ .settings = *settings };
	list_init(&paces->readers);
}

void paces_set(
	struct paces *paces, const struct pace_settings *settings, usec_t now)
{
	paces->settings = *settings;
	LIST_EACH (node, &paces->readers) {
		struct pace *pace = CONTAINER_OF(node, struct pace, node);

		pace->due = usec_add(now, settings->interval);
		if (!settings->rate)
			list_remove(node);
	}
}

static void begin(
	struct paces *paces, struct pace *pace, uint64_t taken, usec_t now)
{
	pace->taken = taken;
	pace->due = usec_add(now, paces->settings.interval);
	list_push_back(&paces->readers, &pace->node);
}

void pace_watch(
	struct paces *paces, struct pace *pace, uint64_t taken, usec_t now)
{
	if (paces->settings.rate > 0 && !list_node_is_linked(&pace->node))
		begin(paces, pace, taken, now);
}

void pace_leave(struct pace *pace)
{
	list_remove(&pace->node);
}

static struct pace *first_of(const struct paces *paces)
{
	struct list_node *node = list_first(&paces->readers);

	return node ? CONTAINER_OF(node, struct pace, node) : NULL;
}

struct pace *paces_due(const struct paces *paces, usec_t now)
{
	struct pace *pace = first_of(paces);

	return pace && pace->due <= now ? pace : NULL;
}

bool pace_keeps_up(
	struct paces *paces, struct pace *pace, uint64_t taken, usec_t now)
{
	/* A stop of the whole process is not the reader's. */
	const struct pace_settings *settings = &paces->settings;
	uint64_t wanted = settings->rate * settings->interval / USEC_PER_SEC;
	bool is_enough = taken - pace->taken >= wanted;
	bool is_stale = usec_since(now, pace->due) > settings->interval;

	list_remove(&pace->node);
	if (!is_enough && !is_stale)
		return false;
	begin(paces, pace, taken, now);
	return true;
}

usec_t paces_wake_at(const struct paces *paces)
{
	const struct pace *pace = first_of(paces);

	return pace ? pace->due : USEC_NEVER;
}
