/* SPDX-License-Identifier: Apache-2.0 */
/* fairway journal: what is open in it, and orders about that. */
#include <string.h>

#include "proxy/cli/cli.h"
#include "proxy/cli/running.h"
#include "proxy/observe/act.h"
#include "proxy/observe/journal.h"

static const struct option OPTIONS[] = {
	RUNNING_OPTIONS,
	{ "all", no_argument, NULL, 'a' },
	{ NULL, 0, NULL, 0 },
};

/* What is wanted. */
struct wanted {
	const char *order; /* a verb of act.h, or "show"; "": to be listed */
	const char *id;    /* "": none was given */
	bool is_all;
};

/* All, or the one with that id. */
static enum cli_status show(const struct command *command,
	const struct running *running, const char *id)
{
	struct buf json = BUF_INIT, text = BUF_INIT;
	bool is_json = running_wants_json(running);
	struct err err;
	int result = 0;
	enum cli_status status =
		running_ask(command, running, "journal", "", &json);

	if (status != CLI_OK)
		goto out;
	if (*id)
		result = journal_write_one(
			buf_span(&json), id, is_json, &text, &err);
	else if (is_json)
		buf_append_span(&text, buf_span(&json));
	else
		result = journal_write_table(buf_span(&json), &text, &err);
	status = result ? cli_failed(command, CLI_FAILED, err.text)
			: cli_print(command, buf_span(&text));
out:
	buf_fini(&json);
	buf_fini(&text);
	return status;
}

/* What is left of the arguments. */
static void take_words(int argc, char **argv, struct wanted *wanted)
{
	if (optind < argc)
		wanted->order = argv[optind++];
	if (*wanted->order && optind < argc)
		wanted->id = argv[optind++];
}

static enum cli_status check(
	const struct command *command, const struct wanted *wanted)
{
	bool is_replay = !strcmp(wanted->order, act_name(ACT_REPLAY));
	bool is_discard = !strcmp(wanted->order, act_name(ACT_DISCARD));
	bool is_show = !strcmp(wanted->order, "show");
	bool is_list = !strcmp(wanted->order, "list") || !*wanted->order;

	if (!is_replay && !is_discard && !is_show && !is_list)
		return cli_misused(command,
			"'%s' is not list, show, replay or discard",
			wanted->order);
	if (is_list && *wanted->id)
		return cli_misused(command, "what is '%s' for?", wanted->id);
	if (wanted->is_all && !is_replay)
		return cli_misused(command, "--all is for replay");
	if (is_replay && (*wanted->id != '\0') == wanted->is_all)
		return cli_misused(
			command, "replay takes the ID of an intent, or --all");
	if ((is_discard || is_show) && !*wanted->id)
		return cli_misused(command, "%s takes the ID of an intent",
			wanted->order);
	return CLI_OK;
}

enum cli_status command_journal(
	const struct command *command, int argc, char **argv)
{
	struct running running = RUNNING_INIT;
	struct wanted wanted = { "", "", false };
	enum cli_status status;
	int key;

	while ((key = getopt_long(argc, argv, "aho:", OPTIONS, NULL)) != -1) {
		if (key == 'a')
			wanted.is_all = true;
		else if (!running_take(&running, key))
			return key == 'h' ? cli_help(command)
					  : cli_usage(command);
	}
	take_words(argc, argv, &wanted);
	status = running_check(command, &running, argc, argv);
	if (status == CLI_OK)
		status = check(command, &wanted);
	if (status != CLI_OK)
		return status;
	if (!*wanted.order || !strcmp(wanted.order, "list") ||
		!strcmp(wanted.order, "show"))
		return show(command, &running, wanted.id);
	return running_order(command, &running, wanted.order, wanted.id);
}
