/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks, before the request comes to anything else. */
#include "base/check.h"
#include "proxy/exchange/client_identity.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/impersonation.h"
#include "proxy/exchange/request_head.h"
#include "proxy/exchange/review_text.h"
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

/* ---- reviews ------------------------------------------------------------- */

static enum verdict verdict_of(enum review_result result, enum verdict no)
{
	switch (result) {
	case REVIEW_YES:
	case REVIEW_WAIT:
		return VERDICT_NONE;
	case REVIEW_NO:
		return no;
	case REVIEW_FAILED:
		return VERDICT_REVIEW;
	case REVIEW_FULL:
		return VERDICT_TOO_MANY;
	}
	CHECK_UNREACHABLE();
}

/*
 * Whether who asks may be all that it wants to be; it is, upstream, once every
 * part is allowed.
 */
static enum verdict check_parts(struct exchange *ex)
{
	while (ex->parts_allowed < access_count(ex->wanted)) {
		struct access access =
			access_of(ex->wanted, ex->parts_allowed);
		enum review_result result = reviews_access(&ex->server->reviews,
			ex->user, &access, ex, &ex->asks);

		ex->is_asked_about = result == REVIEW_WAIT;
		if (result != REVIEW_YES)
			return verdict_of(result, VERDICT_NOT_ALLOWED);
		ex->parts_allowed++;
	}
	ex->as = user_info_ref(ex->wanted);
	return VERDICT_NONE;
}

static void go_on(struct exchange *ex, enum verdict verdict)
{
	if (verdict != VERDICT_NONE)
		exchange_reply(ex, verdict,
			verdict_info(verdict)->is_not_executed
				? intake_retry_after(ex)
				: 0,
			0);
	else if (!ex->is_asked_about && ex->is_complete)
		intake_submit(ex);
}

static void reviewed(struct exchange *ex, enum review_result result,
	struct user_info *user)
{
	enum verdict verdict = verdict_of(result,
		ex->wanted ? VERDICT_NOT_ALLOWED : VERDICT_TOKEN);

	ex->is_asked_about = false;
	if (verdict == VERDICT_NONE && ex->wanted) {
		ex->parts_allowed++;
		verdict = check_parts(ex);
	} else if (verdict == VERDICT_NONE) {
		take_user(ex, user);
	}
	go_on(ex, verdict);
}

static void on_result(struct review_waiter *waiter, enum review_result result,
	struct user_info *user)
{
	reviewed(CONTAINER_OF(waiter, struct exchange, asks), result, user);
}

/*
 * As bearertoken.go of the API server reads it: of "Bearer a b" the `a`.
 * Absent: it would see no token.
 */
static struct span token_of(struct span authorization)
{
	struct span rest = span_trim(authorization);
	struct span scheme = span_cut(&rest, ' '), token;

	if (span_is_absent(rest) || !span_eq_nocase(scheme, SPAN("bearer")))
		return SPAN_NONE;
	token = span_cut(&rest, ' ');
	return span_is_empty(token) ? SPAN_NONE : token;
}

static enum verdict ask_whose(struct exchange *ex, struct span authorization)
{
	struct span token = token_of(authorization);
	enum review_result result;
	struct user_info *user = NULL;

	if (span_is_absent(token))
		return VERDICT_NONE;
	ex->asks.on_result = on_result;
	result = reviews_token(
		&ex->server->reviews, token, ex, &ex->asks, &user);
	ex->is_asked_about = result == REVIEW_WAIT;
	if (result == REVIEW_YES)
		take_user(ex, user);
	user_info_unref(user);
	return verdict_of(result, VERDICT_TOKEN);
}

/* What a client with a certificate wants: to be somebody else. */
static enum verdict begin_impersonation(struct exchange *ex)
{
	enum verdict verdict =
		impersonation_read(&ex->down.head, &ex->wanted);

	if (verdict != VERDICT_NONE)
		return verdict;
	if (user_info_has_group(ex->wanted, SPAN(GROUP_MASTERS)))
		return VERDICT_IMPERSONATION;
	ex->asks.on_result = on_result;
	return check_parts(ex);
}

/* ---- as a whole ---------------------------------------------------------- */

static enum verdict by_certificate(
	struct exchange *ex, const struct request_head *read)
{
	const struct client_identity *identity =
		client_identity_of(ex->server, ex->down.session);

	if (identity->user)
		take_user(ex, identity->user);
	if (identity->verdict != VERDICT_NONE)
		return identity->verdict;
	ex->rq.identity = identity->hash;
	if (read->impersonation)
		return begin_impersonation(ex);
	ex->as = user_info_ref(identity->user);
	return VERDICT_NONE;
}

enum verdict authenticate(
	struct exchange *ex, const struct request_head *read)
{
	if (ex->head_rules->is_certified)
		return by_certificate(ex, read);
	if (ex->server->settings.identity.reviews_tokens)
		return ask_whose(ex, read->authorization);
	return VERDICT_NONE;
}

enum verdict authenticate_again(struct exchange *ex)
{
	if (!ex->head_rules->is_certified || !ex->has_downstream)
		return VERDICT_NONE;
	if (ex->wanted && !ex->head_rules->is_reviewed)
		return VERDICT_IMPERSONATION;
	return client_identity_of(ex->server, ex->down.session)->verdict;
}
