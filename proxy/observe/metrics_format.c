/* SPDX-License-Identifier: Apache-2.0 */
/* Which format of metrics a client prefers (RFC 9110, 12.5.1). */
#include <stdbool.h>

#include "proxy/observe/metrics.h"

/* Weights in thousandths. */
enum { WEIGHT_MAX = 1000 };

const char *metrics_content_type(enum metrics_format format)
{
	return format == METRICS_OPENMETRICS
		? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		: "text/plain; version=0.0.4; charset=utf-8";
}

/* "0.75" is 750; what is no weight is none at all. */
static unsigned weight_of(struct span text)
{
	unsigned weight = 0, scale = WEIGHT_MAX;

	for (size_t i = 0; i < text.len && i < 5; i++) {
		char c = text.ptr[i];

		if (i == 1) {
			if (c != '.')
				return 0;
			continue;
		}
		if (c < '0' || c > '9')
			return 0;
		weight += (unsigned)(c - '0') * scale;
		scale /= 10;
	}
	return weight < WEIGHT_MAX ? weight : WEIGHT_MAX;
}

struct range {
	struct span type;
	unsigned weight;
	bool is_known; /* its version, if it says one, is ours */
};

/* "application/openmetrics-text; version=1.0.0; q=0.5" */
static struct range range_of(struct span text)
{
	struct range range = {
		.type = span_trim(span_cut(&text, ';')),
		.weight = WEIGHT_MAX,
		.is_known = true,
	};

	while (!span_is_absent(text)) {
		struct span value = span_trim(span_cut(&text, ';'));
		struct span name = span_trim(span_cut(&value, '='));

		value = span_trim(value);
		if (span_eq_nocase(name, SPAN("q")))
			range.weight = weight_of(value);
		else if (span_eq_nocase(name, SPAN("version")))
			range.is_known = span_eq(value, SPAN("1.0.0"));
	}
	return range;
}

enum metrics_format metrics_format_of(struct span accept)
{
	unsigned open = 0, text = 0;

	while (!span_is_absent(accept)) {
		struct range range = range_of(span_cut(&accept, ','));

		if (span_eq_nocase(range.type, SPAN("text/plain")) ||
			span_eq_nocase(range.type, SPAN("text/*")))
			text = range.weight > text ? range.weight : text;
		else if (range.is_known &&
			span_eq_nocase(range.type,
				SPAN("application/openmetrics-text")))
			open = range.weight > open ? range.weight : open;
	}
	/* As good as each other: the one that was asked for by its name. */
	return open > 0 && open >= text ? METRICS_OPENMETRICS : METRICS_TEXT;
}
