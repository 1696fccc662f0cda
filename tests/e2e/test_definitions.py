#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""definitions.py waits for what kubectl takes for an error, and for nothing
else that is one."""

import pathlib
import shutil
import tempfile
import unittest

from definitions import wait_established

# Says these in turn, and fails; then it is done.
KUBECTL = """#!/bin/sh
cd "{folder}" && echo "$*" >>asked
[ -s says ] || exit 0
head -n 1 says >&2
sed -i 1d says
exit 1
"""
NOT_YET = "error: .status.conditions accessor error: <nil> is of the type <nil>"


class Wait(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.kubectl = self.folder / "kubectl"
        self.kubectl.write_text(KUBECTL.format(folder=self.folder))
        self.kubectl.chmod(0o755)

    def wait(self, *says, **more):
        (self.folder / "says").write_text("".join(
            line + "\n" for line in says))
        wait_established([self.kubectl, "--context", "x"],
                         ["workflows", "cronworkflows"], **more)

    def asked(self):
        return (self.folder / "asked").read_text().splitlines()

    def test_it_asks_again_until_there_are_conditions(self):
        self.wait(NOT_YET, NOT_YET)
        self.assertEqual(self.asked(), 3 * [
            "--context x wait --for=condition=Established --timeout=60s "
            "crd/workflows.argoproj.io crd/cronworkflows.argoproj.io"])

    def test_another_error_is_the_end(self):
        with self.assertRaisesRegex(SystemExit, "timed out"):
            self.wait("error: timed out waiting for the condition", NOT_YET)
        self.assertEqual(len(self.asked()), 1)

    def test_it_does_not_wait_for_ever(self):
        with self.assertRaisesRegex(SystemExit, "accessor"):
            self.wait(*1000 * [NOT_YET], seconds=0)


if __name__ == "__main__":
    unittest.main()
