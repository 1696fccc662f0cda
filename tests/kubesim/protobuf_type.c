/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/protobuf_type.h"

#include <string.h>

const struct pb_type pb_bool = { PB_BOOL, "bool", NULL };
const struct pb_type pb_bytes = { PB_BYTES, "bytes", NULL };
const struct pb_type pb_int = { PB_INT, "int", NULL };
const struct pb_type pb_int_or_string = { PB_INT_OR_STRING, "IntOrString",
	NULL };
const struct pb_type pb_json = { PB_JSON, "JSON", NULL };
const struct pb_type pb_micro_time = { PB_MICRO_TIME, "MicroTime", NULL };
const struct pb_type pb_quantity = { PB_QUANTITY, "Quantity", NULL };
const struct pb_type pb_string = { PB_STRING, "string", NULL };
const struct pb_type pb_strings = { PB_STRINGS, "[]string", NULL };
const struct pb_type pb_time = { PB_TIME, "Time", NULL };

static const struct {
	const char *api_version; /* NULL: any */
	const struct pb_type *type;
} kinds[] = {
	{ "v1", &pb_pod },
	{ "v1", &pb_pod_list },
	{ "v1", &pb_config_map },
	{ "v1", &pb_config_map_list },
	{ "v1", &pb_secret },
	{ "v1", &pb_secret_list },
	{ "v1", &pb_service_account },
	{ "v1", &pb_service_account_list },
	{ "v1", &pb_event },
	{ "v1", &pb_event_list },
	{ "v1", &pb_namespace },
	{ "v1", &pb_namespace_list },
	{ "events.k8s.io/v1", &pb_events_event },
	{ "events.k8s.io/v1", &pb_events_event_list },
	{ "coordination.k8s.io/v1", &pb_lease },
	{ "coordination.k8s.io/v1", &pb_lease_list },
	{ "authorization.k8s.io/v1", &pb_subject_access_review },
	{ "authorization.k8s.io/v1", &pb_self_subject_access_review },
	{ "authorization.k8s.io/v1", &pb_local_subject_access_review },
	{ "authorization.k8s.io/v1", &pb_self_subject_rules_review },
	{ "authentication.k8s.io/v1", &pb_self_subject_review },
	{ "authentication.k8s.io/v1", &pb_token_review },
	{ "meta.k8s.io/v1", &pb_partial_object_metadata },
	{ "meta.k8s.io/v1", &pb_partial_object_metadata_list },
	{ "meta.k8s.io/v1beta1", &pb_partial_object_metadata },
	{ "meta.k8s.io/v1beta1", &pb_partial_object_metadata_list },
	{ "v1", &pb_status },
	{ NULL, &pb_api_versions },
	{ "v1", &pb_api_group },
	{ "v1", &pb_api_group_list },
	{ NULL, &pb_api_resource_list },
	{ NULL, &pb_delete_options },
};

const struct pb_type *pb_type_find(const char *api_version, const char *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].type->name, kind) &&
			(!kinds[i].api_version ||
				!strcmp(kinds[i].api_version, api_version)))
			return kinds[i].type;
	}
	return NULL;
}
