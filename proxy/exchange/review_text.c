/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/review_text.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/json_quote.h"
#include "proxy/identity/user_info.h"

#define AUTHENTICATED SPAN("system:authenticated")
#define AUTHENTICATION SPAN("authentication.k8s.io")

enum {
	DEPTH_MAX = 32,
};

/* ---- what is asked ------------------------------------------------------- */

unsigned access_count(const struct user_info *wanted)
{
	return 1 + (unsigned)wanted->group_count +
		!span_is_absent(wanted->uid) + (unsigned)wanted->extra_count;
}

/* SplitUsername of the API server's authentication/serviceaccount. */
static struct access access_of_user(struct span user)
{
	struct access access = { SPAN("impersonate"), SPAN(""), SPAN("users"),
		SPAN(""), SPAN(""), user };
	struct span rest = user, ns;

	if (!user_name_is_service_account(user))
		return access;
	rest = span_skip(rest, sizeof("system:serviceaccount:") - 1);
	ns = span_cut(&rest, ':');
	if (span_is_empty(ns) || span_is_empty(rest) ||
		memchr(rest.ptr, ':', rest.len))
		return access;
	access.resource = SPAN("serviceaccounts");
	access.ns = ns;
	access.name = rest;
	return access;
}

struct access access_of(const struct user_info *wanted, unsigned part)
{
	const struct user_extra *extra;

	CHECK(part < access_count(wanted));
	if (part == 0)
		return access_of_user(wanted->user);
	part--;
	if (!span_is_absent(wanted->uid)) {
		if (part == 0)
			return (struct access){ SPAN("impersonate"),
				AUTHENTICATION, SPAN("uids"), SPAN(""),
				SPAN(""), wanted->uid };
		part--;
	}
	if (part < wanted->group_count)
		return (struct access){ SPAN("impersonate"), SPAN(""),
			SPAN("groups"), SPAN(""), SPAN(""),
			wanted->groups[part] };
	extra = &wanted->extras[part - wanted->group_count];
	return (struct access){ SPAN("impersonate"), AUTHENTICATION,
		SPAN("userextras"), extra->key, SPAN(""), extra->value };
}

static void add_member(
	struct buf *body, const char *before, const char *name, struct span s)
{
	buf_printf(body, "%s\"%s\":", before, name);
	json_append_quoted(body, s, SIZE_MAX);
}

void review_write_token(struct span token, struct buf *ret_body)
{
	buf_append_str(ret_body,
		"{\"apiVersion\":\"authentication.k8s.io/v1\","
		"\"kind\":\"TokenReview\",\"spec\":{");
	add_member(ret_body, "", "token", token);
	buf_append_str(ret_body, "}}\n");
}

static bool is_first_of_key(const struct user_info *who, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (span_eq(who->extras[i].key, who->extras[at].key))
			return false;
	}
	return true;
}

/* A key has all of its values in one place. */
static void add_extras(struct buf *body, const struct user_info *who)
{
	const char *before = "";

	if (who->extra_count == 0)
		return;
	buf_append_str(body, ",\"extra\":{");
	for (size_t i = 0; i < who->extra_count; i++) {
		const char *separator = "";

		if (!is_first_of_key(who, i))
			continue;
		buf_append_str(body, before);
		before = ",";
		json_append_quoted(body, who->extras[i].key, SIZE_MAX);
		buf_append_str(body, ":[");
		for (size_t j = i; j < who->extra_count; j++) {
			if (!span_eq(who->extras[j].key, who->extras[i].key))
				continue;
			buf_append_str(body, separator);
			separator = ",";
			json_append_quoted(
				body, who->extras[j].value, SIZE_MAX);
		}
		buf_append_str(body, "]");
	}
	buf_append_str(body, "}");
}

static void add_who(struct buf *body, const struct user_info *who)
{
	add_member(body, "", "user", who->user);
	if (!span_is_absent(who->uid))
		add_member(body, ",", "uid", who->uid);
	buf_append_str(body, ",\"groups\":[");
	for (size_t i = 0; i < who->group_count; i++) {
		json_append_quoted(body, who->groups[i], SIZE_MAX);
		buf_append_str(body, ",");
	}
	json_append_quoted(body, AUTHENTICATED, SIZE_MAX);
	buf_append_str(body, "]");
	add_extras(body, who);
}

void review_write_access(const struct user_info *who,
	const struct access *access, struct buf *ret_body)
{
	buf_append_str(ret_body,
		"{\"apiVersion\":\"authorization.k8s.io/v1\","
		"\"kind\":\"SubjectAccessReview\",\"spec\":{");
	add_who(ret_body, who);
	buf_append_str(ret_body, ",\"resourceAttributes\":{");
	add_member(ret_body, "", "verb", access->verb);
	add_member(ret_body, ",", "group", access->group);
	buf_append_str(ret_body, ",\"version\":\"v1\"");
	add_member(ret_body, ",", "resource", access->resource);
	add_member(ret_body, ",", "subresource", access->subresource);
	add_member(ret_body, ",", "namespace", access->ns);
	add_member(ret_body, ",", "name", access->name);
	buf_append_str(ret_body, "}}}\n");
}

/* ---- what is answered ---------------------------------------------------- */

