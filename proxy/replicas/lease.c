/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/replicas/lease.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/timestamp.h"

#define GROUP_LABEL "fairway.dev/replicas"
#define PORTIONS "fairway.dev/portions"

/* ---- writing ------------------------------------------------------------ */

static void add_text(cJSON *object, const char *key, const char *value)
{
	CHECK(cJSON_AddStringToObject(object, key, value));
}

static void add_number(cJSON *object, const char *key, uint64_t value)
{
	CHECK(cJSON_AddNumberToObject(object, key, (double)value));
}

static cJSON *add_object(cJSON *object, const char *key)
{
	cJSON *child = cJSON_AddObjectToObject(object, key);

	CHECK(child);
	return child;
}

/* Takes it. */
static void print(cJSON *root, struct buf *out)
{
	char *text = cJSON_PrintUnformatted(root);

	CHECK(text);
	buf_append_str(out, text);
	cJSON_free(text);
	cJSON_Delete(root);
}

static void write_portions(const struct quotas *quotas,
	const struct lease_draft *draft, struct buf *out)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *all;

	CHECK(root);
	add_number(root, "generation", draft->generation);
	all = add_object(root, "quotas");
	for (uint32_t i = 0; i < quotas->count; i++) {
		cJSON *one = add_object(all, quotas->items[i].name);

		add_number(one, "demand", draft->parts[i].demand);
		add_number(one, "claim", draft->parts[i].claim);
	}
	print(root, out);
}

/* So that it is collected with its pod. */
static void add_owner(cJSON *metadata, const struct lease_face *face)
{
	cJSON *owners, *owner;

	if (!*face->pod_name || !*face->pod_uid)
		return;
	owners = cJSON_AddArrayToObject(metadata, "ownerReferences");
	owner = cJSON_CreateObject();
	CHECK(owners && owner && cJSON_AddItemToArray(owners, owner));
	add_text(owner, "apiVersion", "v1");
	add_text(owner, "kind", "Pod");
	add_text(owner, "name", face->pod_name);
	add_text(owner, "uid", face->pod_uid);
}

/* metav1.MicroTime. */
static void add_time(cJSON *object, const char *key, usec_t wall)
{
	char seconds[TIMESTAMP_CAP];
	struct buf text = BUF_INIT;

	timestamp_format((int64_t)(wall / USEC_PER_SEC), seconds);
	CHECK(strlen(seconds) > 1);
	seconds[strlen(seconds) - 1] = '\0';
	buf_printf(&text, "%s.%06" PRIu64 "Z", seconds, wall % USEC_PER_SEC);
	add_text(object, key, buf_cstr(&text));
	buf_fini(&text);
}

void lease_write(const struct lease_face *face, const char *uid,
	const struct quotas *quotas, const struct lease_draft *draft,
	usec_t wall, struct buf *ret_json)
{
	cJSON *root = cJSON_CreateObject();
	struct buf portions = BUF_INIT;
	cJSON *metadata, *spec;

	CHECK(root);
	add_text(root, "apiVersion", "coordination.k8s.io/v1");
	add_text(root, "kind", "Lease");
	metadata = add_object(root, "metadata");
	add_text(metadata, "name", face->name);
	add_text(metadata, "namespace", face->namespace);
	/* It replaces that one in that state, and nothing else. */
	if (*draft->version) {
		add_text(metadata, "resourceVersion", draft->version);
		add_text(metadata, "uid", uid);
	}
	add_text(add_object(metadata, "labels"), GROUP_LABEL, face->group);
	write_portions(quotas, draft, &portions);
	add_text(add_object(metadata, "annotations"), PORTIONS,
		buf_cstr(&portions));
	buf_fini(&portions);
	add_owner(metadata, face);
	spec = add_object(root, "spec");
	add_text(spec, "holderIdentity", face->holder);
	add_number(spec, "leaseDurationSeconds",
		u64_max(face->period / USEC_PER_SEC, 1));
	add_time(spec, "renewTime", wall);
	print(root, ret_json);
}

/* ---- reading ------------------------------------------------------------ */

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(member(object, name));

	return text ? text : "";
}

static bool read_amount(
	const cJSON *object, const char *name, uint32_t *ret_amount)
{
	const cJSON *number = member(object, name);
	double value;

	if (!cJSON_IsNumber(number))
		return false;
	value = cJSON_GetNumberValue(number);
	if (!(value >= 0 && value <= UINT32_MAX))
		return false;
	*ret_amount = (uint32_t)value;
	/* It claims no less than it says. */
	return (double)*ret_amount == value;
}

static bool read_portions(const cJSON *lease, const struct quotas *quotas,
	struct lease_part *ret_parts)
{
	const cJSON *annotations =
		member(member(lease, "metadata"), "annotations");
	cJSON *root = cJSON_ParseWithOpts(
		text_of(annotations, PORTIONS), NULL, true);
	const cJSON *all = member(root, "quotas");
	bool is_sound = cJSON_IsObject(all);

	for (uint32_t i = 0; is_sound && i < quotas->count; i++) {
		const cJSON *one = member(all, quotas->items[i].name);

		if (one)
			is_sound = read_amount(one, "demand",
					   &ret_parts[i].demand) &&
				read_amount(one, "claim", &ret_parts[i].claim);
	}
	cJSON_Delete(root);
	return is_sound;
}

static void read_item(const cJSON *lease, const struct quotas *quotas,
	struct lease_item *ret_item)
{
	const cJSON *metadata = member(lease, "metadata");

	*ret_item = (struct lease_item){
		.name = xstrdup(text_of(metadata, "name")),
		.uid = xstrdup(text_of(metadata, "uid")),
		.version = xstrdup(text_of(metadata, "resourceVersion")),
		.holder = xstrdup(
			text_of(member(lease, "spec"), "holderIdentity")),
	};
	ret_item->is_readable =
		read_portions(lease, quotas, ret_item->parts);
}

static cJSON *parse(struct span json, const char *kind, struct err *err)
{
	char *text = span_dup(json);
	cJSON *root = cJSON_ParseWithOpts(text, NULL, true);

	free(text);
	if (!root || strcmp(text_of(root, "kind"), kind) != 0) {
		cJSON_Delete(root);
		err_set(err, "the answer is no %s", kind);
		return NULL;
	}
	return root;
}

int lease_list_read(struct span json, const struct quotas *quotas,
	struct lease_list *ret_list, struct err *err)
{
	cJSON *root = parse(json, "LeaseList", err);
	const cJSON *items = member(root, "items"), *item;
	int count = cJSON_GetArraySize(items);

	if (!root)
		return -1;
	if (*text_of(member(root, "metadata"), "continue")) {
		cJSON_Delete(root);
		return err_set(err, "the answer is a part of the Leases only");
	}
	*ret_list = (struct lease_list){
		.items = xcalloc((size_t)count + 1, sizeof(*ret_list->items)),
	};
	cJSON_ArrayForEach (item, items)
		read_item(item, quotas, &ret_list->items[ret_list->count++]);
	cJSON_Delete(root);
	return 0;
}

void lease_list_fini(struct lease_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		lease_item_fini(&list->items[i]);
	free(list->items);
	*list = (struct lease_list){ 0 };
}

int lease_read(struct span json, const struct quotas *quotas,
	struct lease_item *ret_item, struct err *err)
{
	cJSON *root = parse(json, "Lease", err);

	if (!root)
		return -1;
	read_item(root, quotas, ret_item);
	cJSON_Delete(root);
	return 0;
}

void lease_item_fini(struct lease_item *item)
{
	free(item->name);
	free(item->uid);
	free(item->version);
	free(item->holder);
}
