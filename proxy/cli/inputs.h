/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inputs: what Fairway reads from files, at the start and again when they
 * change (proxy/loop/file_watch.h) or SIGHUP says so.
 *
 *	the configuration	checked as a whole before anything changes; of
 *				what needs a restart the names are logged
 *	certificate and key	of the listener (listen_tls.h)
 *	kubeconfig, CA bundle,	of the API server (source.h); where it is does
 *	client certificate	not change
 *
 * Each by itself: what cannot be read, or is wrong, or half written leaves
 * what runs, is said once, is counted, and is tried again at the next change.
 * A configuration that names other files of certificates stands and falls
 * with them.  Token files have their own way (identity/own_token.h).
 */
#ifndef PROXY_CLI_INPUTS_H
#define PROXY_CLI_INPUTS_H

#include "base/err.h"
#include "conf/config.h"
#include "proxy/cli/config_file.h"
#include "proxy/cli/instance.h"
#include "proxy/cli/listen_tls.h"
#include "proxy/cli/source.h"
#include "proxy/observe/view.h"

struct file_watch;
struct loop;
struct server;

/*
 * A file changed by itself: "configuration", "certificate" or "upstream" is
 * another now, or cannot be used: `why`, else NULL.  One thing is said once,
 * as in the log.
 */
typedef void inputs_file_fn(const char *what, const char *why, void *user);

struct inputs {
	const struct instance_options *options; /* borrowed, as log */
	struct log *log;
	struct config *config;    /* a reference of ours: what runs */
	char digest[DIGEST_CAP];  /* of its file; "": the defaults */
	char seen[DIGEST_CAP];    /* of the file when it was last read */
	struct source source;
	struct listen_tls listen;
	struct view_reload reload;
	/* It names files that are not there or are wrong; else NULL. */
	struct config *refused;
	char *why;                /* owned: see view_reload */
	char *why_listen;         /* … what is wrong with those; "": nothing */
	char *why_source;
	bool is_confined; /* cli/confinement.h: folders are those of the start */
	bool is_asked;    /* by inputs_reload(), and not by a file */

	/* From inputs_start() on; borrowed but for the watch. */
	struct file_watch *watch; /* NULL: SIGHUP alone */
	struct server *server;
	const struct pki *pki;
	void (*on_change)(void *user);
	inputs_file_fn *on_file;
	void *user;
};

/*
 * Keeps a reference to `config` and finds the API server.  On -1 inputs_close()
 * is to be called as well.
 */
int inputs_open(struct inputs *inputs, const struct instance_options *options,
	struct config *config, struct log *log, struct err *err);
/* The listener's certificate; `pki` is borrowed. */
int inputs_open_listen(
	struct inputs *inputs, const struct pki *pki, struct err *err);
/*
 * From now on what changes is given to `server`; then `on_change` is called,
 * for what others have of it.
 */
void inputs_start(struct inputs *inputs, struct loop *loop,
	struct server *server, void (*on_change)(void *user),
	inputs_file_fn *on_file, void *user);
/* No changes from now on. */
void inputs_stop(struct inputs *inputs);
void inputs_close(struct inputs *inputs);

/*
 * Each file that is read again, and the token's, from the root.  The text is
 * valid for the call.
 */
void inputs_each_file(const struct inputs *inputs,
	void (*fn)(void *user, const char *path), void *user);

/* How it went, for who looks; valid until something changes. */
const struct view_reload *inputs_look(struct inputs *inputs);

/*
 * Reads everything again, whether it has changed or not.  -1: some of it is
 * wrong, and as it was.
 */
int inputs_reload(struct inputs *inputs, struct err *err);

#endif