static void text_of(const struct json *json, struct buf *ret_text)
{
	/* A byte that is no UTF-8 stands for a character of three. */
	size_t cap = 3 * json->text.len;
	char *room = buf_reserve(ret_text, cap + 1);

	buf_commit(ret_text, json_unescape(json->text, room, cap));
}

/*
 * The value of each key of an object whose bracket was read: `read` takes it,
 * with json at its first token, and leaves json at its last.
 */
typedef int member_fn(struct json *json, struct span key, void *user);

static int each_member(struct json *json, member_fn *read, void *user)
{
	struct buf key = BUF_INIT;
	int result = json->token == JSON_OBJECT ? 0 : -1;

	while (result == 0 && json_next(json) == JSON_KEY) {
		buf_clear(&key);
		text_of(json, &key);
		json_next(json);
		result = read(json, buf_span(&key), user);
	}
	buf_fini(&key);
	return json->token == JSON_OBJECT_END ? result : -1;
}

static int read_bool(const struct json *json, bool *ret)
{
	if (json->token != JSON_TRUE && json->token != JSON_FALSE)
		return -1;
	*ret = json->token == JSON_TRUE;
	return 0;
}

struct reading {
	const char *kind;
	bool is_kind;
	bool has_status;
	/* TokenReview */
	bool is_authenticated;
	struct user_info *user; /* groups and so on, with another's name */
	struct buf name;
	/* SubjectAccessReview */
	bool is_allowed;
	bool is_denied;
};

static int read_group(struct json *json, struct user_info *user)
{
	struct buf text = BUF_INIT;
	int result = -1;

	if (json->token == JSON_STRING) {
		text_of(json, &text);
		result = user_info_add_group(user, buf_span(&text));
	}
	buf_fini(&text);
	return result;
}

static int read_groups(struct json *json, struct user_info *user)
{
	if (json->token == JSON_NULL)
		return 0;
	if (json->token != JSON_ARRAY)
		return -1;
	while (json_next(json) != JSON_ARRAY_END) {
		if (read_group(json, user) != 0)
			return -1;
	}
	return 0;
}

static int read_user_member(struct json *json, struct span key, void *user)
{
	struct reading *reading = user;

	if (span_eq(key, SPAN("username"))) {
		if (json->token != JSON_STRING)
			return -1;
		buf_clear(&reading->name);
		text_of(json, &reading->name);
		return 0;
	}
	if (span_eq(key, SPAN("groups")))
		return read_groups(json, reading->user);
	return json_skip(json);
}

static int read_status_member(struct json *json, struct span key, void *user)
{
	struct reading *reading = user;

	if (span_eq(key, SPAN("authenticated")))
		return read_bool(json, &reading->is_authenticated);
	if (span_eq(key, SPAN("allowed")))
		return read_bool(json, &reading->is_allowed);
	if (span_eq(key, SPAN("denied")))
		return read_bool(json, &reading->is_denied);
	if (span_eq(key, SPAN("user")))
		return each_member(json, read_user_member, reading);
	return json_skip(json);
}

static int read_member(struct json *json, struct span key, void *user)
{
	struct reading *reading = user;

	if (span_eq(key, SPAN("kind"))) {
		reading->is_kind = json->token == JSON_STRING &&
			json_text_is(json, span_str(reading->kind));
		return json_skip(json);
	}
	if (!span_eq(key, SPAN("status")))
		return json_skip(json);
	/* A second one would have to be chosen between. */
	if (reading->has_status)
		return -1;
	reading->has_status = true;
	return each_member(json, read_status_member, reading);
}

static int read_answer(struct span body, struct reading *reading)
{
	struct json json;

	json_init(&json, body.ptr, body.len, DEPTH_MAX);
	json_next(&json);
	if (each_member(&json, read_member, reading) != 0 ||
		json_next(&json) != JSON_END)
		return -1;
	return reading->is_kind && reading->has_status ? 0 : -1;
}

static struct user_info *named(const struct reading *reading)
{
	struct user_info *user = user_info_new(buf_span(&reading->name));

	for (size_t i = 0; i < reading->user->group_count; i++)
		CHECK(user_info_add_group(user, reading->user->groups[i]) == 0);
	return user;
}

int review_read_token(struct span body, struct user_info **ret_user)
{
	struct reading reading = {
		.kind = "TokenReview",
		.user = user_info_new(SPAN("")),
		.name = BUF_INIT,
	};
	int result = read_answer(body, &reading);

	if (result == 0 && !reading.is_authenticated)
		*ret_user = NULL;
	else if (result == 0 && buf_len(&reading.name) > 0)
		*ret_user = named(&reading);
	else
		result = -1;
	user_info_unref(reading.user);
	buf_fini(&reading.name);
	return result;
}

int review_read_access(struct span body, bool *ret_is_allowed)
{
	struct reading reading = {
		.kind = "SubjectAccessReview",
		.user = user_info_new(SPAN("")),
		.name = BUF_INIT,
	};
	int result = read_answer(body, &reading);

	if (result == 0)
		*ret_is_allowed = reading.is_allowed && !reading.is_denied;
	user_info_unref(reading.user);
	buf_fini(&reading.name);
	return result;
}
