/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON patch (RFC 6902): operations carried out one by one on a list of
 * finalizers of which nothing is known at first.  What the API server's
 * library does beyond the RFC, or short of it, is done here too.
 */
#include "policy/effect.h"
#include "policy/patch_op.h"

/* What has become of the list. */
enum fate {
	FATE_STORED,        /* as stored, but for single elements */
	FATE_GONE,          /* removed */
	FATE_NULL,          /* null: gone, but it can still be removed */
	FATE_EMPTY,         /* [] */
	FATE_SET,           /* to a list that is known: `set` */
	FATE_UNKNOWN,       /* to what only the stored object can tell */
	FATE_METADATA_GONE, /* with all of metadata */
	FATE_BAD,           /* to something that does not decode */
};

/* Elements whose value was tested and still stands at its index. */
#define TESTS_MAX 8

struct tested {
	long index;
	struct span name; /* absent if it has an escape */
};

struct patch {
	const struct class *class;
	enum fate fate;
	bool is_refused; /* the API server will not apply it */
	bool is_spoilt;  /* what came out would not decode */
	bool is_mended;  /* perhaps, by what came later */
	bool is_doubtful; /* may not decode: a list may stand for a map */
	bool takes;      /* an element out of the stored list */
	bool puts;       /* an element into it */
	bool is_blind;   /* goes by an index that nothing vouches for */
	bool is_list_tested;
	bool is_pure;
	unsigned guards;
	struct span finalizers[CLASS_FINALIZERS_MAX];
	unsigned finalizer_count;
	struct names set;
	struct tested tests[TESTS_MAX];
	unsigned test_count;
};

static void refuse(struct patch *patch)
{
	patch->is_refused = true;
}

/* The object would be refused as it is now; a later operation may mend it. */
static void spoil(struct patch *patch)
{
	patch->is_spoilt = true;
	patch->is_mended = false;
}

/* The string that `value` is; false if it is none or empty. */
static bool value_text(struct span value, struct span *ret_raw)
{
	struct json json;

	json_init(&json, value.ptr, value.len, META_DEPTH_MAX);
	if (json_next(&json) != JSON_STRING || !json.text.len)
		return false;
	*ret_raw = json.has_escape ? SPAN_NONE : json.text;
	return true;
}

/* A member that holds a string takes this. */
static bool value_is_text_or_null(struct span value)
{
	return span_is_absent(value) || value.ptr[0] == '"';
}

static struct names value_list(struct span value)
{
	struct names list = { .kind = NAMES_NULL };
	struct json json;

	if (span_is_absent(value))
		return list;
	json_init(&json, value.ptr, value.len, META_DEPTH_MAX);
	json_next(&json);
	names_read(&json, &list);
	return list;
}

static void forget_tests(struct patch *patch)
{
	patch->test_count = 0;
}

/* The list is set as a whole, perhaps with metadata around it. */
static void set_list(struct patch *patch, const struct names *list)
{
	forget_tests(patch);
	switch (list->kind) {
	case NAMES_ABSENT:
		patch->fate = FATE_GONE;
		return;
	case NAMES_NULL:
		patch->fate = FATE_NULL;
		return;
	case NAMES_EMPTY:
		patch->fate = FATE_EMPTY;
		return;
	case NAMES_FULL:
		patch->fate = FATE_SET;
		patch->set = *list;
		return;
	case NAMES_INVALID:
	case NAMES_OTHER:
		patch->fate = FATE_BAD;
		return;
	}
}

static void set_meta(struct patch *patch, const struct meta *meta)
{
	if (!meta->is_object || meta->is_refused || meta->name != MATCH_SAME)
		spoil(patch);
	patch->guards |= meta->guards;
	set_list(patch, &meta->finalizers);
}

static void set_metadata(struct patch *patch, struct span value)
{
	struct meta meta = { 0 };
	struct json json;

	json_init(&json, value.ptr, value.len, META_DEPTH_MAX);
	if (json_next(&json) == JSON_OBJECT)
		meta_read(&json, patch->class, &meta);
	set_meta(patch, &meta);
}

