/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/sweep_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "proxy/cli/config_file.h"
#include "proxy/loop/loop.h"

enum {
	OPTION_CONFIG = 256,
	OPTION_KUBECONFIG,
	OPTION_CONTEXT,
	OPTION_FINALIZER,
	OPTION_INSTANCE,
	OPTION_PROOFS,
	OPTION_SETTLED,
	OPTION_FINISHED,
	OPTION_DELETED,
	OPTION_WORKFLOW_FINALIZER,
	OPTION_REMOVALS,
	OPTION_PER_NAMESPACE,
	OPTION_SHARE,
	OPTION_SIGHTINGS,
	OPTION_SIGHTINGS_IN,
	OPTION_RECORD,
	OPTION_AUDIT,
	OPTION_METRICS,
	OPTION_NO_EVENTS,
	OPTION_QPS,
	OPTION_APPLY,
};

static const struct option OPTIONS[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "output", required_argument, NULL, 'o' },
	{ "namespace", required_argument, NULL, 'n' },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "kubeconfig", required_argument, NULL, OPTION_KUBECONFIG },
	{ "context", required_argument, NULL, OPTION_CONTEXT },
	{ "finalizer", required_argument, NULL, OPTION_FINALIZER },
	{ "instance-id", required_argument, NULL, OPTION_INSTANCE },
	{ "proofs", required_argument, NULL, OPTION_PROOFS },
	{ "settled-for", required_argument, NULL, OPTION_SETTLED },
	{ "finished-for", required_argument, NULL, OPTION_FINISHED },
	{ "deleted-for", required_argument, NULL, OPTION_DELETED },
	{ "workflow-finalizer", required_argument, NULL,
		OPTION_WORKFLOW_FINALIZER },
	{ "max-removals", required_argument, NULL, OPTION_REMOVALS },
	{ "max-per-namespace", required_argument, NULL, OPTION_PER_NAMESPACE },
	{ "max-share", required_argument, NULL, OPTION_SHARE },
	{ "sightings", required_argument, NULL, OPTION_SIGHTINGS },
	{ "sightings-in", required_argument, NULL, OPTION_SIGHTINGS_IN },
	{ "record-file", required_argument, NULL, OPTION_RECORD },
	{ "audit-file", required_argument, NULL, OPTION_AUDIT },
	{ "metrics-file", required_argument, NULL, OPTION_METRICS },
	{ "no-events", no_argument, NULL, OPTION_NO_EVENTS },
	{ "qps", required_argument, NULL, OPTION_QPS },
	{ "apply", no_argument, NULL, OPTION_APPLY },
	{ NULL, 0, NULL, 0 },
};

/* ---- the configuration --------------------------------------------------- */

static int64_t seconds_of(usec_t duration)
{
	return (int64_t)(duration / USEC_PER_SEC);
}

static bool has_proof(const struct sweep_config *sweep, enum sweep_proof proof)
{
	return sweep->proofs >> proof & 1;
}

/* "a=b", or both absent. */
static void take_pair(
	const char *text, struct span *ret_name, struct span *ret_value)
{
	*ret_name = *ret_value = SPAN_NONE;
	if (*text)
		sweep_rule_split(span_str(text), ret_name, ret_value);
}

static void take_rule(const struct sweep_rule_config *config,
	struct sweep_rule_order *ret_rule)
{
	*ret_rule = (struct sweep_rule_order){
		.name = config->name,
		.api_version = config->api_version,
		.resource = config->resource,
		.selector = config->selector,
		.sightings = config->sightings,
		.rule = {
			.finalizer = span_str(config->finalizer),
			.with_orphans = config->with_orphans,
			.with_deletion = config->deleted_for > 0,
			.deleted_for = seconds_of(config->deleted_for),
			.settled_for = seconds_of(config->settled_for),
		},
	};
	take_pair(config->label, &ret_rule->rule.label_key,
		&ret_rule->rule.label_value);
	take_pair(config->condition, &ret_rule->rule.condition_type,
		&ret_rule->rule.condition_status);
}

static void take_proof(
	const struct sweep_config *sweep, struct sweep_settings *ret_proof)
{
	*ret_proof = (struct sweep_settings){
		.finalizer = span_str(sweep->finalizer),
		.instance = span_str(sweep->instance),
		.with_labelled = has_proof(sweep, SWEEP_PROOF_LABELLED),
		.with_gone = has_proof(sweep, SWEEP_PROOF_GONE),
		.with_finished = has_proof(sweep, SWEEP_PROOF_FINISHED),
		.with_recorded = has_proof(sweep, SWEEP_PROOF_RECORDED),
		.with_deleted = has_proof(sweep, SWEEP_PROOF_DELETED),
		.settled_for = seconds_of(sweep->settled_for),
		.finished_for = seconds_of(sweep->finished_for),
		.deleted_for = seconds_of(sweep->deleted_for),
		.workflow_finalizer = span_str(sweep->workflow_finalizer),
	};
}

