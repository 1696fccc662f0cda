/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/cli.h"

int main(int argc, char **argv)
{
	return (int)cli_main(argc, argv);
}
