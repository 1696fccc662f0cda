/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/json_scan.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct scan {
	const char *at;
	const char *end;
	unsigned depth;
	struct err *err;
};

static int scan_value(struct scan *scan);

/* What stands at `at` does not belong there. */
static int unexpected(struct scan *scan, const char *where)
{
	unsigned char c;

	if (scan->at == scan->end)
		return err_set(scan->err, "unexpected end of JSON input");
	c = (unsigned char)*scan->at;
	if (c == '\'')
		return err_set(scan->err, "invalid character '\\'' %s", where);
	if (c == '\n')
		return err_set(scan->err, "invalid character '\\n' %s", where);
	if (isprint(c))
		return err_set(
			scan->err, "invalid character '%c' %s", c, where);
	return err_set(scan->err, "invalid character '\\x%02x' %s", c, where);
}

static void skip_space(struct scan *scan)
{
	while (scan->at < scan->end &&
		(*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r' ||
			*scan->at == '\n'))
		scan->at++;
}

static bool take(struct scan *scan, char c)
{
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

static bool at_digit(const struct scan *scan)
{
	return scan->at < scan->end && isdigit((unsigned char)*scan->at);
}

static int scan_escape(struct scan *scan)
{
	if (take(scan, 'u')) {
		for (int i = 0; i < 4; i++) {
			if (scan->at == scan->end ||
				!isxdigit((unsigned char)*scan->at))
				return unexpected(scan,
					"in \\u hexadecimal character escape");
			scan->at++;
		}
		return 0;
	}
	if (scan->at == scan->end || !*scan->at ||
		!strchr("\"\\/bfnrt", *scan->at))
		return unexpected(scan, "in string escape code");
	scan->at++;
	return 0;
}

/* Behind the opening quote. */
static int scan_string(struct scan *scan)
{
	for (;;) {
		if (scan->at == scan->end || (unsigned char)*scan->at < 0x20)
			return unexpected(scan, "in string literal");
		if (take(scan, '"'))
			return 0;
		if (!take(scan, '\\'))
			scan->at++;
		else if (scan_escape(scan) != 0)
			return -1;
	}
}

static int scan_digits(struct scan *scan, const char *where)
{
	if (!at_digit(scan))
		return unexpected(scan, where);
	while (at_digit(scan))
		scan->at++;
	return 0;
}

static int scan_number(struct scan *scan)
{
	take(scan, '-');
	if (!take(scan, '0') && scan_digits(scan, "in numeric literal") != 0)
		return -1;
	if (take(scan, '.') &&
		scan_digits(scan, "after decimal point in numeric literal") !=
			0)
		return -1;
	if (take(scan, 'e') || take(scan, 'E')) {
		if (!take(scan, '+'))
			take(scan, '-');
		return scan_digits(scan, "in exponent of numeric literal");
	}
	return 0;
}

static int scan_word(struct scan *scan, const char *word)
{
	for (const char *c = word; *c; c++) {
		char where[48];

		if (take(scan, *c))
			continue;
		snprintf(where, sizeof(where), "in literal %s (expecting '%c')",
			word, *c);
		return unexpected(scan, where);
	}
	return 0;
}

/* Behind the opening brace. */
static int scan_object(struct scan *scan)
{
	skip_space(scan);
	if (take(scan, '}'))
		return 0;
	for (;;) {
		skip_space(scan);
		if (!take(scan, '"'))
			return unexpected(scan,
				"looking for beginning of object key string");
		if (scan_string(scan) != 0)
			return -1;
		skip_space(scan);
		if (!take(scan, ':'))
			return unexpected(scan, "after object key");
		if (scan_value(scan) != 0)
			return -1;
		skip_space(scan);
		if (take(scan, '}'))
			return 0;
		if (!take(scan, ','))
			return unexpected(scan, "after object key:value pair");
	}
}

/* Behind the opening bracket. */
static int scan_array(struct scan *scan)
{
	skip_space(scan);
	if (take(scan, ']'))
		return 0;
	for (;;) {
		if (scan_value(scan) != 0)
			return -1;
		skip_space(scan);
		if (take(scan, ']'))
			return 0;
		if (!take(scan, ','))
			return unexpected(scan, "after array element");
	}
}

static int scan_value(struct scan *scan)
{
	int ret;

	skip_space(scan);
	if (scan->depth == JSON_MAX_DEPTH)
		return err_set(scan->err, "exceeded max depth");
	scan->depth++;
	if (take(scan, '{'))
		ret = scan_object(scan);
	else if (take(scan, '['))
		ret = scan_array(scan);
	else if (take(scan, '"'))
		ret = scan_string(scan);
	else if (scan->at < scan->end && *scan->at == 't')
		ret = scan_word(scan, "true");
	else if (scan->at < scan->end && *scan->at == 'f')
		ret = scan_word(scan, "false");
	else if (scan->at < scan->end && *scan->at == 'n')
		ret = scan_word(scan, "null");
	else if (at_digit(scan) || (scan->at < scan->end && *scan->at == '-'))
		ret = scan_number(scan);
	else
		ret = unexpected(scan, "looking for beginning of value");
	scan->depth--;
	return ret;
}

int json_scan(struct span text, struct err *err)
{
	struct scan scan = {
		.at = text.ptr,
		.end = text.ptr ? text.ptr + text.len : NULL,
		.err = err,
	};

	if (scan_value(&scan) != 0)
		return -1;
	skip_space(&scan);
	if (scan.at < scan.end)
		return unexpected(&scan, "after top-level value");
	return 0;
}
