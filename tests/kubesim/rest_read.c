/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/rest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "tests/kubesim/encode.h"
#include "tests/kubesim/list_options.h"
#include "tests/kubesim/selector.h"

enum { CONTINUE_MAX = 640 };

/* What a list shows, and what it says about itself. */
struct page {
	struct object **items; /* owned array of borrowed versions */
	size_t count;
	size_t remaining; /* behind the page */
	bool remaining_is_known;
	char next[CONTINUE_MAX]; /* the continue token; "" at the end */
};

static void print_metadata(const struct api *api, const struct page *page,
	bool as_custom_list, char *ret_text, size_t size)
{
	char remaining[64] = "";
	char next[CONTINUE_MAX + 32] = "";

	/* A list of custom resources says so when nothing follows. */
	if (*page->next || as_custom_list)
		snprintf(
			next, sizeof(next), "\"continue\":\"%s\",", page->next);
	if (*page->next && page->remaining_is_known)
		snprintf(remaining, sizeof(remaining),
			",\"remainingItemCount\":%zu", page->remaining);
	snprintf(ret_text, size, "{%s\"resourceVersion\":\"%" PRIu64 "\"%s}",
		next, store_rv(api->store), remaining);
}

void rest_get(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer)
{
	const struct request *req = call->req;
	struct object *obj = store_get(api->store, res, req->ns, req->name);
	struct status st;

	if (list_options_check_version(req, store_rv(api->store), &st) != 0) {
		answer_status(answer, &st);
	} else if (!obj) {
		status_not_found(&st, res, req->name);
		answer_status(answer, &st);
	} else {
		encode_object(answer, call, res, 200, obj);
	}
}

/* What is left may be had as it is now, by the token in the answer. */
static int say_expired(const struct api *api, struct span ns, struct span name,
	struct status *st)
{
	status_set(st, 410, "Expired",
		"The provided continue parameter is too old to "
		"display a consistent list result. You can start a "
		"new list without the continue parameter, or use the "
		"continue token in this response to retrieve the "
		"remainder of the results. Continuing with the "
		"provided token results in an inconsistent list - "
		"objects that were created, modified, or deleted "
		"between the time the first chunk was returned and "
		"now may show up in the list.");
	snprintf(st->next, sizeof(st->next), "%" PRIu64 ".%.*s/%.*s",
		store_rv(api->store), SPAN_ARG(ns), SPAN_ARG(name));
	return -1;
}

/* The token "RV.NAMESPACE/NAME" goes on behind that object. */
static int read_continue(struct api *api, const char *token,
	struct object_range *range, struct status *st)
{
	struct span rest = span_str(token);
	struct span rv_text = span_cut(&rest, '.');
	struct span ns_text = span_cut(&rest, '/');
	uint64_t rv;
	char *ns;
	char *name;

	if (span_is_absent(rest) || span_to_u64(rv_text, &rv) != 0)
		return status_bad_request(st,
			"invalid continue token: continue key is not valid: %s",
			token);
	if (!store_reaches(api->store, rv))
		return say_expired(api, ns_text, rest, st);
	ns = span_dup(ns_text);
	name = span_dup(rest);
	*range = object_range_behind(*range, ns, name);
	free(ns);
	free(name);
	return 0;
}

/* Picks what the selectors let through, up to the limit. */
static void fill_page(const struct api *api, struct object_range range,
	const struct selector *labels, const struct selector *fields,
	uint64_t limit, struct page *page)
{
	uint64_t max = limit ? limit : UINT64_MAX;
	size_t i;

	page->items = xcalloc(
		(size_t)u64_min(range.count, max) + 1, sizeof(*page->items));
	for (i = 0; i < range.count && page->count < max; i++) {
		struct object *obj = range.items[i];

		if (selector_matches(labels, obj->tree) &&
			selector_matches(fields, obj->tree))
			page->items[page->count++] = obj;
	}
	if (i == range.count)
		return;
	page->remaining = range.count - i;
	page->remaining_is_known = !labels->count && !fields->count;
	snprintf(page->next, sizeof(page->next), "%" PRIu64 ".%s/%s",
		store_rv(api->store), range.items[i - 1]->ns,
		range.items[i - 1]->name);
}

void rest_list(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer)
{
	const struct request *req = call->req;
	struct object_range range = store_range(api->store, res, req->ns);
	const char *token = request_param(req, "continue");
	struct selector labels = { 0 };
	struct selector fields = { 0 };
	char metadata[2 * CONTINUE_MAX];
	struct page page = { 0 };
	struct status st;

	if (list_options_check(req, false, &st) != 0 ||
		list_options_check_version(req, store_rv(api->store), &st) !=
			0 ||
		selector_init_labels(&labels,
			request_param(req, "labelSelector"), &st) != 0 ||
		selector_init_fields(&fields, res,
			request_param(req, "fieldSelector"), &st) != 0 ||
		(token && *token &&
			read_continue(api, token, &range, &st) != 0)) {
		answer_status(answer, &st);
		goto out;
	}
	fill_page(api, range, &labels, &fields,
		request_param_u64(req, "limit", 0), &page);
	print_metadata(api, &page,
		res->custom && answer->media.as == MEDIA_AS_IS, metadata,
		sizeof(metadata));
	encode_list(answer, call, res, metadata, page.items, page.count);
out:
	free(page.items);
	selector_fini(&labels);
	selector_fini(&fields);
}
