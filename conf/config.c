/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "conf/arena.h"
#include "conf/config_check.h"
#include "conf/lanes.h"
#include "conf/preset.h"
#include "conf/schema.h"
#include "conf/sweep_config.h"
#include "conf/text_file.h"
#include "conf/yaml_doc.h"

struct config *config_ref(struct config *config)
{
	CHECK(config->refs > 0);
	config->refs++;
	return config;
}

void config_unref(struct config *config)
{
	if (!config)
		return;
	CHECK(config->refs > 0);
	if (--config->refs)
		return;
	arena_free(config->arena);
	free(config);
}

/* What the API server gives names of its own, and rights, to. */
static const char *const SYSTEM_NAMES[] = { "system:*" };

struct config *config_default(void)
{
	struct config *config = xcalloc(1, sizeof(*config));

	config->refs = 1;
	config->arena = arena_new();
	config->file = "";
	policy_settings_default(&config->policy);
	config->identity.refused_users = config->identity.refused_groups =
		(struct strings){ SYSTEM_NAMES, ARRAY_SIZE(SYSTEM_NAMES) };
	schema_set_defaults("", config, config->arena);
	sweep_config_default(&config->sweep);
	return config;
}

/* The preset comes before everything else, wherever it stands. */
static void decode_preset(struct config *config, const struct yaml_doc *doc)
{
	const struct schema_key *key = schema_find("preset");
	const struct node *node = doc->root && doc->root->kind == NODE_MAPPING
		? node_member(doc, doc->root, "preset")
		: NULL;
	const struct schema_word *word = key->words;

	/* What it cannot be is said when it is decoded with the others. */
	if (!node || node->kind != NODE_SCALAR)
		return;
	for (; word->name; word++) {
		if (span_eq_str(node->text, word->name))
			preset_apply(config, (enum preset)word->value);
	}
}

/* Puts what the document says on top of the defaults. */
static void decode(struct config *config, const struct yaml_doc *doc,
	const char *file, struct problems *problems)
{
	struct draft *draft = draft_new(&config->policy, config->arena);
	struct schema_decoder decoder = {
		.doc = doc,
		.arena = config->arena,
		.problems = problems,
		.file = file,
		.item = draft_item,
		.user = draft,
	};

	draft->sweep = &config->sweep;
	draft->doc = doc;
	draft->problems = problems;
	schema_decode(&decoder, config);
	draft_finish(draft, &config->policy);
	config->policy.endpoint_count =
		(uint32_t)u64_max(1, config->upstream.servers.count);
	config_check_fields(config, doc, problems);
	sweep_config_check(&config->sweep, doc, problems);
	config_check_lanes(draft, config);
	config_check_rules(draft, &config->identity);
	free(draft);
}

static struct config *parse(const char *name, const char *file,
	struct span text, struct problems *problems)
{
	struct yaml_doc *doc = yaml_doc_parse(text, problems);
	struct config *config = NULL;

	if (doc) {
		config = config_default();
		config->file = arena_dup(config->arena, span_str(name));
		decode_preset(config, doc);
		decode(config, doc, file, problems);
		yaml_doc_free(doc);
	}
	problems_sort(problems);
	if (problems_has_errors(problems)) {
		config_unref(config);
		return NULL;
	}
	return config;
}

struct config *config_parse(
	const char *name, struct span text, struct problems *problems)
{
	problems_set_file(problems, name);
	return parse(name, "", text, problems);
}

struct config *config_load_text(
	const char *path, struct span text, struct problems *problems)
{
	problems_set_file(problems, path);
	return parse(path, path, text, problems);
}

struct config *config_load(const char *path, struct problems *problems)
{
	struct buf text = BUF_INIT;
	struct config *config = NULL;
	struct err err;

	problems_set_file(problems, path);
	if (text_file_read(path, YAML_DOC_BYTES_MAX, &text, &err))
		problems_add(problems, PROBLEM_ERROR, 0, 0, "%s", err.text);
	else
		config = parse(path, path, buf_span(&text), problems);
	buf_fini(&text);
	return config;
}
