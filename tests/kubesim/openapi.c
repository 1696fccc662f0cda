/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/openapi.h"

#include <stdio.h>

#include "tests/kubesim/protobuf_type.h"

#define VERSION "v1.36.2+kubesim"

static void answer_taken(struct answer *answer, cJSON *doc)
{
	answer_doc(answer, 200, doc);
	cJSON_Delete(doc);
}

static cJSON *typed(const char *type, const char *format)
{
	cJSON *schema = cJSON_CreateObject();

	json_set_str(schema, "type", type);
	if (format)
		json_set_str(schema, "format", format);
	return schema;
}

/* Schemas */

static cJSON *reference(const struct pb_type *type)
{
	cJSON *schema = cJSON_CreateObject();
	cJSON *ref = cJSON_CreateObject();
	char text[128];

	snprintf(text, sizeof(text), "#/components/schemas/io.k8s.%s",
		type->name);
	json_set_str(ref, "$ref", text);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(schema, "allOf"), ref);
	return schema;
}

static cJSON *array_of(cJSON *items)
{
	cJSON *schema = typed("array", NULL);

	json_set(schema, "items", items);
	return schema;
}

static cJSON *schema_of_type(const struct pb_type *type)
{
	switch (type->kind) {
	case PB_MESSAGE:
		return reference(type);
	case PB_STRING:
	case PB_QUANTITY:
		return typed("string", NULL);
	case PB_BYTES:
		return typed("string", "byte");
	case PB_INT:
		return typed("integer", NULL);
	case PB_BOOL:
		return typed("boolean", NULL);
	case PB_TIME:
	case PB_MICRO_TIME:
		return typed("string", "date-time");
	case PB_INT_OR_STRING:
		return typed("string", "int-or-string");
	case PB_STRINGS:
		return array_of(typed("string", NULL));
	case PB_JSON:
		return typed("object", NULL);
	}
	return NULL;
}

static void add_properties(cJSON *properties, const struct pb_type *type)
{
	for (const struct pb_field *field = type->fields; field->number;
		field++) {
		cJSON *schema;

		if (field->shape == PB_INLINE) {
			add_properties(properties, field->type);
			continue;
		}
		schema = schema_of_type(field->type);
		if (field->shape == PB_LIST || field->shape == PB_LIST_ALWAYS) {
			schema = array_of(schema);
		} else if (field->shape == PB_MAP) {
			cJSON *map = typed("object", NULL);

			json_set(map, "additionalProperties", schema);
			schema = map;
		}
		json_set(properties, field->name, schema);
	}
}

/* Its own schema, and those of all that is in it. */
static cJSON *add_schema(cJSON *schemas, const struct pb_type *type)
{
	cJSON *schema;
	char name[96];

	snprintf(name, sizeof(name), "io.k8s.%s", type->name);
	schema = json_get(schemas, name);
	if (schema)
		return schema;
	schema = typed("object", NULL);
	json_set(schemas, name, schema);
	add_properties(json_make_object(schema, "properties"), type);
	for (const struct pb_field *field = type->fields; field->number;
		field++) {
		if (field->type->kind == PB_MESSAGE)
			add_schema(schemas, field->type);
	}
	return schema;
}

static cJSON *group_version_kind(const struct resource *res)
{
	cJSON *gvk = cJSON_CreateObject();

	json_set_str(gvk, "group", res->group);
	json_set_str(gvk, "version", res->version);
	json_set_str(gvk, "kind", res->kind);
	return gvk;
}

/* A custom resource has its metadata and anything else. */
static cJSON *add_custom_schema(cJSON *schemas, const struct resource *res)
{
	cJSON *schema = typed("object", NULL);
	char name[96];

	snprintf(name, sizeof(name), "io.argoproj.%s.%s", res->version,
		res->kind);
	add_schema(schemas, &pb_object_meta);
	json_set(json_make_object(schema, "properties"), "metadata",
		reference(&pb_object_meta));
	json_set(schema, "x-kubernetes-preserve-unknown-fields",
		cJSON_CreateTrue());
	json_set(schemas, name, schema);
	return schema;
}

static void add_kind(cJSON *schemas, const struct resource *res)
{
	cJSON *schema = res->custom
		? add_custom_schema(schemas, res)
		: add_schema(
			  schemas, pb_type_find(res->api_version, res->kind));
	cJSON *properties = json_get(schema, "properties");

	json_set_first(properties, "kind", typed("string", NULL));
	json_set_first(properties, "apiVersion", typed("string", NULL));
	cJSON_AddItemToArray(cJSON_AddArrayToObject(
				     schema, "x-kubernetes-group-version-kind"),
		group_version_kind(res));
}

/* Paths */

