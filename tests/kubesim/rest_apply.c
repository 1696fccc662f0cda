/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/body.h"
#include "tests/kubesim/rest.h"
#include "tests/kubesim/yaml.h"

/* JSON is YAML; read as JSON it may be large. */
static cJSON *read_config(const struct call *call, struct status *st)
{
	struct err err;
	cJSON *doc = json_parse(call->body, &err);

	if (!doc)
		doc = yaml_parse(call->body, &err);
	if (cJSON_IsObject(doc))
		return doc;
	if (doc)
		err_set(&err, "a %s is no object", json_type_name(doc));
	cJSON_Delete(doc);
	status_bad_request(st,
		"error decoding YAML: error converting YAML to JSON: %s",
		err.text);
	return NULL;
}

static int check_config(
	const struct target *target, const cJSON *config, struct status *st)
{
	const struct resource *res = target->res;
	const char *name = json_str(config, "metadata.name");
	const char *version = json_str(config, "apiVersion");
	const char *kind = json_str(config, "kind");

	version = version ? version : "";
	kind = kind ? kind : "";
	if (strcmp(version, res->api_version) != 0 ||
		strcmp(kind, res->kind) != 0)
		return status_bad_request(st,
			"invalid object type: %s%s, Kind=%s",
			strchr(version, '/') ? "" : "/", version, kind);
	if (json_has(config, "metadata.managedFields"))
		return status_bad_request(
			st, "metadata.managedFields must be nil");
	if (name && strcmp(name, target->name) != 0)
		return status_bad_request(st,
			"the name of the object (%s) does not match the name "
			"on the URL (%s)",
			name, target->name);
	return 0;
}

/* An apply to what is not there yet creates it. */
static int create(struct api *api, const struct target *target,
	const cJSON *config, struct object **ret_obj, struct status *st)
{
	const char *uid = json_str(config, "metadata.uid");
	cJSON *metadata;
	cJSON *obj;

	if (uid && *uid)
		return status_conflict(st, target->res, target->name,
			"uid mismatch: the provided object specified uid %s, "
			"and no existing object was found",
			uid);
	obj = apply_config(target->res, NULL, config, &target->writer, st);
	if (!obj)
		return -1;
	metadata = json_make_object(obj, "metadata");
	json_remove(metadata, "resourceVersion");
	if (!json_has(metadata, "name"))
		json_set_str(metadata, "name", target->name);
	return registry_create(&api->registry, target, obj, ret_obj, st);
}

static int update(struct api *api, const struct target *target,
	const struct object *live, const cJSON *config, struct object **ret_obj,
	struct status *st)
{
	cJSON *next = apply_config(
		target->res, live->tree, config, &target->writer, st);

	if (!next)
		return -1;
	return registry_update(
		&api->registry, target, UPDATE_PATCH, next, ret_obj, st);
}

void rest_apply(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer)
{
	struct target target = rest_target(call, res);
	const struct object *live =
		store_get(api->store, res, target.ns, target.name);
	struct object *obj;
	struct status st;
	cJSON *config = read_config(call, &st);
	int ret = -1;

	target.applied = true;
	if (!config || check_config(&target, config, &st) != 0)
		ret = -1;
	else if (live)
		ret = update(api, &target, live, config, &obj, &st);
	else if (*target.subresource)
		status_not_found(&st, res, target.name);
	else
		ret = create(api, &target, config, &obj, &st);
	cJSON_Delete(config);
	if (ret == 0)
		rest_answer_write(call, &target, answer, live ? 200 : 201, obj);
	else
		answer_status(answer, &st);
}
