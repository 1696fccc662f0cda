/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sweep/rule.h"

#include "base/check.h"
#include "policy/sweep/document.h"

int sweep_rule_split(
	struct span text, struct span *ret_name, struct span *ret_value)
{
	struct span value = text;
	struct span name = span_cut(&value, '=');

	if (!name.len || span_is_absent(value))
		return -1;
	*ret_name = name;
	*ret_value = value;
	return 0;
}

/* The latest time that it tells of. */
static int64_t last_change(const struct sweep_object *object)
{
	int64_t last = object->last_change;

	if (object->written_at > last)
		last = object->written_at;
	if (object->is_deleting && object->deleted_at > last)
		last = object->deleted_at;
	return last;
}

static bool is_met(
	struct span wanted, struct span wanted_value, struct span value)
{
	return !wanted.len ||
		(!span_is_absent(value) && span_eq(value, wanted_value));
}

enum sweep_verdict sweep_judge_by_rule(const struct sweep_rule *rule,
	const struct sweep_object *object, int64_t wall)
{
	int64_t last = last_change(object);

	CHECK(sweep_rule_is_whole(rule));
	if (!object->has_finalizer)
		return SWEEP_HAS_NONE;
	if (object->is_opted_out)
		return SWEEP_OPTED_OUT;
	if (rule->with_deletion && !object->is_deleting)
		return SWEEP_UNMET;
	if (!is_met(rule->label_key, rule->label_value, object->label) ||
		!is_met(rule->condition_type, rule->condition_status,
			object->condition))
		return SWEEP_UNMET;
	if (last <= 0 || wall - last < rule->settled_for ||
		(rule->with_deletion &&
			wall - object->deleted_at < rule->deleted_for))
		return SWEEP_UNSETTLED;
	if (!rule->with_orphans)
		return SWEEP_BY_RULE;
	return sweep_is_object_name(object->owner) && object->owner_uid.len &&
			object->owner_kind.len &&
			sweep_is_api_version(object->owner_version)
		? SWEEP_ASK_OWNER
		: SWEEP_NO_OWNER;
}

/* The path has told of which kind it is; its metadata alone does not. */
static bool is_of_owners_kind(
	const struct sweep_document *document, const struct sweep_object *object)
{
	return span_eq(document->kind, object->owner_kind) ||
		span_eq(document->kind, SPAN("PartialObjectMetadata"));
}

enum sweep_verdict sweep_judge_orphan(const struct sweep_object *object,
	struct span resource, unsigned status, struct span body)
{
	struct sweep_document document;

	if (sweep_document_read(body, &document))
		return SWEEP_UNREADABLE;
	if (status == 404)
		return sweep_document_says_not_found(
			       &document, resource, object->owner)
			? SWEEP_ORPHANED
			: SWEEP_UNREADABLE;
	if (status == 403 && span_eq(document.kind, SPAN("Status")) &&
		span_eq(document.reason, SPAN("Forbidden")))
		return SWEEP_OWNER_FORBIDDEN;
	if (status != 200 || !is_of_owners_kind(&document, object) ||
		!span_eq(document.name, object->owner) || !document.uid.len)
		return SWEEP_UNREADABLE;
	return span_eq(document.uid, object->owner_uid) ? SWEEP_OWNER_LIVES
							: SWEEP_ORPHANED;
}
