/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/kinds.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/util.h"

enum {
	CONFIGMAP_MAX_BYTES = 1 << 20,
	NAME_MAX_BYTES = 253,
	LABEL_MAX_BYTES = 63,
};

static bool is_kind(const struct resource *res, const char *kind)
{
	return !strcmp(res->kind, kind);
}

static void default_str(cJSON *object, const char *key, const char *value)
{
	if (!json_has(object, key))
		json_set_str(object, key, value);
}

static void default_num(cJSON *object, const char *key, double value)
{
	if (!json_has(object, key))
		json_set_num(object, key, value);
}

/* Types */

/* `path` as Go names the field: with the struct that has it. */
static int bad_type(const struct resource *res, const char *path,
	const cJSON *value, const char *type, struct err *err)
{
	bool of_metadata = !strncmp(path, "metadata.", strlen("metadata."));

	return err_set(err,
		"json: cannot unmarshal %s into Go struct field %s.%s of type "
		"%s",
		json_type_name(value), of_metadata ? "ObjectMeta" : res->kind,
		path, type);
}

static int check_string(const struct resource *res, const cJSON *obj,
	const char *path, struct err *err)
{
	const cJSON *value = json_get_path(obj, path);

	if (!value || cJSON_IsNull(value) || cJSON_IsString(value))
		return 0;
	return bad_type(res, path, value, "string", err);
}

static int check_strings_in(const struct resource *res, const cJSON *obj,
	const char *path, bool is_map, struct err *err)
{
	const char *type = is_map ? "map[string]string" : "[]string";
	const cJSON *value = json_get_path(obj, path);

	if (!value || cJSON_IsNull(value))
		return 0;
	if (is_map ? !cJSON_IsObject(value) : !cJSON_IsArray(value))
		return bad_type(res, path, value, type, err);
	for (const cJSON *item = value->child; item; item = item->next) {
		if (!cJSON_IsString(item))
			return bad_type(res, path, item, "string", err);
	}
	return 0;
}

static int check_object(const struct resource *res, const cJSON *obj,
	const char *path, struct err *err)
{
	const cJSON *value = json_get_path(obj, path);

	if (!value || cJSON_IsNull(value) || cJSON_IsObject(value))
		return 0;
	return bad_type(res, path, value, "struct", err);
}

static int check_objects_in(const struct resource *res, const cJSON *obj,
	const char *path, struct err *err)
{
	const cJSON *list = json_get_path(obj, path);

	if (!list || cJSON_IsNull(list))
		return 0;
	if (!cJSON_IsArray(list))
		return bad_type(res, path, list, "[]struct", err);
	for (const cJSON *item = list->child; item; item = item->next) {
		if (!cJSON_IsObject(item))
			return bad_type(res, path, item, "struct", err);
	}
	return 0;
}

