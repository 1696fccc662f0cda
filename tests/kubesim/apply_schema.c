/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/apply_schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"

/* Lists that are not atomic. */
static const struct list_rule {
	const char *type;
	const char *field;
	const char *keys[SCHEMA_MAX_KEYS]; /* none: a set */
} list_rules[] = {
	{ "Container", "env", { "name" } },
	{ "Container", "ports", { "containerPort", "protocol" } },
	{ "Container", "volumeDevices", { "devicePath" } },
	{ "Container", "volumeMounts", { "mountPath" } },
	{ "ContainerRestartRuleOnExitCodes", "values", { NULL } },
	{ "ContainerStatus", "allocatedResourcesStatus", { "name" } },
	{ "ContainerStatus", "volumeMounts", { "mountPath" } },
	{ "EphemeralContainerCommon", "env", { "name" } },
	{ "EphemeralContainerCommon", "ports",
		{ "containerPort", "protocol" } },
	{ "EphemeralContainerCommon", "volumeDevices", { "devicePath" } },
	{ "EphemeralContainerCommon", "volumeMounts", { "mountPath" } },
	{ "NamespaceStatus", "conditions", { "type" } },
	{ "NodeAllocatableResourceClaimStatus", "containers", { NULL } },
	{ "ObjectMeta", "finalizers", { NULL } },
	{ "ObjectMeta", "ownerReferences", { "uid" } },
	{ "PodSpec", "containers", { "name" } },
	{ "PodSpec", "ephemeralContainers", { "name" } },
	{ "PodSpec", "hostAliases", { "ip" } },
	{ "PodSpec", "imagePullSecrets", { "name" } },
	{ "PodSpec", "initContainers", { "name" } },
	{ "PodSpec", "resourceClaims", { "name" } },
	{ "PodSpec", "schedulingGates", { "name" } },
	{ "PodSpec", "topologySpreadConstraints",
		{ "topologyKey", "whenUnsatisfiable" } },
	{ "PodSpec", "volumes", { "name" } },
	{ "PodStatus", "conditions", { "type" } },
	{ "PodStatus", "podIPs", { "ip" } },
	{ "PodStatus", "resourceClaimStatuses", { "name" } },
	{ "ResourceRequirements", "claims", { "name" } },
	{ "ResourceStatus", "resources", { "resourceID" } },
	{ "ServiceAccount", "secrets", { "name" } },
};

static const char *const atomic_structs[] = {
	"ConfigMapKeySelector",
	"FileKeySelector",
	"LabelSelector",
	"LocalObjectReference",
	"NodeSelector",
	"NodeSelectorTerm",
	"ObjectFieldSelector",
	"ObjectReference",
	"OwnerReference",
	"ResourceFieldSelector",
	"SecretKeySelector",
	"TypedLocalObjectReference",
};

static const struct schema leaf = { .kind = SCHEMA_LEAF };

static struct schema schema_of_type(const struct pb_type *type)
{
	if (type->kind != PB_MESSAGE)
		return (struct schema){ .kind = SCHEMA_LEAF, .type = type };
	for (size_t i = 0; i < ARRAY_SIZE(atomic_structs); i++) {
		if (!strcmp(type->name, atomic_structs[i]))
			return (struct schema){ .kind = SCHEMA_LEAF };
	}
	return (struct schema){ .kind = SCHEMA_STRUCT, .type = type };
}

struct schema schema_of_resource(const struct resource *res)
{
	if (res->custom)
		return (struct schema){ .kind = SCHEMA_CUSTOM };
	return schema_of_type(pb_type_find(res->api_version, res->kind));
}

static struct schema schema_of_list(
	const struct pb_type *type, const struct pb_field *field)
{
	for (size_t i = 0; i < ARRAY_SIZE(list_rules); i++) {
		const struct list_rule *rule = &list_rules[i];

		if (strcmp(rule->type, type->name) != 0 ||
			strcmp(rule->field, field->name) != 0)
			continue;
		return (struct schema){
			.kind = rule->keys[0] ? SCHEMA_KEYED : SCHEMA_SET,
			.type = field->type,
			.keys = rule->keys,
		};
	}
	return leaf;
}

