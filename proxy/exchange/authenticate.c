/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks, before the request comes to anything else. */
#include "proxy/exchange/client_identity.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/request_head.h"
#include "proxy/exchange/server_impl.h"
#include "proxy/identity/user_info.h"

const struct request_head_rules *authenticate_rules(
	const struct server *server, const struct session *session)
{
	if (session_is_cleartext(session))
		return &server->cleartext_rules;
	if (server->settings.client_ca && session_client_cert(session))
		return &server->certified_rules;
	return &server->head_rules;
}

static void take_user(struct exchange *ex, struct user_info *user)
{
	ex->user = user_info_ref(user);
	ex->subject = (struct subject){
		.user = user->user,
		.groups = user->groups,
		.group_count = user->group_count,
	};
	ex->rq.subject = &ex->subject;
}

enum verdict authenticate(struct exchange *ex)
{
	const struct client_identity *identity;

	if (!ex->head_rules->is_certified)
		return VERDICT_NONE;
	identity = client_identity_of(ex->server, ex->down.session);
	if (identity->user)
		take_user(ex, identity->user);
	if (identity->verdict != VERDICT_NONE)
		return identity->verdict;
	ex->rq.identity = identity->hash;
	ex->as = user_info_ref(identity->user);
	return VERDICT_NONE;
}
