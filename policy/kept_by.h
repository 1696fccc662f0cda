/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeps a request from starting: the first of these that says no when it
 * is the request's turn.  One table gives each its word in metrics and logs.
 */
#ifndef POLICY_KEPT_BY_H
#define POLICY_KEPT_BY_H

enum kept_by {
	KEPT_BY_NOTHING,
	KEPT_BY_TURN,	     /* others of its flow, its lane or above it */
	KEPT_BY_AWAY,	     /* the API server cannot be reached */
	KEPT_BY_CONNECTION,  /* no connection has a free stream */
	KEPT_BY_PAUSE,	     /* an operator's */
	KEPT_BY_LANE_SEATS,  /* the lane's cap */
	KEPT_BY_WIDE,	     /* the cap on wide LISTs */
	KEPT_BY_LARGE,	     /* the cap on large writes */
	KEPT_BY_SHARE,	     /* no room for minimum shares */
	KEPT_BY_FLOW_BUDGET, /* token buckets: of the flow, */
	KEPT_BY_LANE_BUDGET, /* of the lane, */
	KEPT_BY_ROOT_BUDGET, /* of all */
	KEPT_BY_REPLAY_BUDGET, /* of replays */
	KEPT_BY_STREAM_PACE, /* starts of long-running requests */
	KEPT_BY_GATE,	     /* of the API server's level */
	KEPT_BY_TOTAL,	     /* of seats at the API server */
	KEPT_BY_COUNT,
};

const char *kept_by_name(enum kept_by kept_by); /* "lane-budget" */

#endif
