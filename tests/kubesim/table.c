/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/table.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_COLUMNS = 9 };

struct column {
	const char *name;
	const char *format; /* "name" for the object's name */
	unsigned priority;  /* above 0: only with -o wide */
};

struct layout {
	const char *kind;
	void (*add_cells)(cJSON *cells, const cJSON *obj, time_t wall);
	struct column columns[MAX_COLUMNS]; /* ends with a null name */
};

enum table_object table_object_of(const char *param)
{
	if (param && !strcmp(param, "Object"))
		return TABLE_OBJECT_WHOLE;
	if (param && !strcmp(param, "None"))
		return TABLE_OBJECT_NONE;
	return TABLE_OBJECT_METADATA;
}

/* k8s.io/apimachinery/pkg/util/duration.HumanDuration */
static void human_duration(long seconds, char *ret_text, size_t size)
{
	long minutes = seconds / 60;
	long hours = minutes / 60;
	long days = hours / 24;

	if (seconds < 0)
		snprintf(ret_text, size, "0s");
	else if (seconds < 60 * 2)
		snprintf(ret_text, size, "%lds", seconds);
	else if (minutes < 10 && seconds % 60)
		snprintf(ret_text, size, "%ldm%lds", minutes, seconds % 60);
	else if (hours < 3)
		snprintf(ret_text, size, "%ldm", minutes);
	else if (hours < 8 && minutes % 60)
		snprintf(ret_text, size, "%ldh%ldm", hours, minutes % 60);
	else if (hours < 48)
		snprintf(ret_text, size, "%ldh", hours);
	else
		snprintf(ret_text, size, "%ldd", days);
}

static void add_str(cJSON *cells, const char *text)
{
	cJSON_AddItemToArray(cells, cJSON_CreateString(text ? text : ""));
}

static void add_since(cJSON *cells, const char *stamp, time_t wall)
{
	char text[32];
	struct tm tm = { 0 };

	if (!stamp || !strptime(stamp, "%Y-%m-%dT%H:%M:%S", &tm)) {
		add_str(cells, "<unknown>");
		return;
	}
	human_duration((long)(wall - timegm(&tm)), text, sizeof(text));
	add_str(cells, text);
}

static void add_name(cJSON *cells, const cJSON *obj)
{
	add_str(cells, json_str(obj, "metadata.name"));
}

static void add_age(cJSON *cells, const cJSON *obj, time_t wall)
{
	add_since(cells, json_str(obj, "metadata.creationTimestamp"), wall);
}

static void add_or_none(cJSON *cells, const cJSON *obj, const char *path)
{
	const char *text = json_str(obj, path);

	add_str(cells, text && *text ? text : "<none>");
}

static void pod_cells(cJSON *cells, const cJSON *obj, time_t wall)
{
	const cJSON *statuses = json_get_path(obj, "status.containerStatuses");
	const char *state = json_str(obj, "status.phase");
	double restarts = 0;
	char text[48];
	int ready = 0;

	if (json_str(obj, "status.reason"))
		state = json_str(obj, "status.reason");
	if (json_has(obj, "metadata.deletionTimestamp"))
		state = "Terminating";
	if (statuses) {
		for (const cJSON *item = statuses->child; item;
			item = item->next) {
			ready += json_is_true(item, "ready");
			restarts += json_num(item, "restartCount", 0);
		}
	}
	add_name(cells, obj);
	snprintf(text, sizeof(text), "%d/%zu", ready,
		json_count(json_get_path(obj, "spec.containers")));
	add_str(cells, text);
	add_str(cells, state);
	snprintf(text, sizeof(text), "%.0f", restarts);
	add_str(cells, text);
	add_age(cells, obj, wall);
	add_or_none(cells, obj, "status.podIP");
	add_or_none(cells, obj, "spec.nodeName");
	add_or_none(cells, obj, "status.nominatedNodeName");
	add_str(cells, "<none>");
}

static void configmap_cells(cJSON *cells, const cJSON *obj, time_t wall)
{
	add_name(cells, obj);
	cJSON_AddItemToArray(cells,
		cJSON_CreateNumber((double)(json_count(json_get(obj, "data")) +
			json_count(json_get(obj, "binaryData")))));
	add_age(cells, obj, wall);
}

static void secret_cells(cJSON *cells, const cJSON *obj, time_t wall)
{
	add_name(cells, obj);
	add_str(cells, json_str(obj, "type"));
	cJSON_AddItemToArray(cells,
		cJSON_CreateNumber((double)json_count(json_get(obj, "data"))));
	add_age(cells, obj, wall);
}

