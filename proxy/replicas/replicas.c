/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/replicas/replicas.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "policy/replicas/demand.h"
#include "policy/replicas/replica.h"
#include "proxy/exchange/errand.h"
#include "proxy/exchange/server.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/log.h"
#include "proxy/replicas/lease.h"

/* How often demand is looked at in a period. */
#define LOOKS 64
/* A peak of it fades in this part of the period. */
#define FADES 12

struct replicas {
	struct loop *loop;     /* borrowed, as the next two */
	struct log *log;
	struct server *server; /* NULL: not yet */
	struct replicas_config config; /* only the numbers of it */
	char *name;	       /* owned, as the next */
	char *namespace;
	char *group;
	char *holder;
	char *pod_name;
	char *pod_uid;
	struct lease_face face;
	struct buf list_target, own_target, all_target;

	struct quotas *quotas; /* owned */
	struct replica replica;
	struct demand demands[QUOTAS_MAX];
	uint32_t portions[QUOTAS_MAX]; /* as the server has them */
	usec_t look_at;

	struct errand *errand; /* NULL: none is under way */
	bool is_writing;       /* it is a WRITE */
	char *uid;	       /* of the Lease with its name; owned; "" */
	struct loop_timer timer;

	struct err trouble;    /* why the last question failed; "" */
	enum replica_state logged_state;
	bool has_logged_crowd;
	struct replicas_view view;
};

static void turn(struct replicas *replicas);

/* ---- what is said ------------------------------------------------------- */

static void note_trouble(
	struct replicas *replicas, const char *what, struct err *err)
{
	bool is_news = !*replicas->trouble.text;

	err_prefix(err, "cannot %s", what);
	replicas->trouble = *err;
	log_event(replicas->log, is_news ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG,
		"Leases of replicas",
		LOG_FIELDS(LOG_STR("lease", replicas->name),
			LOG_STR("why", err->text)));
}

static void note_answer(
	struct replicas *replicas, const char *what, unsigned status)
{
	struct err err;

	if (!status)
		err_set(&err, "no answer");
	else
		err_set(&err, "the API server answers %u", status);
	note_trouble(replicas, what, &err);
}

static void log_changes(struct replicas *replicas)
{
	const struct replica_stats *stats = &replicas->view.stats;
	bool is_crowd = stats->too_many > 0;

	if (stats->state != replicas->logged_state)
		log_event(replicas->log,
			stats->state == REPLICA_CUT_OFF ||
					stats->state == REPLICA_NAMELESS
				? LOG_LEVEL_WARN
				: LOG_LEVEL_INFO,
			"replica",
			LOG_FIELDS(LOG_STR("lease", replicas->name),
				LOG_STR("state",
					replica_state_name(stats->state)),
				LOG_STR("was",
					replica_state_name(
						replicas->logged_state)),
				LOG_UINT("peers", stats->peers),
				LOG_STR("why", replicas->trouble.text)));
	if (is_crowd && !replicas->has_logged_crowd)
		log_event(replicas->log, LOG_LEVEL_ERROR,
			"more replicas than replicas.max: their floors are "
			"more than the limits",
			LOG_FIELDS(LOG_UINT("replicas", stats->too_many),
				LOG_UINT("max", replicas->config.max)));
	replicas->logged_state = stats->state;
	replicas->has_logged_crowd = is_crowd;
}

/* ---- what is in force --------------------------------------------------- */

/* Of a new configuration; demand is looked at anew. */
static void take_quotas(struct replicas *replicas, struct quotas *fresh)
{
	replica_set_quotas(
		&replicas->replica, fresh, loop_now(replicas->loop));
	memset(replicas->demands, 0, sizeof(replicas->demands));
	free(replicas->quotas);
	replicas->quotas = fresh;
}

static void divide(struct replicas *replicas, struct policy_settings *settings)
{
	struct quotas *fresh = xcalloc(1, sizeof(*fresh));

	quotas_of(settings, fresh);
	if (quotas_are_same(fresh, replicas->quotas))
		free(fresh);
	else
		take_quotas(replicas, fresh);
	replica_portions(&replicas->replica, replicas->portions,
		loop_now(replicas->loop));
	quotas_apply(replicas->quotas, replicas->portions,
		replicas->config.max, settings);
}

