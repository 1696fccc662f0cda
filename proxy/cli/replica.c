/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/replica.h"

#include <unistd.h>

#include "conf/places.h"
#include "proxy/cli/source.h"
#include "proxy/identity/random.h"
#include "proxy/replicas/replicas.h"

enum {
	HOST_NAME_CAP = 254,
};

int replica_open(const struct config *config, const struct source *source,
	struct loop *loop, struct log *log, struct replicas **ret_replicas,
	struct err *err)
{
	struct places places = places_from_environment();
	char host_name[HOST_NAME_CAP] = "";
	struct replicas_settings settings = {
		.config = config,
		.host_name = host_name,
		.pod_name = places.pod_name,
		.pod_namespace = places.pod_namespace,
		.pod_uid = places.pod_uid,
		.namespace = source->has_kubeconfig
			? source->kubeconfig.namespace
			: "",
		.seed = random_u64(),
	};

	*ret_replicas = NULL;
	if (!config->replicas.is_divided)
		return 0;
	if (!source->has_client_cert && !source->token.file &&
		!buf_len(&source->token.authorization))
		return err_set(err,
			"replicas.divide: Fairway writes a Lease, and has no "
			"credentials of its own for that; give a kubeconfig "
			"with a token or a certificate, or a service account");
	/* It may be cut off without a NUL. */
	if (gethostname(host_name, sizeof(host_name) - 1))
		host_name[0] = '\0';
	*ret_replicas = replicas_new(loop, log, &settings, err);
	return *ret_replicas ? 0 : -1;
}
