/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/client_identity.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "proxy/exchange/server_impl.h"
#include "proxy/identity/client_ca.h"
#include "proxy/identity/user_info.h"
#include "proxy/observe/log.h"

enum {
	/* One that is refused may be valid later. */
	LOOK_AGAIN = USEC_PER_SEC,
	/* Not those of credentials. */
	HASH_OF_USERS = 31,
};

bool names_have(const struct strings *names, struct span name)
{
	for (size_t i = 0; i < names->count; i++) {
		struct span pattern = span_str(names->items[i]);

		if (span_ends_with(pattern, SPAN("*"))) {
			pattern.len--;
			if (span_starts_with(name, pattern))
				return true;
		} else if (span_eq(name, pattern)) {
			return true;
		}
	}
	return false;
}

/* NULL: nobody refuses the user. */
static const char *why_refused(
	const struct identity_settings *settings, const struct user_info *user)
{
	if (user_info_has_group(user, SPAN(GROUP_MASTERS)))
		return "it names the group " GROUP_MASTERS;
	if (user_name_is_service_account(user->user))
		return "it names a service account";
	if (names_have(&settings->refused_users, user->user))
		return "its user is one of identity.refusedUsers";
	for (size_t i = 0; i < user->group_count; i++) {
		if (names_have(&settings->refused_groups, user->groups[i]))
			return "one of its groups is one of "
			       "identity.refusedGroups";
	}
	return NULL;
}

static void log_refusal(struct server *server, struct session *session,
	const struct client_identity *identity, const char *why)
{
	uint64_t left_out;
	enum log_level level = log_pace_note(&server->refusals_said,
		LOG_LEVEL_WARN, server_now(server), &left_out);

	log_event(server->log, level, "a client's certificate is refused",
		LOG_FIELDS(LOG_STR("peer", session_peer_name(session)),
			LOG_SPAN("user",
				identity->user ? identity->user->user
					       : SPAN("")),
			LOG_STR("why", why), LOG_UINT("left_out", left_out)));
}

static void look(struct server *server, struct session *session,
	struct client_identity *identity)
{
	struct user_info *user = NULL;
	usec_t wall = loop_wall_clock();
	bool was_refused = identity->generation == server->client_ca_generation
		&& identity->verdict != VERDICT_NONE;
	const char *why = NULL;
	struct err err;

	user_info_unref(identity->user);
	*identity = (struct client_identity){
		.verdict = VERDICT_UNAUTHORIZED,
		.generation = server->client_ca_generation,
		.until = usec_add(wall, LOOK_AGAIN),
	};
	if (client_ca_verify(server->settings.client_ca,
		    session_client_cert(session),
		    session_client_chain(session), wall, &user,
		    &identity->until, &err) != 0) {
		why = err.text;
		server->stats->certificates[CERTIFICATE_INVALID]++;
	} else {
		identity->user = user;
		identity->hash = user_info_hash(
			user, &server->settings.key, HASH_OF_USERS);
		identity->verdict = VERDICT_NONE;
		why = why_refused(&server->settings.identity, user);
		if (why)
			identity->verdict = VERDICT_USER_REFUSED;
		server->stats->certificates[why ? CERTIFICATE_REFUSED
						: CERTIFICATE_ACCEPTED]++;
	}
	/* Of one connection once. */
	if (why && !was_refused)
		log_refusal(server, session, identity, why);
}

const struct client_identity *client_identity_of(
	struct server *server, struct session *session)
{
	struct client_identity *identity = session_note(session);

	if (!server->settings.client_ca || !session_client_cert(session))
		return NULL;
	if (!identity) {
		identity = xcalloc(1, sizeof(*identity));
		session_set_note(session, identity);
	}
	if (identity->generation != server->client_ca_generation ||
		loop_wall_clock() >= identity->until)
		look(server, session, identity);
	return identity;
}

void client_identity_forget(struct session *session)
{
	struct client_identity *identity = session_note(session);

	if (!identity)
		return;
	session_set_note(session, NULL);
	user_info_unref(identity->user);
	free(identity);
}
