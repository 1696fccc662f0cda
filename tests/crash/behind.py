# SPDX-License-Identifier: Apache-2.0
"""A kubesim behind a network that can be cut, in place of that on loopback."""

import harness
import netns


class Behind(harness.Case):
    ways = 1  # to it; orders have one of their own

    def start_sim(self):
        self.network = netns.Network(self.ways)
        self.addCleanup(self.network.close)
        (self.tmp / "sim").mkdir()
        host = netns.SERVER if self.ways == 1 else "0.0.0.0"
        self.sim = harness.Kubesim(
            self.tmp / "sim", *self.sim_args, listen=f"{host}:0",
            admin=f"{netns.ORDERS}:0", wrapper=self.network.inside)
        self.addCleanup(self.end_sim)
