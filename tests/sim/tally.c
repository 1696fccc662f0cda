/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/tally.h"

usec_t tally_latency(const struct tally *tally, unsigned thousandths)
{
	return histogram_at(&tally->latencies, thousandths);
}
