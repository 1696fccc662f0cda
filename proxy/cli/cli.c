/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "conf/suggest.h"

/* Help stands here as it is shown. */
/* clang-format off */
static const struct command COMMANDS[] = {
	{
		.name = "serve",
		.title = "fairway serve",
		.usage = "fairway [serve] [OPTION...]",
		.summary = "stand between controllers and the API server",
		.help =
"Listens for Kubernetes clients and passes their requests on to the API\n"
"server: finalizer removals first, the rest shared fairly.  Stays in the\n"
"foreground and logs to standard error.\n"
"\n"
"  --config FILE          configuration (`fairway config defaults` shows one)\n"
"  --kubeconfig FILE      the API server and how to reach it; without it as\n"
"                         kubectl finds it: $KUBECONFIG, ~/.kube/config, or\n"
"                         the service account of the pod\n"
"  --context NAME         of the kubeconfig; without it its current-context\n"
"  --listen ADDRESS       for clients, as 127.0.0.1:7443; port 0 is any\n"
"  --admin-listen ADDRESS for /metrics, /livez and /readyz\n"
"  --state-dir DIR        where the CA, keys, kubeconfig and socket are kept\n"
"  --log-level LEVEL      error, warn, info or debug\n"
"  --log-format FORMAT    text or json\n"
"\n"
"An option goes before the same key of the configuration.\n"
"\n"
"Examples:\n"
"  In front of the cluster that kubectl talks to, and a look through it:\n"
"    fairway\n"
"    kubectl --kubeconfig ~/.local/state/fairway/kubeconfig get pods -A\n"
"  A second one, of its own ports and folder:\n"
"    fairway --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 \\\n"
"        --state-dir /tmp/fairway\n"
"  With a configuration, once it is right:\n"
"    fairway check fairway.yaml && fairway --config fairway.yaml\n"
"\n"
"SIGTERM and SIGINT end it: not ready, GOAWAY, what is open may finish,\n"
"status 0.  A second one ends it at once.\n",
		.run = command_serve,
	},
	{
		.name = "check",
		.title = "fairway check",
		.usage = "fairway check FILE",
		.summary = "say everything that is wrong with a configuration",
		.help =
"Reads a configuration as `serve` would and prints every problem in it with\n"
"its line and column to standard error.  Status 0: it is right; 2: it is not.\n"
"\n"
"Examples:\n"
"    fairway check fairway.yaml\n"
"  In a pipeline, before a ConfigMap is changed:\n"
"    fairway check fairway.yaml &&\n"
"        kubectl create configmap fairway --from-file fairway.yaml\n",
		.run = command_check,
	},
	{
		.name = "status",
		.title = "fairway status",
		.usage = "fairway status [-o json] [--state-dir DIR | "
			 "--socket PATH]",
		.summary = "show lanes, waits and the API server's health",
		.help =
"Asks a running fairway over its UNIX socket how it is.\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is asked\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway status\n"
"  How many requests wait in each lane, for a script:\n"
"    fairway status -o json | jq '.lanes[] | {name, queued}'\n"
"  Inside a pod:\n"
"    kubectl exec deploy/workflow-controller -c fairway -- fairway status\n",
		.run = command_show,
	},
	{
		.name = "lanes",
		.title = "fairway lanes",
		.usage = "fairway lanes [-o json] [--state-dir DIR | "
			 "--socket PATH]",
		.summary = "show what each lane does, and what keeps it",
		.help =
"Asks a running fairway over its UNIX socket about its lanes: seats in use of\n"
"the lane's cap, requests that wait, the wait of 99 in 100 before their first\n"
"start, and what was most often the last to keep one.\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is asked\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway lanes\n"
"  What keeps requests waiting, for a script:\n"
"    fairway lanes -o json | jq '.lanes[] | {name, keptBy}'\n",
		.run = command_show,
	},
	{
		.name = "flows",
		.title = "fairway flows",
		.usage = "fairway flows [-o json] [--state-dir DIR | "
			 "--socket PATH]",
		.summary = "show who waits and runs",
		.help =
"Asks a running fairway over its UNIX socket which flows have requests now,\n"
"those with most of them first.  A flow is named by its hash, which is also\n"
"`flow` in the access log; OLDEST is the longest wait.\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is asked\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway flows\n"
"  The client behind the largest one:\n"
"    fairway flows -o json | jq '.flows[0] | {flow, userAgent}'\n"
"  Each request, with its path (or /debug/requests of the admin endpoint):\n"
"    echo '{\"verb\":\"requests\"}' |\n"
"        socat -t 5 - UNIX-CONNECT:$HOME/.local/state/fairway/admin.sock\n",
		.run = command_show,
	},
	{
		.name = "upstream",
		.title = "fairway upstream",
		.usage = "fairway upstream [-o json] [--state-dir DIR | "
			 "--socket PATH]",
		.summary = "show the API servers, connections and gates",
		.help =
"Asks a running fairway over its UNIX socket about the API servers: health,\n"
"seats in use of those that it allows itself there, connections by what they\n"
"are for, and the gate of each priority level that it has met.\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is asked\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway upstream\n"
"  Which levels refuse us now:\n"
"    fairway upstream -o json | jq '.gates[] | select(.closed)'\n",
		.run = command_show,
	},
	{
		.name = "pause",
		.title = "fairway pause",
		.usage = "fairway pause [LANE] [-o json] [--state-dir DIR | "
			 "--socket PATH]",
		.summary = "let nothing of a lane start",
		.help =
"Tells a running fairway to start nothing of a lane, or of all lanes but the\n"
"exempt ones, until `fairway resume` or its end.  What runs goes on; what comes\n"
"waits as long, and as many, as the lane's settings allow, and is refused then\n"
"(reason: paused).  A reload changes nothing about it.\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is told\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway pause events\n"
"  Nothing but leases reaches the API server:\n"
"    fairway pause; kubectl drain ...; fairway resume\n",
		.run = command_operate,
	},
	{
		.name = "resume",
		.title = "fairway resume",
		.usage = "fairway resume [LANE] [-o json] [--state-dir DIR | "
			 "--socket PATH]",
		.summary = "let it start again",
		.help =
"Takes `fairway pause` back, of one lane or of all.\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is told\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway resume events\n"
"  Which lanes are paused:\n"
"    fairway lanes -o json | jq -r '.lanes[] | select(.paused).name'\n",
		.run = command_operate,
	},
	{
		.name = "log-level",
		.title = "fairway log-level",
		.usage = "fairway log-level [LEVEL] [-o json] [--state-dir DIR | "
			 "--socket PATH]",
		.summary = "show or set how much is logged",
		.help =
"Sets the level of a running fairway's log: error, warn, info or debug, which\n"
"has a line for each request; without LEVEL it is shown.  It lasts until the\n"
"configuration is read again, or the end.\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is told\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway log-level debug\n"
"    fairway log-level\n",
		.run = command_operate,
	},
	{
		.name = "reload",
		.title = "fairway reload",
		.usage = "fairway reload [-o json] [--state-dir DIR | "
			 "--socket PATH]",
		.summary = "read configuration and certificates again",
		.help =
"Does what SIGHUP does, and says what is wrong: then all stays as it was.\n"
"Files that change are read again by themselves.\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is told\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway check fairway.yaml && fairway reload\n",
		.run = command_operate,
	},
	{
		.name = "stuck",
		.title = "fairway stuck",
		.usage = "fairway stuck [--all] [-o json] [--state-dir DIR | "
			 "--socket PATH]",
		.summary = "show objects that a finalizer keeps from going",
		.help =
"Asks a running fairway over its UNIX socket which objects it saw that are\n"
"being deleted and kept by a finalizer.  They are remembered as they pass by,\n"
"in watches and in answers about one object; the API server is not asked.  So\n"
"one that went while nobody watched it may still be here: SEEN says how long\n"
"ago it was so.\n"
"\n"
"  -a, --all              also those whose deletion was not long ago\n"
"                         (terminating.stuckAfter)\n"
"  -o, --output FORMAT    table (the default) or json, which has all of them\n"
"  --state-dir DIR        of the fairway that is asked\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway stuck\n"
"  How many there are on each finalizer:\n"
"    fairway stuck -o json | jq -r '.objects[].finalizers[]' |\n"
"        sort | uniq -c\n",
		.run = command_stuck,
	},
	{
		.name = "journal",
		.title = "fairway journal",
		.usage = "fairway journal [-o json] [--state-dir DIR | "
			 "--socket PATH]",
		.summary = "show removals that outlive their clients",
		.help =
"Asks a running fairway over its UNIX socket which finalizer removals are\n"
"open: they had to wait, and are kept until their outcome is known.  STATE is\n"
"who is at it: its client, a replay, nobody until it is due, or nobody until a\n"
"token of whoever asked for it comes again.\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is asked\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway journal\n"
"    fairway journal -o json | jq -r '.intents[].path'\n",
		.run = command_show,
	},
	{
		.name = "sweep",
		.title = "fairway sweep",
		.usage = "fairway sweep [--apply] [OPTION...]",
		.summary = "find finalizers of Argo's pods that nobody needs",
		.help =
"Looks for pods of workflows whose finalizer nobody will remove any more, and\n"
"shows each with the proof.  With --apply it removes that finalizer and no\n"
"other, from the very pod that was read.  Through a running fairway its\n"
"requests wait behind all others.\n"
"\n"
"What proves it: `labelled`, the controller labelled the pod completed, which\n"
"it does when all is recorded; `gone`, the pod's Workflow is not there any\n"
"more; `finished`, the Workflow was completed long ago; `deleted`, it was\n"
"deleted a while ago and carries the finalizer fairway.dev/pods-released,\n"
"which goes too when all of its pods are released.  In each case the pod has\n"
"come to its end and has not changed for a while.  An answer that is not what\n"
"was asked for (403, 404 of something else, 5xx) ends the sweep.\n"
"\n"
"  --apply                remove; without it nothing is changed\n"
"  -n, --namespace NAME   of the pods; without it all namespaces\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --kubeconfig FILE      the API server, or a fairway; without it as kubectl\n"
"                         finds it\n"
"  --context NAME         of the kubeconfig\n"
"  --proofs LIST          of labelled,gone,finished,deleted; without it\n"
"                         labelled,gone\n"
"  --finalizer NAME       without it workflows.argoproj.io/status\n"
"  --instance-id ID       of the controller whose pods they are\n"
"  --settled-for TIME     that a pod has not changed; without it 10m\n"
"  --finished-for TIME    that a Workflow is completed; without it 30m\n"
"  --deleted-for TIME     … or deleted; without it 5m\n"
"  --workflow-finalizer NAME\n"
"                         without it fairway.dev/pods-released\n"
"  --max-removals N       in all: without it 500 …\n"
"  --max-per-namespace N  200 …\n"
"  --max-share PERCENT    and 50 of the pods with that finalizer, where there\n"
"                         are 20 or more; above any of them none is removed\n"
"  --qps N                removals a second; without it 5\n"
"\n"
"The annotation fairway.dev/keep-finalizers: \"true\" on a pod keeps it out.\n"
"\n"
"Examples:\n"
"    fairway sweep --kubeconfig ~/.local/state/fairway/kubeconfig\n"
"    fairway sweep -n argo --proofs labelled,gone,finished --apply\n"
"  Why pods stay:\n"
"    fairway sweep -o json | jq .kept\n"
"\n"
"Status 0: it came to its end; 1: it did not, and says why.\n",
		.run = command_sweep,
	},
	{
		.name = "explain",
		.title = "fairway explain",
		.usage = "fairway explain [--config FILE] [-o json] "
			 "(VERB PATH [OPTION...] |\n"
			 "                       --requests FILE)",
		.summary = "say which rule, lane and flow a request would get",
		.help =
"Classifies requests as `serve` would and says what they do to finalizers,\n"
"which rule they meet, in which lane and flow they wait, and why.  Asks\n"
"nobody: no API server and no running fairway is needed.\n"
"\n"
"  --config FILE          lanes and rules; without it the defaults\n"
"  -o, --output FORMAT    table (the default) or json: a line for each\n"
"\n"
"One request: VERB is GET, PATCH and so on, PATH may have a query.\n"
"  --body FILE            its body; - is standard input\n"
"  --content-type TYPE    of the body; without it JSON, or a merge patch\n"
"  --user NAME            who asks, where rules and flows tell users apart\n"
"  --user-agent TEXT      what rules with userAgents look at\n"
"\n"
"Many: JSON lines with method, path and, as far as they are there, id,\n"
"content_type, content_encoding, body, body_encoding (utf8 or base64),\n"
"user, groups and user_agent; other members are passed over.\n"
"  --requests FILE        - is standard input\n"
"\n"
"Examples:\n"
"  A finalizer removal as Argo sends it:\n"
"    echo '{\"metadata\":{\"finalizers\":[]}}' | fairway explain \\\n"
"        PATCH /api/v1/namespaces/argo/pods/p --body -\n"
"  Which lane a LIST gets with a configuration:\n"
"    fairway explain --config fairway.yaml GET '/api/v1/pods?limit=500'\n"
"  How many requests of a recording go to each lane:\n"
"    fairway explain --requests recorded.jsonl -o json |\n"
"        jq -r .lane | sort | uniq -c\n"
"\n"
"Status 0: all were explained; 1: a line was not, which is said with its\n"
"place; 2: the configuration is wrong.\n",
		.run = command_explain,
	},
	{
		.name = "apf",
		.title = "fairway apf",
		.usage = "fairway apf --service-account NAMESPACE:NAME "
			 "[OPTION...]",
		.summary = "print levels for the API server's own priorities",
		.help =
"Prints FlowSchemas and PriorityLevelConfigurations as YAML that give leases,\n"
"finalizer patches and workflow status writes of a service account levels of\n"
"their own in the API server: guaranteed seats that no LIST and no other\n"
"controller takes.  Fairway orders what goes through it, the API server what\n"
"reaches it; both belong together.  Fairway learns the levels from answers.\n"
"\n"
"  --service-account NAMESPACE:NAME\n"
"                         whose requests; as often as there are accounts\n"
"  --resource RESOURCE    whose patches are taken for removals, as pods (the\n"
"                         default) or workflows.argoproj.io; may be repeated\n"
"  --name-prefix NAME     of the objects; without it fairway\n"
"  --matching-precedence N\n"
"                         of the first FlowSchema; two more follow.  Without\n"
"                         it 60: before all that is for service accounts\n"
"\n"
"The API server sees no bodies: each PATCH of these resources goes to the\n"
"level for removals, a removal inside a PUT does not.\n"
"\n"
"Examples:\n"
"    fairway apf --service-account argo:argo | kubectl apply -f -\n"
"  Where a request went, and how full a level is:\n"
"    kubectl get --raw /debug/api_priority_and_fairness/dump_priority_levels\n"
"  And away again:\n"
"    kubectl delete flowschema,prioritylevelconfiguration \\\n"
"        -l app.kubernetes.io/managed-by=fairway\n",
		.run = command_apf,
	},
	{
		.name = "config",
		.title = "fairway config",
		.usage = "fairway config (defaults | schema)",
		.summary = "print the default configuration, or its schema",
		.help =
"  defaults    every key with its default, what it means and what it may be,\n"
"              as a file to begin with\n"
"  schema      the same as a JSON Schema, for editors\n"
"\n"
"Examples:\n"
"    fairway config defaults > fairway.yaml\n"
"  An editor with yaml-language-server marks what is wrong as it is typed:\n"
"    fairway config schema > fairway.schema.json\n"
"    # yaml-language-server: $schema=fairway.schema.json    (in fairway.yaml)\n",
		.run = command_config,
	},
	{
		.name = "version",
		.title = "fairway version",
		.usage = "fairway version",
		.summary = "print the version",
		.help = "Prints the version of fairway and of the libraries "
			"that it runs with.\n",
		.run = command_version,
	},
	{
		.name = "metrics-reference",
		.title = "fairway metrics-reference",
		.usage = "fairway metrics-reference",
		.help = "Prints docs/metrics.md.\n",
		.run = command_metrics_reference,
	},
};
/* clang-format on */

