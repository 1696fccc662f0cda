/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/impersonation.h"

#include "base/buf.h"
#include "proxy/identity/user_info.h"

#define NAME_USER SPAN("impersonate-user")
#define NAME_GROUP SPAN("impersonate-group")
#define NAME_UID SPAN("impersonate-uid")
#define NAME_EXTRA SPAN("impersonate-extra-")

/* ---- writing ------------------------------------------------------------- */

/*
 * RFC 9110, 5.6.2: what may stand in a name; but no upper case, which the API
 * server folds before it decodes, and no %.
 */
static bool stands_for_itself(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
		c == '.' || c == '_';
}

static void add_extra(struct fields *fields, const struct user_extra *extra)
{
	struct buf name = BUF_INIT;

	buf_append_span(&name, NAME_EXTRA);
	for (size_t i = 0; i < extra->key.len; i++) {
		char c = extra->key.ptr[i];

		if (stands_for_itself(c))
			buf_append(&name, &c, 1);
		else
			buf_printf(&name, "%%%02x", (unsigned char)c);
	}
	fields_add(fields, buf_span(&name), extra->value);
	buf_fini(&name);
}

void impersonation_write(const struct user_info *user, struct fields *fields)
{
	fields_add(fields, NAME_USER, user->user);
	for (size_t i = 0; i < user->group_count; i++)
		fields_add(fields, NAME_GROUP, user->groups[i]);
	if (!span_is_absent(user->uid))
		fields_add(fields, NAME_UID, user->uid);
	for (size_t i = 0; i < user->extra_count; i++)
		add_extra(fields, &user->extras[i]);
}

/* ---- reading ------------------------------------------------------------- */

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Go's url.PathUnescape; -1: it would leave it as it is. */
static int unescape(struct span text, struct buf *ret)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '%') {
			int high, low;

			if (text.len - i < 3)
				return -1;
			high = digit_of(text.ptr[i + 1]);
			low = digit_of(text.ptr[i + 2]);
			if (high < 0 || low < 0)
				return -1;
			c = (char)(high << 4 | low);
			i += 2;
		}
		buf_append(ret, &c, 1);
	}
	return 0;
}

static int read_extra(const struct field *field, struct user_info *wanted)
{
	struct buf key = BUF_INIT;
	int result = -1;

	if (unescape(span_skip(field->name, NAME_EXTRA.len), &key) == 0 &&
		buf_len(&key) > 0)
		result = user_info_add_extra(
			wanted, buf_span(&key), field->value);
	buf_fini(&key);
	return result;
}

/* Of all but the user. */
static int read_field(const struct field *field, struct user_info *wanted)
{
	if (span_eq(field->name, NAME_GROUP))
		return user_info_add_group(wanted, field->value);
	if (span_eq(field->name, NAME_UID)) {
		if (!span_is_absent(wanted->uid))
			return -1;
		user_info_set_uid(wanted, field->value);
		return 0;
	}
	if (span_starts_with(field->name, NAME_EXTRA))
		return read_extra(field, wanted);
	return -1;
}

enum verdict impersonation_read(
	const struct fields *fields, struct user_info **ret_user)
{
	struct user_info *wanted = NULL;

	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];

		if (field->token != FIELD_IMPERSONATE ||
			!span_eq(field->name, NAME_USER))
			continue;
		if (wanted)
			goto bad;
		wanted = user_info_new(field->value);
	}
	if (!wanted)
		return VERDICT_BAD_REQUEST;
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];

		if (field->token == FIELD_IMPERSONATE &&
			!span_eq(field->name, NAME_USER) &&
			read_field(field, wanted) != 0)
			goto bad;
	}
	if (!user_info_fits_fields(wanted))
		goto bad;
	*ret_user = wanted;
	return VERDICT_NONE;
bad:
	user_info_unref(wanted);
	return VERDICT_BAD_REQUEST;
}
