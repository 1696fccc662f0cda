/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/body.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"
#include "tests/kubesim/fields.h"
#include "tests/kubesim/protobuf.h"
#include "tests/kubesim/yaml.h"

enum {
	EXCERPT_MAX = 30,
	EXCERPT_SIZE = 2 * EXCERPT_MAX + 5,
	MAX_WARNINGS = 8,
};

bool body_has_type(const struct call *call, const char *type)
{
	struct span rest = span_str(call->content_type);

	return span_eq_str(span_trim(span_cut(&rest, ';')), type);
}

int body_unsupported(const char *accepted, struct status *st)
{
	return status_set(st, 415, "UnsupportedMediaType",
		"the body of the request was in an unknown format - accepted "
		"media types include: %s",
		accepted);
}

static int unsupported(struct status *st)
{
	return body_unsupported(
		"application/json, application/yaml, " PROTOBUF_MEDIA_TYPE, st);
}

/* The beginning of a body that was not understood. */
static const char *excerpt(struct span body, char ret_text[EXCERPT_SIZE])
{
	size_t len = body.len < EXCERPT_MAX ? body.len : EXCERPT_MAX;
	const char *more = len < body.len ? " ..." : "";
	size_t n = 0;

	if (!len)
		return "<empty>";
	if (*body.ptr == '{') {
		snprintf(ret_text, EXCERPT_SIZE, "%.*s%s", (int)len, body.ptr,
			more);
		return ret_text;
	}
	for (size_t i = 0; i < len; i++)
		n += (size_t)snprintf(ret_text + n, EXCERPT_SIZE - n, "%02x",
			(unsigned char)body.ptr[i]);
	snprintf(ret_text + n, EXCERPT_SIZE - n, "%s", more);
	return ret_text;
}

/* A custom resource has no defaults for its kind and version. */
static int check_custom_kind(const struct call *call,
	const struct resource *res, const cJSON *doc, struct status *st)
{
	static const char *const needed[][2] = {
		{ "kind", "Kind" },
		{ "apiVersion", "apiVersion" },
	};
	char text[EXCERPT_SIZE];

	for (size_t i = 0; res->custom && i < ARRAY_SIZE(needed); i++) {
		if (json_has(doc, needed[i][0]))
			continue;
		return status_bad_request(st,
			"the object provided is unrecognized (must be of type "
			"%s): Object '%s' is missing in '%.*s' (%s)",
			res->kind, needed[i][1],
			(int)u64_min(call->body.len, 400), call->body.ptr,
			excerpt(call->body, text));
	}
	return 0;
}

static int unrecognized(const struct call *call, const struct resource *res,
	const char *why, struct status *st)
{
	char text[EXCERPT_SIZE];

	return status_bad_request(st,
		"the object provided is unrecognized (must be of type %s): "
		"%s (%s)",
		res->kind, why, excerpt(call->body, text));
}

static cJSON *read_protobuf(
	const struct call *call, const struct resource *res, struct status *st)
{
	struct err err;
	cJSON *doc = protobuf_decode(call->body, &err);

	if (doc)
		return doc;
	if (!protobuf_is(call->body))
		unrecognized(call, res, err.text, st);
	else
		status_bad_request(st,
			"%s in version \"%s\" cannot be handled as a %s: %s",
			res->kind, res->version, res->kind, err.text);
	return NULL;
}

static cJSON *read_text(
	const struct call *call, const struct resource *res, struct status *st)
{
	struct err err;
	cJSON *doc;

	if (body_has_type(call, "application/yaml")) {
		doc = yaml_parse(call->body, &err);
	} else {
		doc = json_parse(call->body, &err);
		if (!doc)
			err_prefix(&err,
				"couldn't get version/kind; json "
				"parse error");
	}
	if (doc && !cJSON_IsObject(doc)) {
		err_set(&err,
			"couldn't get version/kind; json parse error: json: "
			"cannot unmarshal %s into Go value of type struct",
			json_type_name(doc));
		cJSON_Delete(doc);
		doc = NULL;
	}
	if (!doc)
		unrecognized(call, res, err.text, st);
	return doc;
}

