/* SPDX-License-Identifier: Apache-2.0 */
/* The way into policy: what a request is, whose it is, and when it is told. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/guard.h"
#include "proxy/exchange/removal_note.h"
#include "proxy/exchange/replay.h"
#include "proxy/exchange/request_head.h"
#include "proxy/exchange/server_impl.h"

enum {
	/* A finalizer is a qualified name: 253 + 1 + 63 bytes at most. */
	FINALIZER_CAP = 320,
	USER_AGENT_CAP = 256,
	/* Version 00 has 55; a later one may have more. */
	TRACEPARENT_CAP = 64,
};

/* ---- the head ------------------------------------------------------------ */

/* A watch is there for long and one of many: not a byte more than needed. */
static void reserve_text(struct exchange *ex, size_t cap)
{
	ex->text_len = 0;
	if (ex->text_cap >= cap)
		return;
	free(ex->text);
	ex->text = xmalloc(cap);
	ex->text_cap = (uint32_t)cap;
}

/* A copy in `text`, whose room is reserved. */
static struct span keep_text(struct exchange *ex, struct span s)
{
	char *at = ex->text + ex->text_len;

	if (s.len == 0)
		return s;
	CHECK(s.len <= ex->text_cap - ex->text_len);
	memcpy(at, s.ptr, s.len);
	ex->text_len += (uint32_t)s.len;
	return span_of(at, s.len);
}

static struct span peer_of(const struct exchange *ex)
{
	if (ex->replay)
		return SPAN("replay");
	if (ex->is_own)
		return SPAN("own");
	return span_str(session_peer_name(ex->down.session));
}

void intake_begin_text(struct exchange *ex, size_t len)
{
	struct span peer = peer_of(ex);

	reserve_text(ex, peer.len + 1 + len);
	/* With its NUL. */
	ex->peer = keep_text(ex, span_of(peer.ptr, peer.len + 1)).ptr;
}

void intake_note_audit_id(struct exchange *ex, struct span audit_id)
{
	if (!audit_id.len || audit_id.len > sizeof(ex->audit_id))
		return;
	ex->audit_id_len = (uint8_t)audit_id.len;
	memcpy(ex->audit_id, audit_id.ptr, audit_id.len);
}

static bool is_within(struct span s, const char *bytes, size_t len)
{
	return s.ptr >= bytes && s.ptr < bytes + len;
}

/*
 * The head's class, and copies of what is needed when the head is gone.  The
 * room is reserved once, since the copies are pointed to; a second time for
 * what was percent-encoded and so needs room of its own, which is rare.
 */
static void keep_head(
	struct exchange *ex, const struct request_head *read, bool is_encoded)
{
	char *scratch = ex->server->scratch;
	struct span user_agent = read->user_agent;
	struct span traceparent = read->traceparent;
	struct head head = {
		.method = read->method,
		.content_type = read->content_type,
		.content_encoding = read->content_encoding,
	};

	user_agent.len = u64_min(user_agent.len, USER_AGENT_CAP);
	if (traceparent.len > TRACEPARENT_CAP)
		traceparent = SPAN_NONE;
	CHECK(read->path.len <= CLASSIFY_BODY_MAX);
	/* Only what has a body can name a finalizer. */
	intake_begin_text(ex,
		read->path.len + user_agent.len + traceparent.len +
			(is_encoded ? read->path.len : 0) +
			(read->content_type.len > 0 ? FINALIZER_CAP : 0));
	head.target = keep_text(ex, read->path);
	ex->rq.user_agent = keep_text(ex, user_agent);
	ex->traceparent = keep_text(ex, traceparent);
	if (is_encoded) {
		scratch = ex->text + ex->text_len;
		ex->text_len += (uint32_t)read->path.len;
	}
	ex->reads_body = classify_head(&head, scratch, &ex->class);
	if (!is_encoded &&
		(is_within(ex->class.path, scratch, read->path.len) ||
			is_within(ex->class.name, scratch, read->path.len))) {
		keep_head(ex, read, true);
		return;
	}
	CHECK(read->method.len <= sizeof(ex->method));
	memcpy(ex->method, read->method.ptr, read->method.len);
	ex->method_len = (uint8_t)read->method.len;
	ex->is_head = read->is_head;
	ex->target = head.target;
}

