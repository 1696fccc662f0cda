#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""/metrics as OpenMetrics 1.0, to who accepts it: by rules of its own, and by
the parser of python3-prometheus-client where that is installed."""

import http.client
import math
import re

import harness
from harness import MERGE_PATCH, pod, removal

try:
    from prometheus_client.openmetrics import parser
except ImportError:
    parser = None

OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
# As Prometheus 2.42 sends it.
PROMETHEUS = ("application/openmetrics-text;version=1.0.0,"
              "application/openmetrics-text;version=0.0.1;q=0.75,"
              "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
VALUE = r'(?:[^"\\\n]|\\["\\n])*'
LABEL = rf'([a-zA-Z_][a-zA-Z0-9_]*)="({VALUE})"'
SAMPLE = re.compile(
    rf"({NAME})(?:\{{((?:{LABEL})(?:,{LABEL})*)\}})? (\S+)")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]\d+)?|[+-]Inf|NaN")
SUFFIXES = {"counter": ("_total",), "gauge": ("",),
            "histogram": ("_bucket", "_sum", "_count")}
RESERVED = ("_total", "_created", "_bucket", "_count", "_sum")


def check_family(name, kind, samples):
    """What stands behind one # TYPE."""
    seen = set()
    for sample, labels, value in samples:
        assert sample[:len(name)] == name, (name, sample)
        assert sample[len(name):] in SUFFIXES[kind], (name, sample)
        assert (sample, labels) not in seen, (sample, labels)
        seen.add((sample, labels))
        assert NUMBER.fullmatch(value), (sample, value)
        if kind != "gauge":
            assert float(value) >= 0, (sample, value)
    if kind == "histogram":
        check_histogram(samples)


def check_histogram(samples):
    """For each set of other labels: bounds rise to +Inf, counts too."""
    rows = {}
    for sample, labels, value in samples:
        others = tuple(pair for pair in labels if pair[0] != "le")
        row = rows.setdefault(others, {"bounds": [], "counts": []})
        if sample.endswith("_bucket"):
            bound = dict(labels)["le"]
            # A canonical number: 1 is 1.0.
            assert bound == "+Inf" or re.fullmatch(r"\d+\.\d+", bound), bound
            row["bounds"].append(float(bound))
            row["counts"].append(int(value))
        else:
            row[sample.rsplit("_", 1)[1]] = float(value)
    for row in rows.values():
        assert row["bounds"] == sorted(set(row["bounds"])), row
        assert row["counts"] == sorted(row["counts"]), row
        assert row["bounds"][-1] == math.inf, row
        assert row["counts"][-1] == row["count"], row
        assert "sum" in row, row


def check(text):
    """Raises what is wrong with it; returns how many families there are."""
    *lines, last, nothing = text.split("\n")
    assert (last, nothing) == ("# EOF", ""), (last, nothing)
    kinds, helps, samples = {}, set(), {}
    name = None
    for line in lines:
        if line.startswith("# "):
            _, what, name, rest = line.split(" ", 3)
            if what == "HELP":
                assert name not in helps, line
                helps.add(name)
                assert not re.search(r'["\\]', rest), line
            else:
                assert what == "TYPE", line
                assert name in helps and name not in kinds, line
                assert not name.endswith(RESERVED), line
                kinds[name] = rest
                samples[name] = []
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        labels = tuple(re.findall(LABEL, match.group(2) or ""))
        assert len(dict(labels)) == len(labels), line
        samples[name].append((match.group(1), labels, line.split(" ")[-1]))
    for name, kind in kinds.items():
        check_family(name, kind, samples[name])
        # Names of samples of one family are none of another's.
        for suffix in RESERVED:
            assert name + suffix not in kinds, name
    return len(kinds)


class OpenMetrics(harness.Case):
    config = "terminating: {stuckAfter: 0s}\n"

    def scrape(self, accept):
        """(content type, text)"""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.fairway.admin_port, timeout=harness.LIMIT)
        connection.request("GET", "/metrics",
                           headers={"Accept": accept} if accept else {})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        self.assertEqual(answer.headers["vary"], "accept")
        return answer.headers["content-type"], text

    def make_traffic(self):
        self.sim.preload("pods", "argo", prefix="p-", count=2,
                         finalizers=["a/b"], deleted=True)
        client = self.client()
        self.assert_status(client.request("GET", pod("p-000001")), 200)
        self.assert_status(client.request(
            "PATCH", pod("p-000000"), [MERGE_PATCH], removal()), 200)
        self.assert_status(client.request("GET", pod("none")), 404)

    def test_it_is_what_it_says(self):
        self.make_traffic()
        kind, text = self.scrape(PROMETHEUS)
        self.assertEqual(kind, OPEN)
        self.assertGreater(check(text), 80)

    def test_the_parser_of_others_takes_it(self):
        if parser is None:
            self.skipTest("python3-prometheus-client is not installed")
        self.make_traffic()
        _, text = self.scrape(PROMETHEUS)
        families = list(parser.text_string_to_metric_families(text))
        self.assertGreater(len(families), 80)
        self.assertTrue(all(family.documentation for family in families))

    def test_others_get_what_they_got(self):
        for accept in None, "*/*", "text/plain", "text/plain;version=0.0.4":
            kind, text = self.scrape(accept)
            self.assertEqual(kind, TEXT)
            self.assertNotIn("# EOF", text)

    def test_series_are_the_same(self):
        self.make_traffic()
        names = [
            {line.rsplit(" ", 1)[0] for line in self.scrape(accept)[1]
             .splitlines() if not line.startswith("#")}
            for accept in ("text/plain", PROMETHEUS)]
        self.assertEqual(*names)

    def test_what_is_checked_here_is_noticed(self):
        """The rules above refuse what they should."""
        good = ("# HELP a b\n# TYPE a counter\na_total 1\n"
                "# HELP h b\n# TYPE h histogram\n"
                'h_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 1\n'
                "h_sum 1\nh_count 1\n# EOF\n")
        self.assertEqual(check(good), 2)
        for old, new in (("# EOF\n", ""), ("# EOF\n", "# EOF\nx 1\n"),
                         ("a_total 1", "a 1"), ("a_total 1", "a_total -1"),
                         ("a_total 1", "a_total  1"),
                         ("a_total 1", "a_total 1\na_total 1"),
                         ("TYPE a ", "TYPE a_total "),
                         ('le="1.0"', 'le="1"'), ('"+Inf"} 1', '"+Inf"} 2'),
                         ('le="1.0"} 1', 'le="1.0"} 2'),
                         ("h_sum 1\n", ""), ("HELP a b", 'HELP a "b"'),
                         ('h_bucket{le="+Inf"} 1\n', "")):
            with self.assertRaises((AssertionError, ValueError, KeyError)):
                check(good.replace(old, new, 1))


if __name__ == "__main__":
    harness.main()
