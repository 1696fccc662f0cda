/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/classify.h"

#include "policy/effect.h"
#include "policy/request_info.h"

static const struct known_finalizer KNOWN[] = {
	{ SPAN_INIT(""), SPAN_INIT("pods"),
		SPAN_INIT("workflows.argoproj.io/status") },
};

const struct classifier CLASSIFIER_DEFAULT = {
	.known = KNOWN,
	.known_count = ARRAY_SIZE(KNOWN),
};

/* How a body is to be read. */
enum form {
	FORM_MERGE_PATCH,
	FORM_STRATEGIC_PATCH,
	FORM_JSON_PATCH,
	FORM_APPLY,
	FORM_APPLY_YAML,
	FORM_OBJECT,
	FORM_FINALIZE,
	FORM_PROTOBUF,
	FORM_UNDECODED,
};

/*
 * A patch's type is what stands before the first `;`, compared to the letter
 * (endpoints/handlers/patch.go, PatchResource).
 */
static enum form form_of_patch(struct span content_type)
{
	static const struct {
		struct span type;
		enum form form;
	} TYPES[] = {
		{ SPAN_INIT("application/merge-patch+json"), FORM_MERGE_PATCH },
		{ SPAN_INIT("application/strategic-merge-patch+json"),
			FORM_STRATEGIC_PATCH },
		{ SPAN_INIT("application/json-patch+json"), FORM_JSON_PATCH },
		{ SPAN_INIT("application/apply-patch+yaml"), FORM_APPLY },
	};
	struct span type = span_cut(&content_type, ';');

	for (size_t i = 0; i < ARRAY_SIZE(TYPES); i++) {
		if (span_eq(type, TYPES[i].type))
			return TYPES[i].form;
	}
	return FORM_UNDECODED;
}

/* An object's type is a media type as MIME has it; without one it is JSON. */
static enum form form_of_object(struct span content_type, bool is_finalize)
{
	struct span type = span_trim(span_cut(&content_type, ';'));

	if (!type.len || span_eq_nocase(type, SPAN("application/json")))
		return is_finalize ? FORM_FINALIZE : FORM_OBJECT;
	if (span_eq_nocase(type, SPAN("application/vnd.kubernetes.protobuf")) &&
		!is_finalize)
		return FORM_PROTOBUF;
	return FORM_UNDECODED;
}

static bool is_finalize(const struct class *class)
{
	return !class->group.len &&
		span_eq(class->resource, SPAN("namespaces")) &&
		span_eq(class->subresource, SPAN("finalize"));
}

/*
 * The router refuses paths with a part that is empty or made of dots, though
 * RequestInfo takes them (404): they are never more than ordinary.
 */
static bool is_routable(struct span path)
{
	if (!path.len || path.ptr[0] != '/')
		return false;
	path = span_skip(path, 1);
	while (!span_is_absent(path)) {
		struct span part = span_cut(&path, '/');
		bool is_last = span_is_absent(path);

		if ((!part.len && !is_last) || span_eq(part, SPAN(".")) ||
			span_eq(part, SPAN("..")))
			return false;
	}
	return true;
}

/* Whether the request can change an object's finalizers. */
static bool is_write(const struct class *class)
{
	if (!class->is_resource || !class->name.len ||
		!is_routable(class->path))
		return false;
	if (class->verb == VERB_UPDATE && is_finalize(class))
		return true;
	/*
	 * Only the main resource.  A few subresources keep the finalizers of
	 * the request (status of pods does), but nobody releases by them.
	 */
	return (class->verb == VERB_UPDATE || class->verb == VERB_PATCH) &&
		!class->subresource.len;
}

bool classify_head(
	const struct head *head, char *scratch, struct class *ret_class)
{
	struct class *class = ret_class;
	struct span encoding = head->content_encoding;

	request_info_read(head->method, head->target, scratch, class);
	if (!is_write(class))
		effect_set(class, EFFECT_NONE, EFFECT_WHY_NOT_A_WRITE);
	else if (class->is_dry_run)
		effect_set(class, EFFECT_NONE, EFFECT_WHY_DRY_RUN);
	else if (encoding.len && !span_eq_nocase(encoding, SPAN("identity")))
		effect_set(class, EFFECT_NONE, EFFECT_WHY_ENCODED);
	else
		return true;
	return false;
}

/* A word to look for, and where in it its rarest letter stands. */
struct hint {
	struct span word;
	size_t rare;
};

static const struct hint FINALIZERS = { SPAN_INIT("finalizers"), 5 };
static const struct hint PATCH_DIRECTIVE = { SPAN_INIT("\"$patch\""), 1 };
static const struct hint RETAIN_KEYS = { SPAN_INIT("\"$retainKeys\""), 1 };
static const struct hint ALL_METADATA = { SPAN_INIT("/metadata\""), 0 };
static const struct hint EMPTY_STRING = { SPAN_INIT("\"\""), 0 };
static const struct hint DELETION = { SPAN_INIT("deletionTimestamp"), 8 };
static const struct hint LOW_ESCAPE = { SPAN_INIT("\\u00"), 0 };

/*
 * memchr() for a rare letter is several times as fast as memmem(), most of all
 * on small bodies.  Where the letter is not rare, memmem() takes over.
 */