int kind_check_types(
	const struct resource *res, const cJSON *obj, struct err *err)
{
	static const char *const strings[] = {
		"metadata.name",
		"metadata.namespace",
		"metadata.generateName",
		"metadata.uid",
		"metadata.resourceVersion",
	};

	if (check_object(res, obj, "metadata", err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		if (check_string(res, obj, strings[i], err) != 0)
			return -1;
	}
	if (check_strings_in(res, obj, "metadata.labels", true, err) != 0 ||
		check_strings_in(res, obj, "metadata.annotations", true, err) !=
			0 ||
		check_strings_in(res, obj, "metadata.finalizers", false, err) !=
			0)
		return -1;
	if (res->custom)
		return 0;
	if (check_object(res, obj, "spec", err) != 0 ||
		check_object(res, obj, "status", err) != 0)
		return -1;
	if (is_kind(res, "ConfigMap") || is_kind(res, "Secret"))
		return check_strings_in(res, obj, "data", true, err);
	if (check_objects_in(res, obj, "status.conditions", err) != 0)
		return -1;
	return check_objects_in(res, obj, "spec.containers", err);
}

/* Defaults */

void kind_tidy(cJSON *obj)
{
	static const char *const omitted_when_empty[] = {
		"labels",
		"annotations",
		"finalizers",
		"ownerReferences",
		"managedFields",
		"name",
		"generateName",
		"namespace",
		"uid",
		"resourceVersion",
		"deletionTimestamp",
		"deletionGracePeriodSeconds",
		"creationTimestamp",
	};
	cJSON *metadata = json_make_object(obj, "metadata");

	json_remove(metadata, "selfLink");
	for (size_t i = 0; i < ARRAY_SIZE(omitted_when_empty); i++) {
		const char *key = omitted_when_empty[i];
		const cJSON *value = json_get(metadata, key);

		if (!value)
			continue;
		if (cJSON_IsNull(value) ||
			(cJSON_IsString(value) && !*value->valuestring) ||
			((cJSON_IsArray(value) || cJSON_IsObject(value)) &&
				!value->child))
			json_remove(metadata, key);
	}
}

static bool image_is_latest(const char *image)
{
	const char *name = strrchr(image, '/');
	const char *tag = strchr(name ? name : image, ':');

	if (strchr(image, '@'))
		return false;
	return !tag || !strcmp(tag, ":latest");
}

static void default_probe(cJSON *probe)
{
	cJSON *http = json_get(probe, "httpGet");

	if (!cJSON_IsObject(probe))
		return;
	if (cJSON_IsObject(http)) {
		default_str(http, "path", "/");
		default_str(http, "scheme", "HTTP");
	}
	default_num(probe, "timeoutSeconds", 1);
	default_num(probe, "periodSeconds", 10);
	default_num(probe, "successThreshold", 1);
	default_num(probe, "failureThreshold", 3);
}

static void default_container(cJSON *container)
{
	const char *image = json_str(container, "image");
	cJSON *ports = json_get(container, "ports");

	for (cJSON *item = ports ? ports->child : NULL; item;
		item = item->next) {
		if (cJSON_IsObject(item))
			default_str(item, "protocol", "TCP");
	}
	default_probe(json_get(container, "livenessProbe"));
	default_probe(json_get(container, "readinessProbe"));
	default_probe(json_get(container, "startupProbe"));
	json_make_object(container, "resources");
	default_str(
		container, "terminationMessagePath", "/dev/termination-log");
	default_str(container, "terminationMessagePolicy", "File");
	default_str(container, "imagePullPolicy",
		image && image_is_latest(image) ? "Always" : "IfNotPresent");
}

static void default_containers(cJSON *containers)
{
	if (!cJSON_IsArray(containers))
		return;
	for (cJSON *item = containers->child; item; item = item->next) {
		if (cJSON_IsObject(item))
			default_container(item);
	}
}

static void default_volume(cJSON *volume)
{
	static const char *const with_mode[] = { "configMap", "downwardAPI",
		"projected", "secret" };

	for (size_t i = 0; i < ARRAY_SIZE(with_mode); i++) {
		cJSON *source = json_get(volume, with_mode[i]);

		if (cJSON_IsObject(source))
			default_num(source, "defaultMode", 0644);
	}
}

static void default_pod(cJSON *obj)
{
	cJSON *spec = json_make_object(obj, "spec");
	cJSON *volumes = json_get(spec, "volumes");

	default_containers(json_get(spec, "containers"));
	default_containers(json_get(spec, "initContainers"));
	if (cJSON_IsArray(volumes)) {
		for (cJSON *item = volumes->child; item; item = item->next)
			default_volume(item);
	}
	default_str(spec, "restartPolicy", "Always");
	default_num(spec, "terminationGracePeriodSeconds", 30);
	default_str(spec, "dnsPolicy", "ClusterFirst");
	json_make_object(spec, "securityContext");
	default_str(spec, "schedulerName", "default-scheduler");
	if (!json_has(spec, "enableServiceLinks"))
		json_set(spec, "enableServiceLinks", cJSON_CreateTrue());
}

static void default_null(cJSON *object, const char *key)
{
	if (!json_get(object, key))
		json_set(object, key, cJSON_CreateNull());
}

/* Go's zero times are null. */
static void default_conditions(cJSON *obj)
{
	cJSON *list = json_get_path(obj, "status.conditions");

	if (!cJSON_IsArray(list))
		return;
	for (cJSON *item = list->child; item; item = item->next) {
		default_null(item, "lastProbeTime");
		default_null(item, "lastTransitionTime");
	}
}

static void default_event(cJSON *obj)
{
	json_make_object(obj, "source");
	default_null(obj, "firstTimestamp");
	default_null(obj, "lastTimestamp");
	default_null(obj, "eventTime");
	default_str(obj, "reportingComponent", "");
	default_str(obj, "reportingInstance", "");
}

/* What the admission plugins add, to updates as well. */
static void admit_pod_spec(cJSON *obj)
{
	static const char *const taints[] = {
		"node.kubernetes.io/not-ready",
		"node.kubernetes.io/unreachable",
	};
	cJSON *spec = json_make_object(obj, "spec");
	cJSON *tolerations;

	if (!json_has(spec, "tolerations")) {
		tolerations = cJSON_CreateArray();
		for (size_t i = 0; i < ARRAY_SIZE(taints); i++) {
			cJSON *item = cJSON_CreateObject();

			json_set_str(item, "key", taints[i]);
			json_set_str(item, "operator", "Exists");
			json_set_str(item, "effect", "NoExecute");
			json_set_num(item, "tolerationSeconds", 300);
			cJSON_AddItemToArray(tolerations, item);
		}
		json_set(spec, "tolerations", tolerations);
	}
	default_num(spec, "priority", 0);
	default_str(spec, "preemptionPolicy", "PreemptLowerPriority");
}

void kind_default(const struct resource *res, cJSON *obj)
{
	if (is_kind(res, "Pod")) {
		default_pod(obj);
		admit_pod_spec(obj);
		default_conditions(obj);
	} else if (is_kind(res, "Event"))
		default_event(obj);
	else if (is_kind(res, "Secret"))
		default_str(obj, "type", "Opaque");
	else if (is_kind(res, "Lease"))
		json_make_object(obj, "spec");
}

static void begin_pod(cJSON *obj)
{
	cJSON *status = cJSON_CreateObject();

	json_set_str(status, "phase", "Pending");
	json_set_str(status, "qosClass", "BestEffort");
	json_set(obj, "status", status);
}

static void begin_namespace(cJSON *obj)
{
	cJSON *metadata = json_make_object(obj, "metadata");
	cJSON *labels = json_make_object(metadata, "labels");
	cJSON *spec = json_make_object(obj, "spec");
	cJSON *status = cJSON_CreateObject();
	cJSON *finalizers = cJSON_CreateArray();
	const char *name = json_str(metadata, "name");

	if (name)
		json_set_str(labels, "kubernetes.io/metadata.name", name);
	cJSON_AddItemToArray(finalizers, cJSON_CreateString("kubernetes"));
	json_set(spec, "finalizers", finalizers);
	json_set_str(status, "phase", "Active");
	json_set(obj, "status", status);
}

void kind_prepare_create(const struct resource *res, cJSON *obj)
{
	if (is_kind(res, "Pod"))
		begin_pod(obj);
	else if (is_kind(res, "Namespace"))
		begin_namespace(obj);
}

/* Validation */

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_dns_name(const char *name, bool dots)
{
	char before = '.';

	for (const char *c = name; *c; c++) {
		bool inner = *c == '-' || (dots && *c == '.');

		if (!is_lower_alnum(*c) && !inner)
			return false;
		/* Every label begins and ends with a letter or a digit. */
		if ((before == '.' && inner) || (before == '-' && *c == '.'))
			return false;
		before = *c;
	}
	return is_lower_alnum(before);
}

static bool is_path_segment(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		!strpbrk(name, "/%");
}

int kind_validate_name(
	const struct resource *res, const char *name, struct status *st)
{
	bool label = is_kind(res, "Namespace");
	size_t max = label ? LABEL_MAX_BYTES : NAME_MAX_BYTES;

	if (res->any_path_name) {
		if (is_path_segment(name))
			return 0;
		return status_invalid(st, res, name, "Invalid value",
			"metadata.name", "\"%s\": may not contain '/'", name);
	}
	if (strlen(name) > max)
		return status_invalid(st, res, name, "Invalid value",
			"metadata.name",
			"\"%s\": must be no more than %zu characters", name,
			max);
	if (is_dns_name(name, !label))
		return 0;
	if (label)
		return status_invalid(st, res, name, "Invalid value",
			"metadata.name",
			"\"%s\": a lowercase RFC 1123 label must consist of "
			"lower case alphanumeric characters or '-', and must "
			"start and end with an alphanumeric character (e.g. "
			"'my-name',  or '123-abc', regex used for validation "
			"is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
			name);
	return status_invalid(st, res, name, "Invalid value", "metadata.name",
		"\"%s\": a lowercase RFC 1123 subdomain must consist of lower "
		"case alphanumeric characters, '-' or '.', and must start and "
		"end with an alphanumeric character (e.g. 'example.com', "
		"regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?"
		"(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
		name);
}

static int validate_pod(
	const struct resource *res, const cJSON *obj, struct status *st)
{
	static const char *const required[] = { "name", "image" };
	const char *name = json_str(obj, "metadata.name");
	const cJSON *containers = json_get_path(obj, "spec.containers");
	char field[64];
	int place = 0;

	if (!containers || !containers->child)
		return status_invalid(st, res, name, "Required value",
			"spec.containers", "%s", "");
	for (const cJSON *item = containers->child; item;
		item = item->next, place++) {
		for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
			const char *value = json_str(item, required[i]);

			if (value && *value)
				continue;
			snprintf(field, sizeof(field), "spec.containers[%d].%s",
				place, required[i]);
			return status_invalid(st, res, name, "Required value",
				field, "%s", "");
		}
	}
	return 0;
}

