/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/removal_note.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "policy/removal.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/principal.h"
#include "proxy/exchange/server_impl.h"

enum {
	/* Of each text: a peer chooses them. */
	NOTE_TEXT_MAX = 512,
};

bool removal_note_is_due(const struct exchange *ex)
{
	return ex->server->settings.notes_removals &&
		(ex->class.effect == EFFECT_REMOVES ||
			ex->class.effect == EFFECT_MIXED);
}

/* The first Impersonate-User; others are for the API server to refuse. */
static struct span impersonated(const struct fields *head)
{
	for (size_t i = 0; i < head->count; i++) {
		const struct field *field = &head->items[i];

		if (field->token == FIELD_IMPERSONATE &&
			span_eq(field->name, SPAN("impersonate-user")))
			return field->value;
	}
	return SPAN_NONE;
}

/* Only of a body that was understood as a whole. */
static struct span uid_of(struct exchange *ex)
{
	if (!ex->is_understood)
		return SPAN_NONE;
	return removal_uid(relay_prefix(&ex->request_body,
		ex->server->scratch, CLASSIFY_BODY_MAX));
}

static struct span cut(struct span text)
{
	text.len = u64_min(text.len, NOTE_TEXT_MAX);
	return text;
}

static struct span keep(char **at, struct span text)
{
	struct span kept = span_of(*at, text.len);

	if (!text.len)
		return SPAN_NONE;
	memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return kept;
}

struct removal_note *removal_note_new(struct exchange *ex, bool is_own)
{
	const struct fields *head = &ex->down.head;
	struct span authorization = fields_value(head, FIELD_AUTHORIZATION);
	struct span uid = cut(uid_of(ex)), asked = cut(impersonated(head));
	struct buf subject = BUF_INIT;
	struct removal_note *note;
	struct span said;
	char *at;

	if (ex->is_lent)
		authorization = server_own_authorization(ex->server);
	principal_subject(authorization, &subject);
	said = cut(buf_span(&subject));
	note = xcalloc(1, sizeof(*note) + uid.len + asked.len + said.len);
	at = note->text;
	note->is_own = is_own;
	if (authorization.len)
		note->principal = principal_of(
			&ex->server->settings.key, authorization);
	note->subject = keep(&at, said);
	note->impersonated = keep(&at, asked);
	note->uid = keep(&at, uid);
	buf_fini(&subject);
	return note;
}
