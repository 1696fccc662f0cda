/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Config file: a configuration, and what its bytes were.
 */
#ifndef PROXY_CLI_CONFIG_FILE_H
#define PROXY_CLI_CONFIG_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/config.h"
#include "proxy/identity/digest.h"

/* The file's bytes, and their digest. */
int config_file_read(const char *path, struct buf *ret_text,
	char ret_digest[DIGEST_CAP], struct err *err);
/*
 * The configuration at `path`; "": the defaults, whose digest is "".  NULL:
 * `problems` say why.
 */
struct config *config_file_load(const char *path, char ret_digest[DIGEST_CAP],
	struct problems *problems);
/*
 * For a command that asks nobody: what is wrong with it goes to standard
 * error, and NULL means CLI_CONFIG.
 */
struct config *config_file_use(const char *path);

#endif
