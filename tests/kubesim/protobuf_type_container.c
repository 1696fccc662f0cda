/* SPDX-License-Identifier: Apache-2.0 */
/* What a pod's containers are of (core/v1). */
#include "tests/kubesim/protobuf_type.h"

/* clang-format off */

static const struct pb_type pb_container_port = PB_TYPE("ContainerPort",
	{ 1, "name", PB_FILLED, &pb_string },
	{ 2, "hostPort", PB_FILLED, &pb_int },
	{ 3, "containerPort", PB_ALWAYS, &pb_int },
	{ 4, "protocol", PB_FILLED, &pb_string },
	{ 5, "hostIP", PB_FILLED, &pb_string });

static const struct pb_type pb_config_map_env_source =
	PB_TYPE("ConfigMapEnvSource",
	{ 1, "", PB_INLINE, &pb_local_object_reference },
	{ 2, "optional", PB_OPTIONAL, &pb_bool });

static const struct pb_type pb_secret_env_source = PB_TYPE("SecretEnvSource",
	{ 1, "", PB_INLINE, &pb_local_object_reference },
	{ 2, "optional", PB_OPTIONAL, &pb_bool });

static const struct pb_type pb_env_from_source = PB_TYPE("EnvFromSource",
	{ 1, "prefix", PB_FILLED, &pb_string },
	{ 2, "configMapRef", PB_OPTIONAL, &pb_config_map_env_source },
	{ 3, "secretRef", PB_OPTIONAL, &pb_secret_env_source });

static const struct pb_type pb_config_map_key_selector =
	PB_TYPE("ConfigMapKeySelector",
	{ 1, "", PB_INLINE, &pb_local_object_reference },
	{ 2, "key", PB_ALWAYS, &pb_string },
	{ 3, "optional", PB_OPTIONAL, &pb_bool });

static const struct pb_type pb_secret_key_selector =
	PB_TYPE("SecretKeySelector",
	{ 1, "", PB_INLINE, &pb_local_object_reference },
	{ 2, "key", PB_ALWAYS, &pb_string },
	{ 3, "optional", PB_OPTIONAL, &pb_bool });

static const struct pb_type pb_file_key_selector = PB_TYPE("FileKeySelector",
	{ 1, "volumeName", PB_ALWAYS, &pb_string },
	{ 2, "path", PB_ALWAYS, &pb_string },
	{ 3, "key", PB_ALWAYS, &pb_string },
	{ 4, "optional", PB_OPTIONAL, &pb_bool });

static const struct pb_type pb_env_var_source = PB_TYPE("EnvVarSource",
	{ 1, "fieldRef", PB_OPTIONAL, &pb_object_field_selector },
	{ 2, "resourceFieldRef", PB_OPTIONAL, &pb_resource_field_selector },
	{ 3, "configMapKeyRef", PB_OPTIONAL, &pb_config_map_key_selector },
	{ 4, "secretKeyRef", PB_OPTIONAL, &pb_secret_key_selector },
	{ 5, "fileKeyRef", PB_OPTIONAL, &pb_file_key_selector });

static const struct pb_type pb_env_var = PB_TYPE("EnvVar",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "value", PB_FILLED, &pb_string },
	{ 3, "valueFrom", PB_OPTIONAL, &pb_env_var_source });

static const struct pb_type pb_resource_claim = PB_TYPE("ResourceClaim",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "request", PB_FILLED, &pb_string });

const struct pb_type pb_resource_requirements = PB_TYPE("ResourceRequirements",
	{ 1, "limits", PB_MAP, &pb_quantity },
	{ 2, "requests", PB_MAP, &pb_quantity },
	{ 3, "claims", PB_LIST, &pb_resource_claim });

static const struct pb_type pb_container_resize_policy =
	PB_TYPE("ContainerResizePolicy",
	{ 1, "resourceName", PB_ALWAYS, &pb_string },
	{ 2, "restartPolicy", PB_ALWAYS, &pb_string });

static const struct pb_type pb_container_restart_rule_on_exit_codes =
	PB_TYPE("ContainerRestartRuleOnExitCodes",
	{ 1, "operator", PB_FILLED, &pb_string },
	{ 2, "values", PB_LIST, &pb_int });

static const struct pb_type pb_container_restart_rule =
	PB_TYPE("ContainerRestartRule",
	{ 1, "action", PB_FILLED, &pb_string },
	{ 2, "exitCodes", PB_OPTIONAL,
		&pb_container_restart_rule_on_exit_codes });

static const struct pb_type pb_volume_mount = PB_TYPE("VolumeMount",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "readOnly", PB_FILLED, &pb_bool },
	{ 3, "mountPath", PB_ALWAYS, &pb_string },
	{ 4, "subPath", PB_FILLED, &pb_string },
	{ 5, "mountPropagation", PB_OPTIONAL, &pb_string },
	{ 6, "subPathExpr", PB_FILLED, &pb_string },
	{ 7, "recursiveReadOnly", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_volume_device = PB_TYPE("VolumeDevice",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "devicePath", PB_ALWAYS, &pb_string });

