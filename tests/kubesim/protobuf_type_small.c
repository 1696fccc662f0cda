/* SPDX-License-Identifier: Apache-2.0 */
/* Small kinds of the core group, of coordination, events, authn and authz. */
#include "tests/kubesim/protobuf_type.h"

/* clang-format off */

const struct pb_type pb_config_map = PB_TYPE("ConfigMap",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "data", PB_MAP, &pb_string },
	{ 3, "binaryData", PB_MAP, &pb_bytes },
	{ 4, "immutable", PB_OPTIONAL, &pb_bool });

const struct pb_type pb_config_map_list = PB_TYPE("ConfigMapList",
	{ 1, "metadata", PB_ALWAYS, &pb_list_meta },
	{ 2, "items", PB_LIST_ALWAYS, &pb_config_map });

const struct pb_type pb_secret = PB_TYPE("Secret",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "data", PB_MAP, &pb_bytes },
	{ 3, "type", PB_FILLED, &pb_string },
	{ 4, "stringData", PB_MAP, &pb_string },
	{ 5, "immutable", PB_OPTIONAL, &pb_bool });

const struct pb_type pb_secret_list = PB_TYPE("SecretList",
	{ 1, "metadata", PB_ALWAYS, &pb_list_meta },
	{ 2, "items", PB_LIST_ALWAYS, &pb_secret });

static const struct pb_type pb_object_reference = PB_TYPE("ObjectReference",
	{ 1, "kind", PB_FILLED, &pb_string },
	{ 2, "namespace", PB_FILLED, &pb_string },
	{ 3, "name", PB_FILLED, &pb_string },
	{ 4, "uid", PB_FILLED, &pb_string },
	{ 5, "apiVersion", PB_FILLED, &pb_string },
	{ 6, "resourceVersion", PB_FILLED, &pb_string },
	{ 7, "fieldPath", PB_FILLED, &pb_string });

const struct pb_type pb_service_account = PB_TYPE("ServiceAccount",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "secrets", PB_LIST, &pb_object_reference },
	{ 3, "imagePullSecrets", PB_LIST, &pb_local_object_reference },
	{ 4, "automountServiceAccountToken", PB_OPTIONAL, &pb_bool });

const struct pb_type pb_service_account_list = PB_TYPE("ServiceAccountList",
	{ 1, "metadata", PB_ALWAYS, &pb_list_meta },
	{ 2, "items", PB_LIST_ALWAYS, &pb_service_account });

static const struct pb_type pb_event_source = PB_TYPE("EventSource",
	{ 1, "component", PB_FILLED, &pb_string },
	{ 2, "host", PB_FILLED, &pb_string });

static const struct pb_type pb_event_series = PB_TYPE("EventSeries",
	{ 1, "count", PB_FILLED, &pb_int },
	{ 2, "lastObservedTime", PB_ALWAYS, &pb_micro_time });

const struct pb_type pb_event = PB_TYPE("Event",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "involvedObject", PB_ALWAYS, &pb_object_reference },
	{ 3, "reason", PB_FILLED, &pb_string },
	{ 4, "message", PB_FILLED, &pb_string },
	{ 5, "source", PB_ALWAYS, &pb_event_source },
	{ 6, "firstTimestamp", PB_ALWAYS, &pb_time },
	{ 7, "lastTimestamp", PB_ALWAYS, &pb_time },
	{ 8, "count", PB_FILLED, &pb_int },
	{ 9, "type", PB_FILLED, &pb_string },
	{ 10, "eventTime", PB_ALWAYS, &pb_micro_time },
	{ 11, "series", PB_OPTIONAL, &pb_event_series },
	{ 12, "action", PB_FILLED, &pb_string },
	{ 13, "related", PB_OPTIONAL, &pb_object_reference },
	{ 14, "reportingComponent", PB_ALWAYS, &pb_string },
	{ 15, "reportingInstance", PB_ALWAYS, &pb_string });

const struct pb_type pb_event_list = PB_TYPE("EventList",
	{ 1, "metadata", PB_ALWAYS, &pb_list_meta },
	{ 2, "items", PB_LIST_ALWAYS, &pb_event });

static const struct pb_type pb_namespace_spec = PB_TYPE("NamespaceSpec",
	{ 1, "finalizers", PB_LIST, &pb_string });

static const struct pb_type pb_namespace_condition =
	PB_TYPE("NamespaceCondition",
	{ 1, "type", PB_ALWAYS, &pb_string },
	{ 2, "status", PB_ALWAYS, &pb_string },
	{ 4, "lastTransitionTime", PB_ALWAYS, &pb_time },
	{ 5, "reason", PB_FILLED, &pb_string },
	{ 6, "message", PB_FILLED, &pb_string });

static const struct pb_type pb_namespace_status = PB_TYPE("NamespaceStatus",
	{ 1, "phase", PB_FILLED, &pb_string },
	{ 2, "conditions", PB_LIST, &pb_namespace_condition });