static enum cli_status help_all(void)
{
	struct buf text = BUF_INIT;

	buf_append_str(&text,
		"Fairway keeps a lane clear between Kubernetes controllers and "
		"the API server.\n\n"
		"usage: fairway [COMMAND] [OPTION...]\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++)
		if (COMMANDS[i].summary)
			buf_printf(&text, "  %-10s %s\n", COMMANDS[i].name,
				COMMANDS[i].summary);
	buf_append_str(&text,
		"\nWithout a command it serves. `fairway COMMAND --help` tells "
		"more, with examples.\n");
	enum cli_status status = cli_print(NULL, buf_span(&text));

	buf_fini(&text);
	return status;
}

static const struct command *command_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++)
		if (!strcmp(COMMANDS[i].name, name))
			return &COMMANDS[i];
	return NULL;
}

static enum cli_status unknown_command(const char *name)
{
	struct suggest suggest;

	suggest_init(&suggest, span_str(name));
	for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++)
		if (COMMANDS[i].summary)
			suggest_offer(&suggest, COMMANDS[i].name);
	fprintf(stderr, "fairway: no command '%s'", name);
	if (suggest.best)
		fprintf(stderr, "; did you mean '%s'?", suggest.best);
	fputs("\nTry 'fairway --help'.\n", stderr);
	return CLI_USAGE;
}

