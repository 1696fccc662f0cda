# SPDX-License-Identifier: Apache-2.0
"""client-go's informer as a process: ./informer/main.go."""

import re
import time

import harness
import install


class Informer(harness.Process):
    def __init__(self, kubeconfig, namespace="argo"):
        super().__init__(
            [install.go_program("informer"), "--kubeconfig", kubeconfig,
             "--namespace", namespace], "informer", "stdout")

    def wait_watch(self):
        """It has its list, and watches."""
        self.wait_line("^hears 200 of watch")
        self.lists_at_first = self.lists()

    def lists(self):
        """How often it asked for all that is there."""
        return sum(bool(re.match("asks (list|watchlist) ", line))
                   for line in self.lines)

    def read_until(self, moment):
        """Takes what it says until then."""
        while time.monotonic() < moment:
            self.read_lines(max(0, moment - time.monotonic()))
