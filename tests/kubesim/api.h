/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API without a wire: a call goes in, an answer comes out, at once.
 * Only what has a source (source.h) goes on: its body grows.
 *
 *   session (HTTP/2) -> exchange (authentication, priority, faults)
 *                         -> api_handle() -> rest_*() -> registry -> store
 */
#ifndef TESTS_KUBESIM_API_H
#define TESTS_KUBESIM_API_H

#include <event2/buffer.h>

#include "base/list.h"
#include "tests/kubesim/identity.h"
#include "tests/kubesim/media.h"
#include "tests/kubesim/permissions.h"
#include "tests/kubesim/registry.h"
#include "tests/kubesim/request.h"

struct source;

struct api {
	struct store *store;
	struct rng *rng; /* borrowed */
	struct registry registry;
	struct list sources; /* struct source, not owned */
	struct permissions permissions;
	const struct tokens *tokens; /* borrowed */
	struct list logs;    /* struct podlog, owned */
	usec_t bookmark_interval;
	bool ready; /* what /readyz says */
	char not_served[64]; /* a group whose kinds have gone; "": none has */
};

/* What a request wants its connection to become; all "" when absent. */
struct upgrade_offer {
	const char *to;
	const char *stream_protocols; /* X-Stream-Protocol-Version */
	const char *websocket_key;
	const char *websocket_protocols;
};

/* What it becomes: an answer with the code 101. */
struct upgrade {
	const char *to;       /* NULL: nothing */
	const char *protocol; /* "": none was offered */
	char accept[32];      /* Sec-WebSocket-Accept */
};

struct call {
	struct span method;
	const struct request *req;
	const struct identity *user;
	const char *content_type; /* "" when absent */
	const char *accept;       /* the same */
	const char *user_agent;   /* the same */
	struct upgrade_offer upgrade;
	struct span body;
	time_t wall;
	usec_t now;
};

struct answer {
	int code;
	const char *content_type; /* NULL: no such header */
	struct upgrade upgrade;
	struct evbuffer *body; /* owned */
	unsigned retry_after;  /* seconds, 0: no such header */
	bool nosniff;          /* the header that Go's http.Error sets */
	struct source *source; /* owned; NULL: the body is whole */
	struct object *effect; /* owned: what a write left; NULL: none */
	cJSON *warnings;       /* owned: an array of strings; NULL: none */
	struct media media;    /* how objects are answered */
	enum media_format error_format; /* how a Status is answered */
};

void api_init(struct api *api, struct rng *rng, size_t log_size);
void api_fini(struct api *api);

void answer_init(struct answer *answer);
void answer_fini(struct answer *answer);
/* A Status goes out in what `accept` asks for; JSON is accepted by all. */
void answer_accept(struct answer *answer, const char *accept);

/* Sets the answer to a text/plain error as Go's http.Error sends it. */
void answer_text(struct answer *answer, int code, const char *fmt, ...)
	ATTR_PRINTF(3, 4);
void answer_status(struct answer *answer, const struct status *st);
/*
 * Sets the answer to the document, in the format that answer->media says;
 * JSON has a newline behind it.  500 when it has no form in protobuf.
 */
void answer_doc(struct answer *answer, int code, const cJSON *doc);
/* The object's own text: JSON. */
void answer_object(struct answer *answer, int code, struct object *obj);

void api_handle(
	struct api *api, const struct call *call, struct answer *answer);

#endif
