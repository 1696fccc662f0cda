/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an exchange's answer: its header fields in the order of the
 * real server, and whether the body is compressed.
 */
#ifndef TESTS_KUBESIM_RESPONSE_H
#define TESTS_KUBESIM_RESPONSE_H

#include "tests/kubesim/exchange.h"

enum { RESPONSE_MAX_HEADERS = 20 };

/* What the response's pointers lead to. */
struct response_head {
	struct response response;
	struct header headers[RESPONSE_MAX_HEADERS];
	char retry_after[16];
};

/* Begins to compress the body where that is due. */
void response_prepare(struct response_head *head, struct exchange *ex);

#endif