#define TRIES_MAX 64

static const char *hint_find(const struct hint *hint, struct span text)
{
	const struct span word = hint->word;
	const char *at;

	for (int i = 0; i < TRIES_MAX; i++) {
		if (text.len < word.len)
			return NULL;
		at = memchr(text.ptr + hint->rare, word.ptr[hint->rare],
			text.len - word.len + 1);
		if (!at)
			return NULL;
		at -= hint->rare;
		if (!memcmp(at, word.ptr, word.len))
			return at;
		text = span_skip(text, (size_t)(at - text.ptr) + 1);
	}
	return memmem(text.ptr, text.len, word.ptr, word.len);
}

static bool mentions(struct span text, const struct hint *hint)
{
	return hint_find(hint, text) != NULL;
}

/*
 * `\u00xx` writes a letter, a dollar or a slash: a word could be hidden.  Go
 * writes <, > and & like that in all its JSON, and they hide nothing.
 */
static bool hides_letters(struct span text)
{
	const char *at;

	while ((at = hint_find(&LOW_ESCAPE, text))) {
		text = span_skip(
			text, (size_t)(at - text.ptr) + LOW_ESCAPE.word.len);
		if (text.len && text.ptr[0] >= '2' && text.ptr[0] <= '7' &&
			!span_starts_with(text, SPAN("3c")) &&
			!span_starts_with(text, SPAN("3e")) &&
			!span_starts_with(text, SPAN("26")))
			return true;
	}
	return false;
}

/*
 * Whether the body has a word without which it cannot matter.  This is the
 * hot path for all that is large: a few passes at the speed of memory.
 */
static bool has_hint(enum form form, struct span body)
{
	switch (form) {
	case FORM_MERGE_PATCH:
		return mentions(body, &FINALIZERS) || hides_letters(body);
	case FORM_APPLY: /* is YAML, which knows more escapes */
	case FORM_APPLY_YAML:
		return mentions(body, &FINALIZERS) ||
			(body.len && memchr(body.ptr, '\\', body.len));
	case FORM_STRATEGIC_PATCH:
		return mentions(body, &FINALIZERS) ||
			mentions(body, &PATCH_DIRECTIVE) ||
			mentions(body, &RETAIN_KEYS) || hides_letters(body);
	case FORM_JSON_PATCH:
		/* Also the whole of metadata, or of the object. */
		return mentions(body, &FINALIZERS) ||
			mentions(body, &ALL_METADATA) ||
			mentions(body, &EMPTY_STRING) || hides_letters(body);
	case FORM_OBJECT:
		return mentions(body, &DELETION) || hides_letters(body);
	case FORM_FINALIZE:
	case FORM_PROTOBUF:
		return true;
	case FORM_UNDECODED:
		return false;
	}
	return true;
}

static void classify_without_hint(enum form form, struct class *class)
{
	/* A whole object always writes the list, if only by its absence. */
	if (form == FORM_OBJECT)
		effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
	else
		effect_set(class, EFFECT_NONE, EFFECT_WHY_NO_HINT);
}

/* Server-side apply takes YAML; what begins with a brace we read as JSON. */
static bool begins_with_brace(struct span body)
{
	while (body.len &&
		(body.ptr[0] == ' ' || body.ptr[0] == '\t' ||
			body.ptr[0] == '\r' || body.ptr[0] == '\n'))
		body = span_skip(body, 1);
	return body.len && body.ptr[0] == '{';
}

void classify_body(const struct classifier *classifier, const struct head *head,
	const void *body, size_t len, bool complete, struct class *class)
{
	struct span text = span_of(body, len);
	enum form form = class->verb == VERB_PATCH
		? form_of_patch(head->content_type)
		: form_of_object(head->content_type, is_finalize(class));

	if (form == FORM_APPLY && !begins_with_brace(text))
		form = FORM_APPLY_YAML;
	if (form == FORM_UNDECODED) {
		effect_set(class, EFFECT_NONE, EFFECT_WHY_UNDECODED);
		return;
	}
	if (!complete || len > CLASSIFY_BODY_MAX) {
		effect_set(class, EFFECT_NONE, EFFECT_WHY_TOO_LARGE);
		return;
	}
	/* What is to be compared is to be read. */
	if (!(form == FORM_OBJECT && classifier->stored) &&
		!has_hint(form, text)) {
		classify_without_hint(form, class);
		return;
	}
	switch (form) {
	case FORM_MERGE_PATCH:
		effect_read_merge_patch(classifier, text, class);
		return;
	case FORM_STRATEGIC_PATCH:
		effect_read_strategic_patch(text, class);
		return;
	case FORM_JSON_PATCH:
		effect_read_json_patch(classifier, text, class);
		return;
	case FORM_APPLY:
		effect_read_apply(text, class);
		return;
	case FORM_APPLY_YAML:
		effect_read_apply_yaml(text, class);
		return;
	case FORM_OBJECT:
		effect_read_object(classifier, text, class);
		return;
	case FORM_FINALIZE:
		effect_read_finalize(text, class);
		return;
	case FORM_PROTOBUF:
		effect_read_protobuf(classifier, text, class);
		return;
	case FORM_UNDECODED:
		return;
	}
}
