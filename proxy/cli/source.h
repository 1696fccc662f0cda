/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source: the API server as it was found: where it is, whom to trust, and
 * with whose credentials it is asked.
 *
 *	configuration (upstream:)  goes before
 *	kubeconfig or the pod's service account
 *
 * Clients' bearer tokens pass through; Fairway's own is for those that may use
 * it (cleartext.credentials).  A client certificate cannot (TLS ends
 * here), so Fairway uses it itself (has_client_cert) and asks clients for one
 * of its own CA.
 */
#ifndef PROXY_CLI_SOURCE_H
#define PROXY_CLI_SOURCE_H

#include <stdbool.h>

#include "conf/config.h"
#include "conf/kubeconfig.h"
#include "proxy/exchange/upstream.h"
#include "proxy/identity/own_token.h"

struct log;

struct source {
	struct kubeconfig kubeconfig;
	bool has_kubeconfig;
	bool has_client_cert;
	struct own_token token; /* of the kubeconfig; may be none */
	struct buf ca_file; /* of upstream.certificateAuthority; or empty */
	/* All owned; servers[i] of upstream_settings borrow from them. */
	struct server_url servers[POLICY_ENDPOINTS_MAX];
	struct tls_context *tls[POLICY_ENDPOINTS_MAX];
	unsigned count;
};

/*
 * `file` and `context` are the command line's, "": not given.  Warns loudly
 * about a certificate that is not verified; `log` NULL: says nothing, it was
 * said before.  Returns 0 or -1.
 */
int source_open(struct source *ret_source, const struct config *config,
	const char *file, const char *context, struct log *log,
	struct err *err);
void source_close(struct source *source);

enum source_change {
	SOURCE_IS_SAME,
	SOURCE_IS_RENEWED, /* other trust or credentials */
	SOURCE_IS_ANOTHER, /* another API server, or another way to be known */
};

/* What `fresh`, read later, is to the one that runs. */
enum source_change source_compare(
	const struct source *running, const struct source *fresh);
/*
 * RENEWED: what is new goes over, what was there into `fresh`, to be closed
 * when nobody borrows it any more.
 */
void source_swap(struct source *running, struct source *fresh);

/* Whom its client certificate names (CN); absent: it has none. */
struct span source_client_name(const struct source *source);

/* Fills the servers, which borrow, and how names are looked up. */
void source_servers(
	const struct source *source, struct upstream_settings *upstream);

#endif
