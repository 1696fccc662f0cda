/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/apf_config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"

/* k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap/default.go */
static const char defaults[] =
	"{\"levels\":["
	"{\"name\":\"exempt\",\"type\":\"Exempt\"},"
	"{\"name\":\"system\",\"shares\":30,\"queues\":64,\"handSize\":6},"
	"{\"name\":\"node-high\",\"shares\":40,\"queues\":64,\"handSize\":6},"
	"{\"name\":\"leader-election\",\"shares\":10,\"queues\":16,"
	"\"handSize\":4},"
	"{\"name\":\"workload-high\",\"shares\":40},"
	"{\"name\":\"workload-low\",\"shares\":100},"
	"{\"name\":\"global-default\",\"shares\":20},"
	"{\"name\":\"catch-all\",\"shares\":5,\"response\":\"Reject\"}],"
	"\"schemas\":["
	"{\"name\":\"exempt\",\"level\":\"exempt\","
	"\"groups\":[\"system:masters\"]},"
	"{\"name\":\"probes\",\"level\":\"exempt\","
	"\"paths\":[\"/healthz\",\"/readyz\",\"/livez\"]},"
	"{\"name\":\"system-leader-election\",\"level\":\"leader-election\","
	"\"distinguisher\":\"ByUser\",\"verbs\":[\"get\",\"create\","
	"\"update\"],\"apiGroups\":[\"coordination.k8s.io\"],"
	"\"resources\":[\"leases\"],"
	"\"users\":[\"system:kube-controller-manager\","
	"\"system:kube-scheduler\"],"
	"\"groups\":[\"system:serviceaccounts:kube-system\"]},"
	"{\"name\":\"kube-controller-manager\",\"level\":\"workload-high\","
	"\"distinguisher\":\"ByNamespace\","
	"\"users\":[\"system:kube-controller-manager\"]},"
	"{\"name\":\"kube-system-service-accounts\","
	"\"level\":\"workload-high\",\"distinguisher\":\"ByNamespace\","
	"\"groups\":[\"system:serviceaccounts:kube-system\"]},"
	"{\"name\":\"service-accounts\",\"level\":\"workload-low\","
	"\"distinguisher\":\"ByUser\","
	"\"groups\":[\"system:serviceaccounts\"]},"
	"{\"name\":\"global-default\",\"level\":\"global-default\","
	"\"distinguisher\":\"ByUser\","
	"\"groups\":[\"system:authenticated\","
	"\"system:unauthenticated\"]},"
	"{\"name\":\"catch-all\",\"level\":\"catch-all\","
	"\"distinguisher\":\"ByUser\"}]}";

enum {
	DEFAULT_QUEUES = 128,
	DEFAULT_HAND = 6,
	DEFAULT_LENGTH = 50,
	DEFAULT_WAIT_MS = 15000,
};

