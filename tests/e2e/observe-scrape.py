#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a scrape as strictly as the text format 0.0.4 is written down.

usage: observe-scrape.py FILE FAMILY...     which must be there, with series
"""

import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)$")
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?$")


def family_of(name, types):
    for suffix in ("_bucket", "_sum", "_count"):
        base = name.removesuffix(suffix)
        if base != name and types.get(base) == "histogram":
            return base
    return name


def check_histogram(name, samples):
    series = {}
    for sample, labels, value in samples:
        rest = tuple(label for label in labels if label[0] != "le")
        one = series.setdefault(rest, {"buckets": []})
        if sample.endswith("_bucket"):
            one["buckets"].append((float(dict(labels)["le"]), value))
        else:
            one[sample.removeprefix(name)] = value
    for labels, one in series.items():
        bounds = [bound for bound, _ in one["buckets"]]
        counts = [count for _, count in one["buckets"]]
        assert bounds == sorted(set(bounds)), (name, labels, bounds)
        assert bounds[-1] == float("inf"), (name, labels)
        assert counts == sorted(counts), (name, labels, counts)
        assert counts[-1] == one["_count"], (name, labels)
        assert "_sum" in one, (name, labels)


def main(path, wanted):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    assert text.endswith("\n") and "\r" not in text
    helps, types, samples, seen = {}, {}, {}, set()
    current = None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name, words = line[7:].split(" ", 1)
            assert name not in helps and words, line
            helps[name] = words
            current = name
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name == current and name not in types, line
            assert kind in ("counter", "gauge", "histogram"), line
            assert (kind == "counter") == name.endswith("_total"), line
            types[name] = kind
        else:
            match = SAMPLE.match(line)
            assert match and NUMBER.match(match[match.lastindex]), line
            labels = tuple(re.findall(LABEL, match[2] or ""))
            assert len(dict(labels)) == len(labels), line
            assert family_of(match[1], types) == current, line
            assert (match[1], labels) not in seen, line
            seen.add((match[1], labels))
            samples.setdefault(current, []).append(
                (match[1], labels, float(match[match.lastindex])))
    for name, kind in types.items():
        if kind == "histogram":
            check_histogram(name, samples.get(name, []))
    for name in wanted:
        assert samples.get(name), f"no series of {name}"
    print(f"{len(types)} families, {len(seen)} series")


main(sys.argv[1], sys.argv[2:])
