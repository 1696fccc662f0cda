#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/monitoring/ says of metrics is so, and each alert has its page,
its test and its place in the documentation."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

try:
    import yaml
except ImportError:
    print("python3-yaml is not installed")
    sys.exit(77)

BUILD = pathlib.Path(os.environ.get("top_builddir", "."))
SOURCE = pathlib.Path(os.environ.get("top_srcdir", "."))
DOCS = SOURCE / "docs"
RULES = DOCS / "monitoring/fairway-alerts.yaml"
RUNBOOKS = DOCS / "runbooks"

NAME = re.compile(r"\b(?:fairway|process)_[a-z0-9_]+")
SELECTOR = re.compile(r"\b((?:fairway|process)_[a-z0-9_]+)\{([^}]*)\}")
GROUPING = re.compile(r"\b(?:by|without|on|ignoring) *\(([^)]*)\)")
# Those that Prometheus adds.
ADDED = {"job", "instance"}


def known_metrics():
    """{name: (type, labels)} of the program's own table."""
    text = subprocess.run([BUILD / "fairway", "metrics-reference"],
                          capture_output=True, text=True, check=True).stdout
    known = {}
    for name, kind, labels in re.findall(
            r"^\| `(\w+)` \| (\w+) \| ([\w, ]*) \|", text, re.MULTILINE):
        labels = set(filter(None, labels.split(", ")))
        known[name] = labels
        if kind == "histogram":
            for suffix, more in (("_bucket", {"le"}), ("_sum", set()),
                                 ("_count", set())):
                known[name + suffix] = labels | more
    return known


def complaints(query, known):
    """What a query says of metrics that is not so."""
    found = []
    bare = re.sub(r'"[^"]*"', '""', query)
    for name in NAME.findall(bare):
        if name not in known:
            found.append(f"there is no {name}")
    for name, matchers in SELECTOR.findall(bare):
        for label in re.findall(r"(\w+) *[!=]", matchers):
            if label not in known.get(name, set()) | ADDED:
                found.append(f"{name} has no label {label}")
    labels = ADDED.union(*(known.get(name, set())
                           for name in NAME.findall(bare)))
    for group in GROUPING.findall(bare):
        for label in re.findall(r"\w+", group):
            if label not in labels:
                found.append(f"nothing in {query} has a label {label}")
    return found


class Complaints(unittest.TestCase):
    def test_what_is_not_so_is_seen(self):
        known = {"fairway_a": {"lane"}, "fairway_b_bucket": {"le"}}
        for query, count in (
                ('sum by (lane) (rate(fairway_a{lane="x_y=z"}[5m]))', 0),
                ("sum by (le, job) (fairway_b_bucket) > 1", 0),
                ("fairway_c", 1),
                ('fairway_a{lane="-",code="fairway_d"}', 1),
                ("sum by (side) (fairway_a)", 1),
                ("fairway_a on (job, side) fairway_b", 2)):
            self.assertEqual(len(complaints(query, known)), count, query)


class Alerts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        groups = yaml.safe_load(RULES.read_text())["groups"]
        cls.alerts = {rule["alert"]: rule for group in groups
                      for rule in group["rules"]}
        cls.tests = yaml.safe_load(
            (SOURCE / "tests/e2e/alerts-test.yaml").read_text())["tests"]

    def test_their_metrics_are_there(self):
        known = known_metrics()
        for name, rule in self.alerts.items():
            self.assertEqual(complaints(rule["expr"], known), [], name)

    def test_each_has_a_page_and_each_page_an_alert(self):
        pages = {page.stem for page in RUNBOOKS.glob("Fairway*.md")}
        self.assertEqual(pages, set(self.alerts))
        for name, rule in self.alerts.items():
            self.assertEqual(rule["annotations"]["runbook_url"],
                             f"docs/runbooks/{name}.md")
            self.assertIn(rule["labels"]["severity"],
                          ("critical", "warning"))
            lines = (RUNBOOKS / f"{name}.md").read_text().splitlines()
            self.assertEqual(
                [line for line in lines if line.startswith("#")],
                [f"# {name}", "## What it does to clients",
                 "## What to look at", "## What to do"])

    def test_each_is_seen_to_fire_and_to_be_quiet(self):
        told = [asked for test in self.tests
                for asked in test["alert_rule_test"]]
        for said, kind in ((True, "fire"), (False, "be quiet")):
            names = {asked["alertname"] for asked in told
                     if bool(asked.get("exp_alerts")) == said}
            self.assertEqual(names, set(self.alerts), f"none to {kind}")

    def test_what_the_pages_name_is_there(self):
        """Metrics, and links to files and to headings of them."""
        known = known_metrics()
        for page in RUNBOOKS.glob("*.md"):
            text = page.read_text()
            names = NAME.findall(text)
            self.assertEqual([name for name in names if name not in known],
                             [], page)
            for path, anchor in re.findall(
                    r"\]\(([^)#]+)#?([^)]*)\)", text):
                other = (page.parent / path).resolve()
                self.assertTrue(other.exists(), f"{page}: {path}")
                if anchor:
                    self.assertIn(anchor, [
                        re.sub(r"[^a-z0-9 -]", "", line.lstrip("#").strip()
                               .lower()).replace(" ", "-")
                        for line in other.read_text().splitlines()
                        if line.startswith("#")], page)


class Dashboard(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.board = json.loads(
            (DOCS / "monitoring/fairway-dashboard.json").read_text())
        cls.queries = [target["expr"] for panel in cls.board["panels"]
                       for target in panel.get("targets", ())]

    def test_its_metrics_are_there(self):
        known = known_metrics()
        self.assertGreater(len(self.queries), 40)
        for query in self.queries:
            self.assertEqual(complaints(query, known), [], query)
        for variable in self.board["templating"]["list"]:
            if variable["type"] == "query":
                self.assertEqual(
                    complaints(variable["query"]["query"], known), [])

    def test_each_query_is_of_what_was_chosen(self):
        for query in self.queries:
            for name, matchers in SELECTOR.findall(query):
                self.assertIn('job="$job",instance=~"$instance"', matchers,
                              name)
            self.assertEqual(len(SELECTOR.findall(query)),
                             len(NAME.findall(query)), query)

    def test_panels_do_not_overlap(self):
        taken = set()
        ids = [panel["id"] for panel in self.board["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        for panel in self.board["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                     for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells


if __name__ == "__main__":
    unittest.main(verbosity=2)
