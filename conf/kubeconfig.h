/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubeconfig: which API server, trusted how, asked with whose credentials,
 * found as kubectl finds it (client-go, tools/clientcmd):
 *
 *	an explicit file         alone, if given
 *	$KUBECONFIG              a colon list, merged: the first that says
 *	                         something wins; missing files are passed over
 *	~/.kube/config
 *	the pod's service account
 *
 * Keys that Fairway does not know are passed over, as kubectl does; what
 * would change where or as whom it connects and is not supported is an
 * error.  JSON files are YAML files too.  Paths are relative to their file.
 */
#ifndef CONF_KUBECONFIG_H
#define CONF_KUBECONFIG_H

#include <stdbool.h>

#include "base/err.h"
#include "base/util.h"
#include "conf/places.h"
#include "conf/server_url.h"

/* All strings are owned and never NULL; "" is "not set". */
struct kubeconfig {
	char *source; /* for people: "/home/a/.kube/config, context x" */
	struct server_url server;
	char *tls_server_name;
	bool insecure_skip_tls_verify;
	char *ca_pem; /* the bundle itself; "": the system's */

	/* Credentials; at most one way but for what client-go combines. */
	char *client_cert_pem; /* with client_key_pem */
	char *client_key_pem;
	char *token;
	char *token_file; /* absolute; goes before `token` */
	char *exec_yaml;  /* the exec plugin's node, as flow YAML (JSON) */

	/* Where PEM bytes came from, to be read again; "": inline. */
	char *ca_file;
	char *client_cert_file;
	char *client_key_file;

	char *namespace;
	bool is_in_cluster;
};

/*
 * Finds and reads one.  `file` "" looks in `places`; `context` "" takes the
 * current one; one that is named is never the pod's service account.
 */
int kubeconfig_find(struct kubeconfig *ret_kubeconfig, const char *file,
	const char *context, const struct places *places, struct err *err);

/* Reads the service account of the pod that this runs in. */
int kubeconfig_in_cluster(struct kubeconfig *ret_kubeconfig,
	const struct places *places, struct err *err);

void kubeconfig_fini(struct kubeconfig *kubeconfig);

/* What the clients of Fairway get. */
struct client_kubeconfig {
	const char *server;    /* "https://127.0.0.1:7443" */
	const char *ca_pem;    /* Fairway's */
	const char *namespace; /* "": none */
	/* Credentials, carried over: each may be "". */
	const char *token;
	const char *token_file;
	const char *exec_yaml;
	/* Of Fairway's private CA: both or neither. */
	const char *client_cert_pem;
	const char *client_key_pem;
};

/*
 * Writes it to `path`, 0600, by a temporary file beside it that is synced and
 * renamed: a reader sees the old one or the new one.  Its context is
 * "fairway".
 */
int kubeconfig_write(const char *path, const struct client_kubeconfig *parts,
	struct err *err);

#endif