/* Whose flow it is: the credential, and whom it wants to be. */
static void note_identity(struct exchange *ex, const struct request_head *read)
{
	struct server *server = ex->server;
	uint64_t parts[2] = { ex->rq.identity, read->impersonation };

	if (read->is_lent)
		parts[0] = hash_span(&server->settings.key, 0, SPAN("own"));
	else if (read->authorization.len > 0)
		parts[0] = identity_cache_hash(&server->identities,
			ex->rq.affinity, read->authorization);
	ex->rq.identity = parts[0];
	if (read->impersonation)
		ex->rq.identity =
			hash_bytes(&server->settings.key, parts, sizeof(parts));
}

void intake_read_head(struct exchange *ex, const struct request_head *read)
{
	keep_head(ex, read, false);
	note_identity(ex, read);
	intake_note_audit_id(ex, read->audit_id);
	ex->rq.body_len = read->content_length;
	ex->is_lent = read->is_lent;
	ex->is_impersonated = read->impersonation != 0 || ex->as;
}

/* ---- submission ---------------------------------------------------------- */

static bool try_guard(struct exchange *ex, struct span body, struct span uid,
	struct span version)
{
	struct intent intent = {
		.target = ex->target,
		.content_type =
			fields_value(&ex->down.head, FIELD_CONTENT_TYPE),
	};
	char *scratch = xmalloc(intent.target.len + 1);
	struct buf guarded = BUF_INIT;
	struct class class;
	bool is_sound = guard_write(body, uid, version, &guarded);

	intent.body = buf_span(&guarded);
	if (is_sound &&
		replay_classify(ex->server, &intent, scratch, &class))
		ex->guarded = span_dup(intent.body);
	buf_fini(&guarded);
	free(scratch);
	return ex->guarded != NULL;
}

/*
 * It carries no proof, and its object passed by: what is remembered of that
 * makes a removal that may be sent again.  The uid will do where it names what
 * it takes; else nothing may have changed.
 */
static bool guard_removal(
	struct exchange *ex, struct span body, const struct object_seen *seen)
{
	const struct class *class = &ex->class;

	if (class->verb != VERB_PATCH || class->effect != EFFECT_REMOVES ||
		class->guards & (GUARD_UID | GUARD_RESOURCE_VERSION) ||
		body.len > REMOVAL_BODY_MAX)
		return false;
	return try_guard(ex, body, seen->uid, SPAN_NONE) ||
		try_guard(ex, body, seen->uid, seen->resource_version);
}

/*
 * `fairway sweep` proves each removal at the moment it is made, from what is
 * not in its body: it is not to be made when that is over.
 */
static bool is_of_sweep(const struct exchange *ex)
{
	return span_eq(fields_value(&ex->down.head, FIELD_USER_AGENT),
		SPAN("fairway-sweep"));
}

static bool is_plain_removal(struct exchange *ex, struct span body,
	const struct object_kept *kept)
{
	bool is_whole = ex->request_body.is_ended &&
		ex->request_body.added == body.len && !ex->down.is_upgrade;

	if (!is_whole)
		return false;
	return removal_may_be_replayed(&ex->class, body,
		       &ex->server->settings.policy->intents.labels) ||
		(kept && guard_removal(ex, body, &kept->seen));
}

