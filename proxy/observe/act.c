/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/act.h"

#include "base/check.h"

const char *act_name(enum act_kind kind)
{
	switch (kind) {
	case ACT_PAUSE:
		return "pause";
	case ACT_RESUME:
		return "resume";
	case ACT_LOG_LEVEL:
		return "log-level";
	case ACT_RELOAD:
		return "reload";
	case ACT_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}