/* The whole object; without its kind it does not decode. */
static void set_root(struct patch *patch, struct span value)
{
	bool has_kind = false, has_version = false;
	struct meta meta = { 0 };
	struct json json;

	json_init(&json, value.ptr, value.len, META_DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT) {
		refuse(patch);
		return;
	}
	while (json_next(&json) == JSON_KEY) {
		bool is_meta = json_text_is(&json, SPAN("metadata"));
		bool is_kind = json_text_is(&json, SPAN("kind"));
		bool is_version = json_text_is(&json, SPAN("apiVersion"));
		bool is_text;

		json_next(&json);
		is_text = json.token == JSON_STRING && json.text.len;
		if (is_kind)
			has_kind = is_text;
		if (is_version)
			has_version = is_text;
		if (is_meta)
			meta_read(&json, patch->class, &meta);
		else
			json_skip(&json);
	}
	if (!has_kind || !has_version)
		refuse(patch);
	else
		set_meta(patch, &meta);
}

static const struct tested *find_test(const struct patch *patch, long index)
{
	for (unsigned i = 0; i < patch->test_count; i++) {
		if (patch->tests[i].index == index)
			return &patch->tests[i];
	}
	return NULL;
}

/* What stood behind `index` moves up; from the end nothing is certain. */
static void shift_tests(struct patch *patch, long index)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < patch->test_count; i++) {
		long at = patch->tests[i].index;

		if (at >= 0 && at < index)
			patch->tests[kept++] = patch->tests[i];
	}
	patch->test_count = kept;
}

static void note_removed(struct patch *patch, const struct tested *tested)
{
	patch->guards |= GUARD_TEST;
	if (!span_is_absent(tested->name) &&
		patch->finalizer_count < CLASS_FINALIZERS_MAX)
		patch->finalizers[patch->finalizer_count++] = tested->name;
}

static void take_element(struct patch *patch, long index)
{
	const struct tested *tested = find_test(patch, index);

	switch (patch->fate) {
	case FATE_STORED:
		patch->takes = true;
		if (tested)
			note_removed(patch, tested);
		else if (!patch->is_list_tested)
			patch->is_blind = true;
		shift_tests(patch, index);
		return;
	case FATE_SET:
	case FATE_UNKNOWN:
	case FATE_BAD: /* it may be what made it bad */
		patch->fate = FATE_UNKNOWN;
		return;
	case FATE_GONE:
	case FATE_NULL:
	case FATE_EMPTY:
	case FATE_METADATA_GONE:
		refuse(patch);
		return;
	}
}

static void put_element(struct patch *patch)
{
	switch (patch->fate) {
	case FATE_STORED:
		patch->puts = true;
		patch->is_blind = true;
		forget_tests(patch);
		return;
	case FATE_EMPTY:
	case FATE_SET:
	case FATE_UNKNOWN:
	case FATE_BAD: /* it may be what made it bad */
		patch->fate = FATE_UNKNOWN;
		return;
	case FATE_GONE:
	case FATE_NULL:
	case FATE_METADATA_GONE:
		refuse(patch);
		return;
	}
}

static void remove_list(struct patch *patch)
{
	if (patch->fate == FATE_GONE || patch->fate == FATE_METADATA_GONE) {
		refuse(patch);
		return;
	}
	for (unsigned i = 0; i < patch->test_count; i++)
		note_removed(patch, &patch->tests[i]);
	forget_tests(patch);
	patch->fate = FATE_GONE;
}

static void apply_remove(struct patch *patch, const struct patch_op *op)
{
	switch (op->path.target) {
	case POINTER_ROOT:
	case POINTER_APPEND:
	case POINTER_INVALID:
		refuse(patch);
		return;
	case POINTER_METADATA:
		patch->fate = FATE_METADATA_GONE;
		return;
	case POINTER_LIST:
		remove_list(patch);
		return;
	case POINTER_ELEMENT:
		take_element(patch, op->path.index);
		return;
	case POINTER_LABEL:
		return;
	case POINTER_UID:
		patch->guards &= ~(unsigned)GUARD_UID;
		break;
	case POINTER_RESOURCE_VERSION:
		patch->guards &= ~(unsigned)GUARD_RESOURCE_VERSION;
		break;
	case POINTER_ANNOTATION:
	case POINTER_OTHER:
		patch->is_blind |= op->path.is_indexed;
		break;
	}
	patch->is_pure = false;
}

static void guard_by(struct patch *patch, const struct patch_op *op)
{
	struct span text;

	if (!value_text(op->value, &text))
		return;
	if (op->path.target == POINTER_UID)
		patch->guards |= GUARD_UID;
	/* A version with an escape is absent here, and so no guard. */
	if (op->path.target == POINTER_RESOURCE_VERSION && version_is_set(text))
		patch->guards |= GUARD_RESOURCE_VERSION;
}

