/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void copy(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

static void status_about(struct status *st, const struct resource *res,
	const char *kind, const char *name)
{
	st->has_details = true;
	copy(st->name, sizeof(st->name), name);
	copy(st->group, sizeof(st->group), res ? res->group : "");
	copy(st->kind, sizeof(st->kind), kind);
}

static int ATTR_PRINTF(4, 0) status_vset(struct status *st, int code,
	const char *reason, const char *fmt, va_list args)
{
	*st = (struct status){ .code = code, .reason = reason };
	vsnprintf(st->message, sizeof(st->message), fmt, args);
	return -1;
}

int status_set(
	struct status *st, int code, const char *reason, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	status_vset(st, code, reason, fmt, args);
	va_end(args);
	return -1;
}

/* "pods" or "workflows.argoproj.io": schema.GroupResource.String(). */
static const char *qualified(
	const struct resource *res, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", res->plural, *res->group ? "." : "",
		res->group);
	return text;
}

int status_not_found(
	struct status *st, const struct resource *res, const char *name)
{
	char text[128];

	status_set(st, 404, "NotFound", "%s \"%s\" not found",
		qualified(res, text, sizeof(text)), name);
	status_about(st, res, res->plural, name);
	return -1;
}

int status_already_exists(
	struct status *st, const struct resource *res, const char *name)
{
	char text[128];

	status_set(st, 409, "AlreadyExists", "%s \"%s\" already exists",
		qualified(res, text, sizeof(text)), name);
	status_about(st, res, res->plural, name);
	return -1;
}

int status_conflict(struct status *st, const struct resource *res,
	const char *name, const char *fmt, ...)
{
	char text[128];
	char why[640];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	status_set(st, 409, "Conflict",
		"Operation cannot be fulfilled on %s \"%s\": %s",
		qualified(res, text, sizeof(text)), name, why);
	status_about(st, res, res->plural, name);
	return -1;
}

int status_modified(
	struct status *st, const struct resource *res, const char *name)
{
	return status_conflict(st, res, name,
		"the object has been modified; please apply your changes to "
		"the latest version and try again");
}

int status_bad_request(struct status *st, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	status_vset(st, 400, "BadRequest", fmt, args);
	va_end(args);
	return -1;
}

int status_forbidden(struct status *st, const struct resource *res,
	const char *name, const char *fmt, ...)
{
	char text[128];
	char why[640];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	if (!res) {
		status_set(st, 403, "Forbidden", "forbidden: %s", why);
		st->has_details = true;
		return -1;
	}
	qualified(res, text, sizeof(text));
	if (name && *name)
		status_set(st, 403, "Forbidden", "%s \"%s\" is forbidden: %s",
			text, name, why);
	else
		status_set(
			st, 403, "Forbidden", "%s is forbidden: %s", text, why);
	status_about(st, res, res->plural, name);
	return -1;
}

