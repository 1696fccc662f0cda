/* SPDX-License-Identifier: Apache-2.0 */
/* Of k8s.io/apimachinery/pkg/apis/meta/v1. */
#include "tests/kubesim/protobuf_type.h"

/* clang-format off */

static const struct pb_type pb_owner_reference = PB_TYPE("OwnerReference",
	{ 1, "kind", PB_ALWAYS, &pb_string },
	{ 3, "name", PB_ALWAYS, &pb_string },
	{ 4, "uid", PB_ALWAYS, &pb_string },
	{ 5, "apiVersion", PB_ALWAYS, &pb_string },
	{ 6, "controller", PB_OPTIONAL, &pb_bool },
	{ 7, "blockOwnerDeletion", PB_OPTIONAL, &pb_bool });

static const struct pb_type pb_managed_fields_entry =
	PB_TYPE("ManagedFieldsEntry",
	{ 1, "manager", PB_FILLED, &pb_string },
	{ 2, "operation", PB_FILLED, &pb_string },
	{ 3, "apiVersion", PB_FILLED, &pb_string },
	{ 4, "time", PB_OPTIONAL, &pb_time },
	{ 6, "fieldsType", PB_FILLED, &pb_string },
	{ 7, "fieldsV1", PB_OPTIONAL, &pb_json },
	{ 8, "subresource", PB_FILLED, &pb_string });

const struct pb_type pb_object_meta = PB_TYPE("ObjectMeta",
	{ 1, "name", PB_FILLED, &pb_string },
	{ 2, "generateName", PB_FILLED, &pb_string },
	{ 3, "namespace", PB_FILLED, &pb_string },
	{ 4, "selfLink", PB_FILLED, &pb_string },
	{ 5, "uid", PB_FILLED, &pb_string },
	{ 6, "resourceVersion", PB_FILLED, &pb_string },
	{ 7, "generation", PB_FILLED, &pb_int },
	{ 8, "creationTimestamp", PB_FILLED, &pb_time },
	{ 9, "deletionTimestamp", PB_OPTIONAL, &pb_time },
	{ 10, "deletionGracePeriodSeconds", PB_OPTIONAL, &pb_int },
	{ 11, "labels", PB_MAP, &pb_string },
	{ 12, "annotations", PB_MAP, &pb_string },
	{ 13, "ownerReferences", PB_LIST, &pb_owner_reference },
	{ 14, "finalizers", PB_LIST, &pb_string },
	{ 17, "managedFields", PB_LIST, &pb_managed_fields_entry });

const struct pb_type pb_label_selector_requirement =
	PB_TYPE("LabelSelectorRequirement",
	{ 1, "key", PB_ALWAYS, &pb_string },
	{ 2, "operator", PB_ALWAYS, &pb_string },
	{ 3, "values", PB_LIST, &pb_string });

const struct pb_type pb_label_selector = PB_TYPE("LabelSelector",
	{ 1, "matchLabels", PB_MAP, &pb_string },
	{ 2, "matchExpressions", PB_LIST, &pb_label_selector_requirement });

static const struct pb_type pb_shard_info = PB_TYPE("ShardInfo",
	{ 1, "selector", PB_ALWAYS, &pb_string });

const struct pb_type pb_list_meta = PB_TYPE("ListMeta",
	{ 1, "selfLink", PB_FILLED, &pb_string },
	{ 2, "resourceVersion", PB_FILLED, &pb_string },
	{ 3, "continue", PB_FILLED, &pb_string },
	{ 4, "remainingItemCount", PB_OPTIONAL, &pb_int },
	{ 5, "shardInfo", PB_OPTIONAL, &pb_shard_info });

const struct pb_type pb_field_selector_requirement =
	PB_TYPE("FieldSelectorRequirement",
	{ 1, "key", PB_ALWAYS, &pb_string },
	{ 2, "operator", PB_ALWAYS, &pb_string },
	{ 3, "values", PB_LIST, &pb_string });

static const struct pb_type pb_status_cause = PB_TYPE("StatusCause",
	{ 1, "reason", PB_FILLED, &pb_string },
	{ 2, "message", PB_FILLED, &pb_string },
	{ 3, "field", PB_FILLED, &pb_string });

