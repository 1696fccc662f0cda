/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <string.h>

#include "conf/config.h"
#include "proxy/cli/cli.h"

enum cli_status command_config(
	const struct command *command, int argc, char **argv)
{
	struct buf yaml = BUF_INIT;
	enum cli_status status;

	if (!cli_no_options(command, argc, argv, &status))
		return status;
	if (argc - optind != 1 || strcmp(argv[optind], "defaults") != 0)
		return cli_misused(command, "say what to print: defaults");
	config_print_defaults(&yaml);
	status = cli_print(command, buf_span(&yaml));
	buf_fini(&yaml);
	return status;
}
