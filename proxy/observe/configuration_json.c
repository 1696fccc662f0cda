/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>

#include "base/json_quote.h"
#include "conf/config.h"
#include "proxy/observe/status.h"

void configuration_write(const struct config *config, struct buf *ret_json)
{
	struct buf text = BUF_INIT;

	config_print(config, &text);
	buf_append_str(ret_json, "{\"configuration\":");
	json_append_quoted(ret_json, buf_span(&text), SIZE_MAX);
	buf_append_str(ret_json, "}\n");
	buf_fini(&text);
}

void configuration_write_json(const struct view *view, struct buf *ret_json)
{
	configuration_write(view->config, ret_json);
}

int configuration_read(struct span json, struct buf *ret_yaml, struct err *err)
{
	cJSON *root = cJSON_ParseWithLength(json.ptr, json.len);
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(root, "configuration"));

	if (text)
		buf_append_str(ret_yaml, text);
	cJSON_Delete(root);
	return text ? 0 : err_set(err, "the answer is no configuration");
}
