/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/instance.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "conf/places.h"
#include "conf/server_url.h"
#include "config.h"
#include "proxy/cli/confinement.h"
#include "proxy/cli/handed_out.h"
#include "proxy/cli/inputs.h"
#include "proxy/cli/keeper.h"
#include "proxy/cli/operator.h"
#include "proxy/cli/own_identity.h"
#include "proxy/cli/replica.h"
#include "proxy/exchange/server.h"
#include "proxy/identity/pki.h"
#include "proxy/identity/random.h"
#include "proxy/identity/state_dir.h"
#include "proxy/journal/journal.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/access_log.h"
#include "proxy/observe/admin_http.h"
#include "proxy/observe/admin_socket.h"
#include "proxy/observe/audit.h"
#include "proxy/observe/log.h"
#include "proxy/observe/view.h"
#include "proxy/replicas/replicas.h"
#include "proxy/wire/session.h"

enum phase {
	PHASE_RUNNING,
	PHASE_LEAVING,
	PHASE_DRAINING,
};

enum {
	/* A disk that was full has room again, sooner or later. */
	AUDIT_RETRY_MS = 1000,
};

struct instance {
	struct inputs inputs;
	struct log *log; /* borrowed */
	struct loop *loop;
	struct state_dir state;
	struct pki pki;
	struct hash_key hash_key; /* of identities */
	struct replicas *replicas; /* NULL: it is the only one */
	struct server *server;
	struct loop_timer leave; /* armed: from LEAVING to DRAINING */
	enum phase phase;
	struct admin_http *admin_http; /* NULL: not wanted */
	struct admin_socket *admin_socket;
	struct operator operator;
	struct access_log access_log;
	struct confinement confinement;
	struct audit audit;

	/* What is shown, filled when somebody looks. */
	struct view view;
	struct policy_stats policy_stats;
	struct process_stats process_stats;
	char *listen;     /* owned, as the next three: "127.0.0.1:7443" */
	char *cleartext;  /* "": not wanted */
	char *admin;      /* NULL: not wanted */
	char *kubeconfig; /* path of the one for clients */
};

static bool is_ready(const struct instance *instance)
{
	return instance->phase == PHASE_RUNNING;
}

/* ---- addresses --------------------------------------------------------- */

static char *address_of(const char *option, const struct host_port *configured)
{
	if (*option)
		return xstrdup(option);
	return host_port_join(span_str(configured->host), configured->port);
}

/* Of an address that was checked before. */
static struct span split(const char *address, uint16_t *ret_port)
{
	struct span host = SPAN_NONE;
	struct err err;

	CHECK(!host_port_split(span_str(address), &host, ret_port, &err));
	return host;
}

/* With the port that it became. */
static void set_real_port(char **address, unsigned port)
{
	uint16_t configured;
	char *real = host_port_join(split(*address, &configured), port);

	free(*address);
	*address = real;
}

/* ---- what is opened ---------------------------------------------------- */

static int open_state(
	struct instance *instance, const char *option, struct err *err)
{
	struct places places = places_from_environment();
	char *path;
	int result;

	if (*option)
		path = xstrdup(option);
	else if (*instance->inputs.config->state_dir)
		path = xstrdup(instance->inputs.config->state_dir);
	else
		path = places_state_dir(&places);
	result = state_dir_open(&instance->state, path, err);
	free(path);
	if (result)
		return -1;
	return pki_open(&instance->pki, &instance->state,
		(time_t)(loop_wall_clock() / USEC_PER_SEC),
		instance->inputs.source.has_client_cert, err);
}

static int open_audit(
	struct instance *instance, const struct config *config, struct err *err)
{
	const struct audit_config *audit = &config->audit;
	struct audit_sink_settings settings = {
		.path = "",
		.fd = STDOUT_FILENO,
		.file_bytes_max = audit->file_bytes,
		.backups = audit->backups,
		.queue_bytes_max = audit->queue_bytes,
		.retry_ms = AUDIT_RETRY_MS,
	};
	char *path;
	int result;

	audit_init(&instance->audit, instance->loop, instance->log,
		random_u64());
	if (audit->output == AUDIT_NONE)
		return 0;
	path = *audit->path ? xstrdup(audit->path)
			    : state_dir_path_of(&instance->state, "audit.log");
	if (audit->output == AUDIT_FILE)
		settings.path = path;
	result = audit_open(&instance->audit, &settings, err);
	free(path);
	return result;
}

static struct span own_authorization(void *user, usec_t now)
{
	struct instance *instance = user;

	return own_token_authorization(&instance->inputs.source.token, now);
}

static struct span fresh_authorization(
	void *user, struct span authorization, usec_t came_at, usec_t now)
{
	struct instance *instance = user;

	return own_identity_replacement(&instance->inputs.source,
		&instance->hash_key, authorization, came_at, now);
}

