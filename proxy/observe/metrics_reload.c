/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of what is read again while it runs. */
#include "proxy/observe/metrics_impl.h"

void metric_write_config_info(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	/* Of the defaults there is no file. */
	metric_put(out, metric, LABELS({ "sha256", view->reload->digest }), 1);
}

void metric_write_reload_good(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS, view->reload->is_good);
}

void metric_write_reload_time(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(
		out, metric, NO_LABELS, view->reload->good_at / USEC_PER_SEC);
}

void metric_write_reloads(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, LABELS({ "result", "success" }),
		view->reload->good);
	metric_put(out, metric, LABELS({ "result", "failure" }),
		view->reload->bad);
}

static void put_side(struct buf *out, const struct metric *metric,
	const char *side, uint64_t good, uint64_t bad)
{
	metric_put(out, metric,
		LABELS({ "side", side }, { "result", "success" }), good);
	metric_put(out, metric,
		LABELS({ "side", side }, { "result", "failure" }), bad);
}

void metric_write_credential_reloads(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	const struct view_reload *reload = view->reload;

	put_side(out, metric, "downstream", reload->listen_good,
		reload->listen_bad);
	put_side(out, metric, "upstream", reload->upstream_good,
		reload->upstream_bad);
}

void metric_write_credentials_good(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, LABELS({ "side", "downstream" }),
		!*view->reload->why_listen);
	metric_put(out, metric, LABELS({ "side", "upstream" }),
		!*view->reload->why_upstream);
}

static void put_expiry(struct buf *out, const struct metric *metric,
	const char *side, usec_t expires_at)
{
	if (expires_at)
		metric_put(out, metric, LABELS({ "side", side }),
			expires_at / USEC_PER_SEC);
}

void metric_write_expiry(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	const struct view_reload *reload = view->reload;

	put_expiry(out, metric, "downstream", reload->listen_expires_at);
	put_expiry(out, metric, "upstream", reload->upstream_expires_at);
}