static void add_parameters(cJSON *operation)
{
	static const struct {
		const char *name;
		const char *type;
	} parameters[] = {
		{ "dryRun", "string" },
		{ "fieldManager", "string" },
		{ "fieldValidation", "string" },
		{ "force", "boolean" },
	};
	cJSON *list = cJSON_AddArrayToObject(operation, "parameters");

	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		cJSON *parameter = cJSON_CreateObject();

		json_set_str(parameter, "name", parameters[i].name);
		json_set_str(parameter, "in", "query");
		json_set(parameter, "schema", typed(parameters[i].type, NULL));
		cJSON_AddItemToArray(list, parameter);
	}
}

static void add_operation(cJSON *path, const struct resource *res,
	const char *method, const char *action)
{
	cJSON *operation = json_make_object(path, method);

	json_set_str(operation, "x-kubernetes-action", action);
	json_set(operation, "x-kubernetes-group-version-kind",
		group_version_kind(res));
	if (strcmp(method, "get") != 0 && strcmp(method, "delete") != 0)
		add_parameters(operation);
}

static void add_paths(cJSON *paths, const struct resource *res)
{
	char collection[192];
	char object[208];
	cJSON *path;

	snprintf(collection, sizeof(collection), "/%s/%s/%s%s",
		*res->group ? "apis" : "api", res->api_version,
		res->namespaced ? "namespaces/{namespace}/" : "", res->plural);
	path = json_make_object(paths, collection);
	add_operation(path, res, "get", "list");
	add_operation(path, res, "post", "post");
	add_operation(path, res, "delete", "deletecollection");
	snprintf(object, sizeof(object), "%s/{name}", collection);
	path = json_make_object(paths, object);
	add_operation(path, res, "get", "get");
	add_operation(path, res, "put", "put");
	add_operation(path, res, "patch", "patch");
	add_operation(path, res, "delete", "delete");
}

/* Documents */

static bool is_in(const struct resource *res, const char *place)
{
	char text[96];

	snprintf(text, sizeof(text), "%s/%s", *res->group ? "apis" : "api",
		res->api_version);
	return !strcmp(text, place);
}

static cJSON *new_document(const char *name, const char *format)
{
	cJSON *doc = cJSON_CreateObject();
	cJSON *info = cJSON_CreateObject();

	json_set_str(doc, name, format);
	json_set_str(info, "title", "Kubernetes");
	json_set_str(info, "version", VERSION);
	json_set(doc, "info", info);
	json_make_object(doc, "paths");
	return doc;
}

/* "api/v1" or "apis/GROUP/VERSION" */
static bool answer_group(struct answer *answer, const char *place)
{
	cJSON *doc = new_document("openapi", "3.0.0");
	cJSON *schemas = json_make_object(
		json_make_object(doc, "components"), "schemas");

	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		if (!is_in(&resources[i], place))
			continue;
		add_paths(json_get(doc, "paths"), &resources[i]);
		add_kind(schemas, &resources[i]);
	}
	if (schemas->child) {
		answer_taken(answer, doc);
		return true;
	}
	cJSON_Delete(doc);
	return false;
}

static void answer_index(struct answer *answer)
{
	cJSON *doc = cJSON_CreateObject();
	cJSON *paths = json_make_object(doc, "paths");
	char place[96];
	char url[128];

	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		snprintf(place, sizeof(place), "%s/%s",
			*resources[i].group ? "apis" : "api",
			resources[i].api_version);
		/* kubectl keeps documents by their hash: one for all. */
		snprintf(url, sizeof(url), "/openapi/v3/%s?hash=0", place);
		json_set_str(json_make_object(paths, place),
			"serverRelativeURL", url);
	}
	answer_taken(answer, doc);
}

static void answer_v2(const struct call *call, struct answer *answer)
{
	/* kubectl up to 1.26 wants one in protobuf, of whatever content.
	 * swagger = 1: "2.0"; info = 2: { title = 1, version = 2 } */
	static const char protobuf[] =
		"\x0a\x03"
		"2.0"
		"\x12\x19\x0a\x0aKubernetes\x12\x0bunversioned";
	cJSON *doc;

	if (strstr(call->accept, "proto-openapi")) {
		answer->code = 200;
		answer->content_type = "application/com.github.proto-openapi."
				       "spec.v2.v1.0+protobuf";
		evbuffer_add(answer->body, protobuf, sizeof(protobuf) - 1);
		return;
	}
	doc = new_document("swagger", "2.0");
	json_make_object(doc, "definitions");
	answer_taken(answer, doc);
}

bool openapi_handle(const struct call *call, struct answer *answer)
{
	static const char v3[] = "/openapi/v3";
	const char *path = call->req->path;

	if (!strcmp(path, "/openapi/v2"))
		answer_v2(call, answer);
	else if (!strcmp(path, v3) || !strcmp(path, "/openapi/v3/"))
		answer_index(answer);
	else if (!strncmp(path, v3, strlen(v3)) && path[strlen(v3)] == '/')
		return answer_group(answer, path + strlen(v3) + 1);
	else
		return false;
	return true;
}
