/* SPDX-License-Identifier: Apache-2.0 */
/* What a pod's volumes are of (core/v1). */
#include "tests/kubesim/protobuf_type.h"

/* clang-format off */

static const struct pb_type pb_host_path_volume_source =
	PB_TYPE("HostPathVolumeSource",
	{ 1, "path", PB_ALWAYS, &pb_string },
	{ 2, "type", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_empty_dir_volume_source =
	PB_TYPE("EmptyDirVolumeSource",
	{ 1, "medium", PB_FILLED, &pb_string },
	{ 2, "sizeLimit", PB_OPTIONAL, &pb_quantity });

static const struct pb_type pb_gce_persistent_disk_volume_source =
	PB_TYPE("GCEPersistentDiskVolumeSource",
	{ 1, "pdName", PB_ALWAYS, &pb_string },
	{ 2, "fsType", PB_FILLED, &pb_string },
	{ 3, "partition", PB_FILLED, &pb_int },
	{ 4, "readOnly", PB_FILLED, &pb_bool });

static const struct pb_type pb_aws_elastic_block_store_volume_source =
	PB_TYPE("AWSElasticBlockStoreVolumeSource",
	{ 1, "volumeID", PB_ALWAYS, &pb_string },
	{ 2, "fsType", PB_FILLED, &pb_string },
	{ 3, "partition", PB_FILLED, &pb_int },
	{ 4, "readOnly", PB_FILLED, &pb_bool });

static const struct pb_type pb_git_repo_volume_source =
	PB_TYPE("GitRepoVolumeSource",
	{ 1, "repository", PB_ALWAYS, &pb_string },
	{ 2, "revision", PB_FILLED, &pb_string },
	{ 3, "directory", PB_FILLED, &pb_string });

static const struct pb_type pb_key_to_path = PB_TYPE("KeyToPath",
	{ 1, "key", PB_ALWAYS, &pb_string },
	{ 2, "path", PB_ALWAYS, &pb_string },
	{ 3, "mode", PB_OPTIONAL, &pb_int });

static const struct pb_type pb_secret_volume_source =
	PB_TYPE("SecretVolumeSource",
	{ 1, "secretName", PB_FILLED, &pb_string },
	{ 2, "items", PB_LIST, &pb_key_to_path },
	{ 3, "defaultMode", PB_OPTIONAL, &pb_int },
	{ 4, "optional", PB_OPTIONAL, &pb_bool });

static const struct pb_type pb_nfs_volume_source = PB_TYPE("NFSVolumeSource",
	{ 1, "server", PB_ALWAYS, &pb_string },
	{ 2, "path", PB_ALWAYS, &pb_string },
	{ 3, "readOnly", PB_FILLED, &pb_bool });

const struct pb_type pb_local_object_reference = PB_TYPE("LocalObjectReference",
	{ 1, "name", PB_FILLED, &pb_string });

static const struct pb_type pb_iscsi_volume_source =
	PB_TYPE("ISCSIVolumeSource",
	{ 1, "targetPortal", PB_ALWAYS, &pb_string },
	{ 2, "iqn", PB_ALWAYS, &pb_string },
	{ 3, "lun", PB_ALWAYS, &pb_int },
	{ 4, "iscsiInterface", PB_FILLED, &pb_string },
	{ 5, "fsType", PB_FILLED, &pb_string },
	{ 6, "readOnly", PB_FILLED, &pb_bool },
	{ 7, "portals", PB_LIST, &pb_string },
	{ 8, "chapAuthDiscovery", PB_FILLED, &pb_bool },
	{ 10, "secretRef", PB_OPTIONAL, &pb_local_object_reference },
	{ 11, "chapAuthSession", PB_FILLED, &pb_bool },
	{ 12, "initiatorName", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_glusterfs_volume_source =
	PB_TYPE("GlusterfsVolumeSource",
	{ 1, "endpoints", PB_ALWAYS, &pb_string },
	{ 2, "path", PB_ALWAYS, &pb_string },
	{ 3, "readOnly", PB_FILLED, &pb_bool });

static const struct pb_type pb_persistent_volume_claim_volume_source =
	PB_TYPE("PersistentVolumeClaimVolumeSource",
	{ 1, "claimName", PB_ALWAYS, &pb_string },
	{ 2, "readOnly", PB_FILLED, &pb_bool });

static const struct pb_type pb_rbd_volume_source = PB_TYPE("RBDVolumeSource",
	{ 1, "monitors", PB_LIST_ALWAYS, &pb_string },
	{ 2, "image", PB_ALWAYS, &pb_string },
	{ 3, "fsType", PB_FILLED, &pb_string },
	{ 4, "pool", PB_FILLED, &pb_string },
	{ 5, "user", PB_FILLED, &pb_string },
	{ 6, "keyring", PB_FILLED, &pb_string },
	{ 7, "secretRef", PB_OPTIONAL, &pb_local_object_reference },
	{ 8, "readOnly", PB_FILLED, &pb_bool });

static const struct pb_type pb_flex_volume_source = PB_TYPE("FlexVolumeSource",
	{ 1, "driver", PB_ALWAYS, &pb_string },
	{ 2, "fsType", PB_FILLED, &pb_string },
	{ 3, "secretRef", PB_OPTIONAL, &pb_local_object_reference },
	{ 4, "readOnly", PB_FILLED, &pb_bool },
	{ 5, "options", PB_MAP, &pb_string });

static const struct pb_type pb_cinder_volume_source =
	PB_TYPE("CinderVolumeSource",
	{ 1, "volumeID", PB_ALWAYS, &pb_string },
	{ 2, "fsType", PB_FILLED, &pb_string },
	{ 3, "readOnly", PB_FILLED, &pb_bool },
	{ 4, "secretRef", PB_OPTIONAL, &pb_local_object_reference });

static const struct pb_type pb_ceph_fs_volume_source =
	PB_TYPE("CephFSVolumeSource",
	{ 1, "monitors", PB_LIST_ALWAYS, &pb_string },
	{ 2, "path", PB_FILLED, &pb_string },
	{ 3, "user", PB_FILLED, &pb_string },
	{ 4, "secretFile", PB_FILLED, &pb_string },
	{ 5, "secretRef", PB_OPTIONAL, &pb_local_object_reference },
	{ 6, "readOnly", PB_FILLED, &pb_bool });

static const struct pb_type pb_flocker_volume_source =
	PB_TYPE("FlockerVolumeSource",
	{ 1, "datasetName", PB_FILLED, &pb_string },
	{ 2, "datasetUUID", PB_FILLED, &pb_string });

const struct pb_type pb_object_field_selector = PB_TYPE("ObjectFieldSelector",
	{ 1, "apiVersion", PB_FILLED, &pb_string },
	{ 2, "fieldPath", PB_ALWAYS, &pb_string });

const struct pb_type pb_resource_field_selector =
	PB_TYPE("ResourceFieldSelector",
	{ 1, "containerName", PB_FILLED, &pb_string },
	{ 2, "resource", PB_ALWAYS, &pb_string },
	{ 3, "divisor", PB_ALWAYS, &pb_quantity });

static const struct pb_type pb_downward_api_volume_file =
	PB_TYPE("DownwardAPIVolumeFile",
	{ 1, "path", PB_ALWAYS, &pb_string },
	{ 2, "fieldRef", PB_OPTIONAL, &pb_object_field_selector },
	{ 3, "resourceFieldRef", PB_OPTIONAL, &pb_resource_field_selector },
	{ 4, "mode", PB_OPTIONAL, &pb_int });

static const struct pb_type pb_downward_api_volume_source =
	PB_TYPE("DownwardAPIVolumeSource",
	{ 1, "items", PB_LIST, &pb_downward_api_volume_file },
	{ 2, "defaultMode", PB_OPTIONAL, &pb_int });

static const struct pb_type pb_fc_volume_source = PB_TYPE("FCVolumeSource",
	{ 1, "targetWWNs", PB_LIST, &pb_string },
	{ 2, "lun", PB_OPTIONAL, &pb_int },
	{ 3, "fsType", PB_FILLED, &pb_string },
	{ 4, "readOnly", PB_FILLED, &pb_bool },
	{ 5, "wwids", PB_LIST, &pb_string });

static const struct pb_type pb_azure_file_volume_source =
	PB_TYPE("AzureFileVolumeSource",
	{ 1, "secretName", PB_ALWAYS, &pb_string },
	{ 2, "shareName", PB_ALWAYS, &pb_string },
	{ 3, "readOnly", PB_FILLED, &pb_bool });

static const struct pb_type pb_config_map_volume_source =
	PB_TYPE("ConfigMapVolumeSource",
	{ 1, "", PB_INLINE, &pb_local_object_reference },
	{ 2, "items", PB_LIST, &pb_key_to_path },
	{ 3, "defaultMode", PB_OPTIONAL, &pb_int },
	{ 4, "optional", PB_OPTIONAL, &pb_bool });

static const struct pb_type pb_vsphere_virtual_disk_volume_source =
	PB_TYPE("VsphereVirtualDiskVolumeSource",
	{ 1, "volumePath", PB_ALWAYS, &pb_string },
	{ 2, "fsType", PB_FILLED, &pb_string },
	{ 3, "storagePolicyName", PB_FILLED, &pb_string },
	{ 4, "storagePolicyID", PB_FILLED, &pb_string });

static const struct pb_type pb_quobyte_volume_source =
	PB_TYPE("QuobyteVolumeSource",
	{ 1, "registry", PB_ALWAYS, &pb_string },
	{ 2, "volume", PB_ALWAYS, &pb_string },
	{ 3, "readOnly", PB_FILLED, &pb_bool },
	{ 4, "user", PB_FILLED, &pb_string },
	{ 5, "group", PB_FILLED, &pb_string },
	{ 6, "tenant", PB_FILLED, &pb_string });

static const struct pb_type pb_azure_disk_volume_source =
	PB_TYPE("AzureDiskVolumeSource",
	{ 1, "diskName", PB_ALWAYS, &pb_string },
	{ 2, "diskURI", PB_ALWAYS, &pb_string },
	{ 3, "cachingMode", PB_OPTIONAL, &pb_string },
	{ 4, "fsType", PB_OPTIONAL, &pb_string },
	{ 5, "readOnly", PB_OPTIONAL, &pb_bool },
	{ 6, "kind", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_photon_persistent_disk_volume_source =
	PB_TYPE("PhotonPersistentDiskVolumeSource",
	{ 1, "pdID", PB_ALWAYS, &pb_string },
	{ 2, "fsType", PB_FILLED, &pb_string });

static const struct pb_type pb_secret_projection = PB_TYPE("SecretProjection",
	{ 1, "", PB_INLINE, &pb_local_object_reference },
	{ 2, "items", PB_LIST, &pb_key_to_path },
	{ 4, "optional", PB_OPTIONAL, &pb_bool });

static const struct pb_type pb_downward_api_projection =
	PB_TYPE("DownwardAPIProjection",
	{ 1, "items", PB_LIST, &pb_downward_api_volume_file });

static const struct pb_type pb_config_map_projection =
	PB_TYPE("ConfigMapProjection",
	{ 1, "", PB_INLINE, &pb_local_object_reference },
	{ 2, "items", PB_LIST, &pb_key_to_path },
	{ 4, "optional", PB_OPTIONAL, &pb_bool });

static const struct pb_type pb_service_account_token_projection =
	PB_TYPE("ServiceAccountTokenProjection",
	{ 1, "audience", PB_FILLED, &pb_string },
	{ 2, "expirationSeconds", PB_OPTIONAL, &pb_int },
	{ 3, "path", PB_ALWAYS, &pb_string });

static const struct pb_type pb_cluster_trust_bundle_projection =
	PB_TYPE("ClusterTrustBundleProjection",
	{ 1, "name", PB_OPTIONAL, &pb_string },
	{ 2, "signerName", PB_OPTIONAL, &pb_string },
	{ 3, "labelSelector", PB_OPTIONAL, &pb_label_selector },
	{ 4, "path", PB_ALWAYS, &pb_string },
	{ 5, "optional", PB_OPTIONAL, &pb_bool });

static const struct pb_type pb_pod_certificate_projection =
	PB_TYPE("PodCertificateProjection",
	{ 1, "signerName", PB_FILLED, &pb_string },
	{ 2, "keyType", PB_FILLED, &pb_string },
	{ 3, "maxExpirationSeconds", PB_OPTIONAL, &pb_int },
	{ 4, "credentialBundlePath", PB_FILLED, &pb_string },
	{ 5, "keyPath", PB_FILLED, &pb_string },
	{ 6, "certificateChainPath", PB_FILLED, &pb_string },
	{ 7, "userAnnotations", PB_MAP, &pb_string });

static const struct pb_type pb_volume_projection = PB_TYPE("VolumeProjection",
	{ 1, "secret", PB_OPTIONAL, &pb_secret_projection },
	{ 2, "downwardAPI", PB_OPTIONAL, &pb_downward_api_projection },
	{ 3, "configMap", PB_OPTIONAL, &pb_config_map_projection },
	{ 4, "serviceAccountToken", PB_OPTIONAL,
		&pb_service_account_token_projection },
	{ 5, "clusterTrustBundle", PB_OPTIONAL,
		&pb_cluster_trust_bundle_projection },
	{ 6, "podCertificate", PB_OPTIONAL, &pb_pod_certificate_projection });

static const struct pb_type pb_projected_volume_source =
	PB_TYPE("ProjectedVolumeSource",
	{ 1, "sources", PB_LIST_ALWAYS, &pb_volume_projection },
	{ 2, "defaultMode", PB_OPTIONAL, &pb_int });

static const struct pb_type pb_portworx_volume_source =
	PB_TYPE("PortworxVolumeSource",
	{ 1, "volumeID", PB_ALWAYS, &pb_string },
	{ 2, "fsType", PB_FILLED, &pb_string },
	{ 3, "readOnly", PB_FILLED, &pb_bool });

static const struct pb_type pb_scale_io_volume_source =
	PB_TYPE("ScaleIOVolumeSource",
	{ 1, "gateway", PB_ALWAYS, &pb_string },
	{ 2, "system", PB_ALWAYS, &pb_string },
	{ 3, "secretRef", PB_OPTIONAL, &pb_local_object_reference },
	{ 4, "sslEnabled", PB_FILLED, &pb_bool },
	{ 5, "protectionDomain", PB_FILLED, &pb_string },
	{ 6, "storagePool", PB_FILLED, &pb_string },
	{ 7, "storageMode", PB_FILLED, &pb_string },
	{ 8, "volumeName", PB_FILLED, &pb_string },
	{ 9, "fsType", PB_FILLED, &pb_string },
	{ 10, "readOnly", PB_FILLED, &pb_bool });

static const struct pb_type pb_storage_os_volume_source =
	PB_TYPE("StorageOSVolumeSource",
	{ 1, "volumeName", PB_FILLED, &pb_string },
	{ 2, "volumeNamespace", PB_FILLED, &pb_string },
	{ 3, "fsType", PB_FILLED, &pb_string },
	{ 4, "readOnly", PB_FILLED, &pb_bool },
	{ 5, "secretRef", PB_OPTIONAL, &pb_local_object_reference });

static const struct pb_type pb_csi_volume_source = PB_TYPE("CSIVolumeSource",
	{ 1, "driver", PB_ALWAYS, &pb_string },
	{ 2, "readOnly", PB_OPTIONAL, &pb_bool },
	{ 3, "fsType", PB_OPTIONAL, &pb_string },
	{ 4, "volumeAttributes", PB_MAP, &pb_string },
	{ 5, "nodePublishSecretRef", PB_OPTIONAL, &pb_local_object_reference });

static const struct pb_type pb_volume_resource_requirements =
	PB_TYPE("VolumeResourceRequirements",
	{ 1, "limits", PB_MAP, &pb_quantity },
	{ 2, "requests", PB_MAP, &pb_quantity });

static const struct pb_type pb_typed_local_object_reference =
	PB_TYPE("TypedLocalObjectReference",
	{ 1, "apiGroup", PB_OPTIONAL, &pb_string },
	{ 2, "kind", PB_ALWAYS, &pb_string },
	{ 3, "name", PB_ALWAYS, &pb_string });

static const struct pb_type pb_typed_object_reference =
	PB_TYPE("TypedObjectReference",
	{ 1, "apiGroup", PB_OPTIONAL, &pb_string },
	{ 2, "kind", PB_ALWAYS, &pb_string },
	{ 3, "name", PB_ALWAYS, &pb_string },
	{ 4, "namespace", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_persistent_volume_claim_spec =
	PB_TYPE("PersistentVolumeClaimSpec",
	{ 1, "accessModes", PB_LIST, &pb_string },
	{ 2, "resources", PB_ALWAYS, &pb_volume_resource_requirements },
	{ 3, "volumeName", PB_FILLED, &pb_string },
	{ 4, "selector", PB_OPTIONAL, &pb_label_selector },
	{ 5, "storageClassName", PB_OPTIONAL, &pb_string },
	{ 6, "volumeMode", PB_OPTIONAL, &pb_string },
	{ 7, "dataSource", PB_OPTIONAL, &pb_typed_local_object_reference },
	{ 8, "dataSourceRef", PB_OPTIONAL, &pb_typed_object_reference },
	{ 9, "volumeAttributesClassName", PB_OPTIONAL, &pb_string });

static const struct pb_type pb_persistent_volume_claim_template =
	PB_TYPE("PersistentVolumeClaimTemplate",
	{ 1, "metadata", PB_ALWAYS, &pb_object_meta },
	{ 2, "spec", PB_ALWAYS, &pb_persistent_volume_claim_spec });

static const struct pb_type pb_ephemeral_volume_source =
	PB_TYPE("EphemeralVolumeSource",
	{ 1, "volumeClaimTemplate", PB_OPTIONAL,
		&pb_persistent_volume_claim_template });

static const struct pb_type pb_image_volume_source =
	PB_TYPE("ImageVolumeSource",
	{ 1, "reference", PB_FILLED, &pb_string },
	{ 2, "pullPolicy", PB_FILLED, &pb_string });

static const struct pb_type pb_volume_source = PB_TYPE("VolumeSource",
	{ 1, "hostPath", PB_OPTIONAL, &pb_host_path_volume_source },
	{ 2, "emptyDir", PB_OPTIONAL, &pb_empty_dir_volume_source },
	{ 3, "gcePersistentDisk", PB_OPTIONAL,
		&pb_gce_persistent_disk_volume_source },
	{ 4, "awsElasticBlockStore", PB_OPTIONAL,
		&pb_aws_elastic_block_store_volume_source },
	{ 5, "gitRepo", PB_OPTIONAL, &pb_git_repo_volume_source },
	{ 6, "secret", PB_OPTIONAL, &pb_secret_volume_source },
	{ 7, "nfs", PB_OPTIONAL, &pb_nfs_volume_source },
	{ 8, "iscsi", PB_OPTIONAL, &pb_iscsi_volume_source },
	{ 9, "glusterfs", PB_OPTIONAL, &pb_glusterfs_volume_source },
	{ 10, "persistentVolumeClaim", PB_OPTIONAL,
		&pb_persistent_volume_claim_volume_source },
	{ 11, "rbd", PB_OPTIONAL, &pb_rbd_volume_source },
	{ 12, "flexVolume", PB_OPTIONAL, &pb_flex_volume_source },
	{ 13, "cinder", PB_OPTIONAL, &pb_cinder_volume_source },
	{ 14, "cephfs", PB_OPTIONAL, &pb_ceph_fs_volume_source },
	{ 15, "flocker", PB_OPTIONAL, &pb_flocker_volume_source },
	{ 16, "downwardAPI", PB_OPTIONAL, &pb_downward_api_volume_source },
	{ 17, "fc", PB_OPTIONAL, &pb_fc_volume_source },
	{ 18, "azureFile", PB_OPTIONAL, &pb_azure_file_volume_source },
	{ 19, "configMap", PB_OPTIONAL, &pb_config_map_volume_source },
	{ 20, "vsphereVolume", PB_OPTIONAL,
		&pb_vsphere_virtual_disk_volume_source },
	{ 21, "quobyte", PB_OPTIONAL, &pb_quobyte_volume_source },
	{ 22, "azureDisk", PB_OPTIONAL, &pb_azure_disk_volume_source },
	{ 23, "photonPersistentDisk", PB_OPTIONAL,
		&pb_photon_persistent_disk_volume_source },
	{ 24, "portworxVolume", PB_OPTIONAL, &pb_portworx_volume_source },
	{ 25, "scaleIO", PB_OPTIONAL, &pb_scale_io_volume_source },
	{ 26, "projected", PB_OPTIONAL, &pb_projected_volume_source },
	{ 27, "storageos", PB_OPTIONAL, &pb_storage_os_volume_source },
	{ 28, "csi", PB_OPTIONAL, &pb_csi_volume_source },
	{ 29, "ephemeral", PB_OPTIONAL, &pb_ephemeral_volume_source },
	{ 30, "image", PB_OPTIONAL, &pb_image_volume_source });

const struct pb_type pb_volume = PB_TYPE("Volume",
	{ 1, "name", PB_ALWAYS, &pb_string },
	{ 2, "", PB_INLINE, &pb_volume_source });
