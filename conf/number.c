/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/units.h"
#include "policy/settings.h"

#define UNLIMITED "unlimited"

/* How a numeric type is written, and how wide it is stored. */
struct form {
	int (*parse)(struct span text, uint64_t *ret_number);
	void (*format)(uint64_t number, struct buf *text);
	const char *noun;   /* before a range: "a duration from " */
	const char *suffix; /* what a bare number may lack */
	const char *example;
	bool is_bare; /* a number to YAML too: never in quotes */
	size_t width; /* of what is stored; 0: struct bucket_settings */
};

/* "2.5" is 2500: at most three digits behind the point. */
static int parse_thousandths(struct span s, uint64_t *ret_number)
{
	struct span whole = span_cut(&s, '.');
	uint64_t number, part = 0;
	size_t digits = s.len;

	if (span_to_u64(whole, &number) || number > UINT32_MAX)
		return -1;
	if (!span_is_absent(s)) {
		if (digits < 1 || digits > 3 || span_to_u64(s, &part))
			return -1;
		for (; digits < 3; digits++)
			part *= 10;
	}
	*ret_number = number * 1000 + part;
	return 0;
}

static void format_thousandths(uint64_t number, struct buf *text)
{
	unsigned part = (unsigned)(number % 1000);

	buf_printf(text, "%" PRIu64, number / 1000);
	if (!part)
		return;
	if (part % 100 == 0)
		buf_printf(text, ".%u", part / 100);
	else if (part % 10 == 0)
		buf_printf(text, ".%02u", part / 10);
	else
		buf_printf(text, ".%03u", part);
}

/* "2.5%" is 25: thousandths of the whole. */
static int parse_percent(struct span s, uint64_t *ret_number)
{
	uint64_t number;

	if (!span_ends_with(s, SPAN("%")))
		return -1;
	s.len--;
	if (parse_thousandths(s, &number) || number % 100)
		return -1;
	*ret_number = number / 100;
	return 0;
}

static void format_percent(uint64_t number, struct buf *text)
{
	format_thousandths(number * 100, text);
	buf_append_str(text, "%");
}

static void format_int(uint64_t number, struct buf *text)
{
	buf_printf(text, "%" PRIu64, number);
}

static void format_duration(uint64_t number, struct buf *text)
{
	char duration[UNITS_DURATION_CAP];

	units_format_duration(number, duration, sizeof(duration));
	buf_append_str(text, duration);
}

static void format_quantity(uint64_t number, struct buf *text)
{
	static const char PREFIX[] = "KMGT";
	size_t i = 0;

	for (; i < sizeof(PREFIX) - 1 && number && number % 1024 == 0; i++)
		number /= 1024;
	buf_printf(text, "%" PRIu64, number);
	if (i)
		buf_printf(text, "%ci", PREFIX[i - 1]);
}

/* What several types share. */
#define THOUSANDTHS_FORM                                                      \
	.parse = parse_thousandths, .format = format_thousandths, .noun = "", \
	.is_bare = true, .example = "8 or 2.5"
#define DURATION_FORM                                             \
	.parse = units_parse_duration, .format = format_duration, \
	.noun = "a duration from ", .suffix = "s",                \
	.example = "250ms, 30s or 1h30m"
#define QUANTITY_FORM                                             \
	.parse = units_parse_quantity, .format = format_quantity, \
	.noun = "a size from ", .example = "65536, 64Ki or 10Mi"

static const struct form FORMS[] = {
	[SCHEMA_INT] = { .parse = span_to_u64,
		.format = format_int,
		.noun = "",
		.is_bare = true,
		.width = sizeof(uint32_t) },
	[SCHEMA_BURST] = { .parse = span_to_u64,
		.format = format_int,
		.noun = "",
		.is_bare = true },
	[SCHEMA_THOUSANDTHS] = { THOUSANDTHS_FORM, .width = sizeof(uint32_t) },
	[SCHEMA_QPS] = { THOUSANDTHS_FORM },
	[SCHEMA_PERCENT] = { .parse = parse_percent,
		.format = format_percent,
		.noun = "",
		.suffix = "%",
		.example = "10% or 2.5%",
		.width = sizeof(uint32_t) },
	[SCHEMA_DURATION] = { DURATION_FORM, .width = sizeof(uint64_t) },
	[SCHEMA_DURATION32] = { DURATION_FORM, .width = sizeof(uint32_t) },
	[SCHEMA_QUANTITY] = { QUANTITY_FORM, .width = sizeof(uint64_t) },
	[SCHEMA_QUANTITY32] = { QUANTITY_FORM, .width = sizeof(uint32_t) },
};

bool number_is_type(enum schema_type type)
{
	return type < ARRAY_SIZE(FORMS) && FORMS[type].parse;
}

