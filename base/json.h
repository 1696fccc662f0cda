/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON scanner: gives the tokens of one document, one call at a time.
 *
 * It accepts exactly what the API server accepts (RFC 8259 as Go's
 * encoding/json and sigs.k8s.io/json read it):
 *
 *  - white space is space, tab, CR and LF; nothing may follow the value;
 *  - strings hold no raw control characters; `\u0000` is a character like
 *    any other; half a surrogate pair and invalid UTF-8 stand for U+FFFD;
 *  - numbers have no leading zeros and fit into a double (1e400 would not
 *    decode into an interface{});
 *  - keys are case-sensitive, and a key may come twice.  Which one counts is
 *    the caller's matter: for the API server it is the last.
 *
 * A document that nests deeper than `depth_max` is an error of its own: the
 * API server takes 10 000 levels, no object of it has a hundred.
 *
 *	{"a": [1, null]}  ->  OBJECT  KEY a  ARRAY  NUMBER 1  NULL
 *	                      ARRAY_END  OBJECT_END  END
 *
 * After ERROR and END every further call says the same.  Borrows the bytes,
 * allocates nothing, reads each byte once.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"

#define JSON_DEPTH_MAX 256u /* the most that depth_max can be */

enum json_token {
	JSON_ERROR, /* see json.error and json_offset() */
	JSON_END,   /* the document is complete */
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_KEY,    /* its value comes next */
	JSON_STRING, /* json.text has what stands between the quotes */
	JSON_NUMBER, /* json.text has its digits */
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

enum json_error {
	JSON_OK,
	JSON_TRUNCATED, /* the bytes end before the value does */
	JSON_SYNTAX,
	JSON_BAD_STRING, /* a control character, or an unknown escape */
	JSON_BAD_NUMBER,
	JSON_TOO_DEEP,
	JSON_TRAILING, /* something follows the value */
};

struct json {
	enum json_token token; /* the last one given */
	bool has_escape;       /* json.text has a backslash in it */
	enum json_error error;
	struct span text;  /* KEY, STRING, NUMBER: raw; borrowed */
	const char *begin; /* of the last token, its quote included */

	/* The scanner's own. */
	const char *start, *at, *end;
	unsigned expect; /* a set of what may come next */
	unsigned depth, depth_max;
	uint64_t in_object[JSON_DEPTH_MAX / 64];
};

void json_init(
	struct json *json, const void *ptr, size_t len, unsigned depth_max);

enum json_token json_next(struct json *json);

/*
 * To the end of the value that `json->token` begins (for a KEY: of the value
 * that belongs to it).  Returns 0, or -1 after an ERROR.
 */
int json_skip(struct json *json);

/*
 * The same for what nobody here reads, of any depth: it is not looked at, but
 * for strings and brackets, and of these only the outermost have to fit.
 */
int json_pass_over(struct json *json);

/*
 * From the begin of a token to where the scanner stands: with `begin` taken
 * before json_skip(), the text of a whole value.
 */
struct span json_since(const struct json *json, const char *begin);

/* Where the scanner stands: behind the last token, or at the error. */
size_t json_offset(const struct json *json);

/* "too deep" … */
const char *json_error_text(enum json_error error);

/* The last KEY or STRING, unescaped, is `literal` (which is valid UTF-8). */
bool json_text_is(const struct json *json, struct span literal);

/*
 * Reads a raw string as its characters: unescaped UTF-8, a byte a call, -1 at
 * the end.  `raw` is what stood between the quotes in a JSON_KEY or
 * JSON_STRING.
 */
struct json_chars {
	const char *at, *end;
	unsigned char pending[4];
	unsigned char pending_at, pending_len;
};

void json_chars_init(struct json_chars *chars, struct span raw);
int json_chars_next(struct json_chars *chars);

/*
 * Writes the characters of a raw string to `out`, no NUL behind it.  Returns
 * their number, which may exceed `cap`: then only `cap` of them were written.
 */
size_t json_unescape(struct span raw, char *out, size_t cap);

#endif
