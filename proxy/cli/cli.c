/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, and what they say of themselves. */
#include "proxy/cli/cli.h"

/* Which running one it is. */
#define WHICH "[--state-dir DIR | --config FILE | --socket PATH]"

/* Help stands here as it is shown. */
/* clang-format off */
const struct command CLI_COMMANDS[] = {
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
		.usage = "fairway status [-o json]\n"
			 "                      " WHICH,
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
		.usage = "fairway lanes [-o json]\n"
			 "                     " WHICH,
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
		.usage = "fairway flows [-o json]\n"
			 "                     " WHICH,
		.summary = "show who waits and runs",
		.help =
"Asks a running fairway over its UNIX socket which flows have requests now,\n"
"those with most of them first, a row for each lane that it has some in.  A\n"
"flow is named by its hash, which is also `flow` in the access log; OLDEST is\n"
"how long ago the first came of those that wait.\n"
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
		.usage = "fairway upstream [-o json]\n"
			 "                        " WHICH,
		.summary = "show the API servers, connections and gates",
		.help =
"Asks a running fairway over its UNIX socket about the API servers: health,\n"
"seats in use of those that it allows itself there, connections by what they\n"
"are for, and the gate of each priority level that it has met.  429 is how\n"
"often one refused, FAILED how many probes of its /readyz failed.\n"
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
		.usage = "fairway pause [LANE] [-o json]\n"
			 "                     " WHICH,
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
		.usage = "fairway resume [[lane] LANE | flow HASH | upstream "
			 "ADDRESS] [-o json]\n"
			 "                      " WHICH,
		.summary = "end a pause or a drain",
		.help =
"Takes `fairway pause` and `fairway drain` back, of what is named or of all.\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is told\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway resume events\n"
"    fairway resume flow 4711\n"
"  Which lanes are paused:\n"
"    fairway lanes -o json | jq -r '.lanes[] | select(.paused).name'\n",
		.run = command_operate,
	},
	{
		.name = "drain",
		.title = "fairway drain",
		.usage = "fairway drain ([lane] LANE | flow HASH | upstream "
			 "ADDRESS) [-o json]\n"
			 "                     " WHICH,
		.summary = "take nothing new, and serve what is there",
		.help =
"Tells a running fairway to let something run empty, until `fairway resume` or\n"
"its end.  What waits and runs is served.\n"
"\n"
"  LANE                   what comes is refused with 429 and the reason\n"
"                         drained; not of exempt lanes\n"
"  flow HASH              the same for one flow, in whatever lane; HASH as\n"
"                         `fairway flows` and the access log have it\n"
"  upstream ADDRESS       new requests go to the other API servers, and its\n"
"                         watches end behind an event, to begin anew there\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is told\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"  Before an API server is taken away:\n"
"    fairway drain upstream 10.0.0.1:6443\n"
"  Somebody asks too much, and is to be told so:\n"
"    fairway flows; fairway drain flow 12030451863211872264\n",
		.run = command_operate,
	},
	{
		.name = "kill",
		.title = "fairway kill",
		.usage = "fairway kill (request ID | connection ID | flow "
			 "HASH) [-o json]\n"
			 "                    " WHICH,
		.summary = "end a request, a connection or what a flow has",
		.help =
"Ends what waits or runs in a running fairway.  A request that waits is answered\n"
"with 429 and the reason killed, since it was not executed; one that runs is\n"
"reset on both sides, and what became of it nobody knows.  A removal that is\n"
"journaled goes on without its client.  Who comes again is served again: see\n"
"`fairway drain`.\n"
"\n"
"  request ID             as /debug/requests lists it\n"
"  connection ID          of a client, with all that came over it\n"
"  flow HASH              all that the flow has, as `fairway flows` lists it\n"
"\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is told\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"  What runs longest:\n"
"    curl -s http://127.0.0.1:7480/debug/requests |\n"
"        jq '.requests | max_by(.runningSeconds)'\n"
"    fairway kill request 4711\n",
		.run = command_operate,
	},
	{
		.name = "log-level",
		.title = "fairway log-level",
		.usage = "fairway log-level [LEVEL] [-o json]\n"
			 "                         " WHICH,
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
		.usage = "fairway reload [-o json]\n"
			 "                      " WHICH,
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
		.usage = "fairway stuck [--all] [-o json]\n"
			 "                     " WHICH,
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
		.usage = "fairway journal [list | show ID | replay (ID | "
			 "--all) | discard ID]\n"
			 "                       [-o json]\n"
			 "                       " WHICH,
		.summary = "show removals that outlive their clients",
		.help =
"Asks a running fairway over its UNIX socket which finalizer removals are\n"
"open: they had to wait, and are kept until their outcome is known.  STATE is\n"
"who is at it: its client, a replay, nobody until it is due, or nobody until a\n"
"token of whoever asked for it comes again, or, where that was Fairway itself,\n"
"the same one's credentials.\n"
"\n"
"  list                   all of them, as without a word\n"
"  show ID                all that is known of one\n"
"  replay ID              send it again now, and not when its pause is over\n"
"  replay --all           … each that waits for no more than that\n"
"  discard ID             give it up, whoever was told that it is pending\n"
"\n"
"  -a, --all              of replay\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --state-dir DIR        of the fairway that is asked\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway journal\n"
"    fairway journal -o json | jq -r '.intents[].path'\n"
"  The API server is well again, and nothing is to wait for its turn:\n"
"    fairway journal replay --all\n",
		.run = command_journal,
	},
	{
		.name = "sweep",
		.title = "fairway sweep",
		.usage = "fairway sweep [restore FILE] [--apply] [OPTION...]",
		.summary = "find finalizers that nobody needs any more",
		.help =
"Looks for pods of workflows whose finalizer nobody will remove any more, and\n"
"for what the rules of its configuration name for other controllers, and shows\n"
"each with the proof.  With --apply it removes that finalizer and no other,\n"
"from the very object that was read.  Through a running fairway its requests\n"
"wait behind all others.\n"
"\n"
"What proves it: `labelled`, the controller labelled the pod completed, which\n"
"it does when all is recorded; `gone`, the pod's Workflow is not there any\n"
"more; `finished`, the Workflow was completed long ago; `recorded`, the pod's\n"
"node in the status of a Workflow that goes on is over and synchronised;\n"
"`deleted`, the Workflow was deleted a while ago and carries the finalizer\n"
"fairway.dev/pods-released, which goes too when all of its pods are released.\n"
"In each case the pod has come to its end and has not changed for a while.\n"
"What is `finished` or `recorded` has to be seen in several sweeps in a row.\n"
"An answer that is not what was asked for (403, 404 of something else, 5xx)\n"
"ends the sweep.\n"
"\n"
"`restore FILE` gives back what a record says was removed, to those of the\n"
"objects that are still there and are not being deleted.\n"
"\n"
"  --apply                change it; without it nothing is changed\n"
"  -n, --namespace NAME   of the objects; without it all namespaces\n"
"  -o, --output FORMAT    table (the default) or json\n"
"  --config FILE          configuration, whose section `sweep` has rules, and\n"
"                         most of what follows\n"
"  --kubeconfig FILE      the API server, or a fairway; without it as kubectl\n"
"                         finds it\n"
"  --context NAME         of the kubeconfig\n"
"  --proofs LIST          of labelled,gone,finished,recorded,deleted; without\n"
"                         it labelled,gone,finished\n"
"  --finalizer NAME       without it workflows.argoproj.io/status\n"
"  --instance-id ID       of the controller whose pods they are\n"
"  --settled-for TIME     that a pod has not changed; without it 10m\n"
"  --finished-for TIME    that a Workflow is completed; without it 30m\n"
"  --deleted-for TIME     … or deleted; without it 5m\n"
"  --workflow-finalizer NAME\n"
"                         without it fairway.dev/pods-released\n"
"  --sightings N          sweeps in a row; without it 3\n"
"  --sightings-in NAMESPACE/NAME\n"
"                         of the ConfigMap that keeps them between sweeps;\n"
"                         without it each sweep is the first one\n"
"  --max-removals N       in all: without it 500 …\n"
"  --max-per-namespace N  200 …\n"
"  --max-share PERCENT    and 50 of the objects of a rule that have the\n"
"                         finalizer, where there are 20 or more; above any of\n"
"                         them none is removed\n"
"  --qps N                removals a second; without it 5\n"
"  --no-events            make no Event at an object that lost a finalizer\n"
"  --record-file FILE     add what is removed to it, for `restore`\n"
"  --audit-file FILE      add an audit event (audit.k8s.io/v1) for each\n"
"  --metrics-file FILE    write metrics there at the end\n"
"\n"
"The annotation fairway.dev/keep-finalizers: \"true\" on an object keeps it\n"
"out.\n"
"\n"
"Examples:\n"
"    fairway sweep --kubeconfig ~/.local/state/fairway/kubeconfig\n"
"    fairway sweep -n argo --sightings 1 --apply --record-file removed.jsonl\n"
"    fairway sweep restore removed.jsonl --apply\n"
"  Why objects stay:\n"
"    fairway sweep -o json | jq .kept\n"
"\n"
"Status 0: it came to its end; 1: it did not, and says why; 2: the\n"
"configuration is wrong.\n",
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
"  --group NAME           of that user; may be repeated\n"
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
		.name = "simulate",
		.title = "fairway simulate",
		.usage = "fairway simulate [--config FILE] [--seats N] "
			 "[-o json] LOG...",
		.summary = "say what a configuration would have done to a log",
		.help =
"Plays the requests of a log through a configuration, in virtual time, and says\n"
"for each lane what came, what was refused, how long it waited, how many seats\n"
"it had and what it would be like beside what it was.  Asks nobody.\n"
"\n"
"  LOG                    files, - for standard input: Fairway's own log at\n"
"                         level debug, as text or JSON; or an API server's\n"
"                         audit log at level Request\n"
"  --config FILE          lanes and rules; without it the defaults\n"
"  --seats N              the API server serves N requests at one time, and\n"
"                         lets others wait; without it as many as come\n"
"  -o, --output FORMAT    table (the default) or json\n"
"\n"
"P50, P99, MAX: wait before the start.  SEATS: used on the average.  RUN, QUEUE:\n"
"most at one time.  Requests come when they came, and take as long at the API\n"
"server as they took: it is one that is always there and refuses nobody, and\n"
"clients do not wait for each other.  What a line does not tell, and how many\n"
"there are of those, stands below the table.\n"
"\n"
"Examples:\n"
"    fairway log-level debug; sleep 600; fairway log-level info\n"
"    fairway simulate --config new.yaml fairway.log\n"
"  Who would wait longest:\n"
"    fairway simulate -o json fairway.log |\n"
"        jq '.lanes | max_by(.waitSeconds.p99).name'\n"
"\n"
"Status 0: it was played; 1: there is nothing to play; 2: the configuration is\n"
"wrong.\n",
		.run = command_simulate,
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
		.usage = "fairway config (defaults | schema | show [FILE]) [-o "
			 "json]\n"
			 "                      " WHICH,
		.summary = "print a configuration, the defaults, or the schema",
		.help =
"  defaults    every key with its default, what it means and what it may be,\n"
"              as a file to begin with\n"
"  schema      the same as a JSON Schema, for editors\n"
"  show        what runs, with all defaults; with FILE what that would be\n"
"\n"
"  -o, --output FORMAT    of show: table (the default: YAML) or json\n"
"  --state-dir DIR        of the fairway that is asked\n"
"  --config FILE          its configuration, which says where the socket is\n"
"  --socket PATH          the socket itself\n"
"\n"
"Examples:\n"
"    fairway config defaults > fairway.yaml\n"
"  An editor with yaml-language-server marks what is wrong as it is typed:\n"
"    fairway config schema > fairway.schema.json\n"
"    # yaml-language-server: $schema=fairway.schema.json    (in fairway.yaml)\n"
"  What is another in the file than in what runs:\n"
"    diff <(fairway config show) <(fairway config show fairway.yaml)\n",
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

const size_t CLI_COMMAND_COUNT = ARRAY_SIZE(CLI_COMMANDS);
