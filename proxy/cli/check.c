/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>

#include "conf/config.h"
#include "proxy/cli/cli.h"

enum cli_status command_check(
	const struct command *command, int argc, char **argv)
{
	enum cli_status status = CLI_USAGE;
	struct problems problems = PROBLEMS_INIT;
	struct buf text = BUF_INIT;
	struct config *config;

	if (!cli_no_options(command, argc, argv, &status))
		return status;
	if (argc - optind != 1)
		return cli_misused(command, "one FILE is needed");
	config = config_load(argv[optind], &problems);
	problems_print(&problems, &text);
	fputs(buf_cstr(&text), stderr);
	status = config ? CLI_OK : CLI_CONFIG;
	config_unref(config);
	problems_fini(&problems);
	buf_fini(&text);
	return status;
}