cJSON *body_object(
	const struct call *call, const struct resource *res, struct status *st)
{
	cJSON *doc;

	if (body_has_type(call, PROTOBUF_MEDIA_TYPE) && !res->custom)
		return read_protobuf(call, res, st);
	if (*call->content_type && !body_has_type(call, "application/json") &&
		!body_has_type(call, "application/yaml")) {
		unsupported(st);
		return NULL;
	}
	doc = read_text(call, res, st);
	if (!doc || check_custom_kind(call, res, doc, st) == 0)
		return doc;
	cJSON_Delete(doc);
	return NULL;
}

int body_check_validation(
	const struct call *call, const char *kind, struct status *st)
{
	static const char *const words[] = { "", "Ignore", "Strict", "Warn" };
	const struct resource options = {
		.group = "meta.k8s.io",
		.kind = kind,
	};
	const char *word = request_param(call->req, "fieldValidation");

	for (size_t i = 0; word && i < ARRAY_SIZE(words); i++) {
		if (!strcmp(word, words[i]))
			return 0;
	}
	if (!word)
		return 0;
	return status_invalid(st, &options, "", "Unsupported value",
		"fieldValidation",
		"\"%s\": supported values: \"\", \"Ignore\", \"Strict\", "
		"\"Warn\"",
		word);
}

/* `299 - "TEXT"`, as a quoted string of RFC 9110. */
static void add_warning(cJSON *warnings, const char *text)
{
	struct buf value = BUF_INIT;

	buf_append_str(&value, "299 - \"");
	for (; *text; text++)
		buf_printf(&value, "%s%c",
			*text == '"' || *text == '\\' ? "\\" : "", *text);
	buf_append_str(&value, "\"");
	cJSON_AddItemToArray(warnings, cJSON_CreateString(buf_cstr(&value)));
	buf_fini(&value);
}

static void warn(struct answer *answer, const cJSON *unknown)
{
	unsigned count = 0;

	if (!answer->warnings)
		answer->warnings = cJSON_CreateArray();
	for (const cJSON *item = unknown->child; item && count < MAX_WARNINGS;
		item = item->next, count++)
		add_warning(answer->warnings, item->valuestring);
}

int body_validate(const struct call *call, const struct resource *res,
	cJSON *doc, struct answer *answer, struct err *err)
{
	const char *word = request_param(call->req, "fieldValidation");
	const char *kind = json_str(doc, "kind");
	cJSON *unknown;
	int ret = 0;

	/* What it has no business to be is refused for that. */
	if (kind && *kind && strcmp(kind, res->kind) != 0)
		return 0;
	unknown = fields_drop_unknown(res, doc);
	if (unknown && word && !strcmp(word, "Strict")) {
		fields_set_error(unknown, err);
		ret = -1;
	} else if (unknown && (!word || strcmp(word, "Ignore") != 0)) {
		warn(answer, unknown);
	}
	cJSON_Delete(unknown);
	return ret;
}

static int check_options_kind(const cJSON *doc, struct status *st)
{
	const char *kind = json_str(doc, "kind");
	const char *version = json_str(doc, "apiVersion");

	if (!kind || !*kind || !strcmp(kind, "DeleteOptions"))
		return 0;
	return status_bad_request(st,
		"no kind \"%s\" is registered for version \"%s\" in scheme "
		"\"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/"
		"register.go:27\"",
		kind, version ? version : "");
}

cJSON *body_delete_options(const struct call *call, struct status *st)
{
	struct err err;
	cJSON *doc;

	if (body_has_type(call, PROTOBUF_MEDIA_TYPE)) {
		doc = protobuf_decode(call->body, &err);
	} else if (body_has_type(call, "application/yaml")) {
		doc = yaml_parse(call->body, &err);
	} else if (!*call->content_type ||
		body_has_type(call, "application/json")) {
		doc = json_parse(call->body, &err);
		if (!doc)
			err_prefix(&err,
				"couldn't get version/kind; json "
				"parse error");
	} else {
		unsupported(st);
		return NULL;
	}
	if (!doc) {
		status_bad_request(st, "%s", err.text);
		return NULL;
	}
	if (check_options_kind(doc, st) == 0)
		return doc;
	cJSON_Delete(doc);
	return NULL;
}
