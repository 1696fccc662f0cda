/* SPDX-License-Identifier: Apache-2.0 */
/*
 * View: how this Fairway is now, as metrics and the admin endpoints show it.
 *
 * Whoever runs it fills one on demand (view_fn); what observes borrows it for
 * the call and asks nobody else.
 */
#ifndef PROXY_OBSERVE_VIEW_H
#define PROXY_OBSERVE_VIEW_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"
#include "conf/config.h"
#include "policy/objects.h"
#include "policy/policy.h"
#include "policy/settings.h"
#include "policy/stats.h"
#include "proxy/exchange/intent_stats.h"
#include "proxy/exchange/record.h"
#include "proxy/exchange/review_stats.h"
#include "proxy/observe/audit_sink.h"
#include "proxy/observe/process_stats.h"
#include "proxy/replicas/view.h"
#include "proxy/wire/session.h"

/* What was read again while it runs. */
struct view_reload {
	const char *file;   /* of the configuration; "": the defaults */
	const char *digest; /* SHA-256 of what runs; "" */
	bool is_good;       /* the last time */
	usec_t good_at;     /* when it last was, since 1970 */
	uint64_t good, bad; /* times, the start not counted */
	/* The certificate for clients; trust and credentials upstream. */
	uint64_t listen_good, listen_bad;
	uint64_t upstream_good, upstream_bad;
	/* When what clients and the API server are shown ends; 0: nothing is. */
	usec_t listen_expires_at, upstream_expires_at;
	/* What is wrong now; "": nothing. */
	const char *why, *why_listen, *why_upstream;
};

/* What the process has taken from itself: cli/confinement.h. */
struct view_confinement {
	bool system_calls;
	unsigned landlock; /* version; 0: files are as the kernel has them */
};

/* All pointers are borrowed and, but for `replicas`, never NULL. */
struct view {
	const char *version;
	usec_t now; /* of the loop, as started_at */
	usec_t started_at;
	usec_t started_wall;    /* since 1970 */
	usec_t wall;            /* now, since 1970 */
	bool is_ready;          /* false: on its way out */
	const char *listen;     /* "127.0.0.1:7443" */
	const char *admin;      /* ""; none */
	const char *kubeconfig; /* the path of the clients' one */
	/* "10.0.0.1:6443"; of a vacant slot the last one that it had, or "". */
	const char *endpoints[POLICY_ENDPOINTS_MAX];
	uint64_t log_lines_dropped;
	uint64_t turns; /* of the loop */
	const struct view_reload *reload;
	struct view_confinement confinement;
	const struct config *config; /* what runs */
	const struct policy_settings *settings;
	const struct policy_stats *policy;
	const struct exchange_stats *exchange;
	const struct intent_stats *intents;
	const struct audit_figures *audit; /* zeros: not wanted */
	const struct review_stats *reviews;
	const struct intents *open_intents; /* for intents_next_row() */
	const struct replicas_view *replicas; /* NULL: it is the only one */
	const struct wire_stats *wire;
	const struct process_stats *process;
	const struct policy *machine; /* to look at each request, no more */
	const struct objects *objects; /* being deleted, as they passed by */
};

typedef const struct view *view_fn(void *user);

static inline bool view_endpoint_is_vacant(
	const struct view *view, unsigned endpoint)
{
	return view->policy->endpoints[endpoint].health == HEALTH_VACANT;
}

/* From *at on the next endpoint that is not vacant; false: there is none. */
static inline bool view_next_endpoint(const struct view *view, unsigned *at)
{
	while (*at < view->policy->endpoint_count &&
		view_endpoint_is_vacant(view, *at))
		(*at)++;
	return *at < view->policy->endpoint_count;
}

/* "2d3h", "3h12m", "12m5s", "5s": two units, as kubectl shows ages. */
#define VIEW_AGE_CAP 32
void view_format_age(double seconds, char ret_text[VIEW_AGE_CAP]);

/* "pods", "workflows.argoproj.io"; free() it. */
char *view_resource_name(struct span group, struct span resource);

/* A priority level as it is shown: how its UID begins, or "unknown". */
#define VIEW_LEVEL_NAME_CAP 19
void view_level_name(uint64_t uid, char ret_name[VIEW_LEVEL_NAME_CAP]);

#endif
