/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static void *must_have(void *ptr)
{
	if (!ptr)
		check_failed(__FILE__, __LINE__, "memory left");
	return ptr;
}

void *xmalloc(size_t size)
{
	return must_have(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return must_have(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t size)
{
	return must_have(realloc(old, size ? size : 1));
}

char *xstrdup(const char *text)
{
	return xstrndup(text, strlen(text));
}

char *xstrndup(const char *text, size_t len)
{
	char *copy = xmalloc(len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}
