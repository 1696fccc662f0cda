/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/encode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "tests/kubesim/protobuf.h"

static const char *meta_version(const struct media *media)
{
	return media->is_beta ? "meta.k8s.io/v1beta1" : "meta.k8s.io/v1";
}

/* The word for the kind in Go: the unversioned types' package. */
static void go_type(const struct resource *res, const char *kind,
	char *ret_text, size_t size)
{
	if (res->custom)
		snprintf(ret_text, size, "*unstructured.Unstructured%s",
			strcmp(kind, res->kind) != 0 ? "List" : "");
	else
		snprintf(ret_text, size, "*%.*s.%s",
			*res->group ? (int)strcspn(res->group, ".") : 4,
			*res->group ? res->group : "core", kind);
}

static int not_acceptable(struct status *st, bool is_stream)
{
	return status_set(st, 406, "NotAcceptable",
		"only the following media types are accepted: %s",
		is_stream
			? "application/json;stream=watch, " PROTOBUF_MEDIA_TYPE
			  ";stream=watch"
			: "application/json, "
			  "application/yaml, " PROTOBUF_MEDIA_TYPE);
}

static int not_produced(struct status *st, bool has_streams)
{
	status_set(st, 406, "NotAcceptable",
		"406: Not Acceptable\n\nAvailable representations: "
		"application/json, application/yaml, " PROTOBUF_MEDIA_TYPE "%s",
		has_streams
			? ", "
			  "application/json;stream=watch, " PROTOBUF_MEDIA_TYPE
			  ";stream=watch"
			: "");
	st->has_details = true;
	return -1;
}

int encode_negotiate(struct answer *answer, const struct call *call,
	const struct resource *res, struct status *st)
{
	bool watches = !strcmp(call->req->verb, "watch");
	bool lists = !strcmp(call->req->verb, "list");
	bool is_custom = res && res->custom;
	unsigned allow =
		is_custom ? MEDIA_ALLOW_AS | MEDIA_ALLOW_YAML : MEDIA_ALLOW_ALL;
	struct media media;
	char type[96];

	if (!is_custom && !media_is_produced(call->accept))
		return not_produced(st, watches || lists);
	if (!media_negotiate(call->accept, allow, &media))
		return not_acceptable(st, false);
	if (watches &&
		!media_negotiate(call->accept,
			allow & ~(unsigned)MEDIA_ALLOW_YAML, &media))
		return not_acceptable(st, true);
	if (lists && media.as == MEDIA_AS_PARTIAL) {
		go_type(res, res->list_kind, type, sizeof(type));
		return status_set(st, 406, "NotAcceptable",
			"you requested PartialObjectMetadata, but the "
			"requested object is a list (%s)",
			type);
	}
	if (!watches && !lists && media.as == MEDIA_AS_PARTIAL_LIST && res) {
		go_type(res, res->kind, type, sizeof(type));
		return status_set(st, 406, "NotAcceptable",
			"you requested PartialObjectMetadataList, but the "
			"requested object is not a list (%s)",
			type);
	}
	answer->media = media;
	return 0;
}

static cJSON *new_doc(const char *kind, const char *api_version)
{
	cJSON *doc = cJSON_CreateObject();

	json_set_str(doc, "kind", kind);
	json_set_str(doc, "apiVersion", api_version);
	return doc;
}

/* Protobuf says what an item is only of what stands alone. */
static cJSON *partial_item_of(
	const struct object *obj, const struct media *media)
{
	cJSON *doc = media->format == MEDIA_PROTOBUF
		? cJSON_CreateObject()
		: new_doc("PartialObjectMetadata", meta_version(media));

	cJSON_AddItemReferenceToObject(
		doc, "metadata", json_get(obj->tree, "metadata"));
	return doc;
}

/* Only what both have in common is copied. */
static cJSON *partial_of(const struct object *obj, const char *api_version)
{
	cJSON *doc = new_doc("PartialObjectMetadata", api_version);

	cJSON_AddItemReferenceToObject(
		doc, "metadata", json_get(obj->tree, "metadata"));
	return doc;
}

static void answer_table(struct answer *answer, const struct call *call,
	const struct resource *res, int code, const char *metadata,
	struct object *const *items, size_t count)
{
	struct buf text = BUF_INIT;

	table_print(&text, res, meta_version(&answer->media), metadata, items,
		count,
		table_object_of(request_param(call->req, "includeObject")),
		true, call->wall);
	buf_append_str(&text, "\n");
	answer->code = code;
	evbuffer_add(answer->body, buf_cstr(&text), buf_len(&text));
	buf_fini(&text);
}

void encode_object(struct answer *answer, const struct call *call,
	const struct resource *res, int code, struct object *obj)
{
	char metadata[64];
	cJSON *doc;

	switch (answer->media.as) {
	case MEDIA_AS_IS:
		if (answer->media.format == MEDIA_PROTOBUF)
			answer_doc(answer, code, obj->tree);
		else
			answer_object(answer, code, obj);
		return;
	case MEDIA_AS_TABLE:
		snprintf(metadata, sizeof(metadata),
			"{\"resourceVersion\":\"%" PRIu64 "\"}", obj->rv);
		answer_table(answer, call, res, code, metadata, &obj, 1);
		return;
	case MEDIA_AS_PARTIAL:
	case MEDIA_AS_PARTIAL_LIST:
		doc = partial_of(obj, meta_version(&answer->media));
		answer_doc(answer, code, doc);
		cJSON_Delete(doc);
		return;
	}
}

