/* SPDX-License-Identifier: Apache-2.0 */
#include <event2/event.h>
#include <getopt.h>
#include <nghttp2/nghttp2.h>
#include <openssl/crypto.h>

#include "base/buf.h"
#include "config.h"
#include "proxy/cli/cli.h"

enum cli_status command_version(
	const struct command *command, int argc, char **argv)
{
	struct buf text = BUF_INIT;
	enum cli_status status;

	if (!cli_no_options(command, argc, argv, &status))
		return status;
	if (argc != optind)
		return cli_misused(command, "takes no arguments");
	buf_printf(&text, "fairway %s (nghttp2 %s, OpenSSL %s, libevent %s)\n",
		PACKAGE_VERSION, nghttp2_version(0)->version_str,
		OpenSSL_version(OPENSSL_VERSION_STRING), event_get_version());
	status = cli_print(command, buf_span(&text));
	buf_fini(&text);
	return status;
}
