/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer: what Fairway's classifier makes of requests, one a line.
 *
 *	in:	METHOD TYPE BASE64-TARGET BASE64-BODY
 *	out:	VERB EFFECT WHY IS-RESOURCE, and group, version, namespace,
 *		resource, subresource, name in hex
 *
 * `-` stands for nothing.  TYPE is the content type.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "conf/base64.h"
#include "policy/classify.h"

static void decode(struct span text, struct buf *ret_bytes)
{
	if (!span_eq(text, SPAN("-")))
		CHECK(base64_decode(text, ret_bytes) == 0);
}

static void print_part(struct span part)
{
	putchar(' ');
	if (!part.len)
		putchar('-');
	for (size_t i = 0; i < part.len; i++)
		printf("%02x", (unsigned)(unsigned char)part.ptr[i]);
}

static void print_class(const struct class *class)
{
	printf("%s %s %s %d", verb_name(class->verb),
		effect_name(class->effect), effect_why_name(class->why),
		class->is_resource);
	print_part(class->group);
	print_part(class->version);
	print_part(class->namespace);
	print_part(class->resource);
	print_part(class->subresource);
	print_part(class->name);
	putchar('\n');
}

static void answer(struct span line)
{
	struct span method = span_cut(&line, ' ');
	struct span type = span_cut(&line, ' ');
	struct buf target = BUF_INIT, body = BUF_INIT;
	struct head head = { .method = method, .content_type = type };
	struct class class;
	char *scratch;

	decode(span_cut(&line, ' '), &target);
	decode(line, &body);
	head.target = buf_span(&target);
	scratch = malloc(head.target.len + 1);
	CHECK(scratch);
	if (classify_head(&head, scratch, &class))
		classify_body(&CLASSIFIER_DEFAULT, &head, buf_span(&body).ptr,
			buf_span(&body).len, true, &class);
	print_class(&class);
	free(scratch);
	buf_fini(&target);
	buf_fini(&body);
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) > 0) {
		if (line[len - 1] == '\n')
			len--;
		answer(span_of(line, (size_t)len));
	}
	free(line);
	return 0;
}
