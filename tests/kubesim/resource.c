/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/resource.h"

#include <string.h>

const struct resource resources[RESOURCE_COUNT] = {
	{
		.group = "",
		.version = "v1",
		.api_version = "v1",
		.kind = "Pod",
		.list_kind = "PodList",
		.plural = "pods",
		.singular = "pod",
		.short_name = "po",
		.namespaced = true,
		.has_status = true,
		.has_generation = true,
		.graceful = true,
		.returns_deleted = true,
	},
	{
		.group = "",
		.version = "v1",
		.api_version = "v1",
		.kind = "ConfigMap",
		.list_kind = "ConfigMapList",
		.plural = "configmaps",
		.singular = "configmap",
		.short_name = "cm",
		.namespaced = true,
	},
	{
		.group = "",
		.version = "v1",
		.api_version = "v1",
		.kind = "Secret",
		.list_kind = "SecretList",
		.plural = "secrets",
		.singular = "secret",
		.short_name = "",
		.namespaced = true,
	},
	{
		.group = "",
		.version = "v1",
		.api_version = "v1",
		.kind = "ServiceAccount",
		.list_kind = "ServiceAccountList",
		.plural = "serviceaccounts",
		.singular = "serviceaccount",
		.short_name = "sa",
		.namespaced = true,
		.returns_deleted = true,
	},
	{
		.group = "",
		.version = "v1",
		.api_version = "v1",
		.kind = "Event",
		.list_kind = "EventList",
		.plural = "events",
		.singular = "event",
		.short_name = "ev",
		.namespaced = true,
		.put_creates = true,
		.any_path_name = true,
	},
	{
		.group = "",
		.version = "v1",
		.api_version = "v1",
		.kind = "Namespace",
		.list_kind = "NamespaceList",
		.plural = "namespaces",
		.singular = "namespace",
		.short_name = "ns",
		.has_status = true,
	},
	{
		.group = "coordination.k8s.io",
		.version = "v1",
		.api_version = "coordination.k8s.io/v1",
		.kind = "Lease",
		.list_kind = "LeaseList",
		.plural = "leases",
		.singular = "lease",
		.short_name = "",
		.namespaced = true,
		.update_needs_rv = true,
		.put_creates = true,
	},
	{
		.group = "argoproj.io",
		.version = "v1alpha1",
		.api_version = "argoproj.io/v1alpha1",
		.kind = "Workflow",
		.list_kind = "WorkflowList",
		.plural = "workflows",
		.singular = "workflow",
		.short_name = "wf",
		.namespaced = true,
		.custom = true,
		.has_generation = true,
		.update_needs_rv = true,
	},
};

const struct resource *resource_find(
	const char *group, const char *version, const char *plural)
{
	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		const struct resource *res = &resources[i];

		if (!strcmp(res->group, group) &&
			!strcmp(res->version, version) &&
			!strcmp(res->plural, plural))
			return res;
	}
	return NULL;
}
