/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: a fuzz target as a plain program, over files that are kept.  Built
 * with each fuzz_*.c in place of libFuzzer, so that any compiler replays what
 * clang's fuzzer once found.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define INPUT_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path, uint8_t *buf)
{
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t len;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	len = fread(buf, 1, INPUT_MAX, file);
	fclose(file);
	/* Of exact size, so that a sanitizer sees what reads beyond. */
	exact = xcalloc(1, len + !len);
	memcpy(exact, buf, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	uint8_t *buf = xcalloc(1, INPUT_MAX);
	int status = 0;

	for (int i = 1; i < argc; i++) {
		/* The one that it dies of is the last one named. */
		printf("%s\n", argv[i]);
		fflush(stdout);
		status |= replay(argv[i], buf) != 0;
	}
	free(buf);
	return status;
}
