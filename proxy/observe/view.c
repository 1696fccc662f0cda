/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/view.h"

#include <inttypes.h>
#include <stdio.h>

void view_level_name(uint64_t uid, char ret_name[VIEW_LEVEL_NAME_CAP])
{
	if (uid)
		snprintf(ret_name, VIEW_LEVEL_NAME_CAP, "%016" PRIx64, uid);
	else
		snprintf(ret_name, VIEW_LEVEL_NAME_CAP, "unknown");
}
