/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes what the schema's table says, and checks files, without the proxy:
 *
 *	config-tool reference | manual | defaults | check FILE
 */
#include <stdio.h>
#include <string.h>

#include "conf/config.h"

static int check(const char *file)
{
	struct problems problems = PROBLEMS_INIT;
	struct config *config = config_load(file, &problems);
	struct buf text = BUF_INIT;
	int status = config ? 0 : 2;

	problems_print(&problems, &text);
	fputs(buf_cstr(&text), stderr);
	buf_fini(&text);
	problems_fini(&problems);
	config_unref(config);
	return status;
}

int main(int argc, char **argv)
{
	struct buf text = BUF_INIT;

	if (argc == 3 && !strcmp(argv[1], "check"))
		return check(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "reference"))
		config_write_reference(&text);
	else if (argc == 2 && !strcmp(argv[1], "manual"))
		config_write_manual(&text);
	else if (argc == 2 && !strcmp(argv[1], "defaults"))
		config_print_defaults(&text);
	else
		return 2;
	fputs(buf_cstr(&text), stdout);
	buf_fini(&text);
	return 0;
}