void replicas_divide(void *user, struct policy_settings *settings)
{
	divide(user, settings);
}

static void put_in_force(struct replicas *replicas)
{
	uint32_t portions[QUOTAS_MAX];

	replica_portions(
		&replicas->replica, portions, loop_now(replicas->loop));
	if (memcmp(portions, replicas->portions,
		    replicas->quotas->count * sizeof(*portions)) != 0)
		server_resize(replicas->server);
}

static void look_at_demand(struct replicas *replicas)
{
	usec_t now = loop_now(replicas->loop), period = replicas->config.lease;
	uint32_t demands[QUOTAS_MAX];
	struct quota_use uses[QUOTAS_MAX];

	policy_measure(
		server_policy(replicas->server), replicas->quotas, uses);
	for (uint32_t i = 0; i < replicas->quotas->count; i++) {
		demand_note(&replicas->demands[i], &replicas->quotas->items[i],
			&uses[i], period / FADES, now);
		demands[i] = replicas->demands[i].peak;
	}
	replica_set_demand(&replicas->replica, demands);
	replicas->look_at = usec_add(now, period / LOOKS);
}

/* ---- questions and answers ---------------------------------------------- */

static const struct lease_item *own_item(
	const struct replicas *replicas, const struct lease_list *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (!strcmp(list->items[i].name, replicas->name))
			return &list->items[i];
	}
	return NULL;
}

static void take_uid(struct replicas *replicas, const char *uid)
{
	char *copy = xstrdup(uid);

	free(replicas->uid);
	replicas->uid = copy;
}

static void listed(struct replicas *replicas, const struct lease_list *list)
{
	struct lease_seen *seen =
		xcalloc((size_t)list->count + 1, sizeof(*seen));
	const struct lease_item *own = own_item(replicas, list);

	for (uint32_t i = 0; i < list->count; i++) {
		const struct lease_item *item = &list->items[i];

		seen[i] = (struct lease_seen){
			.name = span_str(item->name),
			.uid = span_str(item->uid),
			.holder = span_str(item->holder),
			.version = span_str(item->version),
			.is_readable = item->is_readable,
			.parts = item->parts,
		};
	}
	take_uid(replicas, own ? own->uid : "");
	replica_listed(&replicas->replica, seen, list->count,
		loop_now(replicas->loop));
	free(seen);
}

static void list_answered(
	struct replicas *replicas, unsigned status, struct span body)
{
	struct lease_list list;
	struct err err;

	if (status != 200) {
		note_answer(replicas, "list the Leases", status);
	} else if (lease_list_read(body, replicas->quotas, &list, &err)) {
		note_trouble(replicas, "list the Leases", &err);
	} else {
		listed(replicas, &list);
		lease_list_fini(&list);
		return;
	}
	replica_not_listed(&replicas->replica, loop_now(replicas->loop));
}

/*
 * What says for certain that it was not done.  A 429 was not taken up; 5xx and
 * no answer say nothing.
 */
static bool is_refusal(unsigned status)
{
	return status >= 400 && status < 500 && status != 408;
}

static void write_answered(
	struct replicas *replicas, unsigned status, struct span body)
{
	usec_t now = loop_now(replicas->loop);
	struct lease_item item;
	struct err err;

	if (status != 200 && status != 201) {
		note_answer(replicas, "renew the Lease", status);
		replica_not_written(
			&replicas->replica, is_refusal(status), now);
		return;
	}
	if (lease_read(body, replicas->quotas, &item, &err)) {
		note_trouble(replicas, "renew the Lease", &err);
		replica_not_written(&replicas->replica, false, now);
		return;
	}
	replicas->trouble.text[0] = '\0';
	take_uid(replicas, item.uid);
	replica_written(&replicas->replica, span_str(item.version), now);
	lease_item_fini(&item);
}

