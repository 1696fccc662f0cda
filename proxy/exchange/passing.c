/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that pass by: which answers are looked into, and what policy is told
 * of them.  Lists and what is compressed are not.
 */
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/response_head.h"
#include "proxy/exchange/server_impl.h"

/* Other subresources are answered with something else than their object. */
static bool answers_with_object(const struct class *class)
{
	return !class->subresource.len ||
		span_eq(class->subresource, SPAN("status")) ||
		(span_eq(class->subresource, SPAN("finalize")) &&
			span_eq(class->resource, SPAN("namespaces")));
}

static bool is_of_one_object(const struct class *class)
{
	return class->is_resource && class->name.len && !class->is_dry_run &&
		(class->verb == VERB_GET || class->verb == VERB_UPDATE ||
			class->verb == VERB_PATCH ||
			class->verb == VERB_DELETE) &&
		answers_with_object(class);
}

static void note_seen(struct exchange *ex, const struct object_seen *seen)
{
	struct server *server = ex->server;
	struct object_place place = object_place_of(&ex->class);
	struct object_seen noted;

	if (!seen) {
		policy_observe_none(
			server->policy, &place, server_now(server));
		return;
	}
	noted = *seen;
	if (ex->class.verb == VERB_WATCH) {
		noted.place.group = place.group;
		noted.place.resource = place.resource;
	} else {
		noted.place = place;
	}
	policy_observe(server->policy, &noted, server_now(server));
}

static void on_seen(void *user, const struct object_seen *seen)
{
	note_seen(user, seen);
}

void passing_begin(struct exchange *ex, const struct response_head *head)
{
	struct server *server = ex->server;
	bool is_watch = ex->class.verb == VERB_WATCH && ex->class.is_resource &&
		!ex->class.subresource.len;

	ex->content_length = head->content_length;
	if (!objects_are_wanted(policy_objects(server->policy)) ||
		(!is_watch && !is_of_one_object(&ex->class)))
		return;
	if (head->status == 404 && !is_watch)
		note_seen(ex, NULL);
	if (head->status == 200 && !head->has_encoding && !ex->is_head &&
		!ex->is_upgrade)
		tap_open(&ex->tap, tap_kind_of(head->content_type, is_watch),
			&server->tap_pool, on_seen, ex);
}

void passing_bytes(struct exchange *ex, struct span bytes)
{
	if (tap_is_open(&ex->tap))
		tap_feed(&ex->tap, bytes,
			ex->response_body.added == ex->content_length);
}

void passing_end(struct exchange *ex)
{
	if (tap_is_open(&ex->tap))
		tap_end(&ex->tap);
}
