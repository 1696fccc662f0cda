/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema's table written down: the defaults as a file, and the reference
 * page.
 */
#include "conf/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/arena.h"
#include "conf/lanes.h"
#include "conf/preset.h"
#include "conf/schema.h"
#include "conf/value.h"

#define LINE_MAX_LEN ((size_t)78)

static const void *place_of(const struct schema_key *key, const void *base)
{
	return (const char *)base + key->offset;
}

static void indent_by(struct buf *out, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		buf_append_str(out, "  ");
}

/* Text as a comment, broken between words. */
static void write_comment(struct buf *out, const char *text, size_t depth)
{
	struct span rest = span_str(text);
	size_t column = 0;

	while (!span_is_absent(rest)) {
		struct span word = span_cut(&rest, ' ');

		if (column && column + 1 + word.len > LINE_MAX_LEN) {
			buf_append_str(out, "\n");
			column = 0;
		}
		if (!column) {
			indent_by(out, depth);
			buf_append_str(out, "#");
			column = 2 * depth + 1;
		}
		buf_append_str(out, " ");
		buf_append_span(out, word);
		column += 1 + word.len;
	}
	buf_append_str(out, "\n");
}

/* Does the key say the same in both? */
static bool is_same(
	const struct schema_key *key, const void *base, const void *blank)
{
	struct buf here = BUF_INIT, there = BUF_INIT;
	bool same = value_format(key, place_of(key, base), &here) ==
			value_format(key, place_of(key, blank), &there) &&
		span_eq(buf_span(&here), buf_span(&there));

	buf_fini(&here);
	buf_fini(&there);
	return same;
}

/* What an item of a list has when the file says nothing of a key. */
struct unsaid {
	const void *blank; /* a new one */
	const void *usual; /* the default of that name; NULL: there is none */
};

static bool goes_without_saying(const struct schema_key *key, const void *base,
	const struct unsaid *unsaid)
{
	return is_same(key, base, unsaid->blank) &&
		(!unsaid->usual || is_same(key, base, unsaid->usual));
}

/*
 * The keys of one item that differ from a blank one, or from the default that
 * a file with them would change; true if any did.
 */
static bool write_item_keys(struct buf *out, const char *parent,
	const void *base, const struct unsaid *unsaid, size_t depth,
	bool is_first)
{
	const struct schema_key *key = NULL;
	bool wrote = false;

	while ((key = schema_next(parent, key))) {
		struct buf inner = BUF_INIT;
		bool is_section = key->type == SCHEMA_SECTION;
		bool is_written;

		if (is_section)
			is_written = write_item_keys(&inner, key->path, base,
				unsaid, depth + 1, false);
		else
			is_written = !goes_without_saying(key, base, unsaid) &&
				value_format(key, place_of(key, base), &inner);
		if (is_written) {
			indent_by(out, is_first && !wrote ? 0 : depth);
			buf_printf(out, "%s:%s", schema_key_name(key).ptr,
				is_section ? "\n" : " ");
			buf_append_span(out, buf_span(&inner));
			buf_append_str(out, is_section ? "" : "\n");
			wrote = true;
		}
		buf_fini(&inner);
	}
	return wrote;
}

static void write_item(struct buf *out, const char *parent, const void *base,
	const struct unsaid *unsaid, size_t depth)
{
	indent_by(out, depth);
	buf_append_str(out, "- ");
	write_item_keys(out, parent, base, unsaid, depth + 1, true);
}

/* Lanes and rules of what a file begins with; free() it. */
static struct draft *usual_items(
	const struct config *config, struct arena *arena)
{
	struct config *usual = config_default();
	struct draft *draft;

	preset_apply(usual, config->preset);
	draft = draft_new(&usual->policy, arena);
	config_unref(usual);
	return draft;
}

static void write_lanes(
	struct buf *out, const struct config *config, struct arena *arena)
{
	struct blank_items *blank = blank_items_new(arena);
	struct draft *draft = draft_new(&config->policy, arena);
	struct draft *usual = usual_items(config, arena);

	buf_append_str(out, "lanes:\n");
	for (uint32_t i = 0; i < draft->lane_count; i++) {
		const struct unsaid unsaid = {
			.blank = &blank->lane,
			.usual = i < usual->lane_count ? &usual->lanes[i]
						       : NULL,
		};

		write_item(out, "lanes[]", &draft->lanes[i], &unsaid, 0);
	}
	free(draft);
	free(usual);
}

