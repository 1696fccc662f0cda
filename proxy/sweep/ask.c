/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/sweep/list.h"

int sweep_ask(struct sweep_run *run, struct buf *path, struct err *err)
{
	struct sweep_question question = {
		.method = "GET",
		.path = buf_span(path),
		.content_type = SPAN_NONE,
	};
	int result = sweep_client_ask(
		run->client, &question, &run->answer, err);

	buf_fini(path);
	return result;
}

int sweep_no_use(const struct sweep_run *run, const char *what, struct err *err)
{
	struct span body = buf_span(&run->answer.body);

	/* An error's text is for people; an object's is nobody's business. */
	if (run->answer.status == 200)
		return err_set(err, "%s: the answer proves nothing", what);
	return err_set(err, "%s: the answer (%u) proves nothing: %.*s", what,
		run->answer.status, (int)u64_min(body.len, 200), body.ptr);
}

void sweep_append_scope(
	struct buf *path, const char *base, const char *namespace)
{
	buf_append_str(path, base);
	if (*namespace)
		buf_printf(path, "/namespaces/%s", namespace);
}

/* A token is base64, which has characters that a query gives a meaning. */
static char *escape_token(struct span token)
{
	struct buf text = BUF_INIT;
	char *copy;

	for (size_t i = 0; i < token.len; i++) {
		char c = token.ptr[i];

		if (c == '+' || c == '/' || c == '=' || c == '&' || c == '%')
			buf_printf(&text, "%%%02X", (unsigned char)c);
		else
			buf_append(&text, &c, 1);
	}
	copy = xstrdup(buf_cstr(&text));
	buf_fini(&text);
	return copy;
}

static int ask_for_page(struct sweep_run *run,
	const struct sweep_listing *listing, const char *token,
	struct sweep_list *ret_list, struct err *err)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%.*s%climit=%u%s%s", SPAN_ARG(listing->path),
		memchr(listing->path.ptr, '?', listing->path.len) ? '&' : '?',
		listing->limit, *token ? "&continue=" : "", token);
	if (sweep_ask(run, &path, err))
		return -1;
	if (run->answer.status == 200 &&
		!sweep_list_open(buf_span(&run->answer.body), listing->kind,
			ret_list))
		return 0;
	return sweep_no_use(run, "a LIST", err);
}

int sweep_each_of(struct sweep_run *run, const struct sweep_listing *listing,
	struct err *err)
{
	struct buf page = BUF_INIT;
	char *token = xstrdup("");
	int result = -1;

	do {
		struct sweep_list list;
		struct span item;

		if (ask_for_page(run, listing, token, &list, err))
			goto out;
		/* It is kept while others are asked for. */
		buf_fini(&page);
		page = run->answer.body;
		run->answer.body = BUF_INIT;
		free(token);
		token = escape_token(list.continue_token);
		while (sweep_list_next(&list, &item)) {
			if (listing->take(run, item, err))
				goto out;
		}
	} while (*token);
	result = 0;
out:
	buf_fini(&page);
	free(token);
	return result;
}
