/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/explanation.h"

#include "base/json_quote.h"
#include "policy/classify.h"

void explain(const struct policy *policy, const struct asked *asked,
	struct arena *arena, struct explanation *ret)
{
	char *scratch = arena_alloc(arena, asked->head.target.len + 1);

	*ret = (struct explanation){ .id = asked->id };
	if (classify_head(&asked->head, scratch, &ret->class))
		classify_body(&CLASSIFIER_DEFAULT, &asked->head,
			asked->body.ptr, asked->body.len, true, &ret->class);
	ret->rq = (struct request){
		.class = &ret->class,
		.user_agent = asked->user_agent,
		.body_len = asked->body.len,
	};
	if (!span_is_absent(asked->subject.user))
		ret->rq.subject = &asked->subject;
	policy_explain(policy, &ret->rq, &ret->rule, &ret->lane);
}

/* ---- parts ------------------------------------------------------------ */

/* What makes it a flow of its lane; a user that is not known is a star. */
static void append_flow(const struct policy_settings *settings,
	const struct explanation *explanation, struct buf *out)
{
	const struct rule_settings *rule = &settings->rules[explanation->rule];
	const struct subject *subject = explanation->rq.subject;
	const char *separator = "";

	if (rule->flow_by_identity) {
		buf_append_str(out, "user=");
		buf_append_span(out, subject ? subject->user : SPAN("*"));
		separator = ",";
	}
	if (rule->flow_by_namespace) {
		buf_printf(out, "%snamespace=", separator);
		buf_append_span(out, explanation->class.namespace);
	}
	if (!rule->flow_by_identity && !rule->flow_by_namespace)
		buf_append_str(out, "all");
}

static void append_why(const struct policy_settings *settings,
	const struct explanation *explanation, struct buf *out)
{
	buf_printf(out, "%s; precedence %u",
		effect_why_text(explanation->class.why),
		settings->rules[explanation->rule].matching_precedence);
}

/* "workflows.argoproj.io/status", or the path of what is no resource. */
static void append_resource(const struct class *class, struct buf *out)
{
	if (!class->is_resource) {
		buf_append_span(out, class->path);
		return;
	}
	buf_append_span(out, class->resource);
	if (class->group.len) {
		buf_append_str(out, ".");
		buf_append_span(out, class->group);
	}
	if (class->subresource.len) {
		buf_append_str(out, "/");
		buf_append_span(out, class->subresource);
	}
}

/* ---- for programs ----------------------------------------------------- */

static void member(struct buf *out, const char *key, struct span value)
{
	buf_printf(out, "\"%s\": ", key);
	json_append_quoted(out, value, SIZE_MAX);
	buf_append_str(out, ", ");
}

static void member_guards(struct buf *out, unsigned guards)
{
	static const struct {
		unsigned guard;
		const char *name;
	} NAMES[] = {
		{ GUARD_UID, "uid" },
		{ GUARD_RESOURCE_VERSION, "resourceVersion" },
		{ GUARD_TEST, "test" },
	};
	const char *separator = "";

	buf_append_str(out, "\"guards\": [");
	for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++) {
		if (!(guards & NAMES[i].guard))
			continue;
		buf_printf(out, "%s\"%s\"", separator, NAMES[i].name);
		separator = ", ";
	}
	buf_append_str(out, "], ");
}

void explanation_write_json(const struct policy_settings *settings,
	const struct explanation *explanation, struct buf *out)
{
	const struct class *class = &explanation->class;
	struct buf text = BUF_INIT;

	buf_append_str(out, "{");
	member(out, "id", explanation->id);
	member(out, "verb", span_str(verb_name(class->verb)));
	member(out, "group", class->group);
	member(out, "version", class->version);
	member(out, "resource", class->resource);
	member(out, "subresource", class->subresource);
	member(out, "namespace", class->namespace);
	member(out, "name", class->name);
	member(out, "path", class->path);
	member(out, "effect", span_str(effect_name(class->effect)));
	buf_append_str(out, "\"finalizers\": [");
	for (unsigned i = 0; i < class->finalizer_count; i++) {
		buf_append_str(out, i ? ", " : "");
		json_append_quoted(out, class->finalizers[i], SIZE_MAX);
	}
	buf_append_str(out, "], ");
	member_guards(out, class->guards);
	member(out, "rule", span_str(settings->rules[explanation->rule].name));
	member(out, "lane", span_str(settings->lanes[explanation->lane].name));
	append_flow(settings, explanation, &text);
	member(out, "flow", buf_span(&text));
	member(out, "reason", span_str(effect_why_name(class->why)));
	buf_clear(&text);
	append_why(settings, explanation, &text);
	buf_append_str(out, "\"why\": ");
	json_append_quoted(out, buf_span(&text), SIZE_MAX);
	buf_append_str(out, "}\n");
	buf_fini(&text);
}

