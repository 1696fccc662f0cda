#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The alert rules and the metrics, as Prometheus' own promtool reads them."""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import harness
from harness import MERGE_PATCH, pod, removal

if not shutil.which("promtool"):
    print("promtool is not installed (Debian's package prometheus)")
    sys.exit(77)

SOURCE = pathlib.Path(os.environ.get("top_srcdir", "."))


def promtool(*args, text=None):
    done = subprocess.run(["promtool", *args], input=text,
                          capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class Rules(unittest.TestCase):
    def test_they_are_rules(self):
        status, said = promtool(
            "check", "rules", SOURCE / "docs/monitoring/fairway-alerts.yaml")
        self.assertEqual(status, 0, said)

    def test_each_fires_on_what_it_is_for(self):
        status, said = promtool(
            "test", "rules", SOURCE / "tests/e2e/alerts-test.yaml")
        self.assertEqual(status, 0, said)


class Metrics(harness.Case):
    def test_promtool_has_nothing_to_say(self):
        """It also knows what good names are."""
        self.client().request("PATCH", pod("none"), [MERGE_PATCH], removal())
        status, said = promtool(
            "check", "metrics", text=self.fairway.admin_get("/metrics"))
        self.assertEqual((status, said), (0, ""))


if __name__ == "__main__":
    harness.main()
