# SPDX-License-Identifier: Apache-2.0
"""What tests of replicas stand on: Fairways that divide their limits, crowds
of requests through each, and a meter of what the API server has open.

Before kubesim the meter is its history; before a real API server (cluster.py)
a webhook of ours that it asks about each request, and that takes its time, as
kubesim does by order.
"""

import itertools
import json
import pathlib
import re
import shutil
import signal
import tempfile
import time

import cluster
import harness
import relay
from harness import CONFIGMAPS, JSON, LEASES, MERGE_PATCH, SPACE, Fairway
from webhook import Webhook

TAKES = 0.3  # seconds that each of a crowd's requests has its seat
LEASE = 6 if cluster.FOLDER else 3
PRELOADED = 100
CROWD = 40  # requests that each client has open, more than there are seats
EVENTS = f"/api/v1/namespaces/{SPACE}/events"
HONEST = {200, 201, 429, 503, 504}  # of one that is cut off, too
CONFIG = """apiVersion: fairway.dev/v1alpha1
kind: Configuration
preset: gateway
total: {{initial: {total}, min: 1}}
replicas: {{divide: true, name: {name}, namespace: {space}, floor: {floor},
  leaseDuration: {lease}s}}
shutdown: {{delay: 0s, grace: 5s}}
{more}"""


def creation(number):
    """In the lane `writes`."""
    return "POST", CONFIGMAPS, JSON, harness.configmap(f"x-{number}")


def removal(number):
    """In the lane `finalizers`; that it is gone already is as good."""
    return ("PATCH", f"{CONFIGMAPS}/p-{number % PRELOADED:06}", MERGE_PATCH,
            harness.removal())


def event(number):
    """In the lane `events`."""
    return "POST", EVENTS, JSON, json.dumps({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": f"e-{number}"},
        "involvedObject": {"namespace": SPACE, "name": "nothing"}}).encode()


class Crowd:
    """Asks for one thing through one replica, so many at a time."""

    numbers = {make: itertools.count() for make in (creation, removal, event)}

    def __init__(self, client, make=creation, size=0):
        self.client = client
        self.make = make
        self.size = size
        self.streams = []
        self.done = 0
        self.statuses = set()
        self.is_excused = False
        self.last = time.monotonic()
        self.longest = 0  # that nothing was done, though it asked

    def turn(self):
        over = [each for each in self.streams if each.is_over]
        self.streams = [each for each in self.streams if not each.is_over]
        self.note_time(bool(over))
        for each in over:
            if each.reset_code is None:
                self.statuses.add(each.status)
            self.done += 1
            del self.client.streams[each.id]
        for _ in range(self.size - len(self.streams)):
            self.open()

    def open(self):
        method, path, kind, body = self.make(next(self.numbers[self.make]))
        self.streams.append(self.client.open(method, path, [kind], body))

    def note_time(self, is_progress):
        now = time.monotonic()
        if self.streams and not self.is_excused:
            self.longest = max(self.longest, now - self.last)
        if is_progress or not self.streams or self.is_excused:
            self.last = now


def most_of(edges):
    """How many were open at one time, by when each began and ended; who ends
    when another begins was not open with it."""
    most = now = 0
    for _, step in sorted(edges):
        now += step
        most = max(most, now)
    return most


class History:
    """Of kubesim: by when each came in and when it took effect."""

    def __init__(self, sim):
        self.sim = sim
        for verb, resource in (("create", "configmaps"),
                               ("patch", "configmaps"), ("create", "events")):
            # As long as it takes there, with its seat in hand.
            sim.fault(match={"verb": verb, "resource": resource},
                      delayMs=int(TAKES * 1000))

    def begins(self):
        return [item["usec"] - item["waitedUsec"] for item in self.items()]

    def edges(self):
        items = self.items()
        return [(item["usec"] - item["waitedUsec"], 1) for item in items] + [
            (item["usec"], -1) for item in items]

    def items(self):
        return [item for item in self.sim.history()
                if item["resource"] in ("configmaps", "events")]


