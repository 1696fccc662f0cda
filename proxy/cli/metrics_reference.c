/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/cli.h"
#include "proxy/observe/metrics.h"

enum cli_status command_metrics_reference(
	const struct command *command, int argc, char **argv)
{
	struct buf markdown = BUF_INIT;
	enum cli_status status;

	if (!cli_no_options(command, argc, argv, &status))
		return status;
	metrics_write_reference(&markdown);
	status = cli_print(command, buf_span(&markdown));
	buf_fini(&markdown);
	return status;
}
