/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/quotas.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

static struct quota *add(struct quotas *quotas, enum quota_kind kind,
	uint32_t unit, uint32_t all)
{
	struct quota *quota = &quotas->items[quotas->count++];

	CHECK(quotas->count <= QUOTAS_MAX);
	*quota = (struct quota){
		.kind = kind,
		.unit = unit,
		.all = all - all % unit,
	};
	return quota;
}

static void add_of_lane(struct quotas *quotas, enum quota_kind kind,
	uint32_t unit, uint32_t all, const struct policy_settings *settings,
	uint16_t lane)
{
	struct quota *quota = add(quotas, kind, unit, all);

	quota->lane = lane;
	snprintf(quota->name, sizeof(quota->name), "%s/%s",
		kind == QUOTA_LANE_SEATS ? "seats" : "qps",
		settings->lanes[lane].name);
}

static void add_of_all(struct quotas *quotas, enum quota_kind kind,
	uint32_t unit, uint32_t all, const char *name)
{
	struct quota *quota = add(quotas, kind, unit, all);

	snprintf(quota->name, sizeof(quota->name), "%s", name);
}

static bool is_divisible(const struct bucket_settings *bucket)
{
	return bucket->is_limited && bucket->milli_qps && bucket->burst;
}

/* A lane's cap on what is heavy. */
static uint32_t *heavy_cap(struct lane_settings *lane, enum quota_kind kind)
{
	return kind == QUOTA_WIDE_LISTS ? &lane->wide_list_seats
					: &lane->large_write_seats;
}

/*
 * One for all lanes: what is counted against their caps is counted in one
 * place.
 */
static void add_heavy(struct quotas *quotas, enum quota_kind kind,
	const struct policy_settings *settings, const char *name)
{
	uint64_t most = 0;

	for (uint32_t i = 0; i < settings->lane_count; i++) {
		struct lane_settings lane = settings->lanes[i];

		most = u64_max(most, *heavy_cap(&lane, kind));
	}
	if (most)
		add_of_all(quotas, kind, SEAT, (uint32_t)most, name);
}

/* A replica's reviews are of its own clients: others need none of them. */
static bool is_of_reviews(const struct policy_settings *settings, uint16_t lane)
{
	for (uint32_t i = 0; i < settings->rule_count; i++) {
		if (settings->rules[i].only_reviews &&
			settings->rules[i].lane == lane)
			return true;
	}
	return false;
}

void quotas_of(
	const struct policy_settings *settings, struct quotas *ret_quotas)
{
	const struct total_settings *total = &settings->total;

	ret_quotas->count = 0;
	add_of_all(ret_quotas, QUOTA_TOTAL, SEAT,
		total->is_adaptive ? total->max : total->initial, "total");
	add_heavy(ret_quotas, QUOTA_WIDE_LISTS, settings, "wideListSeats");
	add_heavy(ret_quotas, QUOTA_LARGE_WRITES, settings, "largeWriteSeats");
	if (is_divisible(&settings->root_bucket))
		add_of_all(ret_quotas, QUOTA_QPS, 1,
			settings->root_bucket.milli_qps, "qps");
	for (uint16_t i = 0; i < settings->lane_count; i++) {
		const struct lane_settings *lane = &settings->lanes[i];

		if (lane->seats_max && !is_of_reviews(settings, i))
			add_of_lane(ret_quotas, QUOTA_LANE_SEATS, SEAT,
				lane->seats_max, settings, i);
		if (is_divisible(&lane->bucket))
			add_of_lane(ret_quotas, QUOTA_LANE_QPS, 1,
				lane->bucket.milli_qps, settings, i);
	}
}

bool quotas_are_same(const struct quotas *a, const struct quotas *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct quota *x = &a->items[i], *y = &b->items[i];

		if (x->kind != y->kind || x->lane != y->lane ||
			x->unit != y->unit || x->all != y->all ||
			strcmp(x->name, y->name) != 0)
			return false;
	}
	return true;
}

uint32_t quota_floor(
	const struct quota *quota, uint32_t floor, uint32_t replicas_max)
{
	uint64_t even = quota->all / replicas_max;
	uint64_t part = (uint64_t)quota->all * floor / 1000 / replicas_max;

	even -= even % quota->unit;
	part -= part % quota->unit;
	return (uint32_t)u64_min(u64_max(part, quota->unit), even);
}

/* ---- as one replica has it ---------------------------------------------- */

static uint32_t in_proportion(
	uint32_t value, const struct quota *quota, uint32_t portion)
{
	return quota->all ? (uint32_t)((uint64_t)value * portion / quota->all)
			  : value;
}

/*
 * Where it does not adapt, `max` bounds nothing but the gates' beginning, which
 * is of the API server and not of the replica.
 */
static void apply_total(const struct quota *quota, uint32_t portion,
	struct policy_settings *settings)
{
	struct total_settings *total = &settings->total;
	struct health_settings *health = &settings->health;
	uint32_t min = in_proportion(total->min, quota, portion);
	uint32_t initial = portion;

	if (total->is_adaptive) {
		total->max = portion;
		initial = in_proportion(total->initial, quota, portion);
	}
	total->initial = (uint32_t)u64_max(initial, SEAT);
	total->min = (uint32_t)u64_min(u64_max(min, SEAT), total->initial);
	health->ramp_start = (uint32_t)u64_max(
		in_proportion(health->ramp_start, quota, portion), SEAT);
}

static void apply_bucket(const struct quota *quota, uint32_t portion,
	struct bucket_settings *bucket)
{
	bucket->burst = (uint32_t)u64_max(
		in_proportion(bucket->burst, quota, portion), 1);
	bucket->milli_qps = portion;
}

static void apply_heavy(const struct quota *quota, uint32_t portion,
	struct policy_settings *settings)
{
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		uint32_t *cap = heavy_cap(&settings->lanes[i], quota->kind);

		if (*cap)
			*cap = (uint32_t)u64_max(
				in_proportion(*cap, quota, portion), SEAT);
	}
}

static void apply(const struct quota *quota, uint32_t portion,
	struct policy_settings *settings)
{
	struct lane_settings *lane = &settings->lanes[quota->lane];

	CHECK(portion <= quota->all);
	switch (quota->kind) {
	case QUOTA_TOTAL:
		apply_total(quota, portion, settings);
		return;
	case QUOTA_WIDE_LISTS:
	case QUOTA_LARGE_WRITES:
		apply_heavy(quota, portion, settings);
		return;
	case QUOTA_LANE_SEATS:
		lane->seats_max = portion;
		return;
	case QUOTA_QPS:
		apply_bucket(quota, portion, &settings->root_bucket);
		return;
	case QUOTA_LANE_QPS:
		apply_bucket(quota, portion, &lane->bucket);
		return;
	}
	CHECK_UNREACHABLE();
}

void quotas_apply(const struct quotas *quotas, const uint32_t *portions,
	uint32_t replicas_max, struct policy_settings *settings)
{
	for (uint32_t i = 0; i < quotas->count; i++)
		apply(&quotas->items[i], portions[i], settings);
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		uint32_t *reserve = &settings->lanes[i].reserve;

		*reserve /= replicas_max;
		/* Less than a seat starts nothing. */
		*reserve -= *reserve % SEAT;
	}
}