static void write_rules(
	struct buf *out, const struct config *config, struct arena *arena)
{
	struct blank_items *blank = blank_items_new(arena);
	struct draft *draft = draft_new(&config->policy, arena);
	struct draft *usual = usual_items(config, arena);

	buf_append_str(out, "rules:\n");
	for (uint32_t i = 0; i < draft->rule_count; i++) {
		const struct unsaid unsaid = {
			.blank = &blank->rule,
			.usual = i < usual->rule_count ? &usual->rules[i]
						       : NULL,
		};

		write_item(out, "rules[]", &draft->rules[i], &unsaid, 0);
	}
	free(draft);
	free(usual);
}

static void write_sweep_rules(
	struct buf *out, const struct config *config, struct arena *arena)
{
	struct blank_items *blank = blank_items_new(arena);
	const struct unsaid unsaid = { &blank->sweep_rule, NULL };
	const struct sweep_config *sweep = &config->sweep;

	buf_append_str(out, sweep->rule_count ? "  rules:\n" : "  rules: []\n");
	for (uint32_t i = 0; i < sweep->rule_count; i++)
		write_item(out, "sweep.rules[]", &sweep->rules[i], &unsaid, 1);
}

static void write_list(struct buf *out, const struct schema_key *key,
	const struct config *config, struct arena *arena)
{
	if (!strcmp(key->path, "lanes"))
		write_lanes(out, config, arena);
	else if (!strcmp(key->path, "rules"))
		write_rules(out, config, arena);
	else
		write_sweep_rules(out, config, arena);
}

/* ---- the defaults ----------------------------------------------------- */

static void write_key(struct buf *out, const struct schema_key *key,
	const struct config *config, size_t depth)
{
	struct buf value = BUF_INIT;

	/* What has no value shows how it would be written. */
	bool is_set = value_format(key, place_of(key, config), &value);

	indent_by(out, depth);
	buf_printf(out, "%s%s:%s", is_set ? "" : "# ", schema_key_name(key).ptr,
		is_set ? " " : "");
	buf_append_span(out, buf_span(&value));
	buf_append_str(out, "\n");
	buf_fini(&value);
}

static void write_keys(struct buf *out, const char *parent,
	const struct config *config, size_t depth)
{
	const struct schema_key *key = NULL;

	while ((key = schema_next(parent, key))) {
		bool is_group =
			key->type == SCHEMA_SECTION || key->type == SCHEMA_LIST;

		if (!depth && key->type != SCHEMA_FIXED)
			buf_append_str(out, "\n");
		if (key->type != SCHEMA_FIXED)
			write_comment(out, key->help, depth);
		if (key->type == SCHEMA_LIST) {
			write_list(out, key, config, config->arena);
		} else if (is_group) {
			indent_by(out, depth);
			buf_printf(out, "%s:\n", schema_key_name(key).ptr);
			write_keys(out, key->path, config, depth + 1);
		} else {
			write_key(out, key, config, depth);
		}
	}
}

void config_print_defaults(struct buf *ret_yaml)
{
	struct config *config = config_default();

	buf_append_str(ret_yaml,
		"# The defaults of Fairway.  A file needs to hold only what "
		"differs.\n");
	write_keys(ret_yaml, "", config, 0);
	config_unref(config);
}

/* ---- what a preset changes -------------------------------------------- */

static bool write_changed(struct buf *out, const char *parent,
	const struct config *config, const struct config *base, size_t depth)
{
	const struct schema_key *key = NULL;
	bool wrote = false;

	while ((key = schema_next(parent, key))) {
		struct buf inner = BUF_INIT;
		bool is_section = key->type == SCHEMA_SECTION;
		bool is_written;

		if (key->type == SCHEMA_LIST)
			continue;
		if (is_section)
			is_written = write_changed(
				&inner, key->path, config, base, depth + 1);
		else
			is_written = !is_same(key, config, base) &&
				value_format(
					key, place_of(key, config), &inner);
		if (is_written) {
			indent_by(out, depth);
			buf_printf(out, "%s:%s", schema_key_name(key).ptr,
				is_section ? "\n" : " ");
			buf_append_span(out, buf_span(&inner));
			buf_append_str(out, is_section ? "" : "\n");
			wrote = true;
		}
		buf_fini(&inner);
	}
	return wrote;
}

/* The keys of lanes that differ, each lane by its name. */
static void write_changed_lanes(
	struct buf *out, const struct config *config, const struct config *base)
{
	struct draft *draft = draft_new(&config->policy, config->arena);
	struct draft *other = draft_new(&base->policy, base->arena);