/* ---- for people ------------------------------------------------------- */

enum column {
	COLUMN_ID,
	COLUMN_VERB,
	COLUMN_RESOURCE,
	COLUMN_NAMESPACE,
	COLUMN_NAME,
	COLUMN_EFFECT,
	COLUMN_FINALIZERS,
	COLUMN_RULE,
	COLUMN_LANE,
	COLUMN_FLOW,
	COLUMN_WHY,
	COLUMN_COUNT,
};

static const char *const TITLES[COLUMN_COUNT] = {
	[COLUMN_ID] = "ID",
	[COLUMN_VERB] = "VERB",
	[COLUMN_RESOURCE] = "RESOURCE",
	[COLUMN_NAMESPACE] = "NAMESPACE",
	[COLUMN_NAME] = "NAME",
	[COLUMN_EFFECT] = "EFFECT",
	[COLUMN_FINALIZERS] = "FINALIZERS",
	[COLUMN_RULE] = "RULE",
	[COLUMN_LANE] = "LANE",
	[COLUMN_FLOW] = "FLOW",
	[COLUMN_WHY] = "WHY",
};

static void append_cell(const struct policy_settings *settings,
	const struct explanation *explanation, enum column column,
	struct buf *out)
{
	const struct class *class = &explanation->class;

	switch (column) {
	case COLUMN_ID:
		buf_append_span(out, explanation->id);
		return;
	case COLUMN_VERB:
		buf_append_str(out, verb_name(class->verb));
		return;
	case COLUMN_RESOURCE:
		append_resource(class, out);
		return;
	case COLUMN_NAMESPACE:
		buf_append_span(out, class->namespace);
		return;
	case COLUMN_NAME:
		buf_append_span(out, class->name);
		return;
	case COLUMN_EFFECT:
		buf_append_str(out, effect_name(class->effect));
		return;
	case COLUMN_FINALIZERS:
		for (unsigned i = 0; i < class->finalizer_count; i++) {
			buf_append_str(out, i ? "," : "");
			buf_append_span(out, class->finalizers[i]);
		}
		return;
	case COLUMN_RULE:
		buf_append_str(out, settings->rules[explanation->rule].name);
		return;
	case COLUMN_LANE:
		buf_append_str(out, settings->lanes[explanation->lane].name);
		return;
	case COLUMN_FLOW:
		append_flow(settings, explanation, out);
		return;
	case COLUMN_WHY:
		append_why(settings, explanation, out);
		return;
	case COLUMN_COUNT:
		return;
	}
}

/* A terminal does what it is told by others; "" is a dash. */
static struct span make_cell(const struct policy_settings *settings,
	const struct explanation *explanation, enum column column,
	struct buf *text)
{
	struct span cell;
	char *at;

	buf_clear(text);
	append_cell(settings, explanation, column, text);
	if (!buf_len(text))
		buf_append_str(text, "-");
	at = text->data + text->start;
	for (size_t i = 0; i < buf_len(text); i++) {
		unsigned char c = (unsigned char)at[i];

		if (c < 0x20 || c == 0x7f)
			at[i] = '?';
	}
	cell = buf_span(text);
	return cell;
}

#define CELL_MAX ((size_t)48)

static void write_cell(
	struct buf *out, struct span cell, size_t width, bool is_last)
{
	if (is_last) {
		buf_append_span(out, cell);
		buf_append_str(out, "\n");
		return;
	}
	if (cell.len > width)
		buf_printf(out, "%.*s...  ", (int)(width - 3), cell.ptr);
	else
		buf_printf(out, "%-*.*s  ", (int)width, SPAN_ARG(cell));
}

