#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `fairway explain` says of a request is what becomes of it: every vector
goes through Fairway, and its line of the access log is compared."""

import base64
import json
import os
import pathlib
import shlex
import subprocess

import harness

VECTORS = (pathlib.Path(os.environ["top_srcdir"]) /
           "tests/vectors/finalizers.jsonl")


def fields_of(line):
    """A line of the log, as a dictionary."""
    return dict(word.split("=", 1) for word in shlex.split(line))


class Agrees(harness.Case):
    config = "log: {level: debug}\n"

    def setUp(self):
        super().setUp()
        # Nothing is there, and so nothing is remembered of any object.
        self.sim.fault(action="status", code=404, match={"path": "/api"})
        self.connection = self.client()

    def send(self, vector):
        """Returns what the access log says of it."""
        body = vector.get("body") or ""
        body = (base64.b64decode(body)
                if vector.get("body_encoding") == "base64" else body.encode())
        headers = [(name.replace("_", "-"), vector[name])
                   for name in ("content_type", "content_encoding")
                   if vector.get(name)]
        start = len(self.fairway.lines)
        stream = self.connection.request(
            vector["method"], vector["path"], headers, body or None)
        self.assertLess(stream.status, 500)
        line = self.fairway.wait_line("(.*msg=\"request\".*)", start)
        return fields_of(line.group(1))

    def explain(self, path):
        done = subprocess.run(
            [harness.FAIRWAY, "explain", "--requests", path, "-o", "json"],
            capture_output=True, check=True, text=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_every_vector(self):
        vectors = [json.loads(line)
                   for line in VECTORS.read_text().splitlines()]
        # From here on it is known whose requests they are.
        self.send({"method": "GET", "path": "/api/v1/pods"})
        flows = {}
        for vector, said in zip(vectors, self.explain(VECTORS)):
            with self.subTest(vector["id"]):
                self.assertEqual(said["id"], vector["id"])
                done = self.send(vector)
                for key in "verb", "effect", "rule", "lane", "path":
                    self.assertEqual(done[key], said[key], key)
                self.assertEqual(
                    done["finalizers"],
                    ",".join(said["finalizers"]) or "-")
                # Flows are hashes here and texts there: one for one.
                self.assertEqual(
                    flows.setdefault(said["flow"], done["flow"]),
                    done["flow"], said["flow"])
        self.assertEqual(len(set(flows.values())), len(flows))
        self.assertGreater(len(flows), 3)
        self.assertGreater(len(vectors), 100)


if __name__ == "__main__":
    harness.main()
