#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`fairway config schema`: takes what `fairway check` takes, and refuses what
an editor should mark, as JSON Schema's own implementation reads it."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"{error.name} is not installed")
    sys.exit(77)

BUILD = pathlib.Path(os.environ.get("top_builddir", "."))
SOURCE = pathlib.Path(os.environ.get("top_srcdir", "."))
FAIRWAY = BUILD / "fairway"
HEAD = "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"

REFUSED = (
    "lisen: {}",
    "listen: text",
    "listen: {address: [a]}",
    "lanes: {}",
    "lanes: [{order: 3}]",
    "lanes: [{name: Upper_Case, order: 3}]",
    "lanes: [{name: a, order: 3, seats: 0}]",
    "lanes: [{name: a, order: 3, seats: none}]",
    "lanes: [{name: a, order: 3, minShare: 5}]",
    "lanes: [{name: a, order: 3, waitMax: 5}]",
    "lanes: [{name: a, order: 3, waitMax: 5 s}]",
    "lanes: [{name: a, order: 3, queueBytes: 5KB}]",
    "lanes: [{name: a, order: -1}]",
    "lanes: [{name: a, order: 1.5}]",
    "rules: [{name: a, lane: b, verbs: [GET]}]",
    "rules: [{name: a, lane: b, verbs: get}]",
    "rules: [{name: a, lane: b, namespaces: [1]}]",
    "admin: {enabled: 1}",
    "upstream: {servers: ['http://a']}",
    "log: {level: loud}",
    "mode: shadow",
    "budget: {qps: fast}",
)

TAKEN = (
    "lanes: [{name: a, order: 3, seats: unlimited, qps: 2.5, burst: 3}]",
    "lanes: [{name: a, order: 3, waitMax: unlimited, queueBytes: 1024}]",
    "lanes: [{name: a, order: 3, waitMax: 1h30m, minShare: 2.5%}]",
    "rules: [{name: a, lane: writes, verbs: ['*'], maxBodyBytes: 4Ki}]",
    "log:",
    "listen: {address: }",
)


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        said = subprocess.run([FAIRWAY, "config", "schema"], check=True,
                              capture_output=True).stdout
        cls.schema = json.loads(said)
        jsonschema.Draft202012Validator.check_schema(cls.schema)
        cls.validator = jsonschema.Draft202012Validator(cls.schema)

    def errors(self, text):
        return [error.message for error in
                self.validator.iter_errors(yaml.safe_load(text))]

    def check(self, text):
        return subprocess.run([FAIRWAY, "check", "/dev/stdin"],
                              input=text.encode(),
                              capture_output=True).returncode

    def test_examples_are_taken(self):
        examples = sorted(SOURCE.glob("conf/examples/*.yaml"))
        self.assertGreater(len(examples), 3)
        for path in examples:
            self.assertEqual(self.errors(path.read_text()), [], path)

    def test_the_defaults_are_taken(self):
        said = subprocess.run([FAIRWAY, "config", "defaults"], check=True,
                              capture_output=True).stdout
        self.assertEqual(self.errors(said.decode()), [])

    def test_both_refuse(self):
        for text in ("", "kind: Configuration\n", *(HEAD + t for t in REFUSED)):
            self.assertNotEqual(self.errors(text), [], text)
            self.assertEqual(self.check(text), 2, text)

    def test_both_take(self):
        for text in TAKEN:
            self.assertEqual(self.errors(HEAD + text), [], text)
            self.assertEqual(self.check(HEAD + text), 0, text)

    def test_every_key_is_there_and_explained(self):
        """Those of the reference page."""
        page = (SOURCE / "docs/configuration.md").read_text()

        def keys(schema, prefix):
            for name, inner in schema.get("properties", {}).items():
                path = f"{prefix}{name}"
                yield path
                self.assertTrue(inner["description"], path)
                for one in inner.get("anyOf", ()):
                    yield from keys(one, path + ".")
                    yield from keys(one.get("items", {}), path + "[].")

        found = list(keys(self.schema, ""))
        self.assertGreater(len(found), 100)
        for path in found:
            self.assertTrue(f"| `{path}` |" in page or
                            f"\n## {path}\n" in page, path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
