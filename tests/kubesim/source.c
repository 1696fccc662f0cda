/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/source.h"

void source_init(struct source *source, const struct source_ops *ops,
	struct evbuffer *out, struct list *sources)
{
	*source = (struct source){ .ops = ops, .out = out };
	list_push_back(sources, &source->node);
}

bool source_pump(struct source *source, usec_t now, time_t wall)
{
	size_t before = evbuffer_get_length(source->out);

	if (!source->is_over)
		source->ops->pump(source, now, wall);
	return source->is_over || evbuffer_get_length(source->out) != before;
}

void source_receive(struct source *source, struct span bytes)
{
	CHECK(source->ops->receive);
	if (!source->is_over)
		source->ops->receive(source, bytes);
}

void source_close(struct source *source)
{
	if (!source)
		return;
	list_remove(&source->node);
	source->ops->close(source);
}
