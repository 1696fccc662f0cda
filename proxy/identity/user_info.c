/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/identity/user_info.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/json_quote.h"

/* Never absent, which an empty one would be. */
static struct span copy_of(struct span text)
{
	return span_of(span_dup(text), text.len);
}

static void drop(struct span text)
{
	/* Ours, though a span only reads. */
	free((char *)(uintptr_t)text.ptr);
}

struct user_info *user_info_new(struct span user)
{
	struct user_info *info = xcalloc(1, sizeof(*info));

	info->refs = 1;
	info->user = copy_of(user);
	info->uid = SPAN_NONE;
	return info;
}

struct user_info *user_info_ref(struct user_info *info)
{
	CHECK(info->refs > 0);
	info->refs++;
	return info;
}

void user_info_unref(struct user_info *info)
{
	if (!info)
		return;
	CHECK(info->refs > 0);
	if (--info->refs > 0)
		return;
	drop(info->user);
	drop(info->uid);
	for (size_t i = 0; i < info->group_count; i++)
		drop(info->groups[i]);
	for (size_t i = 0; i < info->extra_count; i++) {
		drop(info->extras[i].key);
		drop(info->extras[i].value);
	}
	free(info->groups);
	free(info->extras);
	free(info);
}

int user_info_add_group(struct user_info *info, struct span group)
{
	if (info->group_count == USER_INFO_GROUPS_MAX)
		return -1;
	info->groups = xrealloc(info->groups,
		(info->group_count + 1) * sizeof(*info->groups));
	info->groups[info->group_count++] = copy_of(group);
	return 0;
}

int user_info_add_extra(
	struct user_info *info, struct span key, struct span value)
{
	if (info->extra_count == USER_INFO_EXTRAS_MAX)
		return -1;
	info->extras = xrealloc(info->extras,
		(info->extra_count + 1) * sizeof(*info->extras));
	info->extras[info->extra_count++] =
		(struct user_extra){ copy_of(key), copy_of(value) };
	return 0;
}

void user_info_set_uid(struct user_info *info, struct span uid)
{
	drop(info->uid);
	info->uid = copy_of(uid);
}

bool user_info_has_group(const struct user_info *info, struct span group)
{
	for (size_t i = 0; i < info->group_count; i++) {
		if (span_eq(info->groups[i], group))
			return true;
	}
	return false;
}

uint64_t user_info_hash(const struct user_info *info,
	const struct hash_key *key, uint64_t earlier)
{
	uint64_t hash = hash_span(key, earlier, info->user);

	hash = hash_span(key, hash, info->uid);
	for (size_t i = 0; i < info->group_count; i++)
		hash = hash_span(key, hash + 1, info->groups[i]);
	for (size_t i = 0; i < info->extra_count; i++) {
		hash = hash_span(key, hash + 2, info->extras[i].key);
		hash = hash_span(key, hash, info->extras[i].value);
	}
	return hash ? hash : 1;
}

static bool fits_field(struct span text)
{
	if (text.len == 0 || text.ptr[0] == ' ' ||
		text.ptr[text.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < 0x20 || c == 0x7f)
			return false;
	}
	return json_is_utf8(text);
}

bool user_info_fits_fields(const struct user_info *info)
{
	if (!fits_field(info->user) ||
		(!span_is_absent(info->uid) && !fits_field(info->uid)))
		return false;
	for (size_t i = 0; i < info->group_count; i++) {
		if (!fits_field(info->groups[i]))
			return false;
	}
	for (size_t i = 0; i < info->extra_count; i++) {
		if (info->extras[i].key.len == 0 ||
			!json_is_utf8(info->extras[i].key) ||
			!fits_field(info->extras[i].value))
			return false;
	}
	return true;
}

bool user_name_is_service_account(struct span user)
{
	return span_starts_with(user, SPAN("system:serviceaccount:"));
}
