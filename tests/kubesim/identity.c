/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/identity.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const char anonymous[] = "system:anonymous";

/* TOKEN=USER;GROUP,GROUP */
static const char *const known_tokens[] = {
	"admin-token=admin;system:masters",
	"argo-token=system:serviceaccount:argo:argo-controller;"
	"system:serviceaccounts,system:serviceaccounts:argo",
	"noisy-token=system:serviceaccount:noisy:noisy;"
	"system:serviceaccounts,system:serviceaccounts:noisy",
	"argo-user-token=argo-controller;argo",
	"noisy-user-token=noisy;noisy",
	"kcm-token=system:kube-controller-manager",
};

void identity_init(struct identity *id, const char *user)
{
	*id = (struct identity){ .user = xstrdup(user) };
}

void identity_complete(struct identity *id)
{
	identity_add_group(id,
		identity_is_anonymous(id) ? SPAN("system:unauthenticated")
					  : SPAN("system:authenticated"));
}

void identity_add_group(struct identity *id, struct span group)
{
	if (id->group_count < IDENTITY_MAX_GROUPS)
		id->groups[id->group_count++] = span_dup(group);
}

void identity_add_extra(
	struct identity *id, struct span key, struct span value)
{
	if (id->extra_count < IDENTITY_MAX_EXTRAS)
		id->extras[id->extra_count++] = (struct identity_extra){
			span_dup(key), span_dup(value)
		};
}

bool identity_split_account(
	const char *user, struct span *ret_ns, struct span *ret_name)
{
	static const struct span prefix = SPAN_INIT("system:serviceaccount:");
	struct span rest = span_str(user);

	if (!span_starts_with(rest, prefix))
		return false;
	rest = span_skip(rest, prefix.len);
	*ret_ns = span_cut(&rest, ':');
	*ret_name = rest;
	return !span_is_empty(*ret_ns) && !span_is_empty(rest) &&
		!memchr(rest.ptr, ':', rest.len);
}

void identity_fini(struct identity *id)
{
	free(id->user);
	free(id->uid);
	for (unsigned i = 0; i < id->group_count; i++)
		free(id->groups[i]);
	for (unsigned i = 0; i < id->extra_count; i++) {
		free(id->extras[i].key);
		free(id->extras[i].value);
	}
	*id = (struct identity){ 0 };
}

void identity_copy(struct identity *id, const struct identity *from)
{
	*id = (struct identity){ .user = xstrdup(from->user) };
	for (unsigned i = 0; i < from->group_count; i++)
		identity_add_group(id, span_str(from->groups[i]));
	if (from->uid)
		id->uid = xstrdup(from->uid);
	for (unsigned i = 0; i < from->extra_count; i++)
		identity_add_extra(id, span_str(from->extras[i].key),
			span_str(from->extras[i].value));
}

bool identity_has_group(const struct identity *id, const char *group)
{
	for (unsigned i = 0; i < id->group_count; i++) {
		if (!strcmp(id->groups[i], group))
			return true;
	}
	return false;
}

bool identity_is_anonymous(const struct identity *id)
{
	return !strcmp(id->user, anonymous);
}

int tokens_add(struct tokens *tokens, const char *text)
{
	struct span groups = span_str(text);
	struct span secret = span_cut(&groups, '=');
	struct span user;
	struct token *token;
	char *name;

	if (span_is_absent(groups) || span_is_empty(secret))
		return -1;
	user = span_cut(&groups, ';');
	if (span_is_empty(user))
		return -1;
	token = xcalloc(1, sizeof(*token));
	token->secret = span_dup(secret);
	name = span_dup(user);
	identity_init(&token->identity, name);
	token->identity.uid = name;
	while (!span_is_absent(groups))
		identity_add_group(&token->identity, span_cut(&groups, ','));
	identity_complete(&token->identity);
	list_push_back(&tokens->list, &token->node);
	return 0;
}

void tokens_init(struct tokens *tokens)
{
	list_init(&tokens->list);
	for (size_t i = 0; i < ARRAY_SIZE(known_tokens); i++)
		tokens_add(tokens, known_tokens[i]);
}

static void token_free(struct token *token)
{
	list_remove(&token->node);
	identity_fini(&token->identity);
	free(token->secret);
	free(token);
}

void tokens_fini(struct tokens *tokens)
{
	LIST_EACH (node, &tokens->list)
		token_free(CONTAINER_OF(node, struct token, node));
}

void tokens_remove(struct tokens *tokens, const char *secret)
{
	LIST_EACH (node, &tokens->list) {
		struct token *token = CONTAINER_OF(node, struct token, node);

		if (!strcmp(token->secret, secret))
			token_free(token);
	}
}

const struct identity *tokens_find(
	const struct tokens *tokens, struct span secret)
{
	LIST_EACH (node, &tokens->list) {
		struct token *token = CONTAINER_OF(node, struct token, node);

		if (span_eq_str(secret, token->secret))
			return &token->identity;
	}
	return NULL;
}
