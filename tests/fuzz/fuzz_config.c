/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a configuration: either it is refused with reasons that can be
 * printed, or it is accepted.  And any YAML document, written in flow style,
 * is read as the same again.
 */
#include "base/check.h"
#include "conf/config.h"
#include "conf/yaml_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_config(struct span text)
{
	struct problems problems = PROBLEMS_INIT;
	struct config *config = config_parse("f", text, &problems);

	CHECK(!config == problems_has_errors(&problems));
	for (size_t i = 0; i < problems.count; i++)
		for (const char *at = problems.items[i].text; *at; at++)
			CHECK((unsigned char)*at >= ' ');
	config_unref(config);
	problems_fini(&problems);
}

static void check_flow(struct span text)
{
	struct problems problems = PROBLEMS_INIT;
	struct yaml_doc *doc = yaml_doc_parse(text, &problems), *again;
	struct buf once = BUF_INIT, twice = BUF_INIT;

	if (doc && doc->root && !problems_has_errors(&problems)) {
		node_write_flow(doc->root, &once);
		again = yaml_doc_parse(buf_span(&once), &problems);
		CHECK(again && !problems_has_errors(&problems));
		node_write_flow(again->root, &twice);
		CHECK(span_eq(buf_span(&once), buf_span(&twice)));
		yaml_doc_free(again);
	}
	yaml_doc_free(doc);
	buf_fini(&once);
	buf_fini(&twice);
	problems_fini(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_config(span_of(data, size));
	check_flow(span_of(data, size));
	return 0;
}
