/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any lines as a log: each is a request or passed over for a reason, all that
 * came is started, refused, gone or still waiting in the end, and the same
 * comes of it twice.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "proxy/simulate/rehearsal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct recording *read_lines(const uint8_t *data, size_t size)
{
	struct recording *recording = recording_new();
	struct span rest = span_of(data, size);

	while (rest.len)
		recording_add_line(recording, span_cut(&rest, '\n'));
	recording_finish(recording);
	CHECK(recording->count == recording->lines[LINE_REQUEST]);
	for (size_t i = 1; i < recording->count; i++)
		CHECK(recording->requests[i].at >=
			recording->requests[i - 1].at);
	return recording;
}

static void check_sums(
	const struct rehearsal *rehearsal, const struct recording *recording)
{
	uint64_t arrived = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rehearsal->lanes); i++) {
		const struct lane_outcome *lane = &rehearsal->lanes[i];

		arrived += lane->arrived;
		CHECK(lane->started <= lane->arrived);
		CHECK(lane->started + lane->refused_sum + lane->left +
				lane->waiting >=
			lane->arrived);
	}
	CHECK(arrived == recording->count);
}

static void play(const struct recording *recording, struct buf *ret_json)
{
	struct policy_settings *policy = xmalloc(sizeof(*policy));
	struct rehearsal *rehearsal = xcalloc(1, sizeof(*rehearsal));
	struct rehearsal_settings settings = { .policy = policy };

	policy_settings_default(policy);
	policy->requests_max = 100;
	rehearsal_play(rehearsal, recording, &settings);
	check_sums(rehearsal, recording);
	rehearsal_write_json(rehearsal, recording, ret_json);
	rehearsal_write_table(rehearsal, recording, ret_json);
	rehearsal_fini(rehearsal);
	free(rehearsal);
	free(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording *recording = read_lines(data, size);
	struct buf first = BUF_INIT, second = BUF_INIT;

	play(recording, &first);
	play(recording, &second);
	CHECK(buf_len(&first) == buf_len(&second));
	CHECK(!memcmp(first.data, second.data, buf_len(&first)));
	buf_fini(&first);
	buf_fini(&second);
	recording_free(recording);
	return 0;
}