static struct schema schema_of_field(
	const struct pb_type *type, const struct pb_field *field)
{
	struct schema schema;

	switch (field->shape) {
	case PB_LIST:
	case PB_LIST_ALWAYS:
		return schema_of_list(type, field);
	case PB_MAP:
		if (!strcmp(field->name, "nodeSelector"))
			return leaf;
		return (struct schema){
			.kind = SCHEMA_MAP,
			.type = field->type,
		};
	case PB_ALWAYS:
	case PB_FILLED:
	case PB_OPTIONAL:
	case PB_INLINE:
		break;
	}
	schema = schema_of_type(field->type);
	schema.is_embedded =
		schema.kind == SCHEMA_STRUCT && field->shape == PB_ALWAYS;
	return schema;
}

static int member_of_type(
	const struct pb_type *type, const char *name, struct schema *ret_member)
{
	for (const struct pb_field *field = type->fields; field->number;
		field++) {
		if (field->shape == PB_INLINE) {
			if (member_of_type(field->type, name, ret_member) == 0)
				return 0;
		} else if (!strcmp(field->name, name)) {
			*ret_member = schema_of_field(type, field);
			return 0;
		}
	}
	return -1;
}

int schema_member(const struct schema *schema, const char *name,
	struct schema *ret_member)
{
	switch (schema->kind) {
	case SCHEMA_STRUCT:
		return member_of_type(schema->type, name, ret_member);
	case SCHEMA_MAP:
		*ret_member = schema_of_type(schema->type);
		return 0;
	case SCHEMA_CUSTOM:
		if (!strcmp(name, "metadata"))
			*ret_member = schema_of_type(&pb_object_meta);
		else
			*ret_member = (struct schema){ .kind = SCHEMA_ANY };
		return 0;
	case SCHEMA_ANY:
		*ret_member = (struct schema){ .kind = SCHEMA_ANY };
		return 0;
	case SCHEMA_LEAF:
	case SCHEMA_SET:
	case SCHEMA_KEYED:
		break;
	}
	return -1;
}

struct schema schema_element(const struct schema *schema)
{
	return schema_of_type(schema->type);
}

struct schema schema_deduce(const struct schema *schema, const cJSON *value)
{
	if (schema->kind == SCHEMA_ANY && !cJSON_IsObject(value))
		return leaf;
	return *schema;
}

/* ContainerPort's is the one key that may be left out. */
static cJSON *key_of(const cJSON *item, const char *key)
{
	const cJSON *value = json_get(item, key);

	if (value && !cJSON_IsNull(value))
		return json_dup(value);
	return strcmp(key, "protocol") != 0 ? NULL : cJSON_CreateString("TCP");
}

static char *prefixed(const char *prefix, const cJSON *value)
{
	struct buf path = BUF_INIT;
	char *text = json_print(value);
	char *whole;

	buf_printf(&path, "%s%s", prefix, text);
	free(text);
	whole = span_dup(buf_span(&path));
	buf_fini(&path);
	return whole;
}

char *schema_item_path(const struct schema *list, const cJSON *item)
{
	cJSON *keys;
	char *path;

	if (list->kind == SCHEMA_SET)
		return prefixed("v:", item);
	keys = cJSON_CreateObject();
	for (unsigned i = 0; i < SCHEMA_MAX_KEYS && list->keys[i]; i++) {
		cJSON *key = key_of(item, list->keys[i]);

		if (!key) {
			cJSON_Delete(keys);
			return NULL;
		}
		json_set(keys, list->keys[i], key);
	}
	path = prefixed("k:", keys);
	cJSON_Delete(keys);
	return path;
}