const struct pb_type pb_namespace = PB_TYPE("Namespace",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "spec", PB_ALWAYS, &pb_namespace_spec },
	{ 3, "status", PB_ALWAYS, &pb_namespace_status });

const struct pb_type pb_namespace_list = PB_TYPE("NamespaceList",
	{ 1, "metadata", PB_ALWAYS, &pb_list_meta },
	{ 2, "items", PB_LIST_ALWAYS, &pb_namespace });

static const struct pb_type pb_events_event_series = PB_TYPE("EventSeries",
	{ 1, "count", PB_ALWAYS, &pb_int },
	{ 2, "lastObservedTime", PB_ALWAYS, &pb_micro_time });

const struct pb_type pb_events_event = PB_TYPE("Event",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "eventTime", PB_ALWAYS, &pb_micro_time },
	{ 3, "series", PB_OPTIONAL, &pb_events_event_series },
	{ 4, "reportingController", PB_FILLED, &pb_string },
	{ 5, "reportingInstance", PB_FILLED, &pb_string },
	{ 6, "action", PB_FILLED, &pb_string },
	{ 7, "reason", PB_FILLED, &pb_string },
	{ 8, "regarding", PB_ALWAYS, &pb_object_reference },
	{ 9, "related", PB_OPTIONAL, &pb_object_reference },
	{ 10, "note", PB_FILLED, &pb_string },
	{ 11, "type", PB_FILLED, &pb_string },
	{ 12, "deprecatedSource", PB_ALWAYS, &pb_event_source },
	{ 13, "deprecatedFirstTimestamp", PB_ALWAYS, &pb_time },
	{ 14, "deprecatedLastTimestamp", PB_ALWAYS, &pb_time },
	{ 15, "deprecatedCount", PB_FILLED, &pb_int });

const struct pb_type pb_events_event_list = PB_TYPE("EventList",
	{ 1, "metadata", PB_ALWAYS, &pb_list_meta },
	{ 2, "items", PB_LIST_ALWAYS, &pb_events_event });

static const struct pb_type pb_lease_spec = PB_TYPE("LeaseSpec",
	{ 1, "holderIdentity", PB_OPTIONAL, &pb_string },
	{ 2, "leaseDurationSeconds", PB_OPTIONAL, &pb_int },
	{ 3, "acquireTime", PB_OPTIONAL, &pb_micro_time },
	{ 4, "renewTime", PB_OPTIONAL, &pb_micro_time },
	{ 5, "leaseTransitions", PB_OPTIONAL, &pb_int },
	{ 6, "strategy", PB_OPTIONAL, &pb_string },
	{ 7, "preferredHolder", PB_OPTIONAL, &pb_string });

const struct pb_type pb_lease = PB_TYPE("Lease",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "spec", PB_ALWAYS, &pb_lease_spec });

const struct pb_type pb_lease_list = PB_TYPE("LeaseList",
	{ 1, "metadata", PB_ALWAYS, &pb_list_meta },
	{ 2, "items", PB_LIST_ALWAYS, &pb_lease });

static const struct pb_type pb_field_selector_attributes =
	PB_TYPE("FieldSelectorAttributes",
	{ 1, "rawSelector", PB_FILLED, &pb_string },
	{ 2, "requirements", PB_LIST, &pb_field_selector_requirement });

static const struct pb_type pb_label_selector_attributes =
	PB_TYPE("LabelSelectorAttributes",
	{ 1, "rawSelector", PB_FILLED, &pb_string },
	{ 2, "requirements", PB_LIST, &pb_label_selector_requirement });

static const struct pb_type pb_resource_attributes =
	PB_TYPE("ResourceAttributes",
	{ 1, "namespace", PB_FILLED, &pb_string },
	{ 2, "verb", PB_FILLED, &pb_string },
	{ 3, "group", PB_FILLED, &pb_string },
	{ 4, "version", PB_FILLED, &pb_string },
	{ 5, "resource", PB_FILLED, &pb_string },
	{ 6, "subresource", PB_FILLED, &pb_string },
	{ 7, "name", PB_FILLED, &pb_string },
	{ 8, "fieldSelector", PB_OPTIONAL, &pb_field_selector_attributes },
	{ 9, "labelSelector", PB_OPTIONAL, &pb_label_selector_attributes });

static const struct pb_type pb_non_resource_attributes =
	PB_TYPE("NonResourceAttributes",
	{ 1, "path", PB_FILLED, &pb_string },
	{ 2, "verb", PB_FILLED, &pb_string });