static int validate_keys(
	const struct resource *res, const cJSON *obj, struct status *st)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_.";
	const cJSON *data = json_get(obj, "data");
	char field[128];

	for (const cJSON *item = data ? data->child : NULL; item;
		item = item->next) {
		const char *key = item->string;

		if (*key && strspn(key, allowed) == strlen(key))
			continue;
		snprintf(field, sizeof(field), "data[%.100s]", key);
		return status_invalid(st, res, json_str(obj, "metadata.name"),
			"Invalid value", field,
			"\"%s\": a valid config key must consist of "
			"alphanumeric characters, '-', '_' or '.' (e.g. "
			"'key.name',  or 'KEY_NAME',  or 'key-name', regex "
			"used for validation is '[-._a-zA-Z0-9]+')",
			key);
	}
	return 0;
}

static int validate_size(
	const struct resource *res, const cJSON *obj, struct status *st)
{
	const cJSON *data = json_get(obj, "data");
	size_t total = 0;

	if (!data)
		return 0;
	for (const cJSON *item = data->child; item; item = item->next)
		total += item->valuestring ? strlen(item->valuestring) : 0;
	/* A Secret's data is base64. */
	if (is_kind(res, "Secret"))
		total = total / 4 * 3;
	if (total <= CONFIGMAP_MAX_BYTES)
		return 0;
	return status_invalid(st, res, json_str(obj, "metadata.name"),
		"Too long", "[]", "may not be more than %d bytes",
		CONFIGMAP_MAX_BYTES);
}

