/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of what is read again while it runs. */
#include <inttypes.h>

#include "proxy/observe/metrics_impl.h"

void metric_write_config_info(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	/* Of the defaults there is no file. */
	buf_printf(out, "%s{sha256=\"%s\"} 1\n", metric->name,
		view->reload->digest);
}

void metric_write_reload_good(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	buf_printf(out, "%s %d\n", metric->name, view->reload->is_good);
}

void metric_write_reload_time(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	buf_printf(out, "%s %" PRIu64 "\n", metric->name,
		view->reload->good_at / USEC_PER_SEC);
}

static void write_result(const struct metric *metric, const char *label,
	uint64_t good, uint64_t bad, struct buf *out)
{
	buf_printf(out, "%s{%sresult=\"success\"} %" PRIu64 "\n", metric->name,
		label, good);
	buf_printf(out, "%s{%sresult=\"failure\"} %" PRIu64 "\n", metric->name,
		label, bad);
}

void metric_write_reloads(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	write_result(metric, "", view->reload->good, view->reload->bad, out);
}

void metric_write_credential_reloads(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	const struct view_reload *reload = view->reload;

	write_result(metric, "side=\"downstream\",", reload->listen_good,
		reload->listen_bad, out);
	write_result(metric, "side=\"upstream\",", reload->upstream_good,
		reload->upstream_bad, out);
}

static void write_expiry(const struct metric *metric, const char *side,
	usec_t expires_at, struct buf *out)
{
	if (expires_at)
		buf_printf(out, "%s{side=\"%s\"} %" PRIu64 "\n", metric->name,
			side, expires_at / USEC_PER_SEC);
}

void metric_write_expiry(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	const struct view_reload *reload = view->reload;

	write_expiry(metric, "downstream", reload->listen_expires_at, out);
	write_expiry(metric, "upstream", reload->upstream_expires_at, out);
}