static const struct pb_type pb_subject_access_review_spec =
	PB_TYPE("SubjectAccessReviewSpec",
	{ 1, "resourceAttributes", PB_OPTIONAL, &pb_resource_attributes },
	{ 2, "nonResourceAttributes", PB_OPTIONAL,
		&pb_non_resource_attributes },
	{ 3, "user", PB_FILLED, &pb_string },
	{ 4, "groups", PB_LIST, &pb_string },
	{ 5, "extra", PB_MAP, &pb_strings },
	{ 6, "uid", PB_FILLED, &pb_string });

static const struct pb_type pb_subject_access_review_status =
	PB_TYPE("SubjectAccessReviewStatus",
	{ 1, "allowed", PB_ALWAYS, &pb_bool },
	{ 2, "reason", PB_FILLED, &pb_string },
	{ 3, "evaluationError", PB_FILLED, &pb_string },
	{ 4, "denied", PB_FILLED, &pb_bool });

const struct pb_type pb_subject_access_review = PB_TYPE("SubjectAccessReview",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "spec", PB_ALWAYS, &pb_subject_access_review_spec },
	{ 3, "status", PB_ALWAYS, &pb_subject_access_review_status });

static const struct pb_type pb_self_subject_access_review_spec =
	PB_TYPE("SelfSubjectAccessReviewSpec",
	{ 1, "resourceAttributes", PB_OPTIONAL, &pb_resource_attributes },
	{ 2, "nonResourceAttributes", PB_OPTIONAL,
		&pb_non_resource_attributes });

const struct pb_type pb_self_subject_access_review =
	PB_TYPE("SelfSubjectAccessReview",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "spec", PB_ALWAYS, &pb_self_subject_access_review_spec },
	{ 3, "status", PB_ALWAYS, &pb_subject_access_review_status });

const struct pb_type pb_local_subject_access_review =
	PB_TYPE("LocalSubjectAccessReview",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "spec", PB_ALWAYS, &pb_subject_access_review_spec },
	{ 3, "status", PB_ALWAYS, &pb_subject_access_review_status });

static const struct pb_type pb_self_subject_rules_review_spec =
	PB_TYPE("SelfSubjectRulesReviewSpec",
	{ 1, "namespace", PB_FILLED, &pb_string });

static const struct pb_type pb_resource_rule = PB_TYPE("ResourceRule",
	{ 1, "verbs", PB_LIST_ALWAYS, &pb_string },
	{ 2, "apiGroups", PB_LIST, &pb_string },
	{ 3, "resources", PB_LIST, &pb_string },
	{ 4, "resourceNames", PB_LIST, &pb_string });

static const struct pb_type pb_non_resource_rule = PB_TYPE("NonResourceRule",
	{ 1, "verbs", PB_LIST_ALWAYS, &pb_string },
	{ 2, "nonResourceURLs", PB_LIST, &pb_string });

static const struct pb_type pb_subject_rules_review_status =
	PB_TYPE("SubjectRulesReviewStatus",
	{ 1, "resourceRules", PB_LIST_ALWAYS, &pb_resource_rule },
	{ 2, "nonResourceRules", PB_LIST_ALWAYS, &pb_non_resource_rule },
	{ 3, "incomplete", PB_ALWAYS, &pb_bool },
	{ 4, "evaluationError", PB_FILLED, &pb_string });

const struct pb_type pb_self_subject_rules_review =
	PB_TYPE("SelfSubjectRulesReview",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "spec", PB_ALWAYS, &pb_self_subject_rules_review_spec },
	{ 3, "status", PB_ALWAYS, &pb_subject_rules_review_status });

static const struct pb_type pb_user_info = PB_TYPE("UserInfo",
	{ 1, "username", PB_FILLED, &pb_string },
	{ 2, "uid", PB_FILLED, &pb_string },
	{ 3, "groups", PB_LIST, &pb_string },
	{ 4, "extra", PB_MAP, &pb_strings });

static const struct pb_type pb_self_subject_review_status =
	PB_TYPE("SelfSubjectReviewStatus",
	{ 1, "userInfo", PB_ALWAYS, &pb_user_info });

const struct pb_type pb_self_subject_review = PB_TYPE("SelfSubjectReview",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "status", PB_ALWAYS, &pb_self_subject_review_status });

static const struct pb_type pb_token_review_spec = PB_TYPE("TokenReviewSpec",
	{ 1, "token", PB_FILLED, &pb_string },
	{ 2, "audiences", PB_LIST, &pb_string });

static const struct pb_type pb_token_review_status =
	PB_TYPE("TokenReviewStatus",
	{ 1, "authenticated", PB_FILLED, &pb_bool },
	{ 2, "user", PB_ALWAYS, &pb_user_info },
	{ 3, "error", PB_FILLED, &pb_string },
	{ 4, "audiences", PB_LIST, &pb_string });

const struct pb_type pb_token_review = PB_TYPE("TokenReview",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "spec", PB_ALWAYS, &pb_token_review_spec },
	{ 3, "status", PB_ALWAYS, &pb_token_review_status });
