/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/sweep/list.h"

/* A LIST that expires so often is longer than the API server remembers. */
#define TRIES_MAX 4

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

int sweep_send(struct sweep_run *run, const char *method, struct buf *path,
	struct span content_type, struct buf *body, const char *audit_id,
	struct err *err)
{
	struct sweep_question question = {
		.method = method,
		.path = buf_span(path),
		.content_type = content_type,
		.body = buf_span(body),
		.audit_id = audit_id,
	};
	int result = sweep_client_ask(
		run->client, &question, &run->answer, err);

	buf_fini(path);
	buf_fini(body);
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

/* ---- pages --------------------------------------------------------------- */

enum page {
	PAGE_WHOLE,
	PAGE_EXPIRED, /* its answer is a 410 */
	PAGE_BAD,
};

static void append_query(const struct sweep_listing *listing,
	const char *token, struct buf *path)
{
	buf_printf(path, "?limit=%u", listing->limit);
	if (*listing->selector) {
		buf_append_str(path, "&labelSelector=");
		sweep_append_escaped(path, listing->selector);
	}
	if (*token) {
		/* Base64 has characters that a query gives a meaning. */
		buf_append_str(path, "&continue=");
		sweep_append_escaped(path, token);
	}
}

static enum page ask_for_page(struct sweep_run *run,
	const struct sweep_listing *listing, const char *token,
	struct sweep_list *ret_list, struct err *err)
{
	struct buf path = BUF_INIT;

	sweep_kind_append_path(listing->kind, listing->namespace, &path);
	append_query(listing, token, &path);
	if (sweep_ask(run, &path, err))
		return PAGE_BAD;
	if (run->answer.status == 200 &&
		!sweep_list_open(buf_span(&run->answer.body),
			listing->list_kind, ret_list))
		return PAGE_WHOLE;
	if (run->answer.status == 410 && *token)
		return PAGE_EXPIRED;
	sweep_no_use(run, listing->kind->resource, err);
	return PAGE_BAD;
}

static int take_page(struct sweep_run *run, const struct sweep_listing *listing,
	struct sweep_list *list, struct err *err)
{
	struct span item;

	while (sweep_list_next(list, &item)) {
		if (listing->take(run, item, err))
			return -1;
	}
	return 0;
}

/* What to go on with; NULL: with nothing. */
static char *token_after_expiry(
	struct sweep_run *run, const struct sweep_listing *listing)
{
	struct span token =
		sweep_list_expired_token(buf_span(&run->answer.body));

	if (listing->begin_anew) {
		listing->begin_anew(run);
		return xstrdup("");
	}
	return span_is_absent(token) ? NULL : span_dup(token);
}

int sweep_each_of(struct sweep_run *run, const struct sweep_listing *listing,
	struct err *err)
{
	struct buf page = BUF_INIT;
	char *token = xstrdup("");
	unsigned tries = 1;
	int result = -1;

	for (;;) {
		struct sweep_list list;
		enum page got = ask_for_page(run, listing, token, &list, err);

		if (got == PAGE_BAD)
			goto out;
		free(token);
		if (got == PAGE_EXPIRED) {
			token = token_after_expiry(run, listing);
			if (!token || ++tries > TRIES_MAX) {
				sweep_no_use(run, "a LIST that expired", err);
				goto out;
			}
			continue;
		}
		/* It is kept while others are asked for. */
		buf_fini(&page);
		page = run->answer.body;
		run->answer.body = BUF_INIT;
		token = span_dup(list.continue_token);
		if (take_page(run, listing, &list, err))
			goto out;
		if (!*token)
			break;
	}
	result = 0;
out:
	buf_fini(&page);
	free(token);
	return result;
}
