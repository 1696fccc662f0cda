/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of a real API server to these Accept headers. */
#include <criterion/criterion.h>

#include "tests/kubesim/media.h"
#include "tests/kubesim/protobuf.h"
#include "tests/kubesim/yaml.h"

#define PROTOBUF PROTOBUF_MEDIA_TYPE
#define META ";v=v1;g=meta.k8s.io"

static void expect(const char *accept, unsigned allow, enum media_format format,
	enum media_as as)
{
	struct media media;

	cr_assert(media_negotiate(accept, allow, &media), "%s", accept);
	cr_assert_eq(media.format, format, "%s", accept);
	cr_assert_eq(media.as, as, "%s", accept);
}

static void expect_none(const char *accept, unsigned allow)
{
	struct media media;

	cr_assert_not(media_negotiate(accept, allow, &media), "%s", accept);
}

Test(media, the_first_that_is_known_counts)
{
	unsigned all = MEDIA_ALLOW_ALL;

	expect("", all, MEDIA_JSON, MEDIA_AS_IS);
	expect("*/*", all, MEDIA_JSON, MEDIA_AS_IS);
	expect("application/json; charset=utf-8", all, MEDIA_JSON, MEDIA_AS_IS);
	expect(PROTOBUF, all, MEDIA_PROTOBUF, MEDIA_AS_IS);
	expect(PROTOBUF ",application/json", all, MEDIA_PROTOBUF, MEDIA_AS_IS);
	expect("application/json," PROTOBUF, all, MEDIA_JSON, MEDIA_AS_IS);
	expect("application/cbor,application/json", all, MEDIA_JSON,
		MEDIA_AS_IS);
	expect("application/yaml", all, MEDIA_YAML, MEDIA_AS_IS);
	expect_none("application/cbor", all);
	expect_none("text/plain", all);
}

Test(media, quality_goes_before_order_and_zero_is_no_refusal)
{
	unsigned all = MEDIA_ALLOW_ALL;

	expect("application/json;q=0.1," PROTOBUF ";q=0.9", all, MEDIA_PROTOBUF,
		MEDIA_AS_IS);
	expect("text/plain,application/json;q=0.5", all, MEDIA_JSON,
		MEDIA_AS_IS);
	expect("application/json;q=0", all, MEDIA_JSON, MEDIA_AS_IS);
	expect("*/*," PROTOBUF, all, MEDIA_PROTOBUF, MEDIA_AS_IS);
}

Test(media, what_it_is_to_be_turned_into)
{
	unsigned all = MEDIA_ALLOW_ALL;
	struct media media;

	expect("application/json;as=Table" META, all, MEDIA_JSON,
		MEDIA_AS_TABLE);
	expect(PROTOBUF ";as=PartialObjectMetadata" META, all, MEDIA_PROTOBUF,
		MEDIA_AS_PARTIAL);
	expect("application/json;as=PartialObjectMetadataList" META, all,
		MEDIA_JSON, MEDIA_AS_PARTIAL_LIST);
	/* A Table has no form in protobuf. */
	expect(PROTOBUF ";as=Table" META ",application/json", all, MEDIA_JSON,
		MEDIA_AS_IS);
	expect_none(PROTOBUF ";as=Table" META, all);
	expect("application/json;as=Foo" META ",application/json", all,
		MEDIA_JSON, MEDIA_AS_IS);
	expect_none("application/json;as=Foo" META, all);
	cr_assert(media_negotiate(
		"application/json;as=Table;v=v1beta1;g=meta.k8s.io", all,
		&media));
	cr_assert(media.is_beta);
}

Test(media, custom_resources_and_streams_allow_less)
{
	expect(PROTOBUF ",application/json", MEDIA_ALLOW_AS, MEDIA_JSON,
		MEDIA_AS_IS);
	expect_none(PROTOBUF, MEDIA_ALLOW_AS);
	expect(PROTOBUF ";as=PartialObjectMetadata" META, MEDIA_ALLOW_AS,
		MEDIA_PROTOBUF, MEDIA_AS_PARTIAL);
	expect_none("application/yaml", MEDIA_ALLOW_PROTOBUF);
	/* An error is a Status, whatever its object was to become. */
	expect("application/json;as=Table" META "," PROTOBUF,
		MEDIA_ALLOW_PROTOBUF, MEDIA_PROTOBUF, MEDIA_AS_IS);
}

Test(media, go_restful_knows_no_wildcard_but_one)
{
	cr_assert(media_is_produced(""));
	cr_assert(media_is_produced("text/plain, */*"));
	cr_assert(media_is_produced("application/json;as=Foo"));
	cr_assert_not(media_is_produced("application/*"));
	cr_assert_not(media_is_produced("text/plain"));
}

static void expect_json(const char *yaml, const char *json)
{
	struct err err;
	cJSON *got = yaml_parse(span_str(yaml), &err);
	cJSON *want = json_parse(span_str(json), &err);

	cr_assert(got, "%s: %s", yaml, err.text);
	cr_assert(json_equal(got, want), "%s", yaml);
	cJSON_Delete(got);
	cJSON_Delete(want);
}

Test(yaml, becomes_json)
{
	struct err err;

	expect_json(
		"{\"a\":[1,\"x\",null,true]}", "{\"a\":[1,\"x\",null,true]}");
	expect_json("a: 1\nb:\n- x\n- y: ''\n",
		"{\"a\":1,\"b\":[\"x\",{\"y\":\"\"}]}");
	expect_json("a: yes\nb: 'yes'\nc: ~\nd:\n",
		"{\"a\":true,\"b\":\"yes\",\"c\":null,\"d\":null}");
	expect_json("[0x10, 010, -1.5e1, 1.2.3, 08, .5]",
		"[16,8,-15,\"1.2.3\",8,0.5]");
	cr_assert_null(yaml_parse(SPAN("a: [1"), &err));
}