static const struct pb_type pb_status_details = PB_TYPE("StatusDetails",
	{ 1, "name", PB_FILLED, &pb_string },
	{ 2, "group", PB_FILLED, &pb_string },
	{ 3, "kind", PB_FILLED, &pb_string },
	{ 4, "causes", PB_LIST, &pb_status_cause },
	{ 5, "retryAfterSeconds", PB_FILLED, &pb_int },
	{ 6, "uid", PB_FILLED, &pb_string });

const struct pb_type pb_status = PB_TYPE("Status",
	{ 1, "metadata", PB_ALWAYS, &pb_list_meta },
	{ 2, "status", PB_FILLED, &pb_string },
	{ 3, "message", PB_FILLED, &pb_string },
	{ 4, "reason", PB_FILLED, &pb_string },
	{ 5, "details", PB_OPTIONAL, &pb_status_details },
	{ 6, "code", PB_FILLED, &pb_int });

const struct pb_type pb_partial_object_metadata =
	PB_TYPE("PartialObjectMetadata",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta });

const struct pb_type pb_partial_object_metadata_list =
	PB_TYPE("PartialObjectMetadataList",
	{ 1, "metadata", PB_ALWAYS, &pb_list_meta },
	{ 2, "items", PB_LIST_ALWAYS, &pb_partial_object_metadata });

static const struct pb_type pb_preconditions = PB_TYPE("Preconditions",
	{ 1, "uid", PB_OPTIONAL, &pb_string },
	{ 2, "resourceVersion", PB_OPTIONAL, &pb_string });

const struct pb_type pb_delete_options = PB_TYPE("DeleteOptions",
	{ 1, "gracePeriodSeconds", PB_OPTIONAL, &pb_int },
	{ 2, "preconditions", PB_OPTIONAL, &pb_preconditions },
	{ 3, "orphanDependents", PB_OPTIONAL, &pb_bool },
	{ 4, "propagationPolicy", PB_OPTIONAL, &pb_string },
	{ 5, "dryRun", PB_LIST, &pb_string },
	{ 6, "ignoreStoreReadErrorWithClusterBreakingPotential", PB_OPTIONAL,
		&pb_bool });

static const struct pb_type pb_server_address_by_client_cidr =
	PB_TYPE("ServerAddressByClientCIDR",
	{ 1, "clientCIDR", PB_ALWAYS, &pb_string },
	{ 2, "serverAddress", PB_ALWAYS, &pb_string });

const struct pb_type pb_api_versions = PB_TYPE("APIVersions",
	{ 1, "versions", PB_LIST_ALWAYS, &pb_string },
	{ 2, "serverAddressByClientCIDRs", PB_LIST_ALWAYS,
		&pb_server_address_by_client_cidr });

static const struct pb_type pb_group_version_for_discovery =
	PB_TYPE("GroupVersionForDiscovery",
	{ 1, "groupVersion", PB_ALWAYS, &pb_string },
	{ 2, "version", PB_ALWAYS, &pb_string });

const struct pb_type pb_api_group = PB_TYPE("APIGroup",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "versions", PB_LIST_ALWAYS, &pb_group_version_for_discovery },
	{ 3, "preferredVersion", PB_ALWAYS, &pb_group_version_for_discovery },
	{ 4, "serverAddressByClientCIDRs", PB_LIST,
		&pb_server_address_by_client_cidr });

const struct pb_type pb_api_group_list = PB_TYPE("APIGroupList",
	{ 1, "groups", PB_LIST_ALWAYS, &pb_api_group });

static const struct pb_type pb_api_resource = PB_TYPE("APIResource",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "namespaced", PB_ALWAYS, &pb_bool },
	{ 3, "kind", PB_ALWAYS, &pb_string },
	{ 4, "verbs", PB_ALWAYS, &pb_strings },
	{ 5, "shortNames", PB_LIST, &pb_string },
	{ 6, "singularName", PB_ALWAYS, &pb_string },
	{ 7, "categories", PB_LIST, &pb_string },
	{ 8, "group", PB_FILLED, &pb_string },
	{ 9, "version", PB_FILLED, &pb_string },
	{ 10, "storageVersionHash", PB_FILLED, &pb_string });

const struct pb_type pb_api_resource_list = PB_TYPE("APIResourceList",
	{ 1, "groupVersion", PB_ALWAYS, &pb_string },
	{ 2, "resources", PB_LIST_ALWAYS, &pb_api_resource });