static void answered(
	struct replicas *replicas, unsigned status, struct span body)
{
	replicas->errand = NULL;
	if (replicas->is_writing)
		write_answered(replicas, status, body);
	else
		list_answered(replicas, status, body);
	turn(replicas);
}

static void on_answer(void *user, unsigned status, struct span body)
{
	answered(user, status, body);
}

static void ask(struct replicas *replicas, struct errand_request *request)
{
	request->user_agent = SPAN("fairway-replicas");
	request->patience = REPLICA_PATIENCE(replicas->config.lease);
	replicas->errand = errand_send(
		replicas->server, request, on_answer, replicas);
}

static void ask_to_list(struct replicas *replicas)
{
	struct errand_request request = {
		.method = SPAN("GET"),
		.target = buf_span(&replicas->list_target),
		.content_type = SPAN_NONE,
	};

	replicas->is_writing = false;
	ask(replicas, &request);
}

/* Now, and not when demand was last looked at: it may have grown since. */
static void draft_lease(struct replicas *replicas, struct lease_draft *draft)
{
	struct quota_use uses[QUOTAS_MAX];
	uint32_t used[QUOTAS_MAX];

	policy_measure(
		server_policy(replicas->server), replicas->quotas, uses);
	for (uint32_t i = 0; i < replicas->quotas->count; i++)
		used[i] = uses[i].used;
	replica_draft(&replicas->replica, used, draft);
}

static void ask_to_write(struct replicas *replicas)
{
	struct errand_request request = {
		.content_type = SPAN("application/json"),
	};
	struct buf body = BUF_INIT;
	struct lease_draft draft;

	draft_lease(replicas, &draft);
	lease_write(&replicas->face, replicas->uid, replicas->quotas, &draft,
		loop_wall_clock(), &body);
	request.method = *draft.version ? SPAN("PUT") : SPAN("POST");
	request.target = buf_span(*draft.version ? &replicas->own_target
						 : &replicas->all_target);
	request.body = buf_span(&body);
	replicas->is_writing = true;
	ask(replicas, &request);
	buf_fini(&body);
}

/* ---- turns -------------------------------------------------------------- */

static void do_step(struct replicas *replicas, usec_t now)
{
	switch (replica_next(&replicas->replica, now)) {
	case REPLICA_REST:
		return;
	case REPLICA_LIST:
		ask_to_list(replicas);
		return;
	case REPLICA_WRITE:
		ask_to_write(replicas);
		return;
	}
	CHECK_UNREACHABLE();
}

static void turn(struct replicas *replicas)
{
	usec_t now = loop_now(replicas->loop), at;

	if (replicas->server) {
		if (now >= replicas->look_at)
			look_at_demand(replicas);
		/* Before anything starts in this turn. */
		put_in_force(replicas);
		do_step(replicas, now);
	}
	replica_read_stats(&replicas->replica, &replicas->view.stats, now);
	log_changes(replicas);
	at = u64_min(replica_wake_at(&replicas->replica), replicas->look_at);
	loop_timer_set(&replicas->timer, at);
}

static void on_timer(void *user)
{
	turn(user);
}

/* ---- as a whole --------------------------------------------------------- */

static const char *first_given(const char *a, const char *b)
{
	return *a ? a : b;
}

/* As the API server takes names of Leases (RFC 1123, a subdomain). */
static bool is_subdomain(const char *name)
{
	static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const char *label = name;

	for (const char *at = name;; at++) {
		if (*at && *at != '.') {
			if (!strchr(LETTERS, *at) && *at != '-')
				return false;
			continue;
		}
		if (at == label || *label == '-' || at[-1] == '-')
			return false;
		if (!*at)
			return at - name < LEASE_NAME_CAP;
		label = at + 1;
	}
}