/* Refers to the version's text: a list of 50 MB is never copied. */
static void on_text_sent(const void *data, size_t len, void *user)
{
	(void)data;
	(void)len;
	object_unref(user);
}

static void add_item_text(struct evbuffer *body, struct object *obj)
{
	evbuffer_add(body, "{", 1);
	CHECK(evbuffer_add_reference(body, obj->text + obj->list_skip,
		      obj->len - obj->list_skip, on_text_sent,
		      object_ref(obj)) == 0);
}

static void answer_list_text(struct answer *answer, const struct resource *res,
	const char *metadata, struct object *const *items, size_t count)
{
	answer->code = 200;
	evbuffer_add_printf(answer->body,
		"{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":%s,"
		"\"items\":[",
		res->list_kind, res->api_version, metadata);
	for (size_t i = 0; i < count; i++) {
		if (i)
			evbuffer_add(answer->body, ",", 1);
		add_item_text(answer->body, items[i]);
	}
	evbuffer_add_printf(answer->body, "]}\n");
}

/* An item of a list does not say what it is. */
static cJSON *item_of(const struct object *obj)
{
	cJSON *item = cJSON_CreateObject();

	for (cJSON *member = obj->tree->child; member; member = member->next) {
		if (strcmp(member->string, "kind") != 0 &&
			strcmp(member->string, "apiVersion") != 0)
			cJSON_AddItemReferenceToObject(
				item, member->string, member);
	}
	return item;
}

static void answer_list_doc(struct answer *answer, const struct resource *res,
	const char *metadata, struct object *const *items, size_t count)
{
	bool is_partial = answer->media.as == MEDIA_AS_PARTIAL_LIST;
	const char *version = meta_version(&answer->media);
	cJSON *doc = is_partial ? new_doc("PartialObjectMetadataList", version)
				: new_doc(res->list_kind, res->api_version);
	struct err err;
	cJSON *list;

	json_set(doc, "metadata", json_parse(span_str(metadata), &err));
	list = cJSON_AddArrayToObject(doc, "items");
	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(list,
			is_partial ? partial_item_of(items[i], &answer->media)
				   : item_of(items[i]));
	answer_doc(answer, 200, doc);
	cJSON_Delete(doc);
}

void encode_list(struct answer *answer, const struct call *call,
	const struct resource *res, const char *metadata,
	struct object *const *items, size_t count)
{
	if (answer->media.as == MEDIA_AS_TABLE)
		answer_table(answer, call, res, 200, metadata, items, count);
	else if (answer->media.as == MEDIA_AS_IS &&
		answer->media.format != MEDIA_PROTOBUF)
		answer_list_text(answer, res, metadata, items, count);
	else
		answer_list_doc(answer, res, metadata, items, count);
}

/* Events */

const char *encode_stream_type(const struct media *media)
{
	return media->format == MEDIA_PROTOBUF ? PROTOBUF_MEDIA_TYPE
		";stream=watch"
					       : "application/json";
}

void encode_event_doc(struct evbuffer *out, const struct event_form *form,
	const char *type, const cJSON *doc)
{
	struct buf frame = BUF_INIT;
	struct err err;
	char *text;

	if (form->media.format != MEDIA_PROTOBUF) {
		text = json_print(doc);
		evbuffer_add_printf(
			out, "{\"type\":\"%s\",\"object\":%s}\n", type, text);
		free(text);
		return;
	}
	/* The real server cannot send it either, and ends the watch. */
	if (protobuf_encode_event(&frame, type, doc, &err) == 0)
		evbuffer_add(out, buf_cstr(&frame), buf_len(&frame));
	else
		fprintf(stderr, "kubesim: event not sent: %s\n", err.text);
	buf_fini(&frame);
}

static void table_event(struct evbuffer *out, struct event_form *form,
	const char *type, struct object *obj, time_t wall)
{
	struct buf text = BUF_INIT;
	char metadata[64];

	snprintf(metadata, sizeof(metadata),
		"{\"resourceVersion\":\"%" PRIu64 "\"}", obj->rv);
	table_print(&text, form->res, meta_version(&form->media), metadata,
		&obj, 1, form->table_object, !form->table_started, wall);
	form->table_started = true;
	evbuffer_add_printf(out, "{\"type\":\"%s\",\"object\":", type);
	evbuffer_add(out, buf_cstr(&text), buf_len(&text));
	evbuffer_add(out, "}\n", 2);
	buf_fini(&text);
}

void encode_event(struct evbuffer *out, struct event_form *form,
	const char *type, struct object *obj, time_t wall)
{
	cJSON *doc;

	switch (form->media.as) {
	case MEDIA_AS_TABLE:
		table_event(out, form, type, obj, wall);
		return;
	case MEDIA_AS_PARTIAL:
	case MEDIA_AS_PARTIAL_LIST:
		doc = partial_of(obj, meta_version(&form->media));
		encode_event_doc(out, form, type, doc);
		cJSON_Delete(doc);
		return;
	case MEDIA_AS_IS:
		break;
	}
	if (form->media.format == MEDIA_PROTOBUF) {
		encode_event_doc(out, form, type, obj->tree);
		return;
	}
	evbuffer_add_printf(out, "{\"type\":\"%s\",\"object\":", type);
	evbuffer_add(out, obj->text, obj->len);
	evbuffer_add(out, "}\n", 2);
}
