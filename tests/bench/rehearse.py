#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Does `fairway simulate` say what happens?

A controller's requests, in bursts that fill the seats, go through Fairway to
kubesim.  Its log is then played through the same configuration, and what that
says of each lane's waits is printed beside what they were:

    LANE        REQUESTS   P50 was    is said   ratio   P99 was    is said   ratio

The ratio is of what is said to what was; waits below a millisecond are the
machine's, and have none.  Status 0, unless --check is given and a ratio is not
within 20 %.

With --defaults that is Fairway's own configuration, which changes its total by
itself; bursts of --rate 420 fill it.

usage: rehearse.py [--build DIR] [--requests N] [--seed N] [--rate N]
                   [--defaults] [--format text|json] [--keep LOG] [--check]
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

LOG = "log: {level: debug, format: FORMAT}\n"
CONFIG = """\
total: {initial: 6, min: 6, max: 6}
lanes:
- {name: reads, seats: 3}
"""
SPACE = "/api/v1/namespaces/argo"
WORKFLOW = "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows"
MERGE = ("content-type", "application/merge-patch+json")
JSON = ("content-type", "application/json")


def kinds():
    """(weight, method, path, headers, body) of what a controller sends."""
    removal = b'{"metadata":{"finalizers":[],"resourceVersion":"1"}}'
    event = json.dumps({
        "kind": "Event", "apiVersion": "v1", "metadata": {"name": "e"},
        "involvedObject": {"namespace": "argo"}}).encode()
    workflow = json.dumps({
        "kind": "Workflow", "apiVersion": "argoproj.io/v1alpha1",
        "metadata": {"name": "w", "resourceVersion": "1"},
        "status": {"nodes": "x" * 3000}}).encode()
    return [
        (10, "PATCH", SPACE + "/pods/p-000000", [MERGE], removal),
        (15, "PUT", WORKFLOW + "/w", [JSON], workflow),
        (20, "PATCH", SPACE + "/configmaps/p-000000", [MERGE], b'{"data":{}}'),
        (30, "GET", SPACE + "/pods/p-000000", [], None),
        (5, "GET", SPACE + "/pods?limit=50", [], None),
        (20, "POST", SPACE + "/events", [JSON], event),
    ]


def arrivals(options):
    """When each comes: bursts of half as much again as six seats serve."""
    chance = random.Random(options.seed)
    choices = kinds()
    weights = [kind[0] for kind in choices]
    at, result = 0.0, []
    while len(result) < options.requests:
        rate = options.rate if int(at / 0.8) % 2 == 0 else 50
        at += chance.expovariate(rate)
        result.append((at, chance.choices(choices, weights)[0]))
    return result


def drive(client, schedule):
    """Each at its time, however many are open; then the rest of answers."""
    began, streams = time.monotonic(), []
    for at, (_, method, path, headers, body) in schedule:
        while True:
            left = began + at - time.monotonic()
            if left <= 0:
                break
            client.receive(left)
        streams.append(client.open(method, path, headers, body))
    for stream in streams:
        stream.wait_over()


def record(work, options):
    """Runs it; returns the log and the configuration."""
    import harness
    (work / "sim").mkdir()
    sim = harness.Kubesim(work / "sim")
    config = work / "fairway.yaml"
    config.write_text("apiVersion: fairway.dev/v1alpha1\n"
                      "kind: Configuration\n" +
                      LOG.replace("FORMAT", options.format) +
                      ("" if options.defaults else CONFIG))
    for resource in "pods", "configmaps":
        sim.preload(resource, "argo", prefix="p-", count=200, size=1500)
    for verb, delay in ("get", 20), ("list", 45), ("patch", 25), (
            "update", 40), ("create", 30):
        sim.fault(match={"verb": verb, "path": "/api"}, delayMs=delay,
                  jitterMs=10)
    # The access log is large: a file of its own, and no pipe to read.
    log = work / "fairway.log"
    fairway = Logged(harness, work / "fw", sim.kubeconfig, config, log)
    try:
        client = harness.Client("127.0.0.1", fairway.port,
                                cafile=fairway.cafile, token=fairway.token)
        client.request("GET", SPACE + "/pods/p-000000").wait_over()
        drive(client, arrivals(options))
        client.close()
    finally:
        fairway.stop()
        sim.stop()
    return log, config


class Logged:
    """A Fairway whose log is a file."""

    def __init__(self, harness, folder, kubeconfig, config, log):
        import base64
        import re
        with open(log, "wb") as file:
            self.process = subprocess.Popen(
                [harness.FAIRWAY, "serve", "--kubeconfig", kubeconfig,
                 "--context", "argo", "--state-dir", folder, "--listen",
                 "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--config",
                 config], stderr=file, stdin=subprocess.DEVNULL)
        harness.poll(lambda: b"listening" in log.read_bytes(),
                     "it does not listen")
        text = (folder / "kubeconfig").read_text()
        self.port = int(re.search(
            r"server: \"?https://127\.0\.0\.1:(\d+)", text).group(1))
        self.token = re.search(r"token: \"?([^\s\"]+)", text).group(1)
        self.cafile = folder / "ca-for-tests.pem"
        self.cafile.write_bytes(base64.b64decode(re.search(
            r"certificate-authority-data: \"?([A-Za-z0-9+/=]+)",
            text).group(1)))

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def simulate(build, log, config):
    done = subprocess.run(
        [build / "fairway", "simulate", "--config", config, "-o", "json",
         log], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def ratio(said, was):
    return None if said < 0.001 and was < 0.001 else said / max(was, 1e-6)


def report(found):
    """Prints the table; returns the ratios."""
    print(f"{'LANE':18} {'REQUESTS':>8}" + "".join(
        f" {point + ' was':>9} {'is said':>9} {'ratio':>6}"
        for point in ("P50", "P99")))
    ratios = []
    for lane in found["lanes"]:
        was, said = lane["recorded"]["waitSeconds"], lane["waitSeconds"]
        row = f"{lane['name']:18} {was['count']:8}"
        for point in "p50", "p99":
            one = ratio(said[point], was[point])
            row += (f" {was[point] * 1000:7.1f}ms {said[point] * 1000:7.1f}ms"
                    f" {'-' if one is None else format(one, '6.2f'):>6}")
            ratios += [] if one is None else [one]
        print(row)
    return ratios


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=".", type=pathlib.Path)
    parser.add_argument("--requests", default=1200, type=int)
    parser.add_argument("--seed", default=1, type=int)
    parser.add_argument("--rate", default=280, type=int)
    parser.add_argument("--defaults", action="store_true")
    parser.add_argument("--format", default="text", choices=("text", "json"))
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    options.build = options.build.resolve()
    os.environ["top_builddir"] = str(options.build)
    sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))
    work = pathlib.Path(tempfile.mkdtemp(prefix="fairway-rehearse."))
    try:
        log, config = record(work, options)
        if options.keep:
            shutil.copy(log, options.keep)
        ratios = report(simulate(options.build, log, config))
    finally:
        shutil.rmtree(work)
    if options.check and not all(0.8 <= one <= 1.2 for one in ratios):
        sys.exit("not within 20 %")


if __name__ == "__main__":
    main()