void explanations_write_table(const struct policy_settings *settings,
	const struct explanation *const *list, size_t count, struct buf *out)
{
	size_t widths[COLUMN_COUNT];
	struct buf text = BUF_INIT;

	for (unsigned c = 0; c < COLUMN_COUNT; c++) {
		widths[c] = strlen(TITLES[c]);
		for (size_t i = 0; i < count; i++)
			widths[c] = u64_max(widths[c],
				make_cell(settings, list[i], (enum column)c,
					&text)
					.len);
		widths[c] = u64_min(widths[c], CELL_MAX);
	}
	for (unsigned c = 0; c < COLUMN_COUNT; c++)
		write_cell(out, span_str(TITLES[c]), widths[c],
			c == COLUMN_COUNT - 1);
	for (size_t i = 0; i < count; i++)
		for (unsigned c = 0; c < COLUMN_COUNT; c++)
			write_cell(out,
				make_cell(settings, list[i], (enum column)c,
					&text),
				widths[c], c == COLUMN_COUNT - 1);
	buf_fini(&text);
}

/* ---- one page --------------------------------------------------------- */

static bool is_asked_before(
	const struct policy_settings *settings, uint16_t rule, uint16_t other)
{
	uint32_t a = settings->rules[rule].matching_precedence;
	uint32_t b = settings->rules[other].matching_precedence;

	return a < b || (a == b && rule < other);
}

/* The first that is asked behind `last`, or `count`; for clients' requests. */
static uint16_t next_asked(
	const struct policy_settings *settings, uint16_t last, uint16_t count)
{
	uint16_t next = count;

	for (uint16_t i = 0; i < count; i++) {
		if (settings->rules[i].only_reviews ||
			(last != count && !is_asked_before(settings, last, i)))
			continue;
		if (next == count || is_asked_before(settings, i, next))
			next = i;
	}
	return next;
}

static void write_rules_before(const struct policy *policy,
	const struct policy_settings *settings,
	const struct explanation *explanation, struct buf *out)
{
	const char *title = "\nAsked before, and what was not met:\n";
	uint16_t count = (uint16_t)settings->rule_count;

	for (uint16_t i = next_asked(settings, count, count);
		i != count && is_asked_before(settings, i, explanation->rule);
		i = next_asked(settings, i, count)) {
		const struct rule_settings *rule = &settings->rules[i];
		const char *unmet = policy_unmet(policy, &explanation->rq, i);

		buf_printf(out, "%s  %5u  %-22s %s\n", title,
			rule->matching_precedence, rule->name,
			unmet ? unmet : "met, and in Shadow");
		title = "";
	}
}

static void write_lane(const struct lane_settings *lane, struct buf *out)
{
	switch (lane->kind) {
	case LANE_QUEUED:
		buf_printf(
			out, "%s: queued, order %u", lane->name, lane->order);
		break;
	case LANE_EXEMPT:
		buf_printf(out, "%s: exempt from the total and its queues",
			lane->name);
		break;
	case LANE_STREAMS:
		buf_printf(
			out, "%s: long-running, starts are paced", lane->name);
		break;
	}
	buf_printf(out, "%s\n",
		lane->mode == ENFORCEMENT_SHADOW ? "; in Shadow" : "");
}

void explanation_write_page(const struct policy *policy,
	const struct policy_settings *settings,
	const struct explanation *explanation, struct buf *out)
{
	static const enum column SHOWN[] = { COLUMN_VERB, COLUMN_RESOURCE,
		COLUMN_NAMESPACE, COLUMN_NAME, COLUMN_EFFECT, COLUMN_FINALIZERS,
		COLUMN_FLOW, COLUMN_RULE };
	static const char *const LABELS[] = { "verb", "resource", "namespace",
		"name", "effect", "finalizers", "flow", "rule" };
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(SHOWN); i++) {
		struct span cell =
			make_cell(settings, explanation, SHOWN[i], &text);

		buf_printf(out, "%-11s %.*s", LABELS[i], SPAN_ARG(cell));
		if (SHOWN[i] == COLUMN_EFFECT)
			buf_printf(out, " (%s)",
				effect_why_text(explanation->class.why));
		if (SHOWN[i] == COLUMN_RULE)
			buf_printf(out, " (precedence %u)",
				settings->rules[explanation->rule]
					.matching_precedence);
		buf_append_str(out, "\n");
	}
	buf_printf(out, "%-11s ", "lane");
	write_lane(&settings->lanes[explanation->lane], out);
	write_rules_before(policy, settings, explanation, out);
	buf_fini(&text);
}