/* field.ErrorType -> metav1.CauseType */
static const char *cause_of(const char *what)
{
	static const char *const causes[][2] = {
		{ "Required value", "FieldValueRequired" },
		{ "Forbidden", "FieldValueForbidden" },
		{ "Duplicate value", "FieldValueDuplicate" },
		{ "Not found", "FieldValueNotFound" },
		{ "Unsupported value", "FieldValueNotSupported" },
		{ "Too long", "FieldValueTooLong" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		if (!strcmp(what, causes[i][0]))
			return causes[i][1];
	}
	return "FieldValueInvalid";
}

int status_invalid(struct status *st, const struct resource *res,
	const char *name, const char *what, const char *field, const char *fmt,
	...)
{
	struct status_cause *cause;
	char why[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	status_set(st, 422, "Invalid", "%s%s%s \"%s\" is invalid: %s: %s%s%s",
		res->kind, *res->group ? "." : "", res->group, name, field,
		what, *why ? ": " : "", why);
	status_about(st, res, res->kind, name);
	cause = &st->causes[st->cause_count++];
	cause->reason = cause_of(what);
	copy(cause->field, sizeof(cause->field), field);
	snprintf(cause->message, sizeof(cause->message), "%s%s%.400s", what,
		*why ? ": " : "", why);
	return -1;
}

void status_repeat_cause(struct status *st)
{
	st->causes[st->cause_count] = st->causes[st->cause_count - 1];
	st->cause_count++;
}

int status_precondition(struct status *st, const struct resource *res,
	const char *name, const char *fmt, ...)
{
	char why[640];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	status_set(st, 409, "Conflict",
		"Operation cannot be fulfilled on %s%s%s \"%s\": %s", res->kind,
		*res->group ? "." : "", res->group, name, why);
	status_about(st, res, res->kind, name);
	return -1;
}

int status_bad_patch(struct status *st, const char *fmt, ...)
{
	struct status_cause *cause;
	char why[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	status_set(st, 422, "Invalid",
		" \"\" is invalid: patch: Invalid value: %s", why);
	st->has_details = true;
	cause = &st->causes[st->cause_count++];
	cause->reason = "FieldValueInvalid";
	copy(cause->field, sizeof(cause->field), "patch");
	snprintf(cause->message, sizeof(cause->message), "Invalid value: %s",
		why);
	return -1;
}

int status_needs_rv(
	struct status *st, const struct resource *res, const char *name)
{
	char text[128];

	status_invalid(st, res, name, "Invalid value",
		"metadata.resourceVersion",
		"0: must be specified for an update");
	snprintf(st->message, sizeof(st->message),
		"%s \"%s\" is invalid: metadata.resourceVersion: Invalid "
		"value: 0: must be specified for an update",
		qualified(res, text, sizeof(text)), name);
	copy(st->kind, sizeof(st->kind), res->plural);
	return -1;
}

int status_unprocessable(struct status *st)
{
	status_set(st, 422, "Invalid",
		"the server rejected our request due to an error in our "
		"request");
	st->has_details = true;
	return -1;
}

void status_success(struct status *st, const struct resource *res,
	const char *name, const char *uid)
{
	*st = (struct status){ .code = 200 };
	status_about(st, res, res->plural, name);
	copy(st->uid, sizeof(st->uid), uid);
}

static void add_nonempty(cJSON *object, const char *key, const char *text)
{
	if (*text)
		json_set_str(object, key, text);
}

static cJSON *details_of(const struct status *st)
{
	cJSON *details = cJSON_CreateObject();
	cJSON *causes;

	add_nonempty(details, "name", st->name);
	add_nonempty(details, "group", st->group);
	add_nonempty(details, "kind", st->kind);
	add_nonempty(details, "uid", st->uid);
	if (st->cause_count) {
		causes = cJSON_AddArrayToObject(details, "causes");
		for (unsigned i = 0; i < st->cause_count; i++) {
			const struct status_cause *cause = &st->causes[i];
			cJSON *item = cJSON_CreateObject();

			json_set_str(item, "reason", cause->reason);
			add_nonempty(item, "message", cause->message);
			add_nonempty(item, "field", cause->field);
			cJSON_AddItemToArray(causes, item);
		}
	}
	if (st->retry_after)
		json_set_num(details, "retryAfterSeconds", st->retry_after);
	return details;
}

cJSON *status_doc(const struct status *st)
{
	cJSON *doc = cJSON_CreateObject();
	cJSON *metadata = cJSON_CreateObject();

	json_set_str(doc, "kind", "Status");
	json_set_str(doc, "apiVersion", "v1");
	if (*st->next)
		json_set_str(metadata, "continue", st->next);
	json_set(doc, "metadata", metadata);
	json_set_str(doc, "status", st->reason ? "Failure" : "Success");
	if (st->reason) {
		add_nonempty(doc, "message", st->message);
		add_nonempty(doc, "reason", st->reason);
	}
	if (st->has_details || st->retry_after)
		json_set(doc, "details", details_of(st));
	/* As the real one: a success says no code. */
	if (st->reason)
		json_set_num(doc, "code", st->code);
	return doc;
}
