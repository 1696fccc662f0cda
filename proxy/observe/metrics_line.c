/* SPDX-License-Identifier: Apache-2.0 */
/* A line of /metrics, and numbers that a row of the table finds by offset. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proxy/observe/metrics_impl.h"

static void append_label(struct buf *out, const struct metric_label *label)
{
	buf_printf(out, "%s=\"", label->name);
	for (const char *at = label->value; *at; at++) {
		if (*at == '\n')
			buf_append_str(out, "\\n");
		else if (*at == '"' || *at == '\\')
			buf_printf(out, "\\%c", *at);
		else
			buf_append(out, at, 1);
	}
	buf_append_str(out, "\"");
}

/* "name_suffix{a="b"} "; `labels` ends where a name is NULL. */
static void begin_line(struct buf *out, const struct metric *metric,
	const char *suffix, const struct metric_label *labels)
{
	const char *before = "{";

	buf_printf(out, "%s%s", metric->name, suffix);
	for (; labels->name; labels++) {
		buf_append_str(out, before);
		append_label(out, labels);
		before = ",";
	}
	buf_append_str(out, *before == ',' ? "} " : " ");
}

void metric_put(struct buf *out, const struct metric *metric,
	const struct metric_label *labels, uint64_t value)
{
	begin_line(out, metric, "", labels);
	buf_printf(out, "%" PRIu64 "\n", value);
}

/* value / 10^digits, exactly. */
static void append_fraction(struct buf *out, uint64_t value, unsigned digits)
{
	char text[32];
	uint64_t scale = 1;
	size_t len;

	for (unsigned i = 0; i < digits; i++)
		scale *= 10;
	buf_printf(out, "%" PRIu64, value / scale);
	if (!(value % scale))
		return;
	len = (size_t)snprintf(
		text, sizeof(text), ".%0*" PRIu64, (int)digits, value % scale);
	while (text[len - 1] == '0')
		len--;
	buf_append(out, text, len);
}

void metric_put_fraction(struct buf *out, const struct metric *metric,
	const struct metric_label *labels, uint64_t value, unsigned digits)
{
	begin_line(out, metric, "", labels);
	append_fraction(out, value, digits);
	buf_append_str(out, "\n");
}

/* OpenMetrics wants "1.0" for 1; Prometheus' own format takes it as well. */
static void append_bound(struct buf *out, usec_t bound)
{
	append_fraction(out, bound, 6);
	if (!(bound % USEC_PER_SEC))
		buf_append_str(out, ".0");
}

void metric_put_histogram(struct buf *out, const struct metric *metric,
	const char *lane, const uint64_t buckets[STATS_WAIT_BUCKETS],
	usec_t sum)
{
	struct buf bound = BUF_INIT;
	uint64_t count = 0;

	for (unsigned i = 0; i < STATS_WAIT_BUCKETS; i++) {
		count += buckets[i];
		buf_clear(&bound);
		if (i < STATS_WAIT_BUCKETS - 1)
			append_bound(&bound, STATS_WAIT_BOUNDS[i]);
		else
			buf_append_str(&bound, "+Inf");
		begin_line(out, metric, "_bucket",
			LABELS({ "lane", lane }, { "le", buf_cstr(&bound) }));
		buf_printf(out, "%" PRIu64 "\n", count);
	}
	begin_line(out, metric, "_sum", LABELS({ "lane", lane }));
	append_fraction(out, sum, 6);
	buf_append_str(out, "\n");
	begin_line(out, metric, "_count", LABELS({ "lane", lane }));
	buf_printf(out, "%" PRIu64 "\n", count);
	buf_fini(&bound);
}

uint64_t metric_u64_at(const void *base, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)base + offset, sizeof(value));
	return value;
}

uint32_t metric_u32_at(const void *base, size_t offset)
{
	uint32_t value;

	memcpy(&value, (const char *)base + offset, sizeof(value));
	return value;
}