static int find_names(struct replicas *replicas,
	const struct replicas_settings *settings, struct err *err)
{
	const struct replicas_config *config = &settings->config->replicas;
	struct buf holder = BUF_INIT;

	replicas->name = xstrdup(first_given(config->name,
		first_given(settings->pod_name, settings->host_name)));
	replicas->namespace = xstrdup(first_given(config->namespace,
		first_given(settings->pod_namespace, settings->namespace)));
	replicas->group = xstrdup(config->group);
	replicas->pod_name = xstrdup(settings->pod_name);
	replicas->pod_uid = xstrdup(settings->pod_uid);
	replicas->uid = xstrdup("");
	buf_printf(&holder, "%s_%016" PRIx64, replicas->name, settings->seed);
	replicas->holder = xstrdup(buf_cstr(&holder));
	buf_fini(&holder);
	if (!is_subdomain(replicas->name))
		return err_set(err,
			"replicas.name: \"%s\" cannot be the name of a Lease; "
			"set one of lower-case letters, digits, '-' and '.'",
			replicas->name);
	if (!is_subdomain(replicas->namespace))
		return err_set(err,
			"replicas.namespace: neither the pod nor the "
			"credentials say which; set it");
	return 0;
}

static void make_face(struct replicas *replicas)
{
	const char *base = "/apis/coordination.k8s.io/v1/namespaces/";

	replicas->face = (struct lease_face){
		.name = replicas->name,
		.namespace = replicas->namespace,
		.group = replicas->group,
		.holder = replicas->holder,
		/* Under another name it is not the pod's. */
		.pod_name = strcmp(replicas->name, replicas->pod_name)
			? ""
			: replicas->pod_name,
		.pod_uid = replicas->pod_uid,
		.period = replicas->config.lease,
	};
	buf_printf(&replicas->all_target, "%s%s/leases", base,
		replicas->namespace);
	buf_printf(&replicas->own_target, "%s%s/leases/%s", base,
		replicas->namespace, replicas->name);
	buf_printf(&replicas->list_target,
		"%s%s/leases?labelSelector=fairway.dev%%2Freplicas%%3D%s", base,
		replicas->namespace, replicas->group);
}

struct replicas *replicas_new(struct loop *loop, struct log *log,
	const struct replicas_settings *settings, struct err *err)
{
	struct replicas *replicas = xcalloc(1, sizeof(*replicas));
	struct replica_settings own;

	replicas->loop = loop;
	replicas->log = log;
	replicas->config = settings->config->replicas;
	loop_timer_init(&replicas->timer, loop, on_timer, replicas);
	if (find_names(replicas, settings, err)) {
		replicas_free(replicas);
		return NULL;
	}
	make_face(replicas);
	replicas->quotas = xmalloc(sizeof(*replicas->quotas));
	quotas_of(&settings->config->policy, replicas->quotas);
	own = (struct replica_settings){
		.name = replicas->name,
		.holder = replicas->holder,
		.quotas = replicas->quotas,
		.period = replicas->config.lease,
		.replicas_max = replicas->config.max,
		.floor = replicas->config.floor,
	};
	replica_init(&replicas->replica, &own, settings->seed, loop_now(loop));
	replicas->view = (struct replicas_view){
		.name = replicas->name,
		.group = replicas->group,
		.trouble = replicas->trouble.text,
	};
	return replicas;
}

void replicas_start(struct replicas *replicas, struct server *server)
{
	replicas->server = server;
	loop_timer_set(&replicas->timer, loop_now(replicas->loop));
}

void replicas_stop(struct replicas *replicas)
{
	if (!replicas)
		return;
	errand_cancel(replicas->errand);
	replicas->errand = NULL;
	replica_stop(&replicas->replica);
}

void replicas_free(struct replicas *replicas)
{
	if (!replicas)
		return;
	errand_cancel(replicas->errand);
	loop_timer_fini(&replicas->timer);
	buf_fini(&replicas->list_target);
	buf_fini(&replicas->own_target);
	buf_fini(&replicas->all_target);
	free(replicas->quotas);
	free(replicas->name);
	free(replicas->namespace);
	free(replicas->group);
	free(replicas->holder);
	free(replicas->pod_name);
	free(replicas->pod_uid);
	free(replicas->uid);
	free(replicas);
}

const struct replicas_view *replicas_look(struct replicas *replicas)
{
	replicas->view.quotas = replicas->quotas;
	replica_read_stats(&replicas->replica, &replicas->view.stats,
		loop_now(replicas->loop));
	return &replicas->view;
}