static uint64_t own_principal(void *user, usec_t now)
{
	struct instance *instance = user;

	return own_identity(
		&instance->inputs.source, &instance->hash_key, now);
}

static struct span own_name(void *user)
{
	const struct instance *instance = user;

	return source_client_name(&instance->inputs.source);
}

/* A socket of a file system asks for its owner; a port asks nobody. */
static void warn_of_lending(const struct instance *instance)
{
	const struct cleartext_config *cleartext = &instance->inputs.config->cleartext;

	if (cleartext->credentials == CREDENTIALS_OWN &&
		!span_starts_with(span_str(instance->cleartext), SPAN("unix:")))
		log_event(instance->log, LOG_LEVEL_WARN,
			"whoever connects in cleartext, any user of this "
			"machine, has the rights of Fairway's credentials; a "
			"UNIX socket would be for its own user only",
			LOG_FIELDS(LOG_STR("address", instance->cleartext)));
}

/* Takes the journal; NULL: none is wanted. */
static int open_server(struct instance *instance, struct journal *journal,
	struct err *err)
{
	struct server_settings settings = {
		.classifier = &CLASSIFIER_DEFAULT,
		.listen = instance->listen,
		.listen_tls = instance->inputs.listen.context,
		.cleartext = instance->cleartext,
		.lends_credentials = instance->inputs.config->cleartext.credentials ==
			CREDENTIALS_OWN,
		.own_authorization = own_authorization,
		.fresh_authorization = fresh_authorization,
		.own_principal = own_principal,
		.own_user = instance,
		.divide = instance->replicas ? replicas_divide : NULL,
		.divide_user = instance->replicas,
		.has_own_credentials = instance->inputs.source.has_client_cert,
		.client_ca = instance->inputs.listen.client_ca,
		.seed = random_u64(),
		.key = instance->hash_key,
		.notes_removals = instance->audit.sink != NULL,
		.on_intent_end = instance->audit.sink ? audit_intent_end : NULL,
		.on_intent_end_user = &instance->audit,
		.own_name = own_name,
		.journal = journal,
	};

	wire_limits_default(&settings.wire);
	server_settings_from_config(&settings, instance->inputs.config);
	source_servers(&instance->inputs.source, &settings.upstream);
	instance->server =
		server_new(instance->loop, instance->log, &settings, err);
	if (!instance->server)
		return -1;
	set_real_port(&instance->listen, server_port(instance->server));
	if (server_cleartext_port(instance->server))
		set_real_port(&instance->cleartext,
			server_cleartext_port(instance->server));
	warn_of_lending(instance);
	if (instance->replicas)
		replicas_start(instance->replicas, instance->server);
	return 0;
}

static int hand_out(struct instance *instance, struct err *err)
{
	return handed_out_write(instance->kubeconfig, instance->listen,
		&instance->inputs, &instance->pki, instance->log, err);
}

/* ---- who looks at it ---------------------------------------------------- */

/* Names of slots change; where they stand does not. */
static void name_endpoints(struct instance *instance)
{
	for (unsigned i = 0; i < instance->policy_stats.endpoint_count; i++)
		instance->view.endpoints[i] =
			server_endpoint_name(instance->server, i);
}

static void init_view(struct instance *instance)
{
	policy_read_stats(
		server_policy(instance->server), &instance->policy_stats);
	instance->view = (struct view){
		.version = PACKAGE_VERSION,
		.started_at = loop_now(instance->loop),
		.started_wall = loop_wall_clock(),
		.admin = "",
		.kubeconfig = instance->kubeconfig,
		.policy = &instance->policy_stats,
		.process = &instance->process_stats,
	};
	name_endpoints(instance);
}

static void on_record(const struct exchange_record *record, void *user)
{
	struct instance *instance = user;

	access_log_record(record, &instance->access_log);
	audit_record(record, &instance->audit);
}

static const struct view *look(struct instance *instance)
{
	struct view *view = &instance->view;

	view->now = loop_now(instance->loop);
	view->is_ready = is_ready(instance);
	view->listen = instance->listen;
	view->admin = instance->admin ? instance->admin : "";
	view->wall = loop_wall_clock();
	view->machine = server_policy(instance->server);
	view->objects = policy_objects(server_policy(instance->server));
	view->reload = inputs_look(&instance->inputs);
	view->confinement = instance->confinement.seen;
	view->config = instance->inputs.config;
	view->settings = &instance->inputs.config->policy;
	view->log_lines_dropped = instance->log->dropped;
	view->turns = loop_turns(instance->loop);
	view->exchange = server_stats(instance->server);
	view->intents = server_intent_stats(instance->server);
	view->reviews = server_review_stats(instance->server);
	view->open_intents = server_intents(instance->server);
	view->replicas = instance->replicas
		? replicas_look(instance->replicas)
		: NULL;
	view->wire = server_wire_stats(instance->server);
	view->audit = audit_figures(&instance->audit);
	policy_read_stats(
		server_policy(instance->server), &instance->policy_stats);
	process_stats_read(&instance->process_stats);
	return view;
}

