/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

#define TEXT_MAX 1024

void problems_fini(struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		free(problems->items[i].text);
	free(problems->file);
	*problems = PROBLEMS_INIT;
}

void problems_set_file(struct problems *problems, const char *file)
{
	free(problems->file);
	problems->file = xstrdup(file);
}

void problems_add(struct problems *problems, enum problem_kind kind,
	unsigned line, unsigned column, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;

	if (kind == PROBLEM_ERROR)
		problems->errors++;
	if (problems->count == PROBLEMS_MAX) {
		problems->dropped += kind == PROBLEM_ERROR;
		return;
	}
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	problems->items[problems->count++] = (struct problem){
		.kind = kind,
		.line = line,
		.column = column,
		.text = xstrdup(text),
	};
}

static bool is_before(const struct problem *a, const struct problem *b)
{
	if (a->line != b->line)
		return a->line < b->line;
	return a->column < b->column;
}

/* By insertion: few, nearly sorted, and stable. */
void problems_sort(struct problems *problems)
{
	struct problem *items = problems->items;

	for (size_t i = 1; i < problems->count; i++) {
		struct problem moved = items[i];
		size_t at = i;

		for (; at > 0 && is_before(&moved, &items[at - 1]); at--)
			items[at] = items[at - 1];
		items[at] = moved;
	}
}

void problems_print(const struct problems *problems, struct buf *ret_text)
{
	const char *file = problems->file ? problems->file : "-";

	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->items[i];

		buf_append_str(ret_text, file);
		if (problem->line)
			buf_printf(ret_text, ":%u:%u", problem->line,
				problem->column);
		buf_printf(ret_text, ": %s%s\n",
			problem->kind == PROBLEM_WARNING ? "warning: " : "",
			problem->text);
	}
	if (problems->dropped)
		buf_printf(ret_text, "%s: %zu more errors\n", file,
			problems->dropped);
}
