/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "proxy/sweep/metrics.h"
#include "proxy/sweep/target.h"

Test(metrics, of_a_sweep)
{
	struct sweep_target target = { .rule_name = "argo", .carriers = 9 };
	struct sweep_candidate candidates[] = {
		{ .target = &target, .verdict = SWEEP_GONE,
			.result = SWEEP_REMOVED },
		{ .target = &target, .verdict = SWEEP_GONE,
			.result = SWEEP_REMOVED },
		{ .target = &target, .verdict = SWEEP_FINISHED,
			.result = SWEEP_SIGHTED },
	};
	struct sweep_outcome outcome = {
		.is_applied = true,
		.ended_at = 1796050800,
		.took = 1234567,
		.succeeded_at = 1796050000,
	};
	struct sweep_report report;
	struct buf text = BUF_INIT;

	sweep_report_init(&report);
	list_push_back(&report.targets, &target.node);
	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		list_push_back(&report.candidates, &candidates[i].node);
	report.removed = 2;
	report.kept[SWEEP_RUNNING] = 4;
	sweep_metrics_format(&report, &outcome, &text);
	cr_expect(strstr(buf_cstr(&text),
		"fairway_sweep_candidates{rule=\"argo\",proof=\"gone\","
		"result=\"removed\"} 2\n"
		"fairway_sweep_candidates{rule=\"argo\",proof=\"finished\","
		"result=\"sighted\"} 1\n"));
	cr_expect(strstr(buf_cstr(&text),
		"fairway_sweep_objects{rule=\"argo\"} 9\n"));
	cr_expect(strstr(buf_cstr(&text),
		"fairway_sweep_kept{reason=\"running\"} 4\n"));
	cr_expect(strstr(buf_cstr(&text),
		"fairway_sweep_duration_seconds 1.234\n"));
	/* It failed: an earlier one was the last that did not. */
	cr_expect(strstr(buf_cstr(&text), "_success_timestamp_seconds "
					  "1796050000\n"));
	outcome.is_whole = true;
	buf_clear(&text);
	sweep_metrics_format(&report, &outcome, &text);
	cr_expect(strstr(buf_cstr(&text), "_success_timestamp_seconds "
					  "1796050800\n"));
	buf_fini(&text);
}