/* A name's UID is the same in each run: tests can compare. */
static void uid_of(
	const char *what, const char *name, char ret_uid[APF_UID_LEN + 1])
{
	struct hash_key key = { 0 };
	uint64_t a = hash_span(
		&key, hash_span(&key, 1, span_str(what)), span_str(name));
	uint64_t b = hash_span(
		&key, hash_span(&key, 2, span_str(what)), span_str(name));

	snprintf(ret_uid, APF_UID_LEN + 1, "%08x-%04x-4%03x-8%03x-%012llx",
		(unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffffU,
		(unsigned)a & 0xfffU, (unsigned)(b >> 52),
		(unsigned long long)(b & 0xffffffffffffU));
}

static double share_sum(const cJSON *levels)
{
	double sum = 0;

	for (const cJSON *item = levels->child; item; item = item->next)
		sum += json_num(item, "shares", 0);
	return sum;
}

static unsigned seats_of(const cJSON *spec, double sum, unsigned total)
{
	double seats = json_num(spec, "seats", -1);
	unsigned whole;

	if (seats >= 0)
		return (unsigned)seats;
	if (sum <= 0)
		return 0;
	seats = total * json_num(spec, "shares", 0) / sum;
	whole = (unsigned)seats;
	return whole + (seats > whole); /* rounded up, as the real one does */
}

static int level_init(struct apf_level *level, struct apf_set *set,
	const cJSON *spec, double sum, unsigned total, struct err *err)
{
	const char *name = json_str(spec, "name");
	const char *type = json_str(spec, "type");
	const char *response = json_str(spec, "response");

	if (!name)
		return err_set(err, "a level without a name");
	*level = (struct apf_level){
		.set = set,
		.name = xstrdup(name),
		.exempt = type && !strcmp(type, "Exempt"),
		.queues_requests = !response || strcmp(response, "Reject") != 0,
		.seats = seats_of(spec, sum, total),
		.hand = (unsigned)json_num(spec, "handSize", DEFAULT_HAND),
		.length_limit = (unsigned)json_num(
			spec, "queueLengthLimit", DEFAULT_LENGTH),
		.wait_limit =
			(usec_t)json_num(spec, "waitLimitMs", DEFAULT_WAIT_MS) *
			USEC_PER_MSEC,
	};
	uid_of("level", name, level->uid);
	dropped_init(&level->dropped);
	if (!level->queues_requests)
		return 0;
	level->queue_count = (unsigned)json_num(spec, "queues", DEFAULT_QUEUES);
	if (!level->queue_count || !level->hand || level->hand > APF_MAX_HAND ||
		level->hand > level->queue_count)
		return err_set(err,
			"level %s: handSize must be 1 to %d and not above "
			"queues",
			name, APF_MAX_HAND);
	level->queues = xcalloc(level->queue_count, sizeof(*level->queues));
	for (unsigned i = 0; i < level->queue_count; i++)
		list_init(&level->queues[i].waiting);
	return 0;
}

static struct apf_level *level_named(struct apf_set *set, const char *name)
{
	for (unsigned i = 0; name && i < set->level_count; i++) {
		if (!strcmp(set->levels[i].name, name))
			return &set->levels[i];
	}
	return NULL;
}

static int schema_init(struct apf_schema *schema, struct apf_set *set,
	const cJSON *spec, struct err *err)
{
	const char *name = json_str(spec, "name");
	const char *by = json_str(spec, "distinguisher");

	if (!name)
		return err_set(err, "a schema without a name");
	schema->level = level_named(set, json_str(spec, "level"));
	if (!schema->level)
		return err_set(err, "schema %s: no such level", name);
	schema->name = xstrdup(name);
	schema->rule = json_dup(spec);
	schema->distinguisher = !by     ? APF_BY_NOTHING
		: !strcmp(by, "ByUser") ? APF_BY_USER
					: APF_BY_NAMESPACE;
	uid_of("schema", name, schema->uid);
	return 0;
}

struct apf_set *apf_set_new(
	unsigned total, const cJSON *config, struct err *err)
{
	struct apf_set *set = xcalloc(1, sizeof(*set));
	cJSON *own = NULL;
	const cJSON *levels;
	const cJSON *schemas;
	double sum;
	int ret = 0;

	if (!config)
		config = own = json_parse(span_str(defaults), err);
	levels = json_get(config, "levels");
	schemas = json_get(config, "schemas");
	if (!cJSON_IsArray(levels) || !cJSON_IsArray(schemas)) {
		ret = err_set(err, "levels and schemas must be arrays");
		goto out;
	}
	sum = share_sum(levels);
	set->levels = xcalloc(json_count(levels) + 1, sizeof(*set->levels));
	set->schemas = xcalloc(json_count(schemas) + 1, sizeof(*set->schemas));
	for (const cJSON *item = levels->child; item && ret == 0;
		item = item->next)
		ret = level_init(&set->levels[set->level_count++], set, item,
			sum, total, err);
	for (const cJSON *item = schemas->child; item && ret == 0;
		item = item->next)
		ret = schema_init(
			&set->schemas[set->schema_count++], set, item, err);
out:
	cJSON_Delete(own);
	if (ret == 0)
		return set;
	apf_set_free(set);
	return NULL;
}

void apf_set_free(struct apf_set *set)
{
	if (!set)
		return;
	for (unsigned i = 0; i < set->level_count; i++) {
		free(set->levels[i].name);
		free(set->levels[i].queues);
	}
	for (unsigned i = 0; i < set->schema_count; i++) {
		free(set->schemas[i].name);
		cJSON_Delete(set->schemas[i].rule);
	}
	free(set->levels);
	free(set->schemas);
	free(set);
}

/* An absent list fits everything; "*" does as well. */
static bool list_fits(const cJSON *rule, const char *key, const char *text)
{
	const cJSON *list = json_get(rule, key);

	return !list || json_array_has(list, "*") || json_array_has(list, text);
}

/* Users and groups are alternatives. */
static bool subject_fits(const cJSON *rule, const struct identity *user)
{
	const cJSON *groups = json_get(rule, "groups");
	const cJSON *users = json_get(rule, "users");

	if (!groups && !users)
		return true;
	if (users && list_fits(rule, "users", user->user))
		return true;
	for (unsigned i = 0; groups && i < user->group_count; i++) {
		if (list_fits(rule, "groups", user->groups[i]))
			return true;
	}
	return false;
}

static bool schema_fits(const struct apf_schema *schema,
	const struct request *req, const struct identity *user)
{
	const cJSON *rule = schema->rule;
	char plural[128];

	if (!subject_fits(rule, user) || !list_fits(rule, "verbs", req->verb))
		return false;
	if (json_get(rule, "paths"))
		return !req->is_resource && list_fits(rule, "paths", req->path);
	if (!req->is_resource)
		return !json_get(rule, "resources") &&
			!json_get(rule, "namespaces");
	snprintf(plural, sizeof(plural), "%s%s%s", req->plural,
		*req->subresource ? "/" : "", req->subresource);
	return list_fits(rule, "apiGroups", req->group) &&
		list_fits(rule, "resources", plural) &&
		list_fits(rule, "namespaces", req->ns);
}

const struct apf_schema *apf_set_match(const struct apf_set *set,
	const struct request *req, const struct identity *user)
{
	for (unsigned i = 0; i < set->schema_count; i++) {
		if (schema_fits(&set->schemas[i], req, user))
			return &set->schemas[i];
	}
	return NULL;
}
