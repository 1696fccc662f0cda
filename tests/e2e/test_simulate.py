#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fairway simulate: of a recorded run it says the waits that were; other
configurations have other waits; what is no request is said.

The recorded run is of tests/bench/rehearse.py: --keep makes another one."""

import gzip
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

FAIRWAY = os.path.join(os.environ["top_builddir"], "fairway")
RECORDED = (pathlib.Path(os.environ["top_srcdir"]) / "tests/e2e/recorded")
CONFIG = RECORDED / "fairway.yaml"
MILLISECOND = 0.001


def simulate(*args, stdin="", status=0):
    done = subprocess.run([FAIRWAY, "simulate", *args], input=stdin,
                          text=True, capture_output=True, check=False)
    check(args, status, done.returncode, done.stderr)
    return done


def lanes(*args, stdin=""):
    found = json.loads(simulate(*args, "-o", "json", stdin=stdin).stdout)
    return found, {lane["name"]: lane for lane in found["lanes"]}


def check(what, wanted, found, more=""):
    if wanted != found:
        sys.exit(f"{what}: wanted {wanted!r}, is {found!r} {more}")


def check_close(what, was, said):
    """Within 20 %; below a millisecond it is the machine's."""
    if max(was, said) < MILLISECOND:
        return
    if not 0.8 * was <= said <= 1.2 * was:
        sys.exit(f"{what}: was {was}, is said to be {said}")


def what_was_is_said(log):
    found, by_name = lanes("--config", CONFIG, "-", stdin=log)
    for name in "finalizers", "workflow-status", "writes", "reads", "events":
        lane = by_name[name]
        was, said = lane["recorded"]["waitSeconds"], lane["waitSeconds"]
        check(name, was["count"], said["count"])
        check(name, lane["recorded"]["arrived"], lane["arrived"])
        for point in "p50", "p99":
            check_close(f"{name} {point}", was[point], said[point])
    # There was something to say.
    if by_name["events"]["recorded"]["waitSeconds"]["p50"] < 0.02:
        sys.exit("nothing waited in the recorded run")
    check("left over", 0, found["unfinished"])
    check("requests", sum(lane["arrived"] for lane in found["lanes"]),
          found["recording"]["requests"])
    check("the same again", found,
          lanes("--config", CONFIG, "-", stdin=log)[0])


def the_table_says_the_same(log):
    table = simulate("--config", CONFIG, "-", stdin=log).stdout
    for line in table.splitlines():
        if len(line) > 80:
            sys.exit(f"too wide: {line}")
    for line in (r"^LANE +ARRIVED +REFUSED", r"^AS IT WAS +ARRIVED",
                 r"^finalizers +\d+ +0 +0 ", r"^ +\d+  requests in ",
                 r"^ +\d+  other events$"):
        if not re.search(line, table, re.MULTILINE):
            sys.exit(f"no {line} in:\n{table}")


def another_configuration_is_another_story(log):
    _, now = lanes("--config", CONFIG, "-", stdin=log)
    text = CONFIG.read_text()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text.replace("initial: 6, min: 6, max: 6",
                                "initial: 60, min: 60, max: 60"))
        file.flush()
        _, wide = lanes("--config", file.name, "-", stdin=log)
        _, slow = lanes("--config", file.name, "--seats", "3", "-", stdin=log)
    check("wide total", 0, wide["events"]["waitSeconds"]["p99"])
    # An API server of three seats: the waits are there, and longer.
    if slow["reads"]["waitSeconds"]["p99"] < now["reads"]["waitSeconds"]["p99"]:
        sys.exit("fewer seats, less waiting")


def json_is_read_as_text_is(log):
    lines = []
    for line in log.splitlines():
        fields = dict(word.split("=", 1) for word in shlex.split(line))
        lines.append(json.dumps({
            key: float(value) if re.fullmatch(r"\d+(\.\d+)?", value)
            and key not in ("identity", "flow", "level") else value
            for key, value in fields.items()}))
    check("JSON", lanes("--config", CONFIG, "-", stdin=log),
          lanes("--config", CONFIG, "-", stdin="\n".join(lines)))


def event(at, verb, uri, **more):
    return json.dumps({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request",
        "stage": "ResponseComplete", "verb": verb, "requestURI": uri,
        "user": {"username": "argo"}, "sourceIPs": ["10.0.0.1"],
        "requestReceivedTimestamp": f"2026-11-30T15:00:00.{at:06}Z",
        "stageTimestamp": f"2026-11-30T15:00:00.{at + 20000:06}Z",
        "responseStatus": {"code": 200}, **more})


def an_audit_log_does_as_well():
    pod = "/api/v1/namespaces/argo/pods/p"
    removal = {"metadata": {"finalizers": []}}
    log = [event(i * 100, "get", pod) for i in range(40)]
    log += [event(3000 + i, "patch", pod, requestObject=removal)
            for i in range(10)]
    log += [event(4000, "patch", pod),  # level Metadata
            event(5000, "get", pod, responseStatus={"code": 429}),
            event(6000, "get", pod, stage="RequestReceived"), "nonsense"]
    found, by_name = lanes("-", stdin="\n".join(log))
    check("removals", 10, by_name["finalizers"]["started"])
    check("reads", 40, by_name["reads"]["started"])
    check("writes", 1, by_name["writes"]["started"])
    check("recording", {"malformed": 1, "throttled": 1, "others": 1},
          found["recording"]["passedOver"])
    check("not classified", 1, found["recording"]["bodyNotRead"])
    check("lines", 54, found["recording"]["lines"])
    # Eight seats, 20 ms each: reads that came before wait behind removals.
    if by_name["reads"]["waitSeconds"]["p99"] < 0.05:
        sys.exit("reads do not wait")


def what_cannot_be_played_is_said():
    check("empty", True, "--log-level debug" in
          simulate("-", status=1).stderr)
    simulate("/absent", status=1)
    for misuse in ([], ["-o", "xml", "-"], ["--seats", "0", "-"],
                   ["--seats", "x", "-"], ["--frobnicate", "-"]):
        simulate(*misuse, status=64)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("nonsense: 1\n")
        file.flush()
        simulate("--config", file.name, "-", status=2)


an_audit_log_does_as_well()
what_cannot_be_played_is_said()
recorded = gzip.decompress(
    (RECORDED / "fairway.log.gz").read_bytes()).decode()
what_was_is_said(recorded)
the_table_says_the_same(recorded)
another_configuration_is_another_story(recorded)
json_is_read_as_text_is(recorded)
print("simulate says what was")
