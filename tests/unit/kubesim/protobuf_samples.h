/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of a real API server (1.36), each asked for in JSON and in
 * protobuf; the latter is in base64 here.
 */
#ifndef TESTS_UNIT_KUBESIM_PROTOBUF_SAMPLES_H
#define TESTS_UNIT_KUBESIM_PROTOBUF_SAMPLES_H

/* clang-format off */
static const struct {
	const char *name;
	const char *json;
	const char *protobuf;
} protobuf_samples[] = {
	{
		"a ConfigMap",
		"{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\""
		"name\":\"c1\",\"namespace\":\"argo\",\"uid\":\"a6391f72-3240-4"
		"901-b15f-ceefc9c16120\",\"resourceVersion\":\"265\",\"creation"
		"Timestamp\":\"2026-11-24T22:58:21Z\",\"managedFields\":[{\"man"
		"ager\":\"kubectl-create\",\"operation\":\"Update\",\"apiVersio"
		"n\":\"v1\",\"time\":\"2026-11-24T22:58:21Z\",\"fieldsType\":\""
		"FieldsV1\",\"fieldsV1\":{\"f:data\":{\".\":{},\"f:k\":{}}}}]},"
		"\"data\":{\"k\":\"v\"}}",
		"azhzAAoPCgJ2MRIJQ29uZmlnTWFwEqUBCpoBCgJjMRIAGgRhcmdvIgAqJGE2Mz"
		"kxZjcyLTMyNDAtNDkwMS1iMTVmLWNlZWZjOWMxNjEyMDIDMjY1OABCCAiNrZjY"
		"BhAAigFSCg5rdWJlY3RsLWNyZWF0ZRIGVXBkYXRlGgJ2MSIICI2tmNgGEAAyCE"
		"ZpZWxkc1YxOh4KHHsiZjpkYXRhIjp7Ii4iOnt9LCJmOmsiOnt9fX1CABIGCgFr"
		"EgF2GgAiAA==",
	},
	{
		"a Secret",
		"{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"nam"
		"e\":\"s1\",\"namespace\":\"argo\",\"uid\":\"9acd37df-fe91-4930"
		"-a285-86e46bb8aa5b\",\"resourceVersion\":\"268\",\"creationTim"
		"estamp\":\"2026-11-24T22:58:22Z\",\"managedFields\":[{\"manage"
		"r\":\"kubectl-create\",\"operation\":\"Update\",\"apiVersion\""
		":\"v1\",\"time\":\"2026-11-24T22:58:22Z\",\"fieldsType\":\"Fie"
		"ldsV1\",\"fieldsV1\":{\"f:data\":{\".\":{},\"f:a\":{},\"f:z\":"
		"{}},\"f:type\":{}}}]},\"data\":{\"a\":\"Yg==\",\"z\":\"\"},\"t"
		"ype\":\"Opaque\"}",
		"azhzAAoMCgJ2MRIGU2VjcmV0EskBCq8BCgJzMRIAGgRhcmdvIgAqJDlhY2QzN2"
		"RmLWZlOTEtNDkzMC1hMjg1LTg2ZTQ2YmI4YWE1YjIDMjY4OABCCAiOrZjYBhAA"
		"igFnCg5rdWJlY3RsLWNyZWF0ZRIGVXBkYXRlGgJ2MSIICI6tmNgGEAAyCEZpZW"
		"xkc1YxOjMKMXsiZjpkYXRhIjp7Ii4iOnt9LCJmOmEiOnt9LCJmOnoiOnt9fSwi"
		"Zjp0eXBlIjp7fX1CABIGCgFhEgFiEgUKAXoSABoGT3BhcXVlGgAiAA==",
	},
	{
		"a Lease",
		"{\"kind\":\"Lease\",\"apiVersion\":\"coordination.k8s.io/v1\","
		"\"metadata\":{\"name\":\"l1\",\"namespace\":\"argo\",\"uid\":"
		"\"1789b08b-85f6-455a-b930-c45550247e53\",\"resourceVersion\":"
		"\"267\",\"creationTimestamp\":\"2026-11-24T22:58:22Z\",\"manag"
		"edFields\":[{\"manager\":\"kubectl-create\",\"operation\":\"Up"
		"date\",\"apiVersion\":\"coordination.k8s.io/v1\",\"time\":\"20"
		"26-11-24T22:58:22Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":"
		"{\"f:spec\":{\"f:holderIdentity\":{},\"f:leaseDurationSeconds"
		"\":{},\"f:renewTime\":{}}}}]},\"spec\":{\"holderIdentity\":\"m"
		"e\",\"leaseDurationSeconds\":15,\"renewTime\":\"2026-01-02T03:"
		"04:05.678901Z\"}}",
		"azhzAAofChZjb29yZGluYXRpb24uazhzLmlvL3YxEgVMZWFzZRL7AQriAQoCbD"
		"ESABoEYXJnbyIAKiQxNzg5YjA4Yi04NWY2LTQ1NWEtYjkzMC1jNDU1NTAyNDdl"
		"NTMyAzI2NzgAQggIjq2Y2AYQAIoBmQEKDmt1YmVjdGwtY3JlYXRlEgZVcGRhdG"
		"UaFmNvb3JkaW5hdGlvbi5rOHMuaW8vdjEiCAiOrZjYBhAAMghGaWVsZHNWMTpR"
		"Ck97ImY6c3BlYyI6eyJmOmhvbGRlcklkZW50aXR5Ijp7fSwiZjpsZWFzZUR1cm"
		"F0aW9uU2Vjb25kcyI6e30sImY6cmVuZXdUaW1lIjp7fX19QgASFAoCbWUQDyIM"
		"CKXr3MoGEIjq3MMCGgAiAA==",
	},
	{
		"a Namespace",
		"{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\""
		"name\":\"argo\",\"uid\":\"ec8c4de2-382c-443c-b742-3a32a151ffc1"
		"\",\"resourceVersion\":\"207\",\"creationTimestamp\":\"2026-11"
		"-24T22:54:01Z\",\"labels\":{\"kubernetes.io/metadata.name\":\""
		"argo\"},\"managedFields\":[{\"manager\":\"kubectl-create\",\"o"
		"peration\":\"Update\",\"apiVersion\":\"v1\",\"time\":\"2026-11"
		"-24T22:54:01Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:"
		"metadata\":{\"f:labels\":{\".\":{},\"f:kubernetes.io/metadata."
		"name\":{}}}}}]},\"spec\":{\"finalizers\":[\"kubernetes\"]},\"s"
		"tatus\":{\"phase\":\"Active\"}}",
		"azhzAAoPCgJ2MRIJTmFtZXNwYWNlEoMCCugBCgRhcmdvEgAaACIAKiRlYzhjNG"
		"RlMi0zODJjLTQ0M2MtYjc0Mi0zYTMyYTE1MWZmYzEyAzIwNzgAQggIiauY2AYQ"
		"AFojChtrdWJlcm5ldGVzLmlvL21ldGFkYXRhLm5hbWUSBGFyZ2+KAX0KDmt1Ym"
		"VjdGwtY3JlYXRlEgZVcGRhdGUaAnYxIggIiauY2AYQADIIRmllbGRzVjE6SQpH"
		"eyJmOm1ldGFkYXRhIjp7ImY6bGFiZWxzIjp7Ii4iOnt9LCJmOmt1YmVybmV0ZX"
		"MuaW8vbWV0YWRhdGEubmFtZSI6e319fX1CABIMCgprdWJlcm5ldGVzGggKBkFj"
		"dGl2ZRoAIgA=",
	},
	{
		"a list",
		"{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\",\"metadata\""
		":{\"resourceVersion\":\"268\"},\"items\":[{\"metadata\":{\"nam"
		"e\":\"c1\",\"namespace\":\"argo\",\"uid\":\"a6391f72-3240-4901"
		"-b15f-ceefc9c16120\",\"resourceVersion\":\"265\",\"creationTim"
		"estamp\":\"2026-11-24T22:58:21Z\",\"managedFields\":[{\"manage"
		"r\":\"kubectl-create\",\"operation\":\"Update\",\"apiVersion\""
		":\"v1\",\"time\":\"2026-11-24T22:58:21Z\",\"fieldsType\":\"Fie"
		"ldsV1\",\"fieldsV1\":{\"f:data\":{\".\":{},\"f:k\":{}}}}]},\"d"
		"ata\":{\"k\":\"v\"}}]}",
		"azhzAAoTCgJ2MRINQ29uZmlnTWFwTGlzdBKzAQoJCgASAzI2OBoAEqUBCpoBCg"
		"JjMRIAGgRhcmdvIgAqJGE2MzkxZjcyLTMyNDAtNDkwMS1iMTVmLWNlZWZjOWMx"
		"NjEyMDIDMjY1OABCCAiNrZjYBhAAigFSCg5rdWJlY3RsLWNyZWF0ZRIGVXBkYX"
		"RlGgJ2MSIICI2tmNgGEAAyCEZpZWxkc1YxOh4KHHsiZjpkYXRhIjp7Ii4iOnt9"
		"LCJmOmsiOnt9fX1CABIGCgFrEgF2GgAiAA==",
	},
	{
		"a Status",
		"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"s"
		"tatus\":\"Failure\",\"message\":\"pods \\\"nope\\\" not found"
		"\",\"reason\":\"NotFound\",\"details\":{\"name\":\"nope\",\"ki"
		"nd\":\"pods\"},\"code\":404}",
		"azhzAAoMCgJ2MRIGU3RhdHVzEkkKBgoAEgAaABIHRmFpbHVyZRoVcG9kcyAibm"
		"9wZSIgbm90IGZvdW5kIghOb3RGb3VuZCoSCgRub3BlEgAaBHBvZHMoADIAMJQD"
		"GgAiAA==",
	},
	{
		"a Pod",
		"{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\""
		":\"p1\",\"namespace\":\"argo\",\"uid\":\"0b4e892a-7152-450e-94"
		"36-16fff9822715\",\"resourceVersion\":\"266\",\"generation\":1"
		",\"creationTimestamp\":\"2026-11-24T22:58:22Z\",\"labels\":{\""
		"a\":\"2\",\"b\":\"1\"},\"finalizers\":[\"example.com/a\"],\"ma"
		"nagedFields\":[{\"manager\":\"kubectl-create\",\"operation\":"
		"\"Update\",\"apiVersion\":\"v1\",\"time\":\"2026-11-24T22:58:2"
		"2Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":"
		"{\"f:finalizers\":{\".\":{},\"v:\\\"example.com/a\\\"\":{}},\""
		"f:labels\":{\".\":{},\"f:a\":{},\"f:b\":{}}},\"f:spec\":{\"f:c"
		"ontainers\":{\"k:{\\\"name\\\":\\\"main\\\"}\":{\".\":{},\"f:c"
		"ommand\":{},\"f:env\":{\".\":{},\"k:{\\\"name\\\":\\\"A\\\"}\""
		":{\".\":{},\"f:name\":{},\"f:value\":{}},\"k:{\\\"name\\\":\\"
		"\"B\\\"}\":{\".\":{},\"f:name\":{},\"f:valueFrom\":{\".\":{},"
		"\"f:secretKeyRef\":{}}}},\"f:image\":{},\"f:imagePullPolicy\":"
		"{},\"f:name\":{},\"f:ports\":{\".\":{},\"k:{\\\"containerPort"
		"\\\":80,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},\"f:containe"
		"rPort\":{},\"f:name\":{},\"f:protocol\":{}}},\"f:readinessProb"
		"e\":{\".\":{},\"f:failureThreshold\":{},\"f:httpGet\":{\".\":{"
		"},\"f:path\":{},\"f:port\":{},\"f:scheme\":{}},\"f:periodSecon"
		"ds\":{},\"f:successThreshold\":{},\"f:timeoutSeconds\":{}},\"f"
		":resources\":{\".\":{},\"f:requests\":{\".\":{},\"f:cpu\":{},"
		"\"f:memory\":{}}},\"f:terminationMessagePath\":{},\"f:terminat"
		"ionMessagePolicy\":{},\"f:volumeMounts\":{\".\":{},\"k:{\\\"mo"
		"untPath\\\":\\\"/v\\\"}\":{\".\":{},\"f:mountPath\":{},\"f:nam"
		"e\":{}}}}},\"f:dnsPolicy\":{},\"f:enableServiceLinks\":{},\"f:"
		"restartPolicy\":{},\"f:schedulerName\":{},\"f:securityContext"
		"\":{},\"f:terminationGracePeriodSeconds\":{},\"f:volumes\":{\""
		".\":{},\"k:{\\\"name\\\":\\\"v\\\"}\":{\".\":{},\"f:configMap"
		"\":{\".\":{},\"f:defaultMode\":{},\"f:name\":{}},\"f:name\":{}"
		"},\"k:{\\\"name\\\":\\\"w\\\"}\":{\".\":{},\"f:emptyDir\":{},"
		"\"f:name\":{}}}}}}]},\"spec\":{\"volumes\":[{\"name\":\"v\",\""
		"configMap\":{\"name\":\"c1\",\"defaultMode\":420}},{\"name\":"
		"\"w\",\"emptyDir\":{}}],\"containers\":[{\"name\":\"main\",\"i"
		"mage\":\"busybox\",\"command\":[\"sh\"],\"ports\":[{\"name\":"
		"\"http\",\"containerPort\":80,\"protocol\":\"TCP\"}],\"env\":["
		"{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"B\",\"valueFrom\""
		":{\"secretKeyRef\":{\"name\":\"s\",\"key\":\"k\"}}}],\"resourc"
		"es\":{\"requests\":{\"cpu\":\"100m\",\"memory\":\"1Gi\"}},\"vo"
		"lumeMounts\":[{\"name\":\"v\",\"mountPath\":\"/v\"}],\"readine"
		"ssProbe\":{\"httpGet\":{\"path\":\"/x\",\"port\":\"http\",\"sc"
		"heme\":\"HTTP\"},\"timeoutSeconds\":1,\"periodSeconds\":10,\"s"
		"uccessThreshold\":1,\"failureThreshold\":3},\"terminationMessa"
		"gePath\":\"/dev/termination-log\",\"terminationMessagePolicy\""
		":\"File\",\"imagePullPolicy\":\"Always\"}],\"restartPolicy\":"
		"\"Always\",\"terminationGracePeriodSeconds\":30,\"dnsPolicy\":"
		"\"ClusterFirst\",\"securityContext\":{},\"schedulerName\":\"de"
		"fault-scheduler\",\"tolerations\":[{\"key\":\"node.kubernetes."
		"io/not-ready\",\"operator\":\"Exists\",\"effect\":\"NoExecute"
		"\",\"tolerationSeconds\":300},{\"key\":\"node.kubernetes.io/un"
		"reachable\",\"operator\":\"Exists\",\"effect\":\"NoExecute\","
		"\"tolerationSeconds\":300}],\"priority\":0,\"enableServiceLink"
		"s\":true,\"preemptionPolicy\":\"PreemptLowerPriority\"},\"stat"
		"us\":{\"phase\":\"Pending\",\"qosClass\":\"Burstable\"}}",
		"azhzAAoJCgJ2MRIDUG9kEtgOCu4KCgJwMRIAGgRhcmdvIgAqJDBiNGU4OTJhLT"
		"cxNTItNDUwZS05NDM2LTE2ZmZmOTgyMjcxNTIDMjY2OAFCCAiOrZjYBhAAWgYK"
		"AWESATJaBgoBYhIBMXINZXhhbXBsZS5jb20vYYoBhgoKDmt1YmVjdGwtY3JlYX"
		"RlEgZVcGRhdGUaAnYxIggIjq2Y2AYQADIIRmllbGRzVjE60QkKzgl7ImY6bWV0"
		"YWRhdGEiOnsiZjpmaW5hbGl6ZXJzIjp7Ii4iOnt9LCJ2OlwiZXhhbXBsZS5jb2"
		"0vYVwiIjp7fX0sImY6bGFiZWxzIjp7Ii4iOnt9LCJmOmEiOnt9LCJmOmIiOnt9"
		"fX0sImY6c3BlYyI6eyJmOmNvbnRhaW5lcnMiOnsiazp7XCJuYW1lXCI6XCJtYW"
		"luXCJ9Ijp7Ii4iOnt9LCJmOmNvbW1hbmQiOnt9LCJmOmVudiI6eyIuIjp7fSwi"
		"azp7XCJuYW1lXCI6XCJBXCJ9Ijp7Ii4iOnt9LCJmOm5hbWUiOnt9LCJmOnZhbH"
		"VlIjp7fX0sIms6e1wibmFtZVwiOlwiQlwifSI6eyIuIjp7fSwiZjpuYW1lIjp7"
		"fSwiZjp2YWx1ZUZyb20iOnsiLiI6e30sImY6c2VjcmV0S2V5UmVmIjp7fX19fS"
		"wiZjppbWFnZSI6e30sImY6aW1hZ2VQdWxsUG9saWN5Ijp7fSwiZjpuYW1lIjp7"
		"fSwiZjpwb3J0cyI6eyIuIjp7fSwiazp7XCJjb250YWluZXJQb3J0XCI6ODAsXC"
		"Jwcm90b2NvbFwiOlwiVENQXCJ9Ijp7Ii4iOnt9LCJmOmNvbnRhaW5lclBvcnQi"
		"Ont9LCJmOm5hbWUiOnt9LCJmOnByb3RvY29sIjp7fX19LCJmOnJlYWRpbmVzc1"
		"Byb2JlIjp7Ii4iOnt9LCJmOmZhaWx1cmVUaHJlc2hvbGQiOnt9LCJmOmh0dHBH"
		"ZXQiOnsiLiI6e30sImY6cGF0aCI6e30sImY6cG9ydCI6e30sImY6c2NoZW1lIj"
		"p7fX0sImY6cGVyaW9kU2Vjb25kcyI6e30sImY6c3VjY2Vzc1RocmVzaG9sZCI6"
		"e30sImY6dGltZW91dFNlY29uZHMiOnt9fSwiZjpyZXNvdXJjZXMiOnsiLiI6e3"
		"0sImY6cmVxdWVzdHMiOnsiLiI6e30sImY6Y3B1Ijp7fSwiZjptZW1vcnkiOnt9"
		"fX0sImY6dGVybWluYXRpb25NZXNzYWdlUGF0aCI6e30sImY6dGVybWluYXRpb2"
		"5NZXNzYWdlUG9saWN5Ijp7fSwiZjp2b2x1bWVNb3VudHMiOnsiLiI6e30sIms6"
		"e1wibW91bnRQYXRoXCI6XCIvdlwifSI6eyIuIjp7fSwiZjptb3VudFBhdGgiOn"
		"t9LCJmOm5hbWUiOnt9fX19fSwiZjpkbnNQb2xpY3kiOnt9LCJmOmVuYWJsZVNl"
		"cnZpY2VMaW5rcyI6e30sImY6cmVzdGFydFBvbGljeSI6e30sImY6c2NoZWR1bG"
		"VyTmFtZSI6e30sImY6c2VjdXJpdHlDb250ZXh0Ijp7fSwiZjp0ZXJtaW5hdGlv"
		"bkdyYWNlUGVyaW9kU2Vjb25kcyI6e30sImY6dm9sdW1lcyI6eyIuIjp7fSwiaz"
		"p7XCJuYW1lXCI6XCJ2XCJ9Ijp7Ii4iOnt9LCJmOmNvbmZpZ01hcCI6eyIuIjp7"
		"fSwiZjpkZWZhdWx0TW9kZSI6e30sImY6bmFtZSI6e319LCJmOm5hbWUiOnt9fS"
		"wiazp7XCJuYW1lXCI6XCJ3XCJ9Ijp7Ii4iOnt9LCJmOmVtcHR5RGlyIjp7fSwi"
		"ZjpuYW1lIjp7fX19fX1CABK/AwoRCgF2EgyaAQkKBAoCYzEYpAMKCQoBdxIEEg"
		"IKABLKAQoEbWFpbhIHYnVzeWJveBoCc2gqADIRCgRodHRwEAAYUCIDVENQKgA6"
		"BgoBQRIBMToRCgFCEgAaCiIICgMKAXMSAWtCIBINCgNjcHUSBgoEMTAwbRIPCg"
		"ZtZW1vcnkSBQoDMUdpSg0KAXYQABoCL3YiADIAWiYKGhIYCgIveBIKCAEQABoE"
		"aHR0cBoAIgRIVFRQEAAYASAKKAEwA2oUL2Rldi90ZXJtaW5hdGlvbi1sb2dyBk"
		"Fsd2F5c4ABAIgBAJABAKIBBEZpbGUaBkFsd2F5cyAeMgxDbHVzdGVyRmlyc3RC"
		"AEoAUgBYAGAAaAByAIIBAIoBAJoBEWRlZmF1bHQtc2NoZWR1bGVysgE2Chxub2"
		"RlLmt1YmVybmV0ZXMuaW8vbm90LXJlYWR5EgZFeGlzdHMaACIJTm9FeGVjdXRl"
		"KKwCsgE4Ch5ub2RlLmt1YmVybmV0ZXMuaW8vdW5yZWFjaGFibGUSBkV4aXN0cx"
		"oAIglOb0V4ZWN1dGUorALCAQDIAQDwAQH6ARRQcmVlbXB0TG93ZXJQcmlvcml0"
		"eRojCgdQZW5kaW5nGgAiACoAMgBKCUJ1cnN0YWJsZVoAcgCIAQAaACIA",
	},
};

/* The frame of a watch that brings the bookmark below. */
static const char protobuf_sample_frame[] =
	"AAAAYQoIQk9PS01BUksSVQpTazhzAAoPCgJ2MRIJQ29uZmlnTWFwEjgKNgoAEg"
	"AaACIAKgAyAzI2ODgAQgBiIQoZazhzLmlvL2luaXRpYWwtZXZlbnRzLWVuZBIE"
	"dHJ1ZRoAIgA=";

static const char protobuf_sample_bookmark[] =
	"{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\""
	"resourceVersion\":\"268\",\"annotations\":{\"k8s.io/initial-ev"
	"ents-end\":\"true\"}}}";
/* clang-format on */

#endif