static void apply_set_element(struct patch *patch, const struct patch_op *op)
{
	struct span ignored;

	if (op->kind == OP_REPLACE)
		take_element(patch, op->path.index);
	if (!patch->is_refused)
		put_element(patch);
	if (!value_text(op->value, &ignored))
		patch->fate = FATE_BAD;
}

/* Add and replace. */
static void apply_set(struct patch *patch, const struct patch_op *op)
{
	bool is_add = op->kind == OP_ADD;
	struct names list;

	switch (op->path.target) {
	case POINTER_ROOT:
		patch->is_pure = false;
		if (is_add)
			refuse(patch);
		else
			set_root(patch, op->value);
		return;
	case POINTER_METADATA:
		patch->is_pure = false;
		set_metadata(patch, op->value);
		return;
	case POINTER_LIST:
		list = value_list(op->value);
		if (patch->fate == FATE_METADATA_GONE)
			refuse(patch);
		else
			set_list(patch, &list);
		return;
	case POINTER_APPEND:
		if (!is_add) {
			refuse(patch);
			return;
		}
		apply_set_element(patch, op);
		return;
	case POINTER_ELEMENT:
		apply_set_element(patch, op);
		return;
	case POINTER_INVALID:
		refuse(patch);
		return;
	case POINTER_UID:
	case POINTER_RESOURCE_VERSION:
	case POINTER_LABEL:
	case POINTER_ANNOTATION:
		patch->is_pure &= op->path.target != POINTER_ANNOTATION;
		if (value_is_text_or_null(op->value))
			guard_by(patch, op);
		else
			spoil(patch);
		return;
	case POINTER_OTHER:
		patch->is_pure = false;
		patch->is_blind |= is_add && op->path.is_indexed;
		return;
	}
}

static bool is_text_member(enum pointer_target target)
{
	return target == POINTER_LABEL || target == POINTER_ANNOTATION ||
		target == POINTER_UID || target == POINTER_RESOURCE_VERSION;
}

static bool is_element(enum pointer_target target)
{
	return target == POINTER_ELEMENT || target == POINTER_APPEND;
}

/* A value from elsewhere comes to stand at `to`. */
static void arrive(struct patch *patch, enum pointer_target to)
{
	if (is_element(to)) {
		put_element(patch);
	} else if (to == POINTER_LIST || to == POINTER_METADATA) {
		forget_tests(patch);
		patch->fate = FATE_UNKNOWN;
	}
}

/* What stands in place of the list fits everywhere. */
static bool is_nothing(const struct patch *patch)
{
	return patch->fate == FATE_GONE || patch->fate == FATE_NULL;
}

static void apply_move(struct patch *patch, const struct patch_op *op)
{
	enum pointer_target from = op->from.target, to = op->path.target;

	if (from == POINTER_LIST) {
		if (to == POINTER_LIST)
			return;
		/* A list is neither a string nor metadata. */
		if (is_text_member(to))
			spoil(patch);
		else if (to == POINTER_OTHER && !is_nothing(patch))
			patch->is_doubtful = true;
		if (is_element(to) || to == POINTER_METADATA)
			refuse(patch);
		else
			remove_list(patch);
	} else if (from == POINTER_ELEMENT) {
		if (to == POINTER_LIST) {
			patch->fate = FATE_BAD;
		} else if (to == POINTER_METADATA) {
			refuse(patch);
		} else if (is_element(to)) {
			patch->is_blind = true;
			forget_tests(patch);
		} else {
			take_element(patch, op->from.index);
		}
	} else if (from == POINTER_METADATA) {
		if (to != POINTER_METADATA)
			patch->fate = FATE_METADATA_GONE;
	} else {
		patch->is_blind |= op->from.is_indexed;
		arrive(patch, to);
	}
}

static void apply_copy(struct patch *patch, const struct patch_op *op)
{
	enum pointer_target from = op->from.target, to = op->path.target;
	bool is_onto_itself = from == to &&
		(from == POINTER_LIST || from == POINTER_METADATA);

	/* Neither a list nor metadata is a string, or all of the labels. */
	if (is_text_member(to) &&
		((from == POINTER_LIST && !is_nothing(patch)) ||
			from == POINTER_METADATA))
		spoil(patch);
	else if (to == POINTER_OTHER && from == POINTER_LIST &&
		!is_nothing(patch))
		patch->is_doubtful = true;
	else if (!is_onto_itself)
		arrive(patch, to);
	patch->is_blind |= op->path.is_indexed;
}