	buf_append_str(out, "lanes:\n");
	for (uint32_t i = 0; i < draft->lane_count; i++) {
		struct lane_entry *lane = &draft->lanes[i];
		const struct unsaid unsaid = { &other->lanes[i], NULL };
		struct buf keys = BUF_INIT;

		if (write_item_keys(
			    &keys, "lanes[]", lane, &unsaid, 1, false)) {
			buf_printf(out, "- name: %s\n", lane->settings.name);
			buf_append_span(out, buf_span(&keys));
		}
		buf_fini(&keys);
	}
	free(draft);
	free(other);
}

static void write_preset(struct buf *out)
{
	struct config *config = config_default();
	struct config *base = config_default();

	preset_apply(config, PRESET_GATEWAY);
	buf_append_str(out,
		"\n## Preset gateway\n\nIt is as if the file began with "
		"this:\n\n```yaml\n");
	write_changed(out, "", config, base, 0);
	write_changed_lanes(out, config, base);
	buf_append_str(out, "```\n");
	config_unref(config);
	config_unref(base);
}

/* ---- what runs -------------------------------------------------------- */

/* Keys that have a value, without a word. */
static void write_values(struct buf *out, const char *parent,
	const struct config *config, struct arena *arena, size_t depth)
{
	const struct schema_key *key = NULL;

	while ((key = schema_next(parent, key))) {
		struct buf value = BUF_INIT;

		if (key->type == SCHEMA_LIST) {
			write_list(out, key, config, arena);
		} else if (key->type == SCHEMA_SECTION) {
			indent_by(out, depth);
			buf_printf(out, "%s:\n", schema_key_name(key).ptr);
			write_values(out, key->path, config, arena, depth + 1);
		} else if (value_format(key, place_of(key, config), &value)) {
			indent_by(out, depth);
			buf_printf(out, "%s: %s\n", schema_key_name(key).ptr,
				buf_cstr(&value));
		}
		buf_fini(&value);
	}
}

void config_print(const struct config *config, struct buf *ret_yaml)
{
	struct arena *arena = arena_new();

	write_values(ret_yaml, "", config, arena, 0);
	arena_free(arena);
}

/* ---- the reference page ----------------------------------------------- */

static const char INTRO[] =
	"# Configuration\n"
	"\n"
	"<!-- Made from the table in conf/schema_table.c by "
	"`make update-docs`. -->\n"
	"\n"
	"Fairway needs no configuration file. `--config FILE` gives it one, "
	"in YAML:\n"
	"\n"
	"```yaml\n"
	"apiVersion: fairway.dev/v1alpha1\n"
	"kind: Configuration\n"
	"```\n"
	"\n"
	"Every other key is optional; one that is absent or empty has its "
	"default. `fairway check FILE` says whether a file is right. "
	"Otherwise it lists everything that is wrong with it, and Fairway "
	"ends with status 2:\n"
	"\n"
	"```\n"
	"fairway.yaml:14:12: lanes[2].seats: must be 1 to 10000, or "
	"unlimited, is 0\n"
	"fairway.yaml:17:5: lanes[2].oder: unknown key; did you mean "
	"\"order\"?\n"
	"```\n"
	"\n"
	"* Reading is strict: an unknown key, a key given twice, an anchor, "
	"an alias, a tag or a second document is an error.\n"
	"* A duration is written as in Kubernetes: `250ms`, `30s`, `1h30m`. "
	"So is a size: `65536`, `64Ki`, `10Mi`.\n"
	"* A share is a percentage with at most one decimal: `2.5%`. Seats "
	"and rates have at most three decimals.\n"
	"* A relative path begins at the folder that the file is in.\n"
	"* The file is read again when it changes, and on SIGHUP. One that is "
	"wrong changes nothing; what is marked *restart* stays as it was, and "
	"the log names it. One whose other keys do not go with what stays is "
	"wrong, too.\n"
	"* Where a key means the same as in a FlowSchema or a "
	"PriorityLevelConfiguration of Kubernetes, it has the same name.\n"
	"\n"
	"Examples are in `conf/examples/`.\n";

static const char LANES_INTRO[] =
	"\n"
	"## Default lanes and rules\n"
	"\n"
	"An entry of `lanes` or `rules` whose name stands here changes that "
	"one, and only in the keys that it gives. To take a condition away "
	"from a rule, give it as `[]`. Any other name makes a new lane or "
	"rule.\n"
	"\n"
	"The rule `reviews` takes what Fairway itself asks about its clients "
	"(`identity`), whatever stands before it, and nothing else.\n"
	"\n"
	"```yaml\n";

