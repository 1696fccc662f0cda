/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/places.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

struct places places_from_environment(void)
{
	return (struct places){
		.root = "",
		.home = variable("HOME"),
		.kubeconfig = variable("KUBECONFIG"),
		.service_host = variable("KUBERNETES_SERVICE_HOST"),
		.service_port = variable("KUBERNETES_SERVICE_PORT"),
		.state_directory = variable("STATE_DIRECTORY"),
		.xdg_state_home = variable("XDG_STATE_HOME"),
		.pod_name = variable("POD_NAME"),
		.pod_namespace = variable("POD_NAMESPACE"),
		.pod_uid = variable("POD_UID"),
	};
}

char *places_state_dir(const struct places *places)
{
	/* systemd gives a colon list where a unit names several. */
	struct span rest = span_str(places->state_directory);
	struct buf path = BUF_INIT;
	char *copy;

	if (*places->state_directory)
		buf_append_span(&path, span_cut(&rest, ':'));
	else if (*places->xdg_state_home == '/')
		buf_printf(&path, "%s/fairway", places->xdg_state_home);
	else if (*places->home == '/' && places->home[1])
		buf_printf(&path, "%s/.local/state/fairway", places->home);
	else
		buf_printf(&path, "%s/var/lib/fairway", places->root);
	copy = xstrdup(buf_cstr(&path));
	buf_fini(&path);
	return copy;
}

char *places_admin_socket(const struct places *places)
{
	char *state_dir = places_state_dir(places);
	struct buf ours = BUF_INIT, service = BUF_INIT;
	bool is_service;
	char *copy;

	buf_printf(&ours, "%s/admin.sock", state_dir);
	buf_printf(&service, "%s/var/lib/fairway/admin.sock", places->root);
	is_service = access(buf_cstr(&ours), F_OK) &&
		!access(buf_cstr(&service), F_OK);
	copy = xstrdup(buf_cstr(is_service ? &service : &ours));
	buf_fini(&ours);
	buf_fini(&service);
	free(state_dir);
	return copy;
}