static void classify_request_body(struct exchange *ex)
{
	struct server *server = ex->server;
	const struct object_kept *kept =
		policy_recall(server->policy, &ex->class);
	struct classifier classifier = *server->settings.classifier;
	struct span body = relay_prefix(
		&ex->request_body, server->scratch, CLASSIFY_BODY_MAX);
	struct head head = {
		.method = span_of(ex->method, ex->method_len),
		.target = ex->target,
		.content_type =
			fields_value(&ex->down.head, FIELD_CONTENT_TYPE),
		.content_encoding =
			fields_value(&ex->down.head, FIELD_CONTENT_ENCODING),
	};

	classifier.stored = kept ? &kept->seen : NULL;
	classify_body(&classifier, &head, body.ptr, body.len,
		ex->request_body.is_ended && ex->request_body.added == body.len,
		&ex->class);
	ex->is_understood = is_plain_removal(ex, body, kept);
	ex->rq.is_replayable = ex->is_understood && !is_of_sweep(ex);
	/* It borrows from the body, which may go. */
	for (unsigned i = 0; i < ex->class.finalizer_count; i++) {
		struct span *finalizer = &ex->class.finalizers[i];

		if (finalizer->len > ex->text_cap - ex->text_len)
			ex->class.finalizer_count = i;
		else
			*finalizer = keep_text(ex, *finalizer);
	}
}

/* Retry-After of a refusal that policy does not know of, spread a little. */
unsigned intake_retry_after(const struct exchange *ex)
{
	return 1 + (ex->rq.affinity & 1);
}

/* With whose rights the removal goes, and so could go again. */
static enum credential credential_of(const struct exchange *ex)
{
	struct server *server = ex->server;
	struct span authorization =
		fields_value(&ex->down.head, FIELD_AUTHORIZATION);

	if (ex->is_impersonated)
		return CREDENTIAL_OTHER;
	if (ex->is_lent)
		return CREDENTIAL_OWN;
	if (server->settings.has_own_credentials)
		return span_is_absent(authorization) ? CREDENTIAL_OWN
						     : CREDENTIAL_OTHER;
	if (span_is_empty(authorization))
		return CREDENTIAL_OTHER;
	if (span_eq(authorization, server_own_authorization(server)) ||
		!span_is_absent(server_fresh_authorization(
			server, authorization, ex->received_at)))
		return CREDENTIAL_OWN;
	return CREDENTIAL_BEARER;
}

void intake_submit(struct exchange *ex)
{
	struct server *server = ex->server;
	struct request *rq = &ex->rq;
	usec_t now = server_now(server);

	if (ex->is_asked_about) {
		ex->is_complete = true;
		return;
	}
	/* Of reviews there are few, and others wait for them. */
	if (!ex->is_own &&
		server->in_policy >= server->settings.policy->requests_max) {
		exchange_reply(
			ex, VERDICT_TOO_MANY, intake_retry_after(ex), 0);
		return;
	}
	if (ex->reads_body)
		classify_request_body(ex);
	rq->class = &ex->class;
	if (rq->is_replayable && !ex->replay) {
		rq->credential = credential_of(ex);
		intents_adopt(&server->intents, ex);
	}
	if (removal_note_is_due(ex))
		ex->removal = removal_note_new(
			ex, credential_of(ex) == CREDENTIAL_OWN);
	if (ex->request_body.is_ended)
		rq->body_len = ex->request_body.added;
	rq->is_body_kept = ex->request_body.is_keeping;
	rq->held_bytes = sizeof(*ex) + ex->text_cap + ex->down.head.bytes +
		ex->request_body.held;
	rq->deadline = USEC_NEVER;
	if (ex->class.timeout > 0 && !ex->class.is_long_running)
		rq->deadline = usec_add(ex->received_at, ex->class.timeout);
	exchange_set_state(ex, EXCHANGE_WAITING);
	ex->submitted_at = now;
	ex->is_in_policy = true;
	server->in_policy++;
	server->has_news = true;
	policy_submit(server->policy, rq, now);
}

/*
 * As much of the body as is looked at.  Never more than one window of the
 * client's connection, which does not open before the START.
 */
static uint64_t body_bytes_looked_at(const struct exchange *ex)
{
	return u64_min(CLASSIFY_BODY_MAX, session_window(ex->down.session));
}

void intake_submit_if_ready(struct exchange *ex)
{
	uint64_t cap = body_bytes_looked_at(ex);

	if (ex->request_body.added >= cap ||
		(ex->rq.body_len != UINT64_MAX && ex->rq.body_len > cap))
		intake_submit(ex);
}
