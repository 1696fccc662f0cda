/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/kinds.h"

/* A table: clang-format would tear it apart. */
/* clang-format off */
#define RESOURCE(g, r) \
	.is_resource = true, .group = SPAN_INIT(g), .resource = SPAN_INIT(r)
#define REMOVES \
	.effect = EFFECT_REMOVES, .is_repeatable = true, .is_pure = true, \
	.finalizers = { SPAN_INIT("workflows.argoproj.io/status") }, \
	.finalizer_count = 1
#define ARGO "argoproj.io"
#define WORK(b, s, l) { .bytes = (b), .service = (s), .load = (l) }

const struct kind_info KIND_INFOS[KINDS] = {
	[REMOVAL] = { "removal", { .verb = VERB_PATCH, RESOURCE("", "pods"),
		REMOVES, .guards = GUARD_UID },
		110, "argo", WORK(2000, 3 * MSEC, 200) },
	[UNGUARDED] = { "unguarded-removal", { .verb = VERB_PATCH,
		RESOURCE("", "pods"), REMOVES },
		110, "argo", WORK(2000, 3 * MSEC, 200) },
	[DELETION] = { "deletion", { .verb = VERB_DELETE,
		RESOURCE("", "pods") },
		0, "argo", WORK(2000, 3 * MSEC, 200) },
	[STATUS] = { "status", { .verb = VERB_UPDATE,
		RESOURCE(ARGO, "workflows") },
		300000, "argo", WORK(300000, 15 * MSEC, 500) },
	[ARCHIVE] = { "archive", { .verb = VERB_PATCH,
		RESOURCE(ARGO, "workflows") },
		86, "argo", WORK(300000, 10 * MSEC, 300) },
	[CREATE] = { "create", { .verb = VERB_CREATE,
		RESOURCE("", "configmaps"), .is_collection = true },
		1000, "argo", WORK(1000, 5 * MSEC, 300) },
	[RESULTS] = { "results", { .verb = VERB_DELETECOLLECTION,
		RESOURCE(ARGO, "workflowtaskresults"),
		.is_collection = true, .has_selector = true },
		76, "argo", WORK(100000, 20 * MSEC, 500) },
	[EVENT] = { "event", { .verb = VERB_CREATE, RESOURCE("", "events"),
		.is_collection = true }, 800, "argo", WORK(800, 4 * MSEC, 200) },
	[READ] = { "read", { .verb = VERB_GET, RESOURCE("", "pods") },
		0, "argo", WORK(2000, 2 * MSEC, 200) },
	[LIST] = { "list", { .verb = VERB_LIST, RESOURCE("", "pods"),
		.is_collection = true, .path = SPAN_INIT("/api/v1/pods") },
		0, "argo", { .bytes = 6000000, .service = 50 * MSEC,
			.load = 1000, .transfer = 40 * MSEC,
			.transfer_load = 400 } },
	[POD_LIST] = { "pod-list", { .verb = VERB_LIST, RESOURCE("", "pods"),
		.is_collection = true, .has_selector = true,
		.path = SPAN_INIT("/api/v1/namespaces/argo/pods") },
		0, "argo", WORK(800000, 12 * MSEC, 800) },
	[SMALL_LIST] = { "small-list", { .verb = VERB_LIST,
		RESOURCE("", "nodes"), .is_collection = true,
		.path = SPAN_INIT("/api/v1/nodes") },
		0, "argo", WORK(20000, 3 * MSEC, 200) },
	[LEASE] = { "lease", { .verb = VERB_UPDATE,
		RESOURCE("coordination.k8s.io", "leases") },
		500, "argo", WORK(500, 3 * MSEC, 100) },
	[WATCH] = { "watch", { .verb = VERB_WATCH, RESOURCE("", "pods"),
		.is_collection = true, .is_long_running = true },
		0, "argo", WORK(0, 1 * MSEC, 100) },
	[WATCH_LIST] = { "watch-list", { .verb = VERB_WATCH,
		RESOURCE("", "pods"), .is_collection = true,
		.is_long_running = true, .initial_events = true },
		0, "argo", WORK(0, 1 * MSEC, 100) },
	[EVICTION] = { "eviction", { .verb = VERB_CREATE,
		RESOURCE("", "pods"), .subresource = SPAN_INIT("eviction") },
		200, "argo", WORK(200, 3 * MSEC, 200) },
	[SWEEP] = { "sweep", { .verb = VERB_LIST, RESOURCE("", "pods"),
		.is_collection = true, .has_limit = true },
		0, "fairway-sweep/1", WORK(200000, 10 * MSEC, 500) },
};
/* clang-format on */
