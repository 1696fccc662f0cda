/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/media.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/span.h"

enum { MAX_CLAUSES = 16 };

static const char *const type_names[] = {
	[MEDIA_JSON] = "application/json",
	[MEDIA_YAML] = "application/yaml",
	[MEDIA_PROTOBUF] = "application/vnd.kubernetes.protobuf",
};

struct clause {
	struct span type;
	struct span params;
	double q;
};

const char *media_type_name(enum media_format format)
{
	return type_names[format];
}

static struct span take_param(struct span *params, struct span *ret_value)
{
	struct span value = span_trim(span_cut(params, ';'));
	struct span name = span_trim(span_cut(&value, '='));

	*ret_value = span_trim(value);
	return name;
}

static double quality_of(struct span params)
{
	double q = 1;

	while (!span_is_absent(params)) {
		struct span value;
		char *text;

		if (!span_eq(take_param(&params, &value), SPAN("q")))
			continue;
		text = span_dup(span_is_absent(value) ? SPAN("") : value);
		q = strtod(text, NULL);
		free(text);
	}
	return q;
}

static bool is_wild(struct span type)
{
	return span_eq(type, SPAN("*/*")) || span_ends_with(type, SPAN("/*"));
}

static bool comes_before(const struct clause *a, const struct clause *b)
{
	if (a->q > b->q || a->q < b->q)
		return a->q > b->q;
	return !is_wild(a->type) && is_wild(b->type);
}

/* The clauses, the one that is wanted most first; all that are equal in
 * their order. */
static unsigned read_clauses(struct span rest, struct clause *clauses)
{
	unsigned count = 0;

	while (!span_is_absent(rest) && count < MAX_CLAUSES) {
		struct clause clause = { .params = span_cut(&rest, ',') };
		unsigned at;

		clause.type = span_trim(span_cut(&clause.params, ';'));
		clause.q = quality_of(clause.params);
		for (at = count++;
			at && comes_before(&clause, &clauses[at - 1]); at--)
			clauses[at] = clauses[at - 1];
		clauses[at] = clause;
	}
	return count;
}

/* False where something is asked for that there is not. */
static bool read_as(struct span params, struct media *media)
{
	static const char *const targets[] = {
		[MEDIA_AS_TABLE] = "Table",
		[MEDIA_AS_PARTIAL] = "PartialObjectMetadata",
		[MEDIA_AS_PARTIAL_LIST] = "PartialObjectMetadataList",
	};
	struct span group = SPAN("");
	struct span version = SPAN("");
	struct span as = SPAN("");

	media->as = MEDIA_AS_IS;
	media->is_beta = false;
	while (!span_is_absent(params)) {
		struct span value;
		struct span name = take_param(&params, &value);

		if (span_eq(name, SPAN("as")))
			as = value;
		else if (span_eq(name, SPAN("g")))
			group = value;
		else if (span_eq(name, SPAN("v")))
			version = value;
	}
	if (span_is_empty(as))
		return true;
	media->is_beta = span_eq(version, SPAN("v1beta1"));
	if (!span_eq(group, SPAN("meta.k8s.io")) ||
		(!media->is_beta && !span_eq(version, SPAN("v1"))))
		return false;
	for (unsigned i = MEDIA_AS_TABLE; i < ARRAY_SIZE(targets); i++) {
		if (!span_eq_str(as, targets[i]))
			continue;
		media->as = (enum media_as)i;
		return true;
	}
	return false;
}

static bool is_allowed(const struct media *media, unsigned allow)
{
	if (media->as != MEDIA_AS_IS && !(allow & MEDIA_ALLOW_AS))
		return false;
	if (media->format == MEDIA_YAML)
		return allow & MEDIA_ALLOW_YAML;
	if (media->format != MEDIA_PROTOBUF)
		return true;
	/* A Table has no form in protobuf. */
	return media->as == MEDIA_AS_IS ? allow & MEDIA_ALLOW_PROTOBUF
					: media->as != MEDIA_AS_TABLE;
}

static bool type_fits(struct span wanted, enum media_format format)
{
	return span_eq(wanted, SPAN("*/*")) ||
		span_eq(wanted, SPAN("application/*")) ||
		span_eq_str(wanted, type_names[format]);
}

bool media_negotiate(
	const char *accept, unsigned allow, struct media *ret_media)
{
	struct clause clauses[MAX_CLAUSES];
	struct span header = span_str(accept);
	unsigned count = read_clauses(header, clauses);
	struct media media = { MEDIA_JSON, MEDIA_AS_IS, false };

	if (span_is_empty(header)) {
		*ret_media = media;
		return true;
	}
	for (unsigned i = 0; i < count; i++) {
		if (!read_as(clauses[i].params, &media))
			continue;
		for (unsigned k = 0; k < ARRAY_SIZE(type_names); k++) {
			media.format = (enum media_format)k;
			if (!type_fits(clauses[i].type, media.format) ||
				!is_allowed(&media, allow))
				continue;
			*ret_media = media;
			return true;
		}
	}
	return false;
}

bool media_is_produced(const char *accept)
{
	struct span rest = span_str(accept);

	if (span_is_empty(rest))
		return true;
	while (!span_is_absent(rest)) {
		struct span params = span_cut(&rest, ',');
		struct span type = span_trim(span_cut(&params, ';'));

		if (span_eq(type, SPAN("*/*")))
			return true;
		for (unsigned i = 0; i < ARRAY_SIZE(type_names); i++) {
			if (span_eq_str(type, type_names[i]))
				return true;
		}
	}
	return false;
}
