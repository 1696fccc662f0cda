/* SPDX-License-Identifier: Apache-2.0 */
/*
 * APF: objects of flowcontrol.apiserver.k8s.io/v1 that give a controller's
 * leases, finalizer patches and workflow status writes levels of their own in
 * the API server, as Fairway gives them lanes.
 *
 * The API server sees who asks, the verb and the resource; it sees no body.
 * So the level for removals takes every PATCH of the resources that carry
 * finalizers: of pods this is nearly the same, since a workflow controller
 * patches a pod to let it go and for little else.
 */
#ifndef PROXY_CLI_APF_H
#define PROXY_CLI_APF_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define APF_ACCOUNTS_MAX 32
#define APF_RESOURCES_MAX 32

struct apf_account {
	struct span namespace;
	struct span name;
};

struct apf_resource {
	struct span group; /* "" is the core group */
	struct span resource;
};

struct apf_settings {
	const char *prefix; /* of the objects' names */
	/*
	 * Of the first FlowSchema; the others follow.  Above the API server's
	 * own for service accounts (900 and 9000), below exempt and probes.
	 */
	unsigned precedence;
	struct apf_account accounts[APF_ACCOUNTS_MAX];
	size_t account_count;
	/* Whose patches are taken for removals; none: pods. */
	struct apf_resource resources[APF_RESOURCES_MAX];
	size_t resource_count;
};

/* "argo:argo", also "system:serviceaccount:argo:argo".  Returns 0 or -1. */
int apf_account_parse(
	struct span text, struct apf_account *ret_account, struct err *err);
/* "pods", "workflows.argoproj.io".  Returns 0 or -1. */
int apf_resource_parse(
	struct span text, struct apf_resource *ret_resource, struct err *err);

/* All of it as YAML for `kubectl apply -f -`. */
void apf_write(const struct apf_settings *settings, struct buf *out);

#endif