static enum cli_status run(const struct command *command, int argc, char **argv)
{
	char title[64];

	CHECK(command);
	/* What getopt_long() puts before its messages. */
	snprintf(title, sizeof(title), "%s", command->title);
	argv[0] = title;
	return command->run(command, argc, argv);
}

enum cli_status cli_main(int argc, char **argv)
{
	const char *first = argc > 1 ? argv[1] : "";
	const struct command *command;

	if (!strcmp(first, "help") && argc > 2) {
		command = command_by_name(argv[2]);
		return command ? cli_help(command) : unknown_command(argv[2]);
	}
	if (!strcmp(first, "--help") || !strcmp(first, "-h") ||
		!strcmp(first, "help"))
		return help_all();
	if (!strcmp(first, "--version"))
		return run(command_by_name("version"), 1, argv);
	if (argc < 2 || *first == '-')
		return run(command_by_name("serve"), argc, argv);
	command = command_by_name(first);
	if (!command)
		return unknown_command(first);
	return run(command, argc - 1, argv + 1);
}

enum cli_status cli_help(const struct command *command)
{
	struct buf text = BUF_INIT;
	enum cli_status status;

	buf_printf(&text, "usage: %s\n\n%s", command->usage, command->help);
	status = cli_print(command, buf_span(&text));
	buf_fini(&text);
	return status;
}

enum cli_status cli_usage(const struct command *command)
{
	fprintf(stderr, "usage: %s\nTry '%s --help'.\n", command->usage,
		command->title);
	return CLI_USAGE;
}

enum cli_status cli_misused(const struct command *command, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", command->title);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return cli_usage(command);
}

enum cli_status cli_failed(
	const struct command *command, enum cli_status status, const char *why)
{
	fprintf(stderr, "%s: %s\n", command ? command->title : "fairway", why);
	return status;
}

bool cli_no_options(const struct command *command, int argc, char **argv,
	enum cli_status *ret_status)
{
	static const struct option OPTIONS[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option = getopt_long(argc, argv, "h", OPTIONS, NULL);

	if (option == -1)
		return true;
	*ret_status = option == 'h' ? cli_help(command) : cli_usage(command);
	return false;
}

enum cli_status cli_print(const struct command *command, struct span text)
{
	if (fwrite(text.ptr, 1, text.len, stdout) == text.len &&
		!fflush(stdout))
		return CLI_OK;
	return cli_failed(command, CLI_FAILED, strerror(errno));
}
