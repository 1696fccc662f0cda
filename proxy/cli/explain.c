/* SPDX-License-Identifier: Apache-2.0 */
/* fairway explain: which rule, lane and flow a request would get, and why. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "conf/config.h"
#include "conf/suggest.h"
#include "conf/text_file.h"
#include "proxy/cli/cli.h"
#include "proxy/cli/config_file.h"
#include "proxy/cli/explanation.h"

/* Of one body, and of a line of the file. */
#define BODY_MAX ((size_t)16 << 20)

struct explain_options {
	const char *config; /* "", as all that follow: not given */
	const char *requests;
	const char *output;
	const char *user;
	struct span groups[ASKED_GROUPS_MAX];
	size_t group_count;
	const char *user_agent;
	const char *body;
	const char *content_type;
	const char *verb;
	const char *path;
};

static const struct option OPTIONS[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "config", required_argument, NULL, 'c' },
	{ "requests", required_argument, NULL, 'r' },
	{ "output", required_argument, NULL, 'o' },
	{ "user", required_argument, NULL, 'u' },
	{ "group", required_argument, NULL, 'g' },
	{ "user-agent", required_argument, NULL, 'a' },
	{ "body", required_argument, NULL, 'b' },
	{ "content-type", required_argument, NULL, 't' },
	{ NULL, 0, NULL, 0 },
};

static const char **option_place(struct explain_options *options, int key)
{
	switch (key) {
	case 'c':
		return &options->config;
	case 'r':
		return &options->requests;
	case 'o':
		return &options->output;
	case 'u':
		return &options->user;
	case 'a':
		return &options->user_agent;
	case 'b':
		return &options->body;
	case 't':
		return &options->content_type;
	}
	return NULL;
}

/* False: there is no room for it, or no file is named. */
static bool take_option(struct explain_options *options, int key)
{
	const char **place = option_place(options, key);

	/* A variable that is not set: not the defaults. */
	if ((key == 'c' || key == 'r') && !*optarg)
		return false;
	if (place) {
		*place = optarg;
		return true;
	}
	if (key != 'g' || options->group_count == ASKED_GROUPS_MAX)
		return false;
	options->groups[options->group_count++] = span_str(optarg);
	return true;
}

static bool read_options(const struct command *command, int argc, char **argv,
	struct explain_options *options, enum cli_status *ret_status)
{
	int key;

	while ((key = getopt_long(argc, argv, "ho:", OPTIONS, NULL)) != -1) {
		if (take_option(options, key))
			continue;
		*ret_status =
			key == 'h' ? cli_help(command) : cli_usage(command);
		return false;
	}
	if (argc - optind == 2) {
		options->verb = argv[optind];
		options->path = argv[optind + 1];
	}
	*ret_status = CLI_USAGE;
	if (argc - optind != (*options->requests ? 0 : 2))
		cli_misused(command,
			"give --requests FILE, or one VERB and one PATH");
	else if (strcmp(options->output, "table") != 0 &&
		strcmp(options->output, "json") != 0)
		cli_misused(command, "-o is table or json, not %s",
			options->output);
	else if (options->group_count && !*options->user)
		cli_misused(command, "--group is of a --user");
	else
		return true;
	return false;
}

/* ---- one request ------------------------------------------------------ */

/* HTTP's methods in any case, and the verbs that mean one of them. */
static const char *method_of(const char *verb, const char **ret_best)
{
	static const struct {
		const char *verb, *method;
	} VERBS[] = {
		{ "get", "GET" },
		{ "head", "HEAD" },
		{ "post", "POST" },
		{ "create", "POST" },
		{ "put", "PUT" },
		{ "update", "PUT" },
		{ "patch", "PATCH" },
		{ "delete", "DELETE" },
		{ "options", "OPTIONS" },
	};
	struct suggest suggest;

	suggest_init(&suggest, span_str(verb));
	for (size_t i = 0; i < ARRAY_SIZE(VERBS); i++) {
		if (span_eq_nocase(span_str(verb), span_str(VERBS[i].verb)))
			return VERBS[i].method;
		suggest_offer(&suggest, VERBS[i].verb);
	}
	*ret_best = suggest.best;
	return NULL;
}

/* A PATCH says what it is; this is what Argo sends. */
static struct span content_type_of(
	const struct explain_options *options, const char *method)
{
	if (*options->content_type || strcmp(method, "PATCH") != 0)
		return span_str(options->content_type);
	return SPAN("application/merge-patch+json");
}

static int read_body(const char *path, struct buf *ret_body, struct err *err)
{
	if (!*path)
		return 0;
	return text_file_read(strcmp(path, "-") != 0 ? path : "/dev/stdin",
		BODY_MAX, ret_body, err);
}

