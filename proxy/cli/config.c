/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <string.h>

#include "conf/config.h"
#include "proxy/cli/cli.h"

static const struct {
	const char *name;
	void (*print)(struct buf *ret_text);
} PRINTS[] = {
	{ "defaults", config_print_defaults },
	{ "schema", config_write_json_schema },
};

enum cli_status command_config(
	const struct command *command, int argc, char **argv)
{
	struct buf text = BUF_INIT;
	enum cli_status status;

	if (!cli_no_options(command, argc, argv, &status))
		return status;
	if (argc - optind != 1)
		return cli_misused(
			command, "say what to print: defaults or schema");
	for (size_t i = 0; i < ARRAY_SIZE(PRINTS); i++) {
		if (strcmp(argv[optind], PRINTS[i].name) != 0)
			continue;
		PRINTS[i].print(&text);
		status = cli_print(command, buf_span(&text));
		buf_fini(&text);
		return status;
	}
	return cli_misused(command, "there is no '%s' to print, but defaults "
				    "and schema",
		argv[optind]);
}
