/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URL queries as Go's net/url reads them (ParseQuery): pairs are cut at `&`,
 * a pair with a `;` or a broken percent sign is dropped, `+` is a space, and
 * names and values are decoded once.  The API server looks at the first value
 * of a name only.
 */
#ifndef POLICY_QUERY_H
#define POLICY_QUERY_H

#include <stdbool.h>

#include "base/span.h"

/* More pairs than this and Go drops them all (urlmaxqueryparams). */
#define QUERY_PAIRS_MAX 10000u

struct query_pair {
	struct span name, value; /* raw; borrowed */
};

/*
 * Cuts the next pair that counts off `*rest`, which begins as the whole query
 * without its `?`.  False at the end.
 */
bool query_next(struct span *rest, struct query_pair *ret_pair);

/* False if Go would not read this query at all. */
bool query_is_readable(struct span query);

/* The raw text, decoded, is `literal`. */
bool query_text_is(struct span raw, struct span literal);

/* As above; ASCII letters compare without case. */
bool query_text_is_nocase(struct span raw, struct span literal);

/*
 * A boolean as apimachinery converts it (Convert_Slice_string_To_bool): only
 * "0" and "false" in any case are not true.
 */
bool query_text_is_true(struct span raw);

/* Decodes into `out`, which has room for raw.len bytes. */
struct span query_decode(struct span raw, char *out);

/*
 * Decodes percent-encoding alone, as in a path.  Returns 0, or -1 if a
 * percent sign is not followed by two hex digits.  Without one `*ret_text` is
 * `raw`; otherwise it is in `out`, which has room for raw.len bytes.
 */
int percent_decode(struct span raw, char *out, struct span *ret_text);

#endif
