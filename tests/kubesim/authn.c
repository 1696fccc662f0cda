/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks: by token, by client certificate, or as somebody else.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kubesim/exchange.h"

/* ---- as whom ------------------------------------------------------------- */

static char *unescape(struct span text)
{
	char *copy = span_dup(text), *to = copy;

	for (const char *at = copy; *at; at++, to++) {
		char digits[3] = { 0 };

		*to = *at;
		if (*at != '%' || !isxdigit((unsigned char)at[1]) ||
			!isxdigit((unsigned char)at[2]))
			continue;
		memcpy(digits, at + 1, 2);
		*to = (char)strtoul(digits, NULL, 16);
		at += 2;
	}
	*to = '\0';
	return copy;
}

void exchange_add_wanted(
	struct exchange *ex, struct span name, struct span value)
{
	static const struct span extra = SPAN_INIT("impersonate-extra-");
	struct identity *wanted = &ex->wanted;

	if (span_eq(name, SPAN("impersonate-user")) && !wanted->user) {
		wanted->user = span_dup(value);
	} else if (span_eq(name, SPAN("impersonate-group"))) {
		identity_add_group(wanted, value);
	} else if (span_eq(name, SPAN("impersonate-uid")) && !wanted->uid) {
		wanted->uid = span_dup(value);
	} else if (span_starts_with(name, extra)) {
		char *key = unescape(span_skip(name, extra.len));

		identity_add_extra(wanted, span_str(key), value);
		free(key);
	}
}

/*
 * Whether the real user may be a part of the wanted one (constrained_
 * impersonation.go and mode.go, the mode "legacy"; nobody is given the newer
 * ones here).
 */
static int check(struct exchange *ex, const struct access *access,
	struct status *st)
{
	const struct resource res = {
		.group = access->group,
		.plural = access->plural,
		.kind = "",
	};
	char where[320] = "at the cluster scope";

	if (permissions_allow(
		    &ex->server->api.permissions, &ex->user, access))
		return 0;
	if (*access->ns)
		snprintf(where, sizeof(where), "in the namespace \"%s\"",
			access->ns);
	return status_forbidden(st, &res, access->name,
		"User \"%s\" cannot %s resource \"%s%s%s\" in API group "
		"\"%s\" %s",
		ex->user.user, access->verb, access->plural,
		*access->subresource ? "/" : "", access->subresource,
		access->group, where);
}

static int check_user(struct exchange *ex, struct status *st)
{
	struct access access = { "impersonate", "", "users", "", "",
		ex->wanted.user };
	struct span ns, name;
	char *own_ns, *own_name;
	int result;

	if (!identity_split_account(ex->wanted.user, &ns, &name))
		return check(ex, &access, st);
	own_ns = span_dup(ns);
	own_name = span_dup(name);
	access.plural = "serviceaccounts";
	access.ns = own_ns;
	access.name = own_name;
	result = check(ex, &access, st);
	free(own_ns);
	free(own_name);
	return result;
}

static int check_wanted(struct exchange *ex, struct status *st)
{
	static const char group[] = "authentication.k8s.io";
	const struct identity *wanted = &ex->wanted;

	if (check_user(ex, st) != 0)
		return -1;
	if (wanted->uid && *wanted->uid &&
		check(ex,
			&(struct access){ "impersonate", group, "uids", "", "",
				wanted->uid },
			st) != 0)
		return -1;
	for (unsigned i = 0; i < wanted->group_count; i++) {
		if (check(ex,
			    &(struct access){ "impersonate", "", "groups", "",
				    "", wanted->groups[i] },
			    st) != 0)
			return -1;
	}
	for (unsigned i = 0; i < wanted->extra_count; i++) {
		if (check(ex,
			    &(struct access){ "impersonate", group,
				    "userextras", wanted->extras[i].key, "",
				    wanted->extras[i].value },
			    st) != 0)
			return -1;
	}
	return 0;
}

/* Those of a service account are known, unless others are asked for. */
static void add_account_groups(struct identity *wanted)
{
	struct span ns, name;
	char text[320];

	if (wanted->group_count > 0 ||
		!identity_split_account(wanted->user, &ns, &name))
		return;
	identity_add_group(wanted, SPAN("system:serviceaccounts"));
	snprintf(text, sizeof(text), "system:serviceaccounts:%.*s",
		SPAN_ARG(ns));
	identity_add_group(wanted, span_str(text));
}

/* The request is its user's from here on. */
static int impersonate(struct exchange *ex, struct status *st)
{
	struct identity *wanted = &ex->wanted;

	if (check_wanted(ex, st) != 0)
		return -1;
	add_account_groups(wanted);
	if (identity_is_anonymous(wanted) ||
		(!identity_has_group(wanted, "system:authenticated") &&
			!identity_has_group(wanted, "system:unauthenticated")))
		identity_complete(wanted);
	identity_fini(&ex->user);
	ex->user = *wanted;
	*wanted = (struct identity){ 0 };
	return 0;
}

/* As Go writes it; of extra values the keys alone. */
static int refuse_nameless(const struct identity *wanted, struct status *st)
{
	struct buf groups = BUF_INIT, extra = BUF_INIT;

	buf_append_str(&groups, wanted->group_count ? "{" : "(nil)");
	for (unsigned i = 0; i < wanted->group_count; i++)
		buf_printf(&groups, "%s\"%s\"", i ? ", " : "",
			wanted->groups[i]);
	buf_append_str(&groups, wanted->group_count ? "}" : "");
	buf_append_str(&extra, wanted->extra_count ? "{" : "(nil)");
	for (unsigned i = 0; i < wanted->extra_count; i++)
		buf_printf(&extra, "%s\"%s\":[]string{\"%s\"}",
			i ? ", " : "", wanted->extras[i].key,
			wanted->extras[i].value);
	buf_append_str(&extra, wanted->extra_count ? "}" : "");
	status_bad_request(st,
		"requested &user.DefaultInfo{Name:\"\", UID:\"%s\", "
		"Groups:[]string%s, Extra:map[string][]string%s} without "
		"impersonating a user name",
		wanted->uid ? wanted->uid : "", buf_cstr(&groups),
		buf_cstr(&extra));
	buf_fini(&groups);
	buf_fini(&extra);
	return -1;
}

static int become_wanted(struct exchange *ex, struct status *st)
{
	const struct identity *wanted = &ex->wanted;

	if (wanted->user && *wanted->user)
		return impersonate(ex, st);
	if (!wanted->uid && !wanted->group_count && !wanted->extra_count)
		return 0;
	return refuse_nameless(wanted, st);
}

/* ---- who ----------------------------------------------------------------- */

/* 401 with a token that nobody knows; without any, anonymous. */
int exchange_authenticate(struct exchange *ex, struct status *st)
{
	struct span token = span_str(ex->headers[HEADER_AUTHORIZATION]);
	const struct identity *user = NULL;

	if (span_starts_with(token, SPAN("Bearer "))) {
		user = tokens_find(&ex->server->tokens,
			span_trim(span_skip(token, strlen("Bearer "))));
		if (!user)
			return status_set(
				st, 401, "Unauthorized", "Unauthorized");
	} else if (ex->session->has_peer) {
		user = &ex->session->peer;
	}
	if (user) {
		identity_copy(&ex->user, user);
	} else {
		identity_init(&ex->user, "system:anonymous");
		identity_complete(&ex->user);
	}
	return become_wanted(ex, st);
}