static const struct view *on_view(void *user)
{
	return look(user);
}

static int open_admin_http(
	struct instance *instance, const char *option, struct err *err)
{
	const struct admin_config *config = &instance->inputs.config->admin;
	uint16_t port;
	char *host;

	if (!config->is_enabled && !*option)
		return 0;
	instance->admin = address_of(option, &config->address);
	host = span_dup(split(instance->admin, &port));
	instance->admin_http = admin_http_new(
		instance->loop, host, port, on_view, instance, err);
	free(host);
	if (!instance->admin_http)
		return err_prefix(err, "give another --admin-listen");
	set_real_port(&instance->admin, admin_http_port(instance->admin_http));
	return 0;
}

static int open_admin(struct instance *instance,
	const struct instance_options *options, struct err *err)
{
	char *path = *instance->inputs.config->admin.socket
		? xstrdup(instance->inputs.config->admin.socket)
		: state_dir_path_of(&instance->state, "admin.sock");

	init_view(instance);
	instance->admin_socket =
		admin_socket_new(instance->loop, path, on_view, instance, err);
	free(path);
	if (!instance->admin_socket)
		return -1;
	instance->operator = (struct operator){
		.log = instance->log,
		.inputs = &instance->inputs,
		.server = instance->server,
		.audit = &instance->audit,
	};
	admin_socket_on_act(instance->admin_socket, operator_carry_out,
		&instance->operator);
	instance->audit.endpoints = instance->view.endpoints;
	access_log_init(&instance->access_log, instance->log,
		instance->view.endpoints,
		instance->inputs.config->log.access_sample, random_u64());
	server_on_record(instance->server, on_record, instance);
	return open_admin_http(instance, options->admin_listen, err);
}

/* ---- the end ----------------------------------------------------------- */

static void stop(struct instance *instance)
{
	loop_stop(instance->loop);
}

static void on_drained(void *user)
{
	stop(user);
}

static void drain(struct instance *instance)
{
	struct server_drain_settings settings = {
		.grace = instance->inputs.config->shutdown.grace,
		.watch_grace = instance->inputs.config->shutdown.watch_grace,
	};

	instance->phase = PHASE_DRAINING;
	replicas_stop(instance->replicas);
	server_drain(instance->server, &settings, on_drained, instance);
}

static void on_leave(void *user)
{
	drain(user);
}

static void leave(struct instance *instance, int signo)
{
	usec_t delay = instance->inputs.config->shutdown.delay;

	if (instance->phase != PHASE_RUNNING) {
		log_event(instance->log, LOG_LEVEL_WARN,
			"a second signal: ending at once",
			LOG_FIELDS(LOG_STR("signal", strsignal(signo))));
		stop(instance);
		return;
	}
	log_event(instance->log, LOG_LEVEL_INFO, "ending: not ready any more",
		LOG_FIELDS(LOG_STR("signal", strsignal(signo)),
			LOG_DURATION("delay", delay),
			LOG_DURATION(
				"grace", instance->inputs.config->shutdown.grace)));
	instance->phase = PHASE_LEAVING;
	inputs_stop(&instance->inputs);
	loop_timer_set(
		&instance->leave, usec_add(loop_now(instance->loop), delay));
}

static void on_end_signal(int signo, void *user)
{
	leave(user, signo);
}

static void on_hangup(int signo, void *user)
{
	struct instance *instance = user;

	(void)signo;
	operator_hang_up(&instance->operator);
}

static void on_file(const char *what, const char *why, void *user)
{
	struct instance *instance = user;

	operator_note_file(&instance->operator, what, why);
}

/* What the clients' kubeconfig has of it may be another now. */
static void on_inputs(void *user)
{
	struct instance *instance = user;
	struct err err;

	instance->access_log.sample =
		instance->inputs.config->log.access_sample;
	if (hand_out(instance, &err))
		log_event(instance->log, LOG_LEVEL_ERROR,
			"the clients' kubeconfig is not up to date",
			LOG_FIELDS(LOG_STR("why", err.text)));
}

/* ---- as a whole -------------------------------------------------------- */

