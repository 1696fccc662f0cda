/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/reload.h"

#include <string.h>

#include "base/check.h"
#include "conf/arena.h"
#include "conf/config_check.h"
#include "conf/schema.h"
#include "conf/value.h"
#include "conf/yaml_doc.h"

static const char *keep_text(struct arena *arena, const char *text)
{
	return arena_dup(arena, span_str(text));
}

static void keep_strings(
	struct arena *arena, struct strings *ret, const struct strings *strings)
{
	const char **items =
		arena_alloc(arena, (strings->count + 1) * sizeof(*items));

	for (size_t i = 0; i < strings->count; i++)
		items[i] = keep_text(arena, strings->items[i]);
	ret->items = items;
	ret->count = strings->count;
}

static void keep_host_port(struct arena *arena, struct host_port *ret,
	const struct host_port *address)
{
	ret->host = keep_text(arena, address->host);
	ret->port = address->port;
}

/* Text goes over into the arena of the one that stays. */
static void keep(const struct schema_key *key, struct arena *arena, void *to,
	const void *from)
{
	switch (key->type) {
	case SCHEMA_SECTION:
	case SCHEMA_LIST:
	case SCHEMA_FIXED:
		return;
	case SCHEMA_BOOL:
		memcpy(to, from, sizeof(bool));
		return;
	case SCHEMA_INT:
	case SCHEMA_THOUSANDTHS:
	case SCHEMA_PERCENT:
	case SCHEMA_DURATION32:
	case SCHEMA_QUANTITY32:
	case SCHEMA_ENUM_SET:
		memcpy(to, from, sizeof(uint32_t));
		return;
	case SCHEMA_ENUM:
		memcpy(to, from, sizeof(unsigned));
		return;
	case SCHEMA_DURATION:
	case SCHEMA_QUANTITY:
		memcpy(to, from, sizeof(uint64_t));
		return;
	case SCHEMA_QPS:
	case SCHEMA_BURST:
		memcpy(to, from, sizeof(struct bucket_settings));
		return;
	case SCHEMA_STRING:
	case SCHEMA_NAME:
	case SCHEMA_PATH:
	case SCHEMA_LOCAL:
		*(const char **)to =
			keep_text(arena, *(const char *const *)from);
		return;
	case SCHEMA_STRINGS:
	case SCHEMA_URLS:
		keep_strings(arena, to, from);
		return;
	case SCHEMA_HOST_PORT:
		keep_host_port(arena, to, from);
		return;
	}
	CHECK_UNREACHABLE();
}

static bool is_same(const struct schema_key *key, const void *a, const void *b)
{
	struct buf here = BUF_INIT, there = BUF_INIT;
	bool same = value_format(key, a, &here) ==
			value_format(key, b, &there) &&
		span_eq(buf_span(&here), buf_span(&there));

	buf_fini(&here);
	buf_fini(&there);
	return same;
}

void config_keep_fixed(struct config *fresh, const struct config *running,
	struct buf *ret_keys)
{
	for (size_t i = 0; i < SCHEMA_COUNT; i++) {
		const struct schema_key *key = &SCHEMA[i];
		char *to = (char *)fresh + key->offset;
		const char *from = (const char *)running + key->offset;

		/* All of what is in lists can change. */
		if (!(key->flags & SCHEMA_RESTART) || strchr(key->path, '[') ||
			is_same(key, to, from))
			continue;
		buf_printf(ret_keys, "%s%s", buf_len(ret_keys) ? ", " : "",
			key->path);
		keep(key, fresh->arena, to, from);
	}
	fresh->policy.endpoint_count = running->policy.endpoint_count;
}

/* Of an empty document: nothing is told at a key. */
static int check_fields(const struct config *config, struct err *err)
{
	struct problems problems = PROBLEMS_INIT;
	struct yaml_doc *doc = yaml_doc_parse(SPAN("{}"), &problems);
	int result = 0;

	CHECK(doc);
	config_check_fields(config, doc, &problems);
	for (size_t i = 0; i < problems.count && !result; i++)
		if (problems.items[i].kind == PROBLEM_ERROR)
			result = err_set(err, "%s", problems.items[i].text);
	yaml_doc_free(doc);
	problems_fini(&problems);
	return result;
}

int config_check_kept(const struct config *fresh, struct err *err)
{
	if (check_fields(fresh, err) ||
		config_check_subjects(&fresh->policy, &fresh->identity, err))
		return err_prefix(
			err, "it does not go with what needs a restart");
	return 0;
}