static const struct pb_type pb_exec_action = PB_TYPE("ExecAction",
	{ 1, "command", PB_LIST, &pb_string });

static const struct pb_type pb_http_header = PB_TYPE("HTTPHeader",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "value", PB_ALWAYS, &pb_string });

static const struct pb_type pb_http_get_action = PB_TYPE("HTTPGetAction",
	{ 1, "path", PB_FILLED, &pb_string },
	{ 2, "port", PB_ALWAYS, &pb_int_or_string },
	{ 3, "host", PB_FILLED, &pb_string },
	{ 4, "scheme", PB_FILLED, &pb_string },
	{ 5, "httpHeaders", PB_LIST, &pb_http_header });

static const struct pb_type pb_tcp_socket_action = PB_TYPE("TCPSocketAction",
	{ 1, "port", PB_ALWAYS, &pb_int_or_string },
	{ 2, "host", PB_FILLED, &pb_string });

static const struct pb_type pb_grpc_action = PB_TYPE("GRPCAction",
	{ 1, "port", PB_ALWAYS, &pb_int },
	{ 2, "service", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_probe_handler = PB_TYPE("ProbeHandler",
	{ 1, "exec", PB_OPTIONAL, &pb_exec_action },
	{ 2, "httpGet", PB_OPTIONAL, &pb_http_get_action },
	{ 3, "tcpSocket", PB_OPTIONAL, &pb_tcp_socket_action },
	{ 4, "grpc", PB_OPTIONAL, &pb_grpc_action });

static const struct pb_type pb_probe = PB_TYPE("Probe",
	{ 1, "", PB_INLINE, &pb_probe_handler },
	{ 2, "initialDelaySeconds", PB_FILLED, &pb_int },
	{ 3, "timeoutSeconds", PB_FILLED, &pb_int },
	{ 4, "periodSeconds", PB_FILLED, &pb_int },
	{ 5, "successThreshold", PB_FILLED, &pb_int },
	{ 6, "failureThreshold", PB_FILLED, &pb_int },
	{ 7, "terminationGracePeriodSeconds", PB_OPTIONAL, &pb_int });

static const struct pb_type pb_sleep_action = PB_TYPE("SleepAction",
	{ 1, "seconds", PB_ALWAYS, &pb_int });

static const struct pb_type pb_lifecycle_handler = PB_TYPE("LifecycleHandler",
	{ 1, "exec", PB_OPTIONAL, &pb_exec_action },
	{ 2, "httpGet", PB_OPTIONAL, &pb_http_get_action },
	{ 3, "tcpSocket", PB_OPTIONAL, &pb_tcp_socket_action },
	{ 4, "sleep", PB_OPTIONAL, &pb_sleep_action });

static const struct pb_type pb_lifecycle = PB_TYPE("Lifecycle",
	{ 1, "postStart", PB_OPTIONAL, &pb_lifecycle_handler },
	{ 2, "preStop", PB_OPTIONAL, &pb_lifecycle_handler },
	{ 3, "stopSignal", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_capabilities = PB_TYPE("Capabilities",
	{ 1, "add", PB_LIST, &pb_string },
	{ 2, "drop", PB_LIST, &pb_string });

const struct pb_type pb_se_linux_options = PB_TYPE("SELinuxOptions",
	{ 1, "user", PB_FILLED, &pb_string },
	{ 2, "role", PB_FILLED, &pb_string },
	{ 3, "type", PB_FILLED, &pb_string },
	{ 4, "level", PB_FILLED, &pb_string });

const struct pb_type pb_windows_security_context_options =
	PB_TYPE("WindowsSecurityContextOptions",
	{ 1, "gmsaCredentialSpecName", PB_OPTIONAL, &pb_string },
	{ 2, "gmsaCredentialSpec", PB_OPTIONAL, &pb_string },
	{ 3, "runAsUserName", PB_OPTIONAL, &pb_string },
	{ 4, "hostProcess", PB_OPTIONAL, &pb_bool });

const struct pb_type pb_seccomp_profile = PB_TYPE("SeccompProfile",
	{ 1, "type", PB_ALWAYS, &pb_string },
	{ 2, "localhostProfile", PB_OPTIONAL, &pb_string });

const struct pb_type pb_app_armor_profile = PB_TYPE("AppArmorProfile",
	{ 1, "type", PB_ALWAYS, &pb_string },
	{ 2, "localhostProfile", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_security_context = PB_TYPE("SecurityContext",
	{ 1, "capabilities", PB_OPTIONAL, &pb_capabilities },
	{ 2, "privileged", PB_OPTIONAL, &pb_bool },
	{ 3, "seLinuxOptions", PB_OPTIONAL, &pb_se_linux_options },
	{ 4, "runAsUser", PB_OPTIONAL, &pb_int },
	{ 5, "runAsNonRoot", PB_OPTIONAL, &pb_bool },
	{ 6, "readOnlyRootFilesystem", PB_OPTIONAL, &pb_bool },
	{ 7, "allowPrivilegeEscalation", PB_OPTIONAL, &pb_bool },
	{ 8, "runAsGroup", PB_OPTIONAL, &pb_int },
	{ 9, "procMount", PB_OPTIONAL, &pb_string },
	{ 10, "windowsOptions", PB_OPTIONAL,
		&pb_windows_security_context_options },
	{ 11, "seccompProfile", PB_OPTIONAL, &pb_seccomp_profile },
	{ 12, "appArmorProfile", PB_OPTIONAL, &pb_app_armor_profile });

const struct pb_type pb_container = PB_TYPE("Container",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "image", PB_FILLED, &pb_string },
	{ 3, "command", PB_LIST, &pb_string },
	{ 4, "args", PB_LIST, &pb_string },
	{ 5, "workingDir", PB_FILLED, &pb_string },
	{ 6, "ports", PB_LIST, &pb_container_port },
	{ 7, "env", PB_LIST, &pb_env_var },
	{ 8, "resources", PB_ALWAYS, &pb_resource_requirements },
	{ 9, "volumeMounts", PB_LIST, &pb_volume_mount },
	{ 10, "livenessProbe", PB_OPTIONAL, &pb_probe },
	{ 11, "readinessProbe", PB_OPTIONAL, &pb_probe },
	{ 12, "lifecycle", PB_OPTIONAL, &pb_lifecycle },
	{ 13, "terminationMessagePath", PB_FILLED, &pb_string },
	{ 14, "imagePullPolicy", PB_FILLED, &pb_string },
	{ 15, "securityContext", PB_OPTIONAL, &pb_security_context },
	{ 16, "stdin", PB_FILLED, &pb_bool },
	{ 17, "stdinOnce", PB_FILLED, &pb_bool },
	{ 18, "tty", PB_FILLED, &pb_bool },
	{ 19, "envFrom", PB_LIST, &pb_env_from_source },
	{ 20, "terminationMessagePolicy", PB_FILLED, &pb_string },
	{ 21, "volumeDevices", PB_LIST, &pb_volume_device },
	{ 22, "startupProbe", PB_OPTIONAL, &pb_probe },
	{ 23, "resizePolicy", PB_LIST, &pb_container_resize_policy },
	{ 24, "restartPolicy", PB_OPTIONAL, &pb_string },
	{ 25, "restartPolicyRules", PB_LIST, &pb_container_restart_rule });

static const struct pb_type pb_ephemeral_container_common =
	PB_TYPE("EphemeralContainerCommon",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "image", PB_FILLED, &pb_string },
	{ 3, "command", PB_LIST, &pb_string },
	{ 4, "args", PB_LIST, &pb_string },
	{ 5, "workingDir", PB_FILLED, &pb_string },
	{ 6, "ports", PB_LIST, &pb_container_port },
	{ 7, "env", PB_LIST, &pb_env_var },
	{ 8, "resources", PB_ALWAYS, &pb_resource_requirements },
	{ 9, "volumeMounts", PB_LIST, &pb_volume_mount },
	{ 10, "livenessProbe", PB_OPTIONAL, &pb_probe },
	{ 11, "readinessProbe", PB_OPTIONAL, &pb_probe },
	{ 12, "lifecycle", PB_OPTIONAL, &pb_lifecycle },
	{ 13, "terminationMessagePath", PB_FILLED, &pb_string },
	{ 14, "imagePullPolicy", PB_FILLED, &pb_string },
	{ 15, "securityContext", PB_OPTIONAL, &pb_security_context },
	{ 16, "stdin", PB_FILLED, &pb_bool },
	{ 17, "stdinOnce", PB_FILLED, &pb_bool },
	{ 18, "tty", PB_FILLED, &pb_bool },
	{ 19, "envFrom", PB_LIST, &pb_env_from_source },
	{ 20, "terminationMessagePolicy", PB_FILLED, &pb_string },
	{ 21, "volumeDevices", PB_LIST, &pb_volume_device },
	{ 22, "startupProbe", PB_OPTIONAL, &pb_probe },
	{ 23, "resizePolicy", PB_LIST, &pb_container_resize_policy },
	{ 24, "restartPolicy", PB_OPTIONAL, &pb_string },
	{ 25, "restartPolicyRules", PB_LIST, &pb_container_restart_rule });

const struct pb_type pb_ephemeral_container = PB_TYPE("EphemeralContainer",
	{ 1, "", PB_INLINE, &pb_ephemeral_container_common },
	{ 2, "targetContainerName", PB_FILLED, &pb_string });
