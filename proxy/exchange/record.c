/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/record.h"

/* The API server's own, and ours; the last stands for any other. */
const uint16_t STATS_CODES[STATS_CODE_COUNT] = { 101, 200, 201, 202, 204, 206,
	301, 302, 304, 307, 308, 400, 401, 403, 404, 405, 406, 409, 410, 413,
	415, 422, 425, 429, 431, 500, 501, 502, 503, 504, 505, 507, 0 };

unsigned stats_code_index(unsigned status)
{
	unsigned low = 0, high = STATS_CODE_COUNT - 1;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (STATS_CODES[middle] < status)
			low = middle + 1;
		else
			high = middle;
	}
	return low < STATS_CODE_COUNT - 1 && STATS_CODES[low] == status
		? low
		: STATS_CODE_COUNT - 1;
}

const char *exchange_end_name(enum exchange_end end)
{
	static const char *const names[EXCHANGE_END_COUNT] = {
		"answered",
		"broken",
		"left",
	};

	return names[end];
}
