/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/view.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/buf.h"

void view_level_name(uint64_t uid, char ret_name[VIEW_LEVEL_NAME_CAP])
{
	if (uid)
		snprintf(ret_name, VIEW_LEVEL_NAME_CAP, "%08x-%04x-%04x",
			(unsigned)(uid >> 32), (unsigned)(uid >> 16 & 0xffff),
			(unsigned)(uid & 0xffff));
	else
		snprintf(ret_name, VIEW_LEVEL_NAME_CAP, "unknown");
}

void view_format_age(double seconds, char ret_text[VIEW_AGE_CAP])
{
	unsigned long s = seconds > 0 ? (unsigned long)seconds : 0;

	if (s < 60)
		snprintf(ret_text, VIEW_AGE_CAP, "%lus", s);
	else if (s < 3600)
		snprintf(ret_text, VIEW_AGE_CAP, "%lum%lus", s / 60, s % 60);
	else if (s < 24 * 3600UL)
		snprintf(ret_text, VIEW_AGE_CAP, "%luh%lum", s / 3600,
			s / 60 % 60);
	else
		snprintf(ret_text, VIEW_AGE_CAP, "%lud%luh", s / 86400,
			s / 3600 % 24);
}

char *view_resource_name(struct span group, struct span resource)
{
	struct buf name = BUF_INIT;
	char *copy;

	buf_append_span(&name, resource);
	if (group.len) {
		buf_append_str(&name, ".");
		buf_append_span(&name, group);
	}
	copy = xstrdup(buf_cstr(&name));
	buf_fini(&name);
	return copy;
}
