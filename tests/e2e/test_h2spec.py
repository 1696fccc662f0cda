#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""B1: every case of h2spec in strict mode.

H2SPEC in the environment is the program; otherwise the one in PATH, or where
`go install` puts it.  It is a Go module, github.com/summerwind/h2spec:

    go install github.com/summerwind/h2spec/cmd/h2spec@v2.2.1

(.ci/run builds it as a module's requirement, which works with more proxies.)
Without it the test is skipped (77).
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import harness


def find():
    go = pathlib.Path(os.environ.get("GOPATH", pathlib.Path.home() / "go"))
    for name in os.environ.get("H2SPEC"), "h2spec", str(go / "bin/h2spec"):
        found = name and shutil.which(name)
        if found:
            return found
    print("h2spec is not here; see the top of this file")
    sys.exit(77)


H2SPEC = find()


class H2spec(harness.Case):
    def test_strict(self):
        # It sends no token: the API server answers 401, which is an answer.
        run = subprocess.run(
            [H2SPEC, "--strict", "--tls", "--insecure", "--host", "127.0.0.1",
             "--port", str(self.fairway.port), "--path", "/version",
             "--timeout", "5"], capture_output=True, text=True)
        closing = re.search(
            r"(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed",
            run.stdout)
        if not closing or closing.group(1) != closing.group(2):
            print(run.stdout)
        self.assertTrue(closing, run.stderr)
        print(closing.group(0), file=sys.stderr)
        self.assertEqual(closing.group(1), closing.group(2))
        self.assertGreaterEqual(int(closing.group(1)), 146)


if __name__ == "__main__":
    harness.main()