static void event_cells(cJSON *cells, const cJSON *obj, time_t wall)
{
	const char *kind = json_str(obj, "involvedObject.kind");
	const char *name = json_str(obj, "involvedObject.name");
	const char *seen = json_str(obj, "lastTimestamp");
	char text[384];

	if (!seen)
		seen = json_str(obj, "metadata.creationTimestamp");
	add_since(cells, seen, wall);
	add_str(cells, json_str(obj, "type"));
	add_str(cells, json_str(obj, "reason"));
	snprintf(text, sizeof(text), "%s/%s", kind ? kind : "",
		name ? name : "");
	for (char *c = text; *c && *c != '/'; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
	add_str(cells, text);
	add_str(cells, json_str(obj, "message"));
	add_name(cells, obj);
}

static void namespace_cells(cJSON *cells, const cJSON *obj, time_t wall)
{
	add_name(cells, obj);
	add_str(cells, json_str(obj, "status.phase"));
	add_age(cells, obj, wall);
}

static void lease_cells(cJSON *cells, const cJSON *obj, time_t wall)
{
	add_name(cells, obj);
	add_str(cells, json_str(obj, "spec.holderIdentity"));
	add_age(cells, obj, wall);
}

static void plain_cells(cJSON *cells, const cJSON *obj, time_t wall)
{
	add_name(cells, obj);
	add_age(cells, obj, wall);
}

static void custom_cells(cJSON *cells, const cJSON *obj, time_t wall)
{
	plain_cells(cells, obj, wall);
}

static const struct layout layouts[] = {
	{ "Pod", pod_cells,
		{ { "Name", "name", 0 }, { "Ready", "", 0 },
			{ "Status", "", 0 }, { "Restarts", "", 0 },
			{ "Age", "", 0 }, { "IP", "", 1 }, { "Node", "", 1 },
			{ "Nominated Node", "", 1 },
			{ "Readiness Gates", "", 1 } } },
	{ "ConfigMap", configmap_cells,
		{ { "Name", "name", 0 }, { "Data", "", 0 },
			{ "Age", "", 0 } } },
	{ "Secret", secret_cells,
		{ { "Name", "name", 0 }, { "Type", "", 0 }, { "Data", "", 0 },
			{ "Age", "", 0 } } },
	{ "ServiceAccount", plain_cells,
		{ { "Name", "name", 0 }, { "Age", "", 0 } } },
	{ "Event", event_cells,
		{ { "Last Seen", "", 0 }, { "Type", "", 0 },
			{ "Reason", "", 0 }, { "Object", "", 0 },
			{ "Message", "", 0 }, { "Name", "name", 1 } } },
	{ "Namespace", namespace_cells,
		{ { "Name", "name", 0 }, { "Status", "", 0 },
			{ "Age", "", 0 } } },
	{ "Lease", lease_cells,
		{ { "Name", "name", 0 }, { "Holder", "", 0 },
			{ "Age", "", 0 } } },
	{ "", custom_cells, { { "Name", "name", 0 }, { "Age", "", 0 } } },
};

static const struct layout *layout_of(const struct resource *res)
{
	size_t last = ARRAY_SIZE(layouts) - 1;

	for (size_t i = 0; i < last; i++) {
		if (!strcmp(layouts[i].kind, res->kind))
			return &layouts[i];
	}
	return &layouts[last];
}

static void print_columns(struct buf *out, const struct layout *layout)
{
	for (size_t i = 0; i < MAX_COLUMNS && layout->columns[i].name; i++) {
		const struct column *column = &layout->columns[i];

		buf_printf(out,
			"%s{\"name\":\"%s\",\"type\":\"%s\",\"format\":"
			"\"%s\",\"description\":\"%s\",\"priority\":%u}",
			i ? "," : "", column->name,
			/* A CRD's column; the built-in ages are strings. */
			layout->add_cells == custom_cells &&
					!strcmp(column->name, "Age")
				? "date"
				: "string",
			column->format, column->name, column->priority);
	}
}

static void print_row_object(struct buf *out, const struct object *obj,
	const char *api_version, enum table_object include)
{
	char *metadata;

	switch (include) {
	case TABLE_OBJECT_NONE:
		buf_append_str(out, "null");
		return;
	case TABLE_OBJECT_WHOLE:
		buf_append(out, obj->text, obj->len);
		return;
	case TABLE_OBJECT_METADATA:
		metadata = json_print(json_get(obj->tree, "metadata"));
		buf_printf(out,
			"{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":"
			"\"%s\",\"metadata\":%s}",
			api_version, metadata);
		free(metadata);
		return;
	}
}

void table_print(struct buf *out, const struct resource *res,
	const char *api_version, const char *metadata,
	struct object *const *items, size_t count, enum table_object include,
	bool headers, time_t wall)
{
	const struct layout *layout = layout_of(res);

	buf_printf(out,
		"{\"kind\":\"Table\",\"apiVersion\":\"%s\",\"metadata\":%s,"
		"\"columnDefinitions\":[",
		api_version, metadata);
	if (headers)
		print_columns(out, layout);
	buf_append_str(out, "],\"rows\":[");
	for (size_t i = 0; i < count; i++) {
		cJSON *cells = cJSON_CreateArray();
		char *text;

		layout->add_cells(cells, items[i]->tree, wall);
		text = json_print(cells);
		buf_printf(
			out, "%s{\"cells\":%s,\"object\":", i ? "," : "", text);
		free(text);
		cJSON_Delete(cells);
		print_row_object(out, items[i], api_version, include);
		buf_append_str(out, "}");
	}
	buf_append_str(out, "]}");
}
