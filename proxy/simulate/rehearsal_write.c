/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/json_quote.h"
#include "policy/kept_by.h"
#include "proxy/observe/table.h"
#include "proxy/simulate/rehearsal.h"

static double seconds(usec_t time)
{
	return (double)time / (double)USEC_PER_SEC;
}

/* Used on the average, over all of the recording. */
static double mean_seats(
	const struct rehearsal *rehearsal, const struct lane_outcome *lane)
{
	return rehearsal->span ? (double)lane->seat_usec /
			(double)SEAT / (double)rehearsal->span
			       : 0;
}

static bool is_of_interest(const struct lane_outcome *lane)
{
	return lane->arrived || lane->was_arrived;
}

static uint64_t lines_in_all(const struct recording *recording)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < LINE_KIND_COUNT; i++)
		sum += recording->lines[i];
	return sum;
}

/* ---- for programs -------------------------------------------------------- */

static void write_waits(
	const char *key, const struct histogram *waits, struct buf *out)
{
	buf_printf(out,
		"\"%s\":{\"count\":%" PRIu64
		",\"p50\":%.6f,\"p99\":%.6f,\"max\":%.6f}",
		key, waits->count, seconds(histogram_at(waits, 500)),
		seconds(histogram_at(waits, 990)), seconds(waits->max));
}

static void write_counts(const char *key, const uint64_t *counts,
	unsigned count, const char *(*name)(unsigned), struct buf *out)
{
	const char *separator = "";

	buf_printf(out, "\"%s\":{", key);
	for (unsigned i = 1; i < count; i++) {
		if (!counts[i])
			continue;
		buf_printf(out, "%s\"%s\":%" PRIu64, separator, name(i),
			counts[i]);
		separator = ",";
	}
	buf_append_str(out, "}");
}

static const char *verdict_word(unsigned verdict)
{
	return verdict_info((enum verdict)verdict)->word;
}

static const char *kept_by_word(unsigned kept_by)
{
	return kept_by_name((enum kept_by)kept_by);
}

static const char *line_word(unsigned kind)
{
	return line_kind_word((enum line_kind)kind);
}

static void write_lane(const struct rehearsal *rehearsal, uint32_t index,
	struct buf *out)
{
	const struct lane_outcome *lane = &rehearsal->lanes[index];

	buf_append_str(out, "{\"name\":");
	json_append_quoted(out, span_str(rehearsal->policy->lanes[index].name),
		SIZE_MAX);
	buf_printf(out,
		",\"arrived\":%" PRIu64 ",\"started\":%" PRIu64
		",\"left\":%" PRIu64 ",",
		lane->arrived, lane->started, lane->left);
	write_counts("refused", lane->refused, VERDICT_COUNT, verdict_word,
		out);
	buf_append_str(out, ",");
	write_waits("waitSeconds", &lane->waits, out);
	buf_printf(out,
		",\"seats\":%.3f,\"inFlightMax\":%" PRIu32
		",\"waitingMax\":%" PRIu32 ",",
		mean_seats(rehearsal, lane), lane->in_flight_max,
		lane->waiting_max);
	write_counts("keptBy", lane->kept_by, KEPT_BY_COUNT, kept_by_word,
		out);
	buf_printf(out,
		",\"recorded\":{\"arrived\":%" PRIu64 ",\"started\":%" PRIu64
		",\"refused\":%" PRIu64 ",",
		lane->was_arrived, lane->was_started, lane->was_refused);
	write_waits("waitSeconds", &lane->was_waits, out);
	buf_append_str(out, "}}");
}

static void write_recording(const struct rehearsal *rehearsal,
	const struct recording *recording, struct buf *out)
{
	buf_printf(out,
		"\"recording\":{\"lines\":%" PRIu64
		",\"requests\":%zu,\"seconds\":%.6f,",
		lines_in_all(recording), recording->count,
		seconds(rehearsal->span));
	/* LINE_REQUEST is 0 and left out. */
	write_counts("passedOver", recording->lines, LINE_KIND_COUNT,
		line_word, out);
	buf_printf(out,
		",\"bodyNotRead\":%zu,\"ofASample\":%zu"
		",\"timeGuessed\":%zu"
		",\"moreThanOneAttempt\":%zu,\"laneNotThere\":%" PRIu64 "}",
		recording->unread, recording->sampled, recording->guessed,
		recording->again,
		rehearsal->foreign);
}

void rehearsal_write_json(const struct rehearsal *rehearsal,
	const struct recording *recording, struct buf *ret_json)
{
	const char *separator = "";

	buf_append_str(ret_json, "{");
	write_recording(rehearsal, recording, ret_json);
	buf_printf(ret_json,
		",\"inFlightMax\":%" PRIu32 ",\"unfinished\":%" PRIu64
		",\"lanes\":[",
		rehearsal->in_flight_max, rehearsal->unfinished);
	for (uint32_t i = 0; i < rehearsal->policy->lane_count; i++) {
		if (!is_of_interest(&rehearsal->lanes[i]))
			continue;
		buf_append_str(ret_json, separator);
		write_lane(rehearsal, i, ret_json);
		separator = ",";
	}
	buf_append_str(ret_json, "]}\n");
}