static void apply_test(struct patch *patch, const struct patch_op *op)
{
	struct tested *tested;
	struct span name;

	guard_by(patch, op);
	if (op->path.target == POINTER_LIST && patch->fate == FATE_STORED)
		patch->is_list_tested =
			value_list(op->value).kind == NAMES_FULL;
	if (op->path.target != POINTER_ELEMENT || patch->fate != FATE_STORED ||
		patch->test_count == TESTS_MAX || !value_text(op->value, &name))
		return;
	tested = &patch->tests[patch->test_count++];
	tested->index = op->path.index;
	tested->name = name;
}

static void apply(struct patch *patch, const struct patch_op *op)
{
	enum pointer_target from = op->from.target;

	patch->is_pure &= op->is_plain;
	patch->is_mended = patch->is_spoilt;
	if (!op->has_path || op->kind == OP_UNKNOWN ||
		op->path.target == POINTER_INVALID) {
		refuse(patch);
		return;
	}
	switch (op->kind) {
	case OP_ADD:
	case OP_REPLACE:
		apply_set(patch, op);
		return;
	case OP_REMOVE:
		apply_remove(patch, op);
		return;
	case OP_TEST:
		apply_test(patch, op);
		return;
	case OP_MOVE:
	case OP_COPY:
		patch->is_pure = false;
		if (!op->has_from || from == POINTER_ROOT ||
			from == POINTER_APPEND || from == POINTER_INVALID ||
			op->path.target == POINTER_ROOT)
			refuse(patch);
		else if (op->kind == OP_MOVE)
			apply_move(patch, op);
		else
			apply_copy(patch, op);
		return;
	case OP_UNKNOWN:
		return;
	}
}

static void conclude(const struct patch *patch,
	const struct classifier *classifier, struct class *class)
{
	bool is_gone = patch->fate == FATE_GONE || patch->fate == FATE_NULL ||
		patch->fate == FATE_EMPTY;

	class->guards = patch->guards;
	class->is_pure = patch->is_pure;
	if (patch->is_list_tested && (patch->takes || is_gone))
		class->guards |= GUARD_TEST;
	/* A second time it meets another version, or another list. */
	class->is_repeatable = !patch->is_blind ||
		class->guards & GUARD_RESOURCE_VERSION ||
		(patch->is_list_tested && !patch->puts);
	effect_set(class, EFFECT_NONE, EFFECT_WHY_READ);
	if (patch->is_refused || (patch->is_spoilt && !patch->is_mended))
		return;
	if (patch->is_spoilt) {
		effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
		return;
	}
	switch (patch->fate) {
	case FATE_STORED:
		if (patch->takes)
			class->effect =
				patch->puts ? EFFECT_MIXED : EFFECT_REMOVES;
		else if (patch->puts)
			class->effect = EFFECT_ADDS;
		break;
	case FATE_GONE:
	case FATE_NULL:
	case FATE_EMPTY:
		class->effect = EFFECT_REMOVES;
		break;
	case FATE_SET:
		effect_of_names(&patch->set, classifier, class);
		break;
	case FATE_UNKNOWN:
		effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
		return;
	case FATE_METADATA_GONE:
	case FATE_BAD:
		return;
	}
	if (class->effect != EFFECT_NONE && patch->is_doubtful)
		effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
	if (class->effect != EFFECT_REMOVES || patch->fate == FATE_SET)
		return;
	for (unsigned i = 0; i < patch->finalizer_count; i++)
		effect_add_finalizer(class, patch->finalizers[i]);
}

void effect_read_json_patch(const struct classifier *classifier,
	struct span body, struct class *class)
{
	struct patch patch = { .class = class, .is_pure = true };
	struct json json;

	json_init(&json, body.ptr, body.len, META_DEPTH_MAX);
	if (json_next(&json) != JSON_ARRAY)
		goto malformed;
	while (json_next(&json) != JSON_ARRAY_END) {
		struct patch_op op;

		if (json.token == JSON_NULL) {
			refuse(&patch); /* an operation without a kind */
			continue;
		}
		if (json.token != JSON_OBJECT || patch_op_read(&json, &op))
			goto malformed;
		if (!patch.is_refused)
			apply(&patch, &op);
	}
	if (json_next(&json) != JSON_END)
		goto malformed;
	conclude(&patch, classifier, class);
	return;
malformed:
	effect_set_malformed(class, &json);
}