static enum cli_status explain_one(const struct command *command,
	const struct explain_options *options, const struct policy *policy,
	const struct policy_settings *settings)
{
	struct buf body = BUF_INIT, out = BUF_INIT;
	struct arena *arena = arena_new();
	enum cli_status status = CLI_FAILED;
	struct explanation explanation;
	const char *best = NULL;
	const char *method = method_of(options->verb, &best);
	struct asked asked;
	struct err err;

	if (!method) {
		status = best
			? cli_misused(command,
				  "no verb '%s'; did you mean '%s'?",
				  options->verb, best)
			: cli_misused(command, "no verb '%s'", options->verb);
		goto out;
	}
	if (read_body(options->body, &body, &err)) {
		err_prefix(&err, "%s", options->body);
		cli_failed(command, CLI_FAILED, err.text);
		goto out;
	}
	asked = (struct asked){
		.head = { .method = span_str(method),
			.target = span_str(options->path),
			.content_type = content_type_of(options, method) },
		.body = buf_span(&body),
		.user_agent = span_str(options->user_agent),
		.subject = { .user = *options->user ? span_str(options->user)
						    : SPAN_NONE,
			.groups = options->groups,
			.group_count = options->group_count },
	};
	explain(policy, &asked, arena, &explanation);
	if (!strcmp(options->output, "json"))
		explanation_write_json(settings, &explanation, &out);
	else
		explanation_write_page(policy, settings, &explanation, &out);
	status = cli_print(command, buf_span(&out));
out:
	buf_fini(&body);
	buf_fini(&out);
	arena_free(arena);
	return status;
}

/* ---- a file of them --------------------------------------------------- */

struct answers {
	struct explanation **list; /* owned; what is in it by the arena */
	size_t count, cap;
	unsigned wrong; /* lines */
};

static void answers_add(struct answers *answers, struct explanation *one)
{
	if (answers->count == answers->cap) {
		answers->cap = answers->cap ? answers->cap * 2 : 64;
		answers->list = xrealloc(
			answers->list, answers->cap * sizeof(*answers->list));
	}
	answers->list[answers->count++] = one;
}

/* `asked` lives as long as the explanation, which borrows its subject. */
struct answer_memory {
	struct asked asked;
	struct explanation explanation;
};

static void explain_line(const struct explain_options *options, unsigned number,
	struct span line, const struct policy *policy, struct arena *arena,
	struct answers *answers)
{
	struct answer_memory *memory = arena_alloc(arena, sizeof(*memory));
	struct err err;

	if (asked_read(line, arena, &memory->asked, &err)) {
		fprintf(stderr, "%s:%u: %s\n", options->requests, number,
			err.text);
		answers->wrong++;
		return;
	}
	explain(policy, &memory->asked, arena, &memory->explanation);
	answers_add(answers, &memory->explanation);
}

static void write_answers(const struct explain_options *options,
	const struct policy_settings *settings, const struct answers *answers,
	struct buf *out)
{
	if (strcmp(options->output, "json") != 0) {
		explanations_write_table(settings,
			(const struct explanation *const *)answers->list,
			answers->count, out);
		return;
	}
	for (size_t i = 0; i < answers->count; i++)
		explanation_write_json(settings, answers->list[i], out);
}

static enum cli_status explain_file(const struct command *command,
	const struct explain_options *options, const struct policy *policy,
	const struct policy_settings *settings)
{
	bool is_stdin = !strcmp(options->requests, "-");
	FILE *file = is_stdin ? stdin : fopen(options->requests, "re");
	struct arena *arena = arena_new();
	struct answers answers = { 0 };
	struct buf out = BUF_INIT;
	enum cli_status status;
	unsigned number = 0;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	while (file && (len = getline(&line, &cap, file)) > 0) {
		struct span text = span_trim(span_of(line, (size_t)len));

		number++;
		if (text.len && text.ptr[text.len - 1] == '\n')
			text = span_trim(span_of(text.ptr, text.len - 1));
		if (text.len)
			explain_line(options, number,
				span_of(arena_dup(arena, text), text.len),
				policy, arena, &answers);
	}
	if (!file || ferror(file)) {
		fprintf(stderr, "%s: %s: %s\n", command->title,
			options->requests, strerror(errno));
		answers.wrong++;
	}
	write_answers(options, settings, &answers, &out);
	status = answers.count ? cli_print(command, buf_span(&out)) : CLI_OK;
	if (answers.wrong)
		status = CLI_FAILED;
	if (file && !is_stdin)
		fclose(file);
	free(line);
	free(answers.list);
	buf_fini(&out);
	arena_free(arena);
	return status;
}

/* ---- the command ------------------------------------------------------ */

enum cli_status command_explain(
	const struct command *command, int argc, char **argv)
{
	struct explain_options options = {
		.config = "",
		.requests = "",
		.output = "table",
		.user = "",
		.user_agent = "",
		.body = "",
		.content_type = "",
		.verb = "",
		.path = "",
	};
	enum cli_status status;
	struct config *config;
	struct policy *policy;

	if (!read_options(command, argc, argv, &options, &status))
		return status;
	config = config_file_use(options.config);
	if (!config)
		return CLI_CONFIG;
	policy = policy_new(&config->policy, 0, 0);
	status = *options.requests
		? explain_file(command, &options, policy, &config->policy)
		: explain_one(command, &options, policy, &config->policy);
	policy_free(policy);
	config_unref(config);
	return status;
}
