/* SPDX-License-Identifier: Apache-2.0 */
#include "base/span.h"
#include "proxy/wire/fields.h"

struct known_name {
	struct span name;
	enum field_name token;
};

/*
 * By length, which tells most names apart without a comparison; each row ends
 * with an absent name.
 */
enum { KNOWN_LEN_MAX = 30, KNOWN_PER_LEN = 4 };

#define KNOWN(literal, token)             \
	{                                 \
		SPAN_INIT(literal), token \
	}

static const struct known_name known_names[KNOWN_LEN_MAX + 1][KNOWN_PER_LEN +
	1] = {
	[2] = { KNOWN("te", FIELD_TE) },
	[4] = { KNOWN("host", FIELD_HOST) },
	[5] = { KNOWN(":path", FIELD_PATH) },
	[6] = { KNOWN("expect", FIELD_EXPECT) },
	[7] = { KNOWN(":method", FIELD_METHOD), KNOWN(":status", FIELD_STATUS),
		KNOWN(":scheme", FIELD_SCHEME),
		KNOWN("upgrade", FIELD_UPGRADE) },
	[8] = { KNOWN("audit-id", FIELD_AUDIT_ID) },
	[9] = { KNOWN(":protocol", FIELD_PROTOCOL),
		KNOWN("forwarded", FIELD_FORWARDED) },
	[10] = { KNOWN(":authority", FIELD_AUTHORITY),
		KNOWN("user-agent", FIELD_USER_AGENT),
		KNOWN("connection", FIELD_CONNECTION),
		KNOWN("keep-alive", FIELD_KEEP_ALIVE) },
	[11] = { KNOWN("retry-after", FIELD_RETRY_AFTER),
		KNOWN("traceparent", FIELD_TRACEPARENT) },
	[12] = { KNOWN("content-type", FIELD_CONTENT_TYPE) },
	[13] = { KNOWN("authorization", FIELD_AUTHORIZATION) },
	[14] = { KNOWN("content-length", FIELD_CONTENT_LENGTH),
		KNOWN("x-fairway-lane", FIELD_X_FAIRWAY),
		KNOWN("x-fairway-rule", FIELD_X_FAIRWAY),
		KNOWN("x-fairway-wait", FIELD_X_FAIRWAY) },
	[16] = { KNOWN("content-encoding", FIELD_CONTENT_ENCODING),
		KNOWN("proxy-connection", FIELD_PROXY_CONNECTION) },
	[17] = { KNOWN("transfer-encoding", FIELD_TRANSFER_ENCODING) },
	[18] = { KNOWN("proxy-authenticate", FIELD_PROXY_AUTHENTICATE) },
	[19] = { KNOWN("proxy-authorization", FIELD_PROXY_AUTHORIZATION) },
	[30] = { KNOWN(
		"x-kubernetes-pf-flowschema-uid", FIELD_PF_FLOWSCHEMA_UID) },
};

/* Those that do not fit into the table, and one that shares a length. */
static const struct known_name more_names[] = {
	KNOWN("trailer", FIELD_TRAILER),
	KNOWN("x-kubernetes-pf-prioritylevel-uid", FIELD_PF_PRIORITYLEVEL_UID),
};

/*
 * What carries identity, or is ours to say.  Some servers read _ as -, so a
 * name with it is the same name here.
 */
static const struct known_name prefixes[] = {
	KNOWN("x-remote-", FIELD_X_REMOTE),
	KNOWN("impersonate-", FIELD_IMPERSONATE),
	KNOWN("x-fairway-", FIELD_X_FAIRWAY),
	KNOWN("x-forwarded-", FIELD_FORWARDED),
};

static bool starts_with_folded(struct span name, struct span prefix)
{
	/* Where they differ from each other. */
	if (name.len < prefix.len || name.ptr[2] != prefix.ptr[2])
		return false;
	for (size_t i = 0; i < prefix.len; i++) {
		char c = name.ptr[i] == '_' ? '-' : name.ptr[i];

		if (c != prefix.ptr[i])
			return false;
	}
	return true;
}

enum field_name field_name_of(struct span name)
{
	if (name.len == 0)
		return FIELD_OTHER;
	if (name.len <= KNOWN_LEN_MAX) {
		const struct known_name *known = known_names[name.len];
		size_t last = name.len - 1;

		/* The last letter tells nearly all of a length apart. */
		for (; known->name.ptr; known++) {
			if (name.ptr[last] == known->name.ptr[last] &&
				!memcmp(name.ptr, known->name.ptr, last))
				return known->token;
		}
	}
	if (name.ptr[0] == 't' || name.len > KNOWN_LEN_MAX) {
		for (size_t i = 0; i < ARRAY_SIZE(more_names); i++) {
			if (span_eq(name, more_names[i].name))
				return more_names[i].token;
		}
	}
	if (name.ptr[0] != 'x' && name.ptr[0] != 'i')
		return FIELD_OTHER;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (starts_with_folded(name, prefixes[i].name))
			return prefixes[i].token;
	}
	return FIELD_OTHER;
}