void number_describe(const struct schema_key *key, struct buf *ret_text)
{
	const struct form *form = &FORMS[key->type];

	buf_append_str(ret_text, form->noun);
	form->format(key->min, ret_text);
	buf_append_str(ret_text, " to ");
	form->format(key->max, ret_text);
	if (key->flags & SCHEMA_UNLIMITED)
		buf_append_str(ret_text, ", or " UNLIMITED);
}

static int refuse(const struct schema_key *key, const char *shown,
	const char *cure, struct err *err)
{
	struct buf what = BUF_INIT;

	number_describe(key, &what);
	err_set(err, "must be %s, is %s%s", buf_cstr(&what), shown, cure);
	buf_fini(&what);
	return -1;
}

/* It is no number of that form: say what it was perhaps meant to be. */
static int refuse_text(const struct schema_key *key,
	const struct value_text *value, struct err *err)
{
	const struct form *form = &FORMS[key->type];
	struct buf shown = BUF_INIT;
	char cure[64] = "";
	uint64_t number;

	node_quote(value->text, &shown);
	if (form->suffix && !span_to_u64(value->text, &number))
		snprintf(cure, sizeof(cure),
			"; did you mean \"%" PRIu64 "%s\"?", number,
			form->suffix);
	else if (form->is_bare && !value->is_plain &&
		!form->parse(value->text, &number))
		snprintf(cure, sizeof(cure), "; write it without quotes");
	else if (form->example)
		snprintf(cure, sizeof(cure), "; write it as in %s",
			form->example);
	refuse(key, buf_cstr(&shown), cure, err);
	buf_fini(&shown);
	return -1;
}

static void store(const struct schema_key *key, uint64_t number, void *at)
{
	struct bucket_settings *bucket = at;

	switch (FORMS[key->type].width) {
	case sizeof(uint64_t):
		*(uint64_t *)at = number;
		return;
	case sizeof(uint32_t):
		*(uint32_t *)at = (uint32_t)number;
		return;
	}
	if (key->type == SCHEMA_BURST) {
		bucket->burst = (uint32_t)number;
		return;
	}
	*bucket = (struct bucket_settings){
		.is_limited = true,
		.milli_qps = (uint32_t)number,
		/* What one second brings, and at least one. */
		.burst = (uint32_t)u64_max(1, (number + 999) / 1000),
	};
}

static void store_unlimited(const struct schema_key *key, void *at)
{
	if (key->type == SCHEMA_QPS)
		*(struct bucket_settings *)at = (struct bucket_settings){ 0 };
	else
		store(key, key->unlimited, at);
}

int number_parse(const struct schema_key *key, const struct value_text *value,
	void *ret_value, struct err *err)
{
	const struct form *form = &FORMS[key->type];
	const struct bucket_settings *bucket = ret_value;
	uint64_t number;

	if ((key->flags & SCHEMA_UNLIMITED) &&
		span_eq(value->text, SPAN(UNLIMITED))) {
		store_unlimited(key, ret_value);
		return 0;
	}
	if ((form->is_bare && !value->is_plain) ||
		form->parse(value->text, &number))
		return refuse_text(key, value, err);
	if (number < key->min || number > key->max) {
		struct buf shown = BUF_INIT;

		buf_append_span(&shown, value->text);
		refuse(key, buf_cstr(&shown), "", err);
		buf_fini(&shown);
		return -1;
	}
	if (key->type == SCHEMA_BURST && !bucket->is_limited)
		return err_set(err,
			"has no meaning without a rate; set the "
			"qps that it belongs to, or remove it");
	store(key, number, ret_value);
	return 0;
}

uint64_t number_value(const struct schema_key *key, const void *value)
{
	const struct form *form = &FORMS[key->type];

	if (form->width == sizeof(uint64_t))
		return *(const uint64_t *)value;
	if (form->width == sizeof(uint32_t))
		return *(const uint32_t *)value;
	return 0;
}

bool number_format(
	const struct schema_key *key, const void *value, struct buf *ret_text)
{
	const struct form *form = &FORMS[key->type];
	const struct bucket_settings *bucket = value;
	uint64_t number = number_value(key, value);
	bool is_unlimited = number == key->unlimited;

	if (!form->width) {
		is_unlimited = !bucket->is_limited;
		if (is_unlimited && key->type == SCHEMA_BURST)
			return false;
		number = key->type == SCHEMA_QPS ? bucket->milli_qps
						 : bucket->burst;
	}
	if ((key->flags & SCHEMA_UNLIMITED) && is_unlimited)
		buf_append_str(ret_text, UNLIMITED);
	else
		form->format(number, ret_text);
	return true;
}
