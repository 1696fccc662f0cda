/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/util.h"

enum { MAX_PARTS = 16 };

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes `s` to `to` and ends it with a NUL.  Returns behind the NUL. */
static char *decode(struct span s, bool plus_is_space, char *to)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '%' && i + 2 < s.len) {
			int high = hex_digit(s.ptr[i + 1]);
			int low = hex_digit(s.ptr[i + 2]);

			if (high >= 0 && low >= 0) {
				c = (char)(high * 16 + low);
				i += 2;
			}
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		*to++ = c;
	}
	*to++ = '\0';
	return to;
}

static char *read_query(struct request *req, struct span query, char *to)
{
	while (!span_is_absent(query) &&
		req->param_count < REQUEST_MAX_PARAMS) {
		struct span value = span_cut(&query, '&');
		struct span key;
		struct param *param;

		if (span_is_empty(value) || memchr(value.ptr, ';', value.len))
			continue; /* net/url drops pairs with a semicolon */
		key = span_cut(&value, '=');
		param = &req->params[req->param_count++];
		param->key = to;
		to = decode(key, true, to);
		param->value = to;
		to = decode(value, true, to);
	}
	return to;
}

static const char *verb_of(struct span method, bool has_name, bool is_watch)
{
	static const char *const methods[][2] = {
		{ "POST", "create" },
		{ "PUT", "update" },
		{ "PATCH", "patch" },
	};

	if (span_eq(method, SPAN("GET")) || span_eq(method, SPAN("HEAD"))) {
		/* Of a single object ?watch=true says nothing. */
		if (has_name && !is_watch)
			return "get";
		return is_watch ? "watch" : "list";
	}
	if (span_eq(method, SPAN("DELETE")))
		return has_name ? "delete" : "deletecollection";
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (span_eq_str(method, methods[i][0]))
			return methods[i][1];
	}
	return "other";
}

/* Cuts the path (a copy that may be changed) into its segments. */
static size_t split(char *path, const char **parts)
{
	size_t count = 0;
	char *at = path + 1;
	size_t len = strlen(at);

	if (len && at[len - 1] == '/')
		at[len - 1] = '\0';
	while (count < MAX_PARTS && *at) {
		char *slash = strchr(at, '/');

		parts[count++] = at;
		if (!slash)
			return count;
		*slash = '\0';
		at = slash + 1;
	}
	return *at ? MAX_PARTS + 1 : count;
}

static void read_resource(struct request *req, const char *const *parts,
	size_t count, bool *is_watch)
{
	size_t at;

	if (!strcmp(parts[0], "api"))
		at = 1;
	else if (!strcmp(parts[0], "apis"))
		at = 2;
	else
		return;
	if (count < at + 2)
		return; /* discovery */
	req->group = at == 2 ? parts[1] : "";
	req->version = parts[at++];
	if (!strcmp(parts[at], "watch")) {
		*is_watch = true;
		if (count < ++at + 1)
			return;
	}
	if (!strcmp(parts[at], "namespaces") && count > at + 1) {
		bool itself = count == at + 2;

		if (count == at + 3 &&
			(!strcmp(parts[at + 2], "status") ||
				!strcmp(parts[at + 2], "finalize")))
			itself = true;
		if (!itself) {
			req->ns = parts[at + 1];
			at += 2;
		}
	}
	req->is_resource = true;
	req->plural = parts[at];
	if (count > at + 1)
		req->name = parts[at + 1];
	if (count > at + 2)
		req->subresource = parts[at + 2];
	/* What is longer is no resource of ours, exec's paths included. */
	if (count > at + 3)
		req->plural = "";
}

void request_init(struct request *req, struct span method, struct span target)
{
	const char *parts[MAX_PARTS];
	struct span query = target;
	struct span path = span_cut(&query, '?');
	char *to;
	char *copy;
	size_t count;
	bool is_watch = false;

	*req = (struct request){
		.group = "",
		.version = "",
		.plural = "",
		.subresource = "",
		.ns = "",
		.name = "",
	};
	/* The path twice, whole and in parts, and every pair's two NULs. */
	req->text = xmalloc(
		3 * (target.len + 2) + 2 * REQUEST_MAX_PARAMS + method.len + 1);
	req->path = req->text;
	to = decode(path, false, req->text);
	copy = to;
	to = decode(path, false, to);
	to = read_query(req, query, to);

	if (*copy == '/' && copy[1]) {
		count = split(copy, parts);
		for (size_t i = 0; i < count && i < MAX_PARTS; i++)
			req->bad_path |= !strcmp(parts[i], "..");
		if (count && count <= MAX_PARTS)
			read_resource(req, parts, count, &is_watch);
	}
	if (!*req->name)
		is_watch |= request_param_is_true(req, "watch");
	if (req->is_resource) {
		req->verb = verb_of(method, *req->name != '\0', is_watch);
		return;
	}
	req->verb = to;
	for (size_t i = 0; i < method.len; i++)
		*to++ = (char)tolower((unsigned char)method.ptr[i]);
	*to = '\0';
}

void request_fini(struct request *req)
{
	free(req->text);
	req->text = NULL;
}

bool request_is_long_running(const struct request *req)
{
	static const char *const subresources[] = { "attach", "exec", "log",
		"portforward", "proxy" };

	for (size_t i = 0; i < ARRAY_SIZE(subresources); i++) {
		if (!strcmp(req->subresource, subresources[i]))
			return true;
	}
	return false;
}

const char *request_param(const struct request *req, const char *key)
{
	for (unsigned i = 0; i < req->param_count; i++) {
		if (!strcmp(req->params[i].key, key))
			return req->params[i].value;
	}
	return NULL;
}

uint64_t request_param_u64(
	const struct request *req, const char *key, uint64_t otherwise)
{
	uint64_t value;
	const char *text = request_param(req, key);

	if (!text || span_to_u64(span_str(text), &value) != 0)
		return otherwise;
	return value;
}

bool request_param_is_true(const struct request *req, const char *key)
{
	const char *text = request_param(req, key);

	return text && strcasecmp(text, "false") != 0 && strcmp(text, "0") != 0;
}
