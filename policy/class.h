/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request is: the API server's own view of its path, and the effect
 * that its body has on finalizers.
 *
 * Classification decides order, never meaning or rights: the bytes that leave
 * are the bytes that came.  In doubt a request is what it would have been
 * without a body.
 */
#ifndef POLICY_CLASS_H
#define POLICY_CLASS_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"

/* The API server's verbs (RequestInfo.Verb), and HTTP's for other paths. */
enum verb {
	VERB_GET,
	VERB_LIST,
	VERB_WATCH,
	VERB_CREATE,
	VERB_UPDATE,
	VERB_PATCH,
	VERB_DELETE,
	VERB_DELETECOLLECTION,
	VERB_PROXY,   /* the legacy /proxy/ prefix */
	VERB_CONNECT, /* not asked for by a path: CONNECT */
	/* not a resource: the method in lower case */
	VERB_HEAD,
	VERB_POST,
	VERB_PUT,
	VERB_OPTIONS,
	VERB_OTHER, /* a method that the API server does not know */
	VERB_COUNT,
};

/* What a query may say; rules look at sets of 1 << enum query_part. */
enum query_part {
	QUERY_DRY_RUN,
	QUERY_SELECTOR,	      /* a label or field selector that filters */
	QUERY_LIMIT,	      /* limit=, not 0 */
	QUERY_FROM_CACHE,     /* a LIST or GET with resourceVersion=0 */
	QUERY_INITIAL_EVENTS, /* a watch with sendInitialEvents=true */
	QUERY_FOLLOW,	      /* a log that is followed */
	QUERY_PART_COUNT,
};

/* What the request does to metadata.finalizers (DESIGN.md section 7). */
enum effect {
	EFFECT_NONE,
	EFFECT_REMOVES,
	EFFECT_ADDS,
	EFFECT_MIXED,
	EFFECT_WRITES, /* sets a list; the stored object tells its effect */
	EFFECT_COUNT,
};

/* Why the effect is what it is: one word for logs, metrics and explain. */
enum effect_why {
	EFFECT_WHY_NOT_A_WRITE, /* verb, subresource or resource has none */
	EFFECT_WHY_NO_HINT,     /* the body does not mention finalizers */
	EFFECT_WHY_DRY_RUN,     /* nothing is stored */
	EFFECT_WHY_READ,        /* the body was read and says it */
	EFFECT_WHY_NAME_LACKS,  /* the list lacks a configured finalizer */
	EFFECT_WHY_STATE,       /* only the stored object can tell */
	EFFECT_WHY_REMEMBERED,  /* … and what is remembered of it tells */
	EFFECT_WHY_UNDECODED,   /* a form not decoded, or not taken there */
	EFFECT_WHY_ENCODED,     /* content-encoding, not opened */
	EFFECT_WHY_TOO_LARGE,   /* above the cap in bytes or depth */
	EFFECT_WHY_MALFORMED,   /* not what its content type says */
	EFFECT_WHY_COUNT,
};

/* What precondition the body carries: what makes a repetition harmless. */
enum guard {
	GUARD_NONE = 0,
	GUARD_UID = 1 << 0,
	GUARD_RESOURCE_VERSION = 1 << 1,
	GUARD_TEST = 1 << 2, /* JSON patch: a test of the removed value */
};

/* A request's head as far as classification looks at it; all borrowed. */
struct head {
	struct span method;           /* "GET" */
	struct span target;           /* ":path": raw path and query */
	struct span content_type;     /* absent if there is none */
	struct span content_encoding; /* absent if there is none */
};

#define CLASS_FINALIZERS_MAX 4

/*
 * The answer.  Spans borrow from head->target or, where something was
 * percent-encoded, from the scratch given to classify(); both must live as
 * long as the class is read.
 */
struct class {
	enum verb verb;
	bool is_resource;   /* below /api/ or /apis/ */
	bool is_collection; /* no name: list, deletecollection, create … */
	bool is_dry_run;
	bool is_long_running; /* watch, proxy; attach exec log portforward */
	bool has_limit;       /* limit= is set and not 0 */
	bool has_selector;    /* a label or field selector that filters */
	bool from_cache;      /* a LIST or GET with resourceVersion=0 */
	bool initial_events;  /* a watch with sendInitialEvents=true */
	bool follows;         /* …/log?follow=true */
	usec_t timeout;	      /* timeout=, for a watch timeoutSeconds=; or 0 */
	struct span path;     /* decoded once, without the query */
	struct span group;    /* "" is the core group */
	struct span version;
	struct span resource;
	struct span subresource;
	struct span namespace; /* "" when cluster-scoped or all */
	struct span name;

	enum effect effect;
	enum effect_why why;
	/*
	 * Known only of a body that was read: without one, of a malformed one
	 * and of one without a hint they are 0, false and absent.
	 */
	unsigned guards; /* of enum guard */
	/*
	 * A patch that leaves the object as it is when it is applied a second
	 * time, or is refused then.  False for one that goes by an index
	 * without a test of what stands there, and for whole objects.
	 */
	bool is_repeatable;
	/*
	 * A patch with nothing besides metadata's finalizers (and their
	 * $deleteFromPrimitiveList and $setElementOrder), resourceVersion, uid
	 * and string labels; in a JSON patch test operations too.  No key of
	 * them comes twice or is written with an escape.
	 */
	bool is_pure;
	/*
	 * Finalizers that are removed, where the body or the classifier's
	 * settings name them: the first few.  As in the body, and only those
	 * without an escape; borrowed from either.
	 */
	struct span finalizers[CLASS_FINALIZERS_MAX];
	unsigned finalizer_count;
};

const char *verb_name(enum verb verb);
/* As rules have it: "fromCache". */
const char *query_part_name(enum query_part part);
/* Set of 1 << enum query_part, and the way back. */
uint32_t class_query(const struct class *class);
void class_set_query(struct class *class, uint32_t parts);
const char *effect_name(enum effect effect); /* "Removes" */
const char *effect_why_name(enum effect_why why); /* "name-lacks" */
const char *effect_why_text(enum effect_why why); /* the same for people */

#endif
