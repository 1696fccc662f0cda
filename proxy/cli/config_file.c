/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/config_file.h"

#include <stdio.h>

#include "conf/text_file.h"
#include "conf/yaml_doc.h"

int config_file_read(const char *path, struct buf *ret_text,
	char ret_digest[DIGEST_CAP], struct err *err)
{
	if (text_file_read(path, YAML_DOC_BYTES_MAX, ret_text, err))
		return -1;
	digest_write(buf_span(ret_text), ret_digest);
	return 0;
}

struct config *config_file_load(const char *path, char ret_digest[DIGEST_CAP],
	struct problems *problems)
{
	struct buf text = BUF_INIT;
	struct config *config = NULL;
	struct err err;

	ret_digest[0] = '\0';
	if (!*path)
		return config_default();
	problems_set_file(problems, path);
	if (config_file_read(path, &text, ret_digest, &err))
		problems_add(problems, PROBLEM_ERROR, 0, 0, "%s", err.text);
	else
		config = config_load_text(path, buf_span(&text), problems);
	buf_fini(&text);
	return config;
}

struct config *config_file_use(const char *path)
{
	struct problems problems = PROBLEMS_INIT;
	struct buf text = BUF_INIT;
	struct config *config =
		*path ? config_load(path, &problems) : config_default();

	problems_print(&problems, &text);
	fputs(buf_cstr(&text), stderr);
	problems_fini(&problems);
	buf_fini(&text);
	return config;
}
