/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/sweep/list.h"
#include "proxy/observe/log.h"
#include "proxy/sweep/progress.h"

/*
 * A LIST that begins anew so often, or expires so often at the same place, is
 * longer than the API server remembers.
 */
#define TRIES_MAX 4

/* Seconds that clocks may differ before it is told. */
#define DIFFERENCE_MAX 60

int64_t sweep_wall(const struct sweep_run *run)
{
	int64_t here = run->order->wall(), there = run->answer.date;

	return there > 0 && there < here ? there : here;
}

static void look_at_clocks(struct sweep_run *run)
{
	int64_t ahead = run->order->wall() - run->answer.date;

	if (run->has_told_of_clocks || run->answer.date <= 0 ||
		(ahead <= DIFFERENCE_MAX && -ahead <= DIFFERENCE_MAX))
		return;
	run->has_told_of_clocks = true;
	sweep_progress_hide(run->order->progress);
	log_event(run->log, LOG_LEVEL_WARN,
		"the clock here is not that of the API server: what is behind "
		"counts",
		LOG_FIELDS(LOG_STR("here", ahead > 0 ? "ahead" : "behind"),
			LOG_UINT("seconds",
				(uint64_t)(ahead > 0 ? ahead : -ahead))));
}

static int ask(struct sweep_run *run, const struct sweep_question *question,
	struct err *err)
{
	if (sweep_client_ask(run->client, question, &run->answer, err))
		return -1;
	look_at_clocks(run);
	return 0;
}

static int get(struct sweep_run *run, struct buf *path, struct span accept,
	struct err *err)
{
	struct sweep_question question = {
		.method = "GET",
		.path = buf_span(path),
		.accept = accept,
		.content_type = SPAN_NONE,
	};
	int result = ask(run, &question, err);

	buf_fini(path);
	return result;
}

int sweep_ask(struct sweep_run *run, struct buf *path, struct err *err)
{
	return get(run, path, SPAN_NONE, err);
}

int sweep_ask_metadata(
	struct sweep_run *run, struct buf *path, struct err *err)
{
	return get(run, path,
		SPAN("application/json;as=PartialObjectMetadata;"
		     "g=meta.k8s.io;v=v1,application/json"),
		err);
}

int sweep_send(struct sweep_run *run, const char *method, struct buf *path,
	struct span content_type, struct buf *body, const char *audit_id,
	struct err *err)
{
	struct sweep_question question = {
		.method = method,
		.path = buf_span(path),
		.accept = SPAN_NONE,
		.content_type = content_type,
		.body = buf_span(body),
		.audit_id = audit_id,
	};
	int result = ask(run, &question, err);

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
	PAGE_LARGE,   /* … is more than is taken: ask for fewer */
	PAGE_BAD,
};

static void append_query(const struct sweep_listing *listing, unsigned limit,
	const char *token, struct buf *path)
{
	buf_printf(path, "?limit=%u", limit);
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
	const struct sweep_listing *listing, unsigned limit, const char *token,
	struct sweep_list *ret_list, struct err *err)
{
	struct buf path = BUF_INIT;

	sweep_kind_append_path(listing->kind, listing->namespace, &path);
	append_query(listing, limit, token, &path);
	if (sweep_ask(run, &path, err))
		return run->answer.is_too_large && limit > 1 ? PAGE_LARGE
							     : PAGE_BAD;
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
	unsigned limit = listing->limit, tries = 1;
	int result = -1;

	for (;;) {
		struct sweep_list list;
		enum page got = ask_for_page(
			run, listing, limit, token, &list, err);

		if (got == PAGE_BAD)
			goto out;
		if (got == PAGE_LARGE) {
			limit /= 2;
			continue;
		}
		free(token);
		if (got == PAGE_EXPIRED) {
			token = token_after_expiry(run, listing);
			if (!token || ++tries > TRIES_MAX) {
				sweep_no_use(run, "a LIST that expired", err);
				goto out;
			}
			continue;
		}
		/* However long it takes, it comes to its end. */
		if (!listing->begin_anew)
			tries = 1;
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
