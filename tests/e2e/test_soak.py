#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The walk of test_chaos.py, again and again, with slow readers, and with
bodies that carry a checksum: no wrong byte, nothing twice, and no growth of
memory or descriptors from one walk to the next.

MINUTES in the environment: how long (`make soak MINUTES=30`, best in a build
with sanitizers).  SEED: of the first walk; each prints its own.
"""

import http.client
import json
import os
import ssl
import sys
import threading
import time
import unittest
import zlib

import harness
import test_chaos
from harness import CONFIGMAPS, JSON

MINUTES = float(os.environ.get("MINUTES", "0.15"))
# Walks until memory has grown to what it needs.
WARM = 2
# What the allocator may keep of one walk and not of another; a sanitizer
# keeps what was freed, in a quarantine that fills slowly.
GROWTH_MAX = (8 << 20) if os.environ.get("SANITIZED", "no") == "no" \
    else (300 << 20)


def checked(name, size, seed):
    """A config map whose annotation is the checksum of its data."""
    text = ("%08x" % seed) * (size // 8 + 1)
    return json.dumps({
        "kind": "ConfigMap", "apiVersion": "v1",
        "metadata": {"name": name, "annotations": {
            "crc32": "%08x" % zlib.crc32(text.encode())}},
        "data": {"k": text}}).encode()


class Http1(threading.Thread):
    """A client of the other protocol beside the walk: one request after the
    other on one connection, a new one when that ends."""

    def __init__(self, port, cafile, token):
        super().__init__()
        self.port, self.token = port, token
        self.context = ssl.create_default_context(cafile=cafile)
        self.is_over = False
        self.verified = 0
        self.wrong = []
        self.start()

    def run(self):
        number = 0
        while not self.is_over:
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, context=self.context,
                timeout=harness.LIMIT)
            try:
                while not self.is_over:
                    number += 1
                    self.ask(connection, number)
            except (OSError, http.client.HTTPException):
                pass  # it was lost, or the answer broke off: and said so
            connection.close()

    def ask(self, connection, number):
        path = CONFIGMAPS + (f"/soak-{number % 20}" if number % 5 else "")
        connection.request("GET", path, headers={
            "Authorization": f"Bearer {self.token}"})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200:
            if body["kind"] != "Status":
                self.wrong.append(body)
            return
        for item in body.get("items", [body]):
            if is_right(item):
                self.verified += 1
            elif is_right(item) is False:
                self.wrong.append(item["metadata"]["name"])

    def end(self):
        self.is_over = True
        self.join()


def is_right(item):
    """None: it has no checksum."""
    text = item.get("data", {}).get("k", "")
    crc = item["metadata"].get("annotations", {}).get("crc32")
    return crc and crc == "%08x" % zlib.crc32(text.encode())


class Soak(test_chaos.Chaos):
    sim_args = ("--history", "1000000")

    def verify(self, item):
        self.assertIsNot(is_right(item), False, item["metadata"]["name"])
        self.verified += bool(is_right(item))

    # --- what clients do, beside what they do in the walk

    def create(self):
        self.count += 1
        name = f"x-{self.count}"
        size = self.random.choice([0, 100, 20_000, 70_000, 300_000])
        stream = self.connection().open("POST", CONFIGMAPS, [JSON], end=False)
        self.creates[name] = stream
        stream.client.queue(stream, checked(
            name, size, self.random.getrandbits(32)))

    def get(self):
        """A list, or one of those that are there."""
        path = CONFIGMAPS
        if self.random.random() < 0.8:
            path += f"/soak-{self.random.randrange(20)}"
        stream = self.connection().open("GET", path)
        self.others.append(stream)
        self.reads.append(stream)

    def watch(self):
        stream = self.connection().open(
            "GET", CONFIGMAPS + "?watch=true&timeoutSeconds=1")
        self.others.append(stream)
        self.watches.append(stream)

    # --- the end of a walk

    def check_reads(self):
        for stream in self.reads:
            if stream.headers is None or not stream.ended:
                continue  # it was reset, or its client is gone
            body = json.loads(bytes(stream.data))
            if stream.status == 200:
                for item in body.get("items", [body]):
                    self.verify(item)
            else:
                self.assertEqual(body["kind"], "Status")
        for stream in self.watches:
            if stream.headers is None or stream.status != 200:
                continue
            lines = bytes(stream.data).split(b"\n")
            # Ended by END_STREAM: at the end of an event, always.
            if stream.ended:
                self.assertEqual(lines[-1], b"")
            for line in lines[:-1]:
                event = json.loads(line)
                if event["type"] in ("ADDED", "MODIFIED", "DELETED"):
                    self.verify(event["object"])

    def one_walk(self, seed):
        self.random.seed(seed)
        self.creates, self.others = {}, []
        self.reads, self.watches = [], []
        self.walk()
        self.sim.listener("accept")
        self.sim.no_faults()
        for stream in [*self.creates.values(), *self.others]:
            self.wait_over(stream)
        self.check_reads()
        self.check_creates()
        for connection in self.connections:
            connection.close()
        self.connections, self.clients = [], []
        self.delete_all()

    def delete_all(self):
        """The next walk begins with what this one began with."""
        client = self.direct()
        for name in self.creates:
            client.request("DELETE", f"{CONFIGMAPS}/{name}")
        client.close()
        self.sim.admin("DELETE", "/history")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.fairway.pid}/fd"))

    # Not again: that is for the other file.
    test_nothing_twice_nothing_made_up_everything_ends = None

    def test_soak(self):
        self.verified = 0
        client = self.direct()
        for i in range(20):
            client.request("POST", CONFIGMAPS, [JSON],
                           checked(f"soak-{i}", 1000 << i % 7, i))
        client.close()
        self.sim.preload("pods", "argo", prefix="p-", count=50,
                         finalizers=[harness.POD_FINALIZER], deleted=True)
        self.sim.admin("DELETE", "/history")
        until = time.monotonic() + 60 * MINUTES
        walks, first = 0, None
        http1 = [Http1(self.fairway.port, self.fairway.cafile,
                       self.fairway.token) for _ in range(2)]
        for client in http1:
            self.addCleanup(client.end)
        while time.monotonic() < until or walks <= WARM:
            self.one_walk(test_chaos.SEED + walks)
            walks += 1
            if walks == WARM:
                first = self.fairway.rss(), self.descriptors()
            # What it logs is read, or it would stand still in the end.
            self.fairway.read_lines(0)
        for client in http1:
            client.end()
            self.assertEqual(client.wrong, [])
            self.assertGreater(client.verified, 0)
            self.verified += client.verified
        last = self.fairway.rss(), self.descriptors()
        print(f"{walks} walks, {self.verified} bodies verified; memory "
              f"{first[0] >> 10} -> {last[0] >> 10} KiB, descriptors "
              f"{first[1]} -> {last[1]}", file=sys.stderr)
        self.assertLess(last[0] - first[0], GROWTH_MAX)
        # Connections upstream and probes come and go; clients are gone.
        self.assertLess(last[1] - first[1], 16)
        self.assertGreater(self.verified, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, defaultTest="Soak.test_soak")