/* "namespace/name"; false: it is none. */
static bool take_place(struct sweep_options *options, const char *text)
{
	const char *slash = strchr(text, '/');

	free(options->memory_namespace);
	options->memory_namespace = NULL;
	options->order.memory_namespace = options->order.memory_name = "";
	if (!*text)
		return true;
	if (!slash || slash == text || !slash[1] || strchr(slash + 1, '/'))
		return false;
	options->memory_namespace =
		span_dup(span_of(text, (size_t)(slash - text)));
	options->order.memory_namespace = options->memory_namespace;
	options->order.memory_name = slash + 1;
	return true;
}

static int64_t wall(void)
{
	return (int64_t)(loop_wall_clock() / USEC_PER_SEC);
}

static void take_config(struct sweep_options *options)
{
	const struct sweep_config *sweep = &options->config->sweep;
	struct sweep_order *order = &options->order;

	options->qps = sweep->qps;
	options->record = sweep->record_file;
	options->audit = sweep->audit_file;
	options->metrics = sweep->metrics_file;
	order->with_argo = sweep->with_argo;
	take_proof(sweep, &order->proof);
	order->sightings = sweep->sightings;
	order->sighting_interval = seconds_of(sweep->sighting_interval);
	for (uint32_t i = 0; i < sweep->rule_count; i++)
		take_rule(&sweep->rules[i], &options->rules[i]);
	order->rules = options->rules;
	order->rule_count = sweep->rule_count;
	sweep_caps_default(&order->caps);
	order->caps.removals = sweep->removals_max;
	order->caps.per_namespace = sweep->per_namespace_max;
	order->caps.share = sweep->share_max;
	order->add_in = sweep->add_in.items;
	order->add_count = sweep->add_in.count;
	order->with_events = sweep->with_events;
	take_place(options, sweep->sightings_in);
	order->namespace = "";
	order->wall = wall;
}

/* ---- the command line ---------------------------------------------------- */