/* Text in a cell: what would be markup is not. */
static void write_cell(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("*|<>", *text))
			buf_append_str(out, "\\");
		buf_append(out, text, 1);
	}
}

static void write_type(struct buf *out, const struct schema_key *key)
{
	struct buf what = BUF_INIT;

	if (key->type == SCHEMA_STRINGS || key->type == SCHEMA_ENUM_SET ||
		key->type == SCHEMA_URLS)
		buf_append_str(out, "list: ");
	if (key->type == SCHEMA_PATH)
		buf_append_str(&what, "a path");
	else if (key->type == SCHEMA_STRING || key->type == SCHEMA_STRINGS)
		buf_append_str(&what, "text");
	else
		value_describe(key, &what);
	write_cell(out, buf_cstr(&what));
	buf_fini(&what);
}

/* What a key is when a file does not say; of an item, a new one. */
static void write_default(
	struct buf *out, const struct schema_key *key, const void *base)
{
	struct buf value = BUF_INIT;
	bool is_empty;

	if (key->flags & SCHEMA_REQUIRED) {
		buf_append_str(out, "required");
		return;
	}
	is_empty = !value_format(key, place_of(key, base), &value) ||
		!strcmp(buf_cstr(&value), "\"\"");
	if (!is_empty)
		buf_printf(out, "`%s`", buf_cstr(&value));
	buf_fini(&value);
}

static void write_row(
	struct buf *out, const struct schema_key *key, const void *base)
{
	buf_printf(out, "| `%s` | ", key->path);
	write_type(out, key);
	buf_append_str(out, " | ");
	write_default(out, key, base);
	buf_append_str(out, " | ");
	write_cell(out, key->help);
	if (key->flags & SCHEMA_RESTART)
		buf_append_str(out, " *restart*");
	buf_append_str(out, " |\n");
}

static const char TABLE_HEAD[] = "\n| key | type | default | meaning |\n"
				 "|---|---|---|---|\n";

static void write_item_rows(struct buf *out, const struct schema_key *list,
	const struct blank_items *blank);

/* All keys below `parent`, one table. */
static void write_rows(struct buf *out, const char *parent, const void *base,
	const struct blank_items *blank)
{
	const struct schema_key *key = NULL;

	while ((key = schema_next(parent, key))) {
		if (key->type != SCHEMA_SECTION && key->type != SCHEMA_LIST) {
			write_row(out, key, base);
			continue;
		}
		buf_printf(out, "| `%s` | | | ", key->path);
		write_cell(out, key->help);
		buf_append_str(out, " |\n");
		if (key->type == SCHEMA_LIST) {
			write_item_rows(out, key, blank);
			continue;
		}
		write_rows(out, key->path, base, blank);
	}
}

/* Those of an item of a list. */
static void write_item_rows(struct buf *out, const struct schema_key *list,
	const struct blank_items *blank)
{
	char parent[64];

	snprintf(parent, sizeof(parent), "%s[]", list->path);
	write_rows(out, parent, blank_item_of(blank, parent), blank);
}

static void write_section(struct buf *out, const struct schema_key *key,
	const struct config *config, const struct blank_items *blank)
{
	buf_printf(out, "\n## %s\n\n", key->path);
	write_cell(out, key->help);
	buf_append_str(out, "\n");
	buf_append_str(out, TABLE_HEAD);
	if (key->type == SCHEMA_LIST)
		write_item_rows(out, key, blank);
	else
		write_rows(out, key->path, config, blank);
}

void config_write_reference(struct buf *ret_markdown)
{
	struct config *config = config_default();
	const struct blank_items *blank = blank_items_new(config->arena);
	const struct schema_key *key = NULL;

	buf_append_str(ret_markdown, INTRO);
	buf_append_str(ret_markdown, "\n## Top level\n");
	buf_append_str(ret_markdown, TABLE_HEAD);
	while ((key = schema_next("", key)))
		if (key->type != SCHEMA_SECTION && key->type != SCHEMA_LIST)
			write_row(ret_markdown, key, config);
	while ((key = schema_next("", key)))
		if (key->type == SCHEMA_SECTION || key->type == SCHEMA_LIST)
			write_section(ret_markdown, key, config, blank);
	write_preset(ret_markdown);
	buf_append_str(ret_markdown, LANES_INTRO);
	write_lanes(ret_markdown, config, config->arena);
	buf_append_str(ret_markdown, "\n");
	write_rules(ret_markdown, config, config->arena);
	buf_append_str(ret_markdown, "```\n");
	config_unref(config);
}