static void confine_files(struct instance *instance)
{
	const struct config *config = instance->inputs.config;
	const char *socket = "";

	if (span_starts_with(span_str(instance->cleartext), SPAN("unix:")))
		socket = instance->cleartext + strlen("unix:");
	confinement_init(&instance->confinement, config->process.is_confined);
	confinement_take_files(&instance->confinement, &instance->inputs,
		(const char *const[]){ instance->state.path, NULL },
		(const char *const[]){ instance->kubeconfig, socket,
			config->admin.socket,
			config->audit.output == AUDIT_FILE ? config->audit.path
							   : "",
			NULL });
	instance->inputs.is_confined =
		instance->confinement.seen.landlock > 0;
}

static int open_all(struct instance *instance,
	const struct instance_options *options, struct config *config,
	enum cli_status *ret_status, struct err *err)
{
	struct journal *journal;

	*ret_status = CLI_FAILED;
	instance->loop = loop_new(err);
	if (!instance->loop)
		return -1;
	/* First what is only read: a failure leaves nothing behind. */
	*ret_status = CLI_CONFIG;
	if (inputs_open(
		    &instance->inputs, options, config, instance->log, err))
		return -1;
	*ret_status = CLI_FAILED;
	if (open_state(instance, options->state_dir, err))
		return -1;
	state_dir_remove_leftovers(&instance->state, "kubeconfig");
	*ret_status = CLI_CONFIG;
	if (inputs_open_listen(&instance->inputs, &instance->pki, err))
		return -1;
	*ret_status = CLI_FAILED;
	instance->listen = address_of(options->listen, &config->listen.address);
	instance->cleartext = xstrdup(config->cleartext.address);
	instance->kubeconfig = *config->listen.kubeconfig
		? xstrdup(config->listen.kubeconfig)
		: state_dir_path_of(&instance->state, "kubeconfig");
	*ret_status = CLI_CONFIG;
	if (replica_open(config, &instance->inputs.source, instance->loop,
		    instance->log, &instance->replicas, err) ||
		keeper_open(config, &instance->state, &journal, err))
		return -1;
	instance->hash_key = keeper_hash_key(&instance->state, instance->log);
	*ret_status = CLI_FAILED;
	/* Before the threads of the journal and the audit, which are to have it
	 * too. */
	confine_files(instance);
	if (open_audit(instance, config, err)) {
		journal_close(journal);
		return -1;
	}
	if (open_server(instance, journal, err) ||
		open_admin(instance, options, err) ||
		hand_out(instance, err))
		return -1;
	loop_timer_init(&instance->leave, instance->loop, on_leave, instance);
	loop_on_signal(instance->loop, SIGTERM, on_end_signal, instance);
	loop_on_signal(instance->loop, SIGINT, on_end_signal, instance);
	loop_on_signal(instance->loop, SIGHUP, on_hangup, instance);
	inputs_start(&instance->inputs, instance->loop, instance->server,
		on_inputs, on_file, instance);
	/* All is open, and nothing was read of any client yet. */
	confinement_take_calls(&instance->confinement);
	confinement_say(&instance->confinement, instance->log);
	return 0;
}

struct instance *instance_new(const struct instance_options *options,
	struct config *config, struct log *log,
	enum cli_status *ret_status, struct err *err)
{
	struct instance *instance = xcalloc(1, sizeof(*instance));

	instance->log = log;
	instance->state = (struct state_dir){ .fd = -1, .lock_fd = -1 };
	if (!open_all(instance, options, config, ret_status, err))
		return instance;
	instance_free(instance);
	return NULL;
}

void instance_run(struct instance *instance)
{
	const struct server_url *first = &instance->inputs.source.servers[0];
	char *upstream = host_port_join(span_str(first->host), first->port);

	log_event(instance->log, LOG_LEVEL_INFO, "listening",
		LOG_FIELDS(LOG_STR("address", instance->listen),
			LOG_STR("cleartext",
				*instance->cleartext ? instance->cleartext
						     : "none"),
			LOG_STR("kubeconfig", instance->kubeconfig),
			LOG_STR("admin",
				instance->admin ? instance->admin : "none"),
			LOG_STR("upstream", upstream),
			LOG_STR("version", PACKAGE_VERSION)));
	free(upstream);
	loop_run(instance->loop);
	log_event(instance->log, LOG_LEVEL_INFO, "ended", LOG_NO_FIELDS);
}

void instance_free(struct instance *instance)
{
	if (instance->leave.loop)
		loop_timer_fini(&instance->leave);
	admin_http_free(instance->admin_http);
	admin_socket_free(instance->admin_socket);
	replicas_free(instance->replicas);
	server_free(instance->server);
	audit_close(&instance->audit);
	inputs_close(&instance->inputs);
	pki_fini(&instance->pki);
	state_dir_close(&instance->state);
	if (instance->loop)
		loop_free(instance->loop);
	free(instance->listen);
	free(instance->cleartext);
	free(instance->admin);
	free(instance->kubeconfig);
	free(instance);
}