static bool take_number(uint64_t least, uint64_t most, uint32_t *ret_number)
{
	uint64_t number;

	if (span_to_u64(span_str(optarg), &number) || number < least ||
		number > most)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

static bool take_seconds(int64_t *ret_seconds)
{
	usec_t duration;

	if (units_parse_duration(span_str(optarg), &duration))
		return false;
	*ret_seconds = seconds_of(duration);
	return true;
}

/* "labelled,gone,finished,recorded,deleted" */
static bool take_proofs(struct sweep_settings *proof)
{
	struct {
		const char *name;
		bool *is_on;
	} proofs[] = {
		{ "labelled", &proof->with_labelled },
		{ "gone", &proof->with_gone },
		{ "finished", &proof->with_finished },
		{ "recorded", &proof->with_recorded },
		{ "deleted", &proof->with_deleted },
	};
	struct span rest = span_str(optarg);

	for (size_t i = 0; i < ARRAY_SIZE(proofs); i++)
		*proofs[i].is_on = false;
	while (!span_is_absent(rest)) {
		struct span word = span_cut(&rest, ',');
		bool is_known = false;

		for (size_t i = 0; i < ARRAY_SIZE(proofs); i++) {
			if (!span_eq_str(word, proofs[i].name))
				continue;
			*proofs[i].is_on = is_known = true;
		}
		if (!is_known)
			return false;
	}
	return true;
}

/* Thousandths, from a whole number of percent. */
static bool take_share(uint32_t *ret_share)
{
	uint32_t percent;

	if (!take_number(0, 100, &percent))
		return false;
	*ret_share = percent * 10;
	return true;
}

static bool take_output(struct sweep_options *options)
{
	options->wants_json = !strcmp(optarg, "json");
	return options->wants_json || !strcmp(optarg, "table");
}

/* Names that are put into a path, or compared with one. */
static bool is_name(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789-._/") == strlen(name);
}

static bool take_name(const char **ret_name)
{
	*ret_name = optarg;
	return is_name(optarg);
}

static bool take_namespace(const char **ret_name)
{
	return take_name(ret_name) && !strchr(optarg, '/');
}

/*
 * Empty is a variable that is not set: it must not mean another API server
 * than was meant, or that no record is written.
 */
static bool take_text(const char **ret_text)
{
	*ret_text = optarg;
	return *optarg;
}

static bool take_finalizer(struct span *ret_finalizer)
{
	*ret_finalizer = span_str(optarg);
	return is_name(optarg) && !sweep_config_is_protected(optarg);
}

static bool take_instance(struct span *ret_instance)
{
	*ret_instance = span_str(optarg);
	return true;
}

/* False: its argument is wrong, or it is none. */
static bool take_option(struct sweep_options *options, int key)
{
	struct sweep_order *order = &options->order;

	switch (key) {
	case 'o':
		return take_output(options);
	case 'n':
		return take_namespace(&order->namespace);
	case OPTION_CONFIG:
		return *optarg; /* taken before */
	case OPTION_KUBECONFIG:
		return take_text(&options->kubeconfig);
	case OPTION_CONTEXT:
		return take_text(&options->context);
	case OPTION_FINALIZER:
		return take_finalizer(&order->proof.finalizer);
	case OPTION_INSTANCE:
		return take_instance(&order->proof.instance);
	case OPTION_PROOFS:
		return take_proofs(&order->proof);
	case OPTION_SETTLED:
		return take_seconds(&order->proof.settled_for);
	case OPTION_FINISHED:
		return take_seconds(&order->proof.finished_for);
	case OPTION_DELETED:
		return take_seconds(&order->proof.deleted_for);
	case OPTION_WORKFLOW_FINALIZER:
		return take_finalizer(&order->proof.workflow_finalizer);
	case OPTION_REMOVALS:
		return take_number(0, UINT32_MAX, &order->caps.removals);
	case OPTION_PER_NAMESPACE:
		return take_number(0, UINT32_MAX, &order->caps.per_namespace);
	case OPTION_SHARE:
		return take_share(&order->caps.share);
	case OPTION_SIGHTINGS:
		return take_number(1, 1000, &order->sightings);
	case OPTION_SIGHTINGS_IN:
		return is_name(optarg) && take_place(options, optarg);
	case OPTION_RECORD:
		return take_text(&options->record);
	case OPTION_AUDIT:
		return take_text(&options->audit);
	case OPTION_METRICS:
		return take_text(&options->metrics);
	case OPTION_NO_EVENTS:
		order->with_events = false;
		return true;
	case OPTION_QPS:
		return take_number(1, 1000, &options->qps);
	case OPTION_APPLY:
		order->is_applied = true;
		return true;
	}
	return false;
}

/* What is not an option: nothing, or "restore FILE". */
static bool take_words(const struct command *command, int count, char **words,
	struct sweep_options *options, enum cli_status *ret_status)
{
	if (!count)
		return true;
	if (strcmp(words[0], "restore") != 0) {
		*ret_status = cli_misused(
			command, "what is '%s' for?", words[0]);
		return false;
	}
	if (count != 2) {
		*ret_status = cli_misused(command,
			"restore needs one record: `restore FILE`");
		return false;
	}
	options->restore = words[1];
	return true;
}

static bool take_options(const struct command *command, int argc, char **argv,
	struct sweep_options *options, enum cli_status *ret_status)
{
	int key, at = 0;

	optind = 1;
	while ((key = getopt_long(argc, argv, "ho:n:", OPTIONS, &at)) != -1) {
		if (take_option(options, key))
			continue;
		*ret_status = cli_misused(command,
			"'%s' cannot be the argument of its option", optarg);
		return false;
	}
	options->order.pause = USEC_PER_SEC / options->qps;
	return take_words(
		command, argc - optind, argv + optind, options, ret_status);
}

/* --config, --help, and what is no option at all. */
static bool look_ahead(const struct command *command, int argc, char **argv,
	const char **ret_file, enum cli_status *ret_status)
{
	int key, at = 0;

	while ((key = getopt_long(argc, argv, "ho:n:", OPTIONS, &at)) != -1) {
		if (key == OPTION_CONFIG)
			*ret_file = optarg;
		if (key != 'h' && key != '?')
			continue;
		*ret_status = key == 'h' ? cli_help(command)
					 : cli_usage(command);
		return false;
	}
	return true;
}

bool sweep_options_read(const struct command *command, int argc, char **argv,
	struct sweep_options *options, enum cli_status *ret_status)
{
	const char *file = "";

	if (!look_ahead(command, argc, argv, &file, ret_status))
		return false;
	*options = (struct sweep_options){ .kubeconfig = "", .context = "" };
	options->config = config_file_use(file);
	if (!options->config) {
		*ret_status = CLI_CONFIG;
		return false;
	}
	take_config(options);
	if (take_options(command, argc, argv, options, ret_status))
		return true;
	sweep_options_free(options);
	return false;
}

void sweep_options_free(struct sweep_options *options)
{
	config_unref(options->config);
	free(options->memory_namespace);
}
