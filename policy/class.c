/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/class.h"

#include "base/check.h"

static const char *const VERB_NAMES[VERB_COUNT] = {
	[VERB_GET] = "get",
	[VERB_LIST] = "list",
	[VERB_WATCH] = "watch",
	[VERB_CREATE] = "create",
	[VERB_UPDATE] = "update",
	[VERB_PATCH] = "patch",
	[VERB_DELETE] = "delete",
	[VERB_DELETECOLLECTION] = "deletecollection",
	[VERB_PROXY] = "proxy",
	[VERB_CONNECT] = "connect",
	[VERB_HEAD] = "head",
	[VERB_POST] = "post",
	[VERB_PUT] = "put",
	[VERB_OPTIONS] = "options",
	[VERB_OTHER] = "other",
};

static const char *const QUERY_PART_NAMES[QUERY_PART_COUNT] = {
	[QUERY_DRY_RUN] = "dryRun",
	[QUERY_SELECTOR] = "selector",
	[QUERY_LIMIT] = "limit",
	[QUERY_FROM_CACHE] = "fromCache",
	[QUERY_INITIAL_EVENTS] = "initialEvents",
	[QUERY_FOLLOW] = "follow",
};

static const char *const EFFECT_NAMES[EFFECT_COUNT] = {
	[EFFECT_NONE] = "None",
	[EFFECT_REMOVES] = "Removes",
	[EFFECT_ADDS] = "Adds",
	[EFFECT_MIXED] = "Mixed",
	[EFFECT_WRITES] = "Writes",
};

static const char *const WHY_NAMES[EFFECT_WHY_COUNT] = {
	[EFFECT_WHY_NOT_A_WRITE] = "not-a-write",
	[EFFECT_WHY_NO_HINT] = "no-hint",
	[EFFECT_WHY_DRY_RUN] = "dry-run",
	[EFFECT_WHY_READ] = "read",
	[EFFECT_WHY_NAME_LACKS] = "name-lacks",
	[EFFECT_WHY_STATE] = "state",
	[EFFECT_WHY_REMEMBERED] = "remembered",
	[EFFECT_WHY_UNDECODED] = "undecoded",
	[EFFECT_WHY_ENCODED] = "encoded",
	[EFFECT_WHY_TOO_LARGE] = "too-large",
	[EFFECT_WHY_MALFORMED] = "malformed",
};

static const char *const WHY_TEXTS[EFFECT_WHY_COUNT] = {
	[EFFECT_WHY_NOT_A_WRITE] = "not an update or patch of an object",
	[EFFECT_WHY_NO_HINT] = "the body does not mention finalizers",
	[EFFECT_WHY_DRY_RUN] = "a dry run stores nothing",
	[EFFECT_WHY_READ] = "the body says it",
	[EFFECT_WHY_REMEMBERED] =
		"the object that passed by before says it",
	[EFFECT_WHY_NAME_LACKS] = "the list lacks a configured finalizer",
	[EFFECT_WHY_STATE] = "only the stored object can tell",
	[EFFECT_WHY_UNDECODED] = "a form of body that is not read",
	[EFFECT_WHY_ENCODED] = "the body is compressed",
	[EFFECT_WHY_TOO_LARGE] = "the body is too large or too deep",
	[EFFECT_WHY_MALFORMED] = "the body is not what its type says",
};

const char *verb_name(enum verb verb)
{
	CHECK((unsigned)verb < VERB_COUNT);
	return VERB_NAMES[verb];
}

const char *effect_name(enum effect effect)
{
	CHECK((unsigned)effect < EFFECT_COUNT);
	return EFFECT_NAMES[effect];
}

const char *effect_why_name(enum effect_why why)
{
	CHECK((unsigned)why < EFFECT_WHY_COUNT);
	return WHY_NAMES[why];
}

const char *effect_why_text(enum effect_why why)
{
	CHECK((unsigned)why < EFFECT_WHY_COUNT);
	return WHY_TEXTS[why];
}

const char *query_part_name(enum query_part part)
{
	CHECK((unsigned)part < QUERY_PART_COUNT);
	return QUERY_PART_NAMES[part];
}

uint32_t class_query(const struct class *class)
{
	return (uint32_t) class->is_dry_run << QUERY_DRY_RUN |
		(uint32_t) class->has_selector << QUERY_SELECTOR |
		(uint32_t) class->has_limit << QUERY_LIMIT |
		(uint32_t) class->from_cache << QUERY_FROM_CACHE |
		(uint32_t) class->initial_events << QUERY_INITIAL_EVENTS |
		(uint32_t) class->follows << QUERY_FOLLOW;
}

void class_set_query(struct class *class, uint32_t parts)
{
	class->is_dry_run = parts & 1U << QUERY_DRY_RUN;
	class->has_selector = parts & 1U << QUERY_SELECTOR;
	class->has_limit = parts & 1U << QUERY_LIMIT;
	class->from_cache = parts & 1U << QUERY_FROM_CACHE;
	class->initial_events = parts & 1U << QUERY_INITIAL_EVENTS;
	class->follows = parts & 1U << QUERY_FOLLOW;
}
