/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places: what the environment says about where things are, read once at the
 * start and then passed as an argument, so that a test can tell another
 * story.  All borrowed; never NULL, "" is "not set".
 */
#ifndef CONF_PLACES_H
#define CONF_PLACES_H

#include "base/err.h"

struct places {
	const char *root;            /* "": /; put before paths of the system */
	const char *home;            /* $HOME */
	const char *kubeconfig;      /* $KUBECONFIG */
	const char *service_host;    /* $KUBERNETES_SERVICE_HOST */
	const char *service_port;    /* $KUBERNETES_SERVICE_PORT */
	const char *state_directory; /* $STATE_DIRECTORY, systemd's */
	const char *xdg_state_home;  /* $XDG_STATE_HOME */
	/* Of the pod that this runs in, if its manifest says so. */
	const char *pod_name;      /* $POD_NAME */
	const char *pod_namespace; /* $POD_NAMESPACE */
	const char *pod_uid;       /* $POD_UID */
};

/* From the process's environment. */
struct places places_from_environment(void);

/*
 * The state directory where none is configured: $STATE_DIRECTORY, else
 * $XDG_STATE_HOME/fairway, else ~/.local/state/fairway, else
 * /var/lib/fairway.  free() it.
 */
char *places_state_dir(const struct places *places);

/*
 * The admin socket of a Fairway about which nothing is said: in that
 * directory, or if there is none, where the machine's service has its own.
 * free() it.
 */
char *places_admin_socket(const struct places *places);

#endif
