#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the documentation says can be followed: its links lead somewhere, its
commands and options are there, its configurations are right."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml
except ImportError:
    print("python3-yaml is not installed")
    sys.exit(77)

SOURCE = pathlib.Path(os.environ.get("top_srcdir", ".")).resolve()
PROGRAM = (pathlib.Path(os.environ.get("top_builddir", ".")) /
           "fairway").resolve()
DOCS = SOURCE / "docs"
PAGES = sorted([SOURCE / "README.md", SOURCE / "CHANGELOG.md",
                *SOURCE.glob("tests/**/README.md"), *DOCS.rglob("*.md")])

LINK = re.compile(r"(?<!`)\[[^]\[]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"\bfairway +([a-z][a-z-]+)\b([^`|\n]*)")
HEAD = "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"


def fairway(*args):
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True,
                          check=False)


def without_blocks(text):
    return BLOCK.sub("", text)


def headings(page):
    """Those of level two and three, as they are written."""
    return re.findall(r"^##+ (.*)$", without_blocks(page.read_text()),
                      re.MULTILINE)


def anchor(heading):
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


class Links(unittest.TestCase):
    def test_each_leads_somewhere(self):
        for page in PAGES:
            for target in LINK.findall(without_blocks(page.read_text())):
                if "://" in target:
                    continue
                path, _, part = target.partition("#")
                other = (page.parent / path).resolve() if path else page
                self.assertTrue(other.exists(), f"{page}: {target}")
                if part:
                    self.assertIn(part, map(anchor, headings(other)),
                                  f"{page}: {target}")

    def test_each_page_is_in_the_index(self):
        index = (DOCS / "README.md").read_text()
        for page in DOCS.glob("*.md"):
            if page.name != "README.md":
                self.assertIn(f"({page.name}", index)

    def test_contents_are_headings(self):
        """Where a page begins with them: "This · That"."""
        found = 0
        for page in DOCS.glob("*.md"):
            line = page.read_text().split("\n")[2]
            if " · " in line:
                found += 1
                known = headings(page)
                at = [known.index(name) if name in known else name
                      for name in line.split(" · ")]
                self.assertNotIn(str, [type(one) for one in at], (page, at))
                self.assertEqual(at, sorted(at), page)
        self.assertGreater(found, 5)


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.help = {}
        for name in re.findall(r"^  ([a-z-]+) ", fairway("--help").stdout,
                               re.MULTILINE):
            cls.help[name] = fairway(name, "--help").stdout

    def assert_known(self, text, place):
        for name, rest in COMMAND.findall(text):
            if name == "metrics-reference":  # for who builds the docs
                continue
            self.assertIn(name, list(self.help),
                          f"{place}: fairway {name}{rest}")
            for option in re.findall(r"(?<=\s)--[a-z][a-z-]*", rest):
                self.assertIn(option, self.help[name] + "--help",
                              f"{place}: fairway {name}{rest}")

    def test_each_is_there(self):
        found = 0
        for page in PAGES:
            text = page.read_text()
            spans = re.findall(r"`(fairway [^`\n]+)`", without_blocks(text))
            blocks = [body for kind, body in BLOCK.findall(text)
                      if kind in ("", "sh")]
            for line in spans + [line.strip().removeprefix("$ ")
                                 for body in blocks
                                 for line in body.splitlines()]:
                if line.startswith("fairway ") and "[" not in line:
                    found += 1
                    self.assert_known(line, page)
        self.assertGreater(found, 100)


class Configurations(unittest.TestCase):
    def setUp(self):
        keys = fairway("config", "defaults").stdout
        self.keys = set(re.findall(r"^(?:# ?)?([a-z]\w*):", keys,
                                   re.MULTILINE))
        self.assertIn("lanes", self.keys)

    def test_each_is_right(self):
        found = 0
        for page in DOCS.rglob("*.md"):
            for kind, body in BLOCK.findall(page.read_text()):
                if kind not in ("", "yaml"):
                    continue
                try:
                    config = yaml.safe_load(body)
                except yaml.YAMLError:
                    continue
                if not isinstance(config, dict) or \
                        not self.keys.issuperset(
                            set(config) - {"apiVersion", "kind"}) or \
                        config.get("kind", "Configuration") != "Configuration":
                    continue
                found += 1
                with tempfile.NamedTemporaryFile(
                        "w", suffix=".yaml") as file:
                    file.write(body if "kind" in config else HEAD + body)
                    file.flush()
                    said = fairway("check", file.name)
                self.assertEqual(said.returncode, 0,
                                 f"{page}: {body}: {said.stderr}")
        self.assertGreater(found, 5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
