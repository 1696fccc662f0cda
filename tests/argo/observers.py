# SPDX-License-Identifier: Apache-2.0
"""What is looked at once in a while, each in a thread of its own: the lease,
and how often the controller was told what."""

import http.client
import re
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime

from api import Refused

LEASES = "/apis/coordination.k8s.io/v1/namespaces/{}/leases/{}"


class Observer:
    interval = 1  # seconds

    def __init__(self):
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.is_over.wait(self.interval):
            self.look()

    def stop(self):
        self.is_over.set()
        self.thread.join()


class Lease(Observer):
    """Its holders, and how long it was not renewed."""

    def __init__(self, api, namespace, name="workflow-controller"):
        self.api = api
        self.path = LEASES.format(namespace, name)
        self.renewals = []  # Unix time
        self.holders = []
        self.transitions = 0
        super().__init__()

    def look(self):
        try:
            spec = self.api.get(self.path, timeout=5)["spec"]
        except (Refused, OSError):
            return
        renewed = datetime.fromisoformat(
            spec["renewTime"].replace("Z", "+00:00")).timestamp()
        if not self.renewals or self.renewals[-1] != renewed:
            self.renewals.append(renewed)
        holder = spec.get("holderIdentity", "")
        if not self.holders or self.holders[-1] != holder:
            self.holders.append(holder)
        self.transitions = spec.get("leaseTransitions", 0)

    def gaps(self, longer_than):
        """(when it began, how long) of each."""
        return [(before, after - before) for before, after
                in zip(self.renewals, self.renewals[1:])
                if after - before > longer_than]


class Answers(Observer):
    """What the controller's own metrics say of its requests, over all its
    lives.  What it was told between the last look and a kill is not known."""

    interval = 2

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/metrics"
        self.health = "http://127.0.0.1:6060/healthz"
        self.before = {}  # of lives that are over
        self.last = {}  # (kind, verb, status): count
        self.unhealthy = 0
        super().__init__()

    def look(self):
        try:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                now = parse_requests(answer.read().decode())
        except (OSError, http.client.HTTPException):
            return
        if any(now.get(key, 0) < count for key, count in self.last.items()):
            self.end_life()
        self.last = now
        try:
            urllib.request.urlopen(self.health, timeout=5).close()
        except urllib.error.HTTPError:
            self.unhealthy += 1
        except (OSError, http.client.HTTPException):
            pass

    def end_life(self):
        for key, count in self.last.items():
            self.before[key] = self.before.get(key, 0) + count
        self.last = {}

    def total(self):
        self.end_life()
        return self.before


def parse_requests(text):
    """{(kind, verb, status): count}"""
    counts = {}
    for line in text.splitlines():
        if not re.match(r"argo_workflows_k8s_request_total\{", line):
            continue
        labels = dict(re.findall(r'(\w+)="([^"]*)"', line))
        key = labels.get("kind"), labels.get("verb"), \
            labels.get("status_code")
        counts[key] = counts.get(key, 0) + float(line.split()[-1])
    return counts