/* ---- for people ---------------------------------------------------------- */

static void append_count(struct buf *out, uint64_t count)
{
	char cell[TABLE_CELL_CAP];

	table_format_count((double)count, cell);
	buf_printf(out, " %7s", cell);
}

static void append_waits(struct buf *out, const struct histogram *waits)
{
	static const unsigned POINTS[] = { 500, 990, 1000 };
	char cell[TABLE_CELL_CAP];

	for (size_t i = 0; i < ARRAY_SIZE(POINTS); i++) {
		table_format_wait(waits->count
				? seconds(histogram_at(waits, POINTS[i]))
				: -1,
			cell);
		buf_printf(out, " %6s", cell);
	}
}

static void append_row(const struct rehearsal *rehearsal, uint32_t index,
	struct buf *out)
{
	const struct lane_outcome *lane = &rehearsal->lanes[index];

	buf_printf(out, "%-18s", rehearsal->policy->lanes[index].name);
	append_count(out, lane->arrived);
	append_count(out, lane->refused_sum);
	append_count(out, lane->left);
	append_waits(out, &lane->waits);
	buf_printf(out, " %5.1f %4" PRIu32 " %5" PRIu32 "\n",
		mean_seats(rehearsal, lane), lane->in_flight_max,
		lane->waiting_max);
}

static void append_lanes(const struct rehearsal *rehearsal, struct buf *out)
{
	buf_printf(out, "%-18s %7s %7s %7s %6s %6s %6s %5s %4s %5s\n", "LANE",
		"ARRIVED", "REFUSED", "LEFT", "P50", "P99", "MAX", "SEATS",
		"RUN", "QUEUE");
	for (uint32_t i = 0; i < rehearsal->policy->lane_count; i++) {
		if (is_of_interest(&rehearsal->lanes[i]))
			append_row(rehearsal, i, out);
	}
}

static bool was_recorded(const struct rehearsal *rehearsal)
{
	for (uint32_t i = 0; i < rehearsal->policy->lane_count; i++) {
		if (rehearsal->lanes[i].was_arrived)
			return true;
	}
	return false;
}

/* As it was, where the log is Fairway's. */
static void append_was(const struct rehearsal *rehearsal, struct buf *out)
{
	if (!was_recorded(rehearsal))
		return;
	buf_printf(out, "\n%-18s %7s %7s %7s %6s %6s %6s\n", "AS IT WAS",
		"ARRIVED", "REFUSED", "", "P50", "P99", "MAX");
	for (uint32_t i = 0; i < rehearsal->policy->lane_count; i++) {
		const struct lane_outcome *lane = &rehearsal->lanes[i];

		if (!lane->was_arrived)
			continue;
		buf_printf(out, "%-18s", rehearsal->policy->lanes[i].name);
		append_count(out, lane->was_arrived);
		append_count(out, lane->was_refused);
		buf_printf(out, " %7s", "");
		append_waits(out, &lane->was_waits);
		buf_append_str(out, "\n");
	}
}

static void append_refusals(const struct rehearsal *rehearsal, struct buf *out)
{
	const char *head = "\nRefused: ";

	for (uint32_t i = 0; i < rehearsal->policy->lane_count; i++) {
		const struct lane_outcome *lane = &rehearsal->lanes[i];

		for (unsigned v = 0; v < VERDICT_COUNT; v++) {
			if (!lane->refused[v])
				continue;
			buf_printf(out, "%s%" PRIu64 " of %s (%s)", head,
				lane->refused[v],
				rehearsal->policy->lanes[i].name,
				verdict_word(v));
			head = ",\n         ";
		}
	}
	if (*head == ',')
		buf_append_str(out, "\n");
}

static void append_note(struct buf *out, uint64_t count, const char *text)
{
	if (count)
		buf_printf(out, "%8" PRIu64 "  %s\n", count, text);
}

void rehearsal_write_table(const struct rehearsal *rehearsal,
	const struct recording *recording, struct buf *ret_table)
{
	append_lanes(rehearsal, ret_table);
	append_was(rehearsal, ret_table);
	append_refusals(rehearsal, ret_table);
	buf_printf(ret_table,
		"\n%8zu  requests in %.1f s, of %" PRIu64 " lines\n",
		recording->count, seconds(rehearsal->span),
		lines_in_all(recording));
	for (unsigned i = LINE_REQUEST + 1; i < LINE_KIND_COUNT; i++)
		append_note(ret_table, recording->lines[i],
			line_kind_text((enum line_kind)i));
	append_note(ret_table, recording->unread,
		"not classified by their bodies, which are not in the log");
	/* Where all are of one, and not at debug with the rest. */
	if (recording->sampled == recording->count)
		append_note(ret_table, recording->sampled,
			"of a sample: the rest is missing, unless "
			"log.accessSample is 100%");
	append_note(ret_table, recording->guessed,
		"whose time at the API server is not known: taken from others");
	append_note(ret_table, recording->again,
		"that were sent more than once: here once");
	append_note(ret_table, rehearsal->foreign,
		"recorded in lanes that this configuration does not have");
	append_note(ret_table, rehearsal->unfinished,
		"still waiting an hour behind the last one");
}