int kind_validate(
	const struct resource *res, const cJSON *obj, struct status *st)
{
	if (is_kind(res, "Pod"))
		return validate_pod(res, obj, st);
	if (is_kind(res, "ConfigMap") || is_kind(res, "Secret"))
		return validate_keys(res, obj, st) == 0
			? validate_size(res, obj, st)
			: -1;
	return 0;
}

/* The parts of a pod's spec that may change. */
static void forget_mutable(cJSON *spec)
{
	static const char *const lists[] = { "containers", "initContainers" };

	json_remove(spec, "activeDeadlineSeconds");
	json_remove(spec, "tolerations");
	json_remove(spec, "terminationGracePeriodSeconds");
	json_remove(spec, "schedulingGates");
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		cJSON *list = json_get(spec, lists[i]);

		if (!cJSON_IsArray(list))
			continue;
		for (cJSON *item = list->child; item; item = item->next)
			json_remove(item, "image");
	}
}

int kind_validate_update(const struct resource *res, const cJSON *obj,
	const cJSON *old, struct status *st)
{
	const cJSON *spec = json_get(obj, "spec");
	const cJSON *old_spec = json_get(old, "spec");
	cJSON *a;
	cJSON *b;
	bool same;

	if (!is_kind(res, "Pod") || json_equal(spec, old_spec))
		return 0;
	CHECK(spec && old_spec);
	if (json_count(json_get(spec, "containers")) !=
		json_count(json_get(old_spec, "containers")))
		return status_invalid(st, res, json_str(obj, "metadata.name"),
			"Forbidden", "spec.containers",
			"pod updates may not add or remove containers");
	a = json_dup(spec);
	b = json_dup(old_spec);
	forget_mutable(a);
	forget_mutable(b);
	same = json_equal(a, b);
	cJSON_Delete(a);
	cJSON_Delete(b);
	if (same)
		return 0;
	return status_invalid(st, res, json_str(obj, "metadata.name"),
		"Forbidden", "spec",
		"pod updates may not change fields other than "
		"`spec.containers[*].image`,`spec.initContainers[*].image`,"
		"`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
		"additions to existing tolerations),"
		"`spec.terminationGracePeriodSeconds` (allow it to be set to "
		"1 if it was previously negative)");
}