class Replicas(harness.Case):
    total = 16
    floor = 1  # of each: a quarter of it by four
    more = ""

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.clients = []
        self.addCleanup(self.close_clients)
        self.fairways = {}
        self.crowds = {}
        self.start_sim()
        self.prepare()
        self.meter = self.start_meter()

    def prepare(self):
        """What is there before the meter is."""

    def start_meter(self):
        if not cluster.FOLDER:
            return History(self.sim)
        webhook = Webhook(self.sim, self.tmp, TAKES)
        self.addCleanup(webhook.close)
        return webhook

    @property
    def pool(self):
        return self.total - 4 * self.floor

    def text_of(self, name, lease=LEASE, total=None):
        return CONFIG.format(
            name=name, total=total or self.total, lease=lease, space=SPACE,
            floor=f"{400 * self.floor // self.total}%", more=self.more)

    def kubeconfig_of(self, _):
        return self.sim.kubeconfig

    def start(self, name, lease=LEASE, is_named=True):
        config = self.tmp / f"{name}.yaml"
        config.write_text(self.text_of(name if is_named else '""', lease))
        folder = self.tmp / f"{name}-{len(self.fairways)}"
        fairway = Fairway(folder, self.kubeconfig_of(name), "--config",
                          config)
        self.fairways[name] = fairway
        self.addCleanup(self.end, fairway)
        client = harness.Client("127.0.0.1", fairway.port,
                                cafile=fairway.cafile, token=fairway.token,
                                certificate=fairway.certificate)
        self.addCleanup(client.close)
        self.crowds[name] = [Crowd(client)]
        return fairway

    def close_clients(self):
        for client in self.clients:
            client.close()

    def end(self, fairway):
        status = fairway.stop()
        if status not in (0, -signal.SIGKILL) or self.is_failed():
            print(f"--- {fairway.folder.name} ended with {status}; it said:")
            print("\n".join(line for line in fairway.lines
                            if "msg=request" not in line))
        self.assertIn(status, (0, -signal.SIGKILL))

    def three(self):
        for name in "fw-a", "fw-b", "fw-c":
            self.start(name)
        self.until(lambda: all(self.portion(name) > self.floor
                               for name in self.fairways), "nobody settled")

    def kill(self, name):
        fairway = self.fairways.pop(name)
        self.crowds.pop(name)
        fairway.process.kill()
        fairway.process.wait()

    # ---- what is seen

    def metric(self, name, metric, labels=""):
        text = self.fairways[name].admin_get("/metrics")
        for line in text.splitlines():
            if line.startswith(metric + labels + " "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"{name} has no {metric}{labels}")

    def portion(self, name, quota="total"):
        return self.metric(name, "fairway_replica_portion",
                           f'{{quota="{quota}"}}')

    def is_in_state(self, name, state):
        return self.metric(name, "fairway_replica_state",
                           f'{{state="{state}"}}') == 1

    def leases(self):
        if not self.clients:
            self.direct()
        answer = self.clients[0].request("GET", LEASES)
        return json.loads(answer.read())["items"]

    def crowd(self, name):
        return self.crowds[name][0]

    # ---- what is done

    def turn(self):
        for crowds in self.crowds.values():
            for crowd in crowds:
                crowd.turn()
            client = crowds[0].client
            client.flush()
            if any(crowd.streams for crowd in crowds):
                client.receive(0.005)
        for fairway in self.fairways.values():
            fairway.read_lines(0)

    def until(self, condition, complaint):
        """Crowds go on meanwhile."""
        begun = time.monotonic()
        while not condition():
            for _ in range(5):
                self.turn()
            if time.monotonic() - begun > harness.LIMIT:
                raise harness.TimedOut(complaint)
        return time.monotonic() - begun

    def go_on(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.turn()

    def heat(self, *names):
        """The crowds of those, and no others."""
        for name in self.crowds:
            self.crowd(name).size = CROWD if name in names else 0

    def wait_for_all_of_it(self, name):
        return self.until(lambda: self.portion(name) == self.floor + self.pool,
                          f"{name} did not get what the others left")

    def wait_for_halves(self, one, other, complaint=None):
        half = self.floor + self.pool / 2
        return self.until(
            lambda: self.portion(one) == self.portion(other) == half,
            complaint or "two do not have half each")

    def assert_never_more(self, bound=None, statuses=frozenset({201})):
        most = most_of(self.meter.edges())
        print(f"at most {most} open, of {self.total}")
        self.assertLessEqual(most, bound or self.total)
        # Or nothing was shown.
        self.assertGreater(most, self.total // 2)
        for name in self.crowds:
            self.assertLessEqual(self.crowd(name).statuses, statuses)


class Story(Replicas):
    """Demand moves, one is cut off from the API server while its clients
    stay, one is killed, and the first one comes back.  All the time each has
    something to do in its first lane and in its last one."""

    total = 32
    floor = 4  # so many that lanes have their shares of it
    # Of four seats one start in 0.75 s.
    more = "lanes: [{name: events, minShare: 10%, waitMax: 1m}]\n"

    def prepare(self):
        self.sim.preload("configmaps", SPACE, prefix="p-",
                         count=PRELOADED, finalizers=["example.com/stays"])

    def cut(self, name):
        """It hears nothing more from the API server."""
        raise NotImplementedError

    def heal(self, name):
        raise NotImplementedError

    def probe(self, name):
        """A request in the first lane and one in the last, all the time."""
        client = self.crowd(name).client
        self.crowds[name] += [Crowd(client, removal, 1),
                              Crowd(client, event, 1)]

    def excuse(self, name, is_excused):
        for crowd in self.crowds[name]:
            crowd.is_excused = is_excused

    def tell(self):
        self.three()
        for name in self.crowds:
            self.probe(name)
        for name in "fw-a", "fw-b", "fw-a":
            self.heat(name)
            self.wait_for_all_of_it(name)
            self.go_on(1)
        self.go_away("fw-a")
        burst = self.floor + self.pool
        self.kill("fw-b")
        self.heat("fw-a", "fw-c")
        self.wait_for_all_of_it("fw-c")
        self.come_back("fw-a", "fw-c")
        self.go_on(1)
        self.assert_lanes()
        self.assert_never_more(self.total + burst, HONEST)

    def go_away(self, name):
        """All its clients stay; others get what it had above its floor."""
        self.cut(name)
        self.excuse(name, True)
        others = [each for each in self.crowds if each != name]
        self.heat(*self.crowds)
        self.wait_for_halves(*others)
        self.assertTrue(self.is_in_state(name, "cut-off"))
        self.assertEqual(self.portion(name), self.floor)

    def come_back(self, name, other):
        done = [crowd.done for crowd in self.crowds[name]]
        self.heal(name)
        self.wait_for_halves(name, other, "it does not come back")
        self.until(lambda: all(
            crowd.done > before
            for crowd, before in zip(self.crowds[name], done)),
                   "its clients get nothing")
        self.excuse(name, False)

    def assert_lanes(self):
        """No lane has stood still for a period, at a replica that could."""
        for name, crowds in self.crowds.items():
            for crowd in crowds:
                print(f"{name}, {crowd.make.__name__}: {crowd.done} done, "
                      f"never nothing for more than {crowd.longest:.2f} s")
                self.assertGreater(crowd.done, 0)
                self.assertLess(crowd.longest, LEASE)


class Relayed:
    """A way of its own to the API server for each replica."""

    ways = None

    def kubeconfig_of(self, name):
        target = getattr(self.sim, "target", None) or (
            self.sim.host, self.sim.port)
        self.ways = self.ways or {}
        if name not in self.ways:
            self.ways[name] = relay.Relay(target)
            self.addCleanup(self.ways[name].close)
        path = self.tmp / f"{name}.kubeconfig"
        path.write_text(re.sub(
            r"https://[\d.]+:\d+",
            f"https://127.0.0.1:{self.ways[name].port}",
            self.sim.kubeconfig.read_text()))
        return path

    def cut(self, name):
        self.ways[name].freeze()

    def heal(self, name):
        self.ways[name].thaw()
