/* SPDX-License-Identifier: Apache-2.0 */
/* The rest of a pod (core/v1). */
#include "tests/kubesim/protobuf_type.h"

/* clang-format off */

static const struct pb_type pb_sysctl = PB_TYPE("Sysctl",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "value", PB_ALWAYS, &pb_string });

static const struct pb_type pb_pod_security_context =
	PB_TYPE("PodSecurityContext",
	{ 1, "seLinuxOptions", PB_OPTIONAL, &pb_se_linux_options },
	{ 2, "runAsUser", PB_OPTIONAL, &pb_int },
	{ 3, "runAsNonRoot", PB_OPTIONAL, &pb_bool },
	{ 4, "supplementalGroups", PB_LIST, &pb_int },
	{ 5, "fsGroup", PB_OPTIONAL, &pb_int },
	{ 6, "runAsGroup", PB_OPTIONAL, &pb_int },
	{ 7, "sysctls", PB_LIST, &pb_sysctl },
	{ 8, "windowsOptions", PB_OPTIONAL,
		&pb_windows_security_context_options },
	{ 9, "fsGroupChangePolicy", PB_OPTIONAL, &pb_string },
	{ 10, "seccompProfile", PB_OPTIONAL, &pb_seccomp_profile },
	{ 11, "appArmorProfile", PB_OPTIONAL, &pb_app_armor_profile },
	{ 12, "supplementalGroupsPolicy", PB_OPTIONAL, &pb_string },
	{ 13, "seLinuxChangePolicy", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_node_selector_requirement =
	PB_TYPE("NodeSelectorRequirement",
	{ 1, "key", PB_ALWAYS, &pb_string },
	{ 2, "operator", PB_ALWAYS, &pb_string },
	{ 3, "values", PB_LIST, &pb_string });

static const struct pb_type pb_node_selector_term = PB_TYPE("NodeSelectorTerm",
	{ 1, "matchExpressions", PB_LIST, &pb_node_selector_requirement },
	{ 2, "matchFields", PB_LIST, &pb_node_selector_requirement });

static const struct pb_type pb_node_selector = PB_TYPE("NodeSelector",
	{ 1, "nodeSelectorTerms", PB_LIST_ALWAYS, &pb_node_selector_term });

static const struct pb_type pb_preferred_scheduling_term =
	PB_TYPE("PreferredSchedulingTerm",
	{ 1, "weight", PB_ALWAYS, &pb_int },
	{ 2, "preference", PB_ALWAYS, &pb_node_selector_term });

static const struct pb_type pb_node_affinity = PB_TYPE("NodeAffinity",
	{ 1, "requiredDuringSchedulingIgnoredDuringExecution", PB_OPTIONAL,
		&pb_node_selector },
	{ 2, "preferredDuringSchedulingIgnoredDuringExecution", PB_LIST,
		&pb_preferred_scheduling_term });

static const struct pb_type pb_pod_affinity_term = PB_TYPE("PodAffinityTerm",
	{ 1, "labelSelector", PB_OPTIONAL, &pb_label_selector },
	{ 2, "namespaces", PB_LIST, &pb_string },
	{ 3, "topologyKey", PB_ALWAYS, &pb_string },
	{ 4, "namespaceSelector", PB_OPTIONAL, &pb_label_selector },
	{ 5, "matchLabelKeys", PB_LIST, &pb_string },
	{ 6, "mismatchLabelKeys", PB_LIST, &pb_string });

static const struct pb_type pb_weighted_pod_affinity_term =
	PB_TYPE("WeightedPodAffinityTerm",
	{ 1, "weight", PB_ALWAYS, &pb_int },
	{ 2, "podAffinityTerm", PB_ALWAYS, &pb_pod_affinity_term });

static const struct pb_type pb_pod_affinity = PB_TYPE("PodAffinity",
	{ 1, "requiredDuringSchedulingIgnoredDuringExecution", PB_LIST,
		&pb_pod_affinity_term },
	{ 2, "preferredDuringSchedulingIgnoredDuringExecution", PB_LIST,
		&pb_weighted_pod_affinity_term });

static const struct pb_type pb_pod_anti_affinity = PB_TYPE("PodAntiAffinity",
	{ 1, "requiredDuringSchedulingIgnoredDuringExecution", PB_LIST,
		&pb_pod_affinity_term },
	{ 2, "preferredDuringSchedulingIgnoredDuringExecution", PB_LIST,
		&pb_weighted_pod_affinity_term });

static const struct pb_type pb_affinity = PB_TYPE("Affinity",
	{ 1, "nodeAffinity", PB_OPTIONAL, &pb_node_affinity },
	{ 2, "podAffinity", PB_OPTIONAL, &pb_pod_affinity },
	{ 3, "podAntiAffinity", PB_OPTIONAL, &pb_pod_anti_affinity });

static const struct pb_type pb_toleration = PB_TYPE("Toleration",
	{ 1, "key", PB_FILLED, &pb_string },
	{ 2, "operator", PB_FILLED, &pb_string },
	{ 3, "value", PB_FILLED, &pb_string },
	{ 4, "effect", PB_FILLED, &pb_string },
	{ 5, "tolerationSeconds", PB_OPTIONAL, &pb_int });

static const struct pb_type pb_host_alias = PB_TYPE("HostAlias",
	{ 1, "ip", PB_ALWAYS, &pb_string },
	{ 2, "hostnames", PB_LIST, &pb_string });

static const struct pb_type pb_pod_dns_config_option =
	PB_TYPE("PodDNSConfigOption",
	{ 1, "name", PB_FILLED, &pb_string },
	{ 2, "value", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_pod_dns_config = PB_TYPE("PodDNSConfig",
	{ 1, "nameservers", PB_LIST, &pb_string },
	{ 2, "searches", PB_LIST, &pb_string },
	{ 3, "options", PB_LIST, &pb_pod_dns_config_option });

static const struct pb_type pb_pod_readiness_gate = PB_TYPE("PodReadinessGate",
	{ 1, "conditionType", PB_ALWAYS, &pb_string });

static const struct pb_type pb_topology_spread_constraint =
	PB_TYPE("TopologySpreadConstraint",
	{ 1, "maxSkew", PB_ALWAYS, &pb_int },
	{ 2, "topologyKey", PB_ALWAYS, &pb_string },
	{ 3, "whenUnsatisfiable", PB_ALWAYS, &pb_string },
	{ 4, "labelSelector", PB_OPTIONAL, &pb_label_selector },
	{ 5, "minDomains", PB_OPTIONAL, &pb_int },
	{ 6, "nodeAffinityPolicy", PB_OPTIONAL, &pb_string },
	{ 7, "nodeTaintsPolicy", PB_OPTIONAL, &pb_string },
	{ 8, "matchLabelKeys", PB_LIST, &pb_string });

static const struct pb_type pb_pod_os = PB_TYPE("PodOS",
	{ 1, "name", PB_ALWAYS, &pb_string });

static const struct pb_type pb_pod_scheduling_gate =
	PB_TYPE("PodSchedulingGate",
	{ 1, "name", PB_ALWAYS, &pb_string });

static const struct pb_type pb_pod_resource_claim = PB_TYPE("PodResourceClaim",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 3, "resourceClaimName", PB_OPTIONAL, &pb_string },
	{ 4, "resourceClaimTemplateName", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_pod_scheduling_group =
	PB_TYPE("PodSchedulingGroup",
	{ 1, "podGroupName", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_pod_spec = PB_TYPE("PodSpec",
	{ 1, "volumes", PB_LIST, &pb_volume },
	{ 2, "containers", PB_LIST_ALWAYS, &pb_container },
	{ 3, "restartPolicy", PB_FILLED, &pb_string },
	{ 4, "terminationGracePeriodSeconds", PB_OPTIONAL, &pb_int },
	{ 5, "activeDeadlineSeconds", PB_OPTIONAL, &pb_int },
	{ 6, "dnsPolicy", PB_FILLED, &pb_string },
	{ 7, "nodeSelector", PB_MAP, &pb_string },
	{ 8, "serviceAccountName", PB_FILLED, &pb_string },
	{ 9, "serviceAccount", PB_FILLED, &pb_string },
	{ 10, "nodeName", PB_FILLED, &pb_string },
	{ 11, "hostNetwork", PB_FILLED, &pb_bool },
	{ 12, "hostPID", PB_FILLED, &pb_bool },
	{ 13, "hostIPC", PB_FILLED, &pb_bool },
	{ 14, "securityContext", PB_OPTIONAL, &pb_pod_security_context },
	{ 15, "imagePullSecrets", PB_LIST, &pb_local_object_reference },
	{ 16, "hostname", PB_FILLED, &pb_string },
	{ 17, "subdomain", PB_FILLED, &pb_string },
	{ 18, "affinity", PB_OPTIONAL, &pb_affinity },
	{ 19, "schedulerName", PB_FILLED, &pb_string },
	{ 20, "initContainers", PB_LIST, &pb_container },
	{ 21, "automountServiceAccountToken", PB_OPTIONAL, &pb_bool },
	{ 22, "tolerations", PB_LIST, &pb_toleration },
	{ 23, "hostAliases", PB_LIST, &pb_host_alias },
	{ 24, "priorityClassName", PB_FILLED, &pb_string },
	{ 25, "priority", PB_OPTIONAL, &pb_int },
	{ 26, "dnsConfig", PB_OPTIONAL, &pb_pod_dns_config },
	{ 27, "shareProcessNamespace", PB_OPTIONAL, &pb_bool },
	{ 28, "readinessGates", PB_LIST, &pb_pod_readiness_gate },
	{ 29, "runtimeClassName", PB_OPTIONAL, &pb_string },
	{ 30, "enableServiceLinks", PB_OPTIONAL, &pb_bool },
	{ 31, "preemptionPolicy", PB_OPTIONAL, &pb_string },
	{ 32, "overhead", PB_MAP, &pb_quantity },
	{ 33, "topologySpreadConstraints", PB_LIST,
		&pb_topology_spread_constraint },
	{ 34, "ephemeralContainers", PB_LIST, &pb_ephemeral_container },
	{ 35, "setHostnameAsFQDN", PB_OPTIONAL, &pb_bool },
	{ 36, "os", PB_OPTIONAL, &pb_pod_os },
	{ 37, "hostUsers", PB_OPTIONAL, &pb_bool },
	{ 38, "schedulingGates", PB_LIST, &pb_pod_scheduling_gate },
	{ 39, "resourceClaims", PB_LIST, &pb_pod_resource_claim },
	{ 40, "resources", PB_OPTIONAL, &pb_resource_requirements },
	{ 41, "hostnameOverride", PB_OPTIONAL, &pb_string },
	{ 43, "schedulingGroup", PB_OPTIONAL, &pb_pod_scheduling_group });

static const struct pb_type pb_pod_condition = PB_TYPE("PodCondition",
	{ 1, "type", PB_ALWAYS, &pb_string },
	{ 2, "status", PB_ALWAYS, &pb_string },
	{ 3, "lastProbeTime", PB_ALWAYS, &pb_time },
	{ 4, "lastTransitionTime", PB_ALWAYS, &pb_time },
	{ 5, "reason", PB_FILLED, &pb_string },
	{ 6, "message", PB_FILLED, &pb_string },
	{ 7, "observedGeneration", PB_FILLED, &pb_int });

static const struct pb_type pb_host_ip = PB_TYPE("HostIP",
	{ 1, "ip", PB_ALWAYS, &pb_string });

static const struct pb_type pb_pod_ip = PB_TYPE("PodIP",
	{ 1, "ip", PB_ALWAYS, &pb_string });

static const struct pb_type pb_container_state_waiting =
	PB_TYPE("ContainerStateWaiting",
	{ 1, "reason", PB_FILLED, &pb_string },
	{ 2, "message", PB_FILLED, &pb_string });

static const struct pb_type pb_container_state_running =
	PB_TYPE("ContainerStateRunning",
	{ 1, "startedAt", PB_ALWAYS, &pb_time });

static const struct pb_type pb_container_state_terminated =
	PB_TYPE("ContainerStateTerminated",
	{ 1, "exitCode", PB_ALWAYS, &pb_int },
	{ 2, "signal", PB_FILLED, &pb_int },
	{ 3, "reason", PB_FILLED, &pb_string },
	{ 4, "message", PB_FILLED, &pb_string },
	{ 5, "startedAt", PB_ALWAYS, &pb_time },
	{ 6, "finishedAt", PB_ALWAYS, &pb_time },
	{ 7, "containerID", PB_FILLED, &pb_string });

static const struct pb_type pb_container_state = PB_TYPE("ContainerState",
	{ 1, "waiting", PB_OPTIONAL, &pb_container_state_waiting },
	{ 2, "running", PB_OPTIONAL, &pb_container_state_running },
	{ 3, "terminated", PB_OPTIONAL, &pb_container_state_terminated });

static const struct pb_type pb_image_volume_status =
	PB_TYPE("ImageVolumeStatus",
	{ 1, "imageRef", PB_FILLED, &pb_string });

static const struct pb_type pb_volume_status = PB_TYPE("VolumeStatus",
	{ 1, "image", PB_OPTIONAL, &pb_image_volume_status });

static const struct pb_type pb_volume_mount_status =
	PB_TYPE("VolumeMountStatus",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "mountPath", PB_ALWAYS, &pb_string },
	{ 3, "readOnly", PB_FILLED, &pb_bool },
	{ 4, "recursiveReadOnly", PB_OPTIONAL, &pb_string },
	{ 5, "volumeStatus", PB_OPTIONAL, &pb_volume_status });

static const struct pb_type pb_linux_container_user =
	PB_TYPE("LinuxContainerUser",
	{ 1, "uid", PB_ALWAYS, &pb_int },
	{ 2, "gid", PB_ALWAYS, &pb_int },
	{ 3, "supplementalGroups", PB_LIST, &pb_int });

static const struct pb_type pb_container_user = PB_TYPE("ContainerUser",
	{ 1, "linux", PB_OPTIONAL, &pb_linux_container_user });

static const struct pb_type pb_resource_health = PB_TYPE("ResourceHealth",
	{ 1, "resourceID", PB_ALWAYS, &pb_string },
	{ 2, "health", PB_FILLED, &pb_string },
	{ 6, "message", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_resource_status = PB_TYPE("ResourceStatus",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "resources", PB_LIST, &pb_resource_health });

static const struct pb_type pb_container_status = PB_TYPE("ContainerStatus",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "state", PB_ALWAYS, &pb_container_state },
	{ 3, "lastState", PB_ALWAYS, &pb_container_state },
	{ 4, "ready", PB_ALWAYS, &pb_bool },
	{ 5, "restartCount", PB_ALWAYS, &pb_int },
	{ 6, "image", PB_ALWAYS, &pb_string },
	{ 7, "imageID", PB_ALWAYS, &pb_string },
	{ 8, "containerID", PB_FILLED, &pb_string },
	{ 9, "started", PB_OPTIONAL, &pb_bool },
	{ 10, "allocatedResources", PB_MAP, &pb_quantity },
	{ 11, "resources", PB_OPTIONAL, &pb_resource_requirements },
	{ 12, "volumeMounts", PB_LIST, &pb_volume_mount_status },
	{ 13, "user", PB_OPTIONAL, &pb_container_user },
	{ 14, "allocatedResourcesStatus", PB_LIST, &pb_resource_status },
	{ 15, "stopSignal", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_pod_resource_claim_status =
	PB_TYPE("PodResourceClaimStatus",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "resourceClaimName", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_container_extended_resource_request =
	PB_TYPE("ContainerExtendedResourceRequest",
	{ 1, "containerName", PB_ALWAYS, &pb_string },
	{ 2, "resourceName", PB_ALWAYS, &pb_string },
	{ 3, "requestName", PB_ALWAYS, &pb_string });

static const struct pb_type pb_pod_extended_resource_claim_status =
	PB_TYPE("PodExtendedResourceClaimStatus",
	{ 1, "requestMappings", PB_LIST_ALWAYS,
		&pb_container_extended_resource_request },
	{ 2, "resourceClaimName", PB_ALWAYS, &pb_string });

static const struct pb_type pb_node_allocatable_resource_claim_status =
	PB_TYPE("NodeAllocatableResourceClaimStatus",
	{ 1, "resourceClaimName", PB_ALWAYS, &pb_string },
	{ 2, "containers", PB_LIST, &pb_string },
	{ 3, "resources", PB_MAP, &pb_quantity });

static const struct pb_type pb_pod_status = PB_TYPE("PodStatus",
	{ 1, "phase", PB_FILLED, &pb_string },
	{ 2, "conditions", PB_LIST, &pb_pod_condition },
	{ 3, "message", PB_FILLED, &pb_string },
	{ 4, "reason", PB_FILLED, &pb_string },
	{ 5, "hostIP", PB_FILLED, &pb_string },
	{ 6, "podIP", PB_FILLED, &pb_string },
	{ 7, "startTime", PB_OPTIONAL, &pb_time },
	{ 8, "containerStatuses", PB_LIST, &pb_container_status },
	{ 9, "qosClass", PB_FILLED, &pb_string },
	{ 10, "initContainerStatuses", PB_LIST, &pb_container_status },
	{ 11, "nominatedNodeName", PB_FILLED, &pb_string },
	{ 12, "podIPs", PB_LIST, &pb_pod_ip },
	{ 13, "ephemeralContainerStatuses", PB_LIST, &pb_container_status },
	{ 14, "resize", PB_FILLED, &pb_string },
	{ 15, "resourceClaimStatuses", PB_LIST,
		&pb_pod_resource_claim_status },
	{ 16, "hostIPs", PB_LIST, &pb_host_ip },
	{ 17, "observedGeneration", PB_FILLED, &pb_int },
	{ 18, "extendedResourceClaimStatus", PB_OPTIONAL,
		&pb_pod_extended_resource_claim_status },
	{ 19, "allocatedResources", PB_MAP, &pb_quantity },
	{ 20, "resources", PB_OPTIONAL, &pb_resource_requirements },
	{ 21, "nodeAllocatableResourceClaimStatuses", PB_LIST,
		&pb_node_allocatable_resource_claim_status });

const struct pb_type pb_pod = PB_TYPE("Pod",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "spec", PB_ALWAYS, &pb_pod_spec },
	{ 3, "status", PB_ALWAYS, &pb_pod_status });

const struct pb_type pb_pod_list = PB_TYPE("PodList",
	{ 1, "metadata", PB_ALWAYS, &pb_list_meta },
	{ 2, "items", PB_LIST_ALWAYS, &pb_pod });
