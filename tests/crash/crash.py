#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9, again and again: of Fairway, of its client, of both, of the API
server, of that and Fairway in one moment, while the API server comes and goes;
and then the oracle (tests/crash/oracle.py).

    CRASHES=200 CRASH_SECONDS=40 SEED=1 tests/crash/crash.py

It ends with the chapter in which one of them is reached; `make check-crash
CRASHES=10000` has all the time.  JOBS=6 plays so many worlds at a time, each
with a share of the crashes and a seed of its own, from SEED on: most of the time
each waits for somebody's timer.

Moments are counted in events, never in time: a request that is about to
leave, an answer, a write or a new name in the journal's folder, a line of the
log.  When none comes and every process sleeps, the next step is taken.

Crashes come in chapters of some dozens, each with a configuration of its own.
At the end of one the API server is well, each identity says something, and
when no intent is open any more the oracle reads everything.

For the record of how many finalizers stay: DIRECT=1 is the same without
Fairway (clients ask the API server itself, and what would kill Fairway does
not); SPARE=1: with Fairway, and it is not killed; ONCE=1, with it or without:
nobody asks for the same twice; MODE=Always or WhenHeld: the journal's, which
is drawn for each chapter otherwise.
"""

import collections
import concurrent.futures
import ctypes
import json
import os
import pathlib
import random
import re
import select
import shutil
import struct
import sys
import tempfile
import subprocess
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

import h2client  # noqa: E402
import harness  # noqa: E402
import journal_file  # noqa: E402
from client import ClientProcess  # noqa: E402
from ledger import OWN, USERS, Ledger, removal_body  # noqa: E402
from oracle import Oracle  # noqa: E402
from world import NAMESPACE, OTHERS, OURS, PODS, World, dump  # noqa: E402

SEED = int(os.environ.get("SEED", "1"))
JOBS = int(os.environ.get("JOBS", "1"))
CRASHES = int(os.environ.get("CRASHES", "200"))
SECONDS = float(os.environ.get("CRASH_SECONDS", "40"))
DIRECT = bool(os.environ.get("DIRECT"))
SPARE = bool(os.environ.get("SPARE"))
ONCE = bool(os.environ.get("ONCE"))
MODES = [os.environ["MODE"]] if "MODE" in os.environ else ["WhenHeld",
                                                            "Always"]
VICTIMS = ["Fairway"] * 3 + ["both", "client"]
if not DIRECT and not SPARE:
    VICTIMS += ["API server", "API server and Fairway"]
CHAPTER = 40  # crashes between two looks of the oracle
LOOK = 0.004  # seconds between two looks at whether all of them sleep
LOOKS = 3
LEASES = "/apis/coordination.k8s.io/v1/namespaces/argo/leases"

CONFIG = """apiVersion: fairway.dev/v1alpha1
kind: Configuration
cleartext: {{address: 'unix:{socket}'}}
health: {{probeInterval: 50ms, probeIntervalAway: 20ms, probeTimeout: 200ms}}
limits: {{pingAfter: 1s, pingTimeout: 200ms}}
upstream: {{connectTimeout: 200ms}}
retry: {{answerTimeout: 500ms}}
journal: {{mode: {mode}, onConflict: {on_conflict}}}
lanes:
- {{name: finalizers, holdMax: {hold}, waitMax: {hold}}}
- {{name: writes, holdMax: {hold}, waitMax: {hold}}}
"""


class Folder:
    """Counts what is done to a folder, by inotify."""

    IN_MODIFY, IN_MOVED_TO, IN_CREATE, IN_DELETE = 2, 0x80, 0x100, 0x200
    EVENT = struct.Struct("iIII")

    def __init__(self, path):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0 or self.libc.inotify_add_watch(
                self.fd, os.fsencode(path), self.IN_MODIFY | self.IN_MOVED_TO
                | self.IN_CREATE | self.IN_DELETE) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def fileno(self):
        return self.fd

    def read(self):
        try:
            data = os.read(self.fd, 1 << 16)
        except BlockingIOError:
            return 0
        count = at = 0
        while at < len(data):
            at += self.EVENT.size + self.EVENT.unpack_from(data, at)[3]
            count += 1
        return count


def state_of(task):
    try:
        return (task / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "S"  # it is gone


class Fairway(harness.Process):
    """Started, and not waited for: it may be killed while it starts."""

    def __init__(self, folder, config, kubeconfig):
        super().__init__(
            [harness.FAIRWAY, "serve", "--kubeconfig", kubeconfig,
             "--context", "argo", "--state-dir", folder,
             "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
             "--config", config], "fairway")

    def kill(self):
        self.process.kill()
        self.process.wait()
        while self.read_lines(0):
            pass
        self.pipe.close()

    def metrics(self):
        port = int(self.wait_line(
            r"msg=\"?listening.* admin=127\.0\.0\.1:(\d+)").group(1))
        return harness.admin_get(port, "/metrics")


class Run:
    def __init__(self, seed):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-crash."))
        self.seed = seed
        self.random = random.Random(seed)
        (self.tmp / "sim").mkdir()
        (self.tmp / "fw").mkdir(mode=0o700)
        self.journal = self.tmp / "fw"
        self.socket = self.dial = self.tmp / "s"
        self.config = self.tmp / "fairway.yaml"
        self.sim = harness.Kubesim(self.tmp / "sim", "--history", "1000000",
                                   "--keep")
        if DIRECT:
            self.dial = lambda token: h2client.Client(
                "127.0.0.1", self.sim.port, token=token,
                cafile=self.tmp / "sim" / "ca.crt")
        self.world = World(self.sim, self.random)
        self.ledger = Ledger()
        self.fairway = None
        self.client = None
        self.folder = Folder(self.journal)
        self.intents = {}
        self.ends = {}
        self.past = set()      # ids of earlier chapters: files may say them
        self.survived = set()  # ids that were open when it was killed
        self.count = collections.Counter()
        self.end_count = collections.Counter()
        self.replay_count = 0
        self.lease = 0
        self.crashes = 0

    def end(self):
        if self.client:
            self.client.kill()
        if self.fairway:
            self.fairway.kill()
        self.sim.stop()
        shutil.rmtree(self.tmp)

    # --- what is asked for -------------------------------------------------

    def plan(self):
        """What the next client is going to send."""
        requests = [] if ONCE else self.again()
        pods = self.candidates()
        if len(pods) < 8:
            self.world.add_pods(self.random.randrange(5, 12))
            pods = self.candidates()
        for pod in self.random.sample(pods, min(len(pods),
                                                self.random.randrange(2, 9))):
            requests.append(self.removal(pod))
        for _ in range(self.random.randrange(3)):
            requests.append(self.other())
        self.random.shuffle(requests)
        # An identity is proven by an answer to it.
        first = [self.ledger.add(kind="list", token=token, method="GET",
                                 path=NAMESPACE)
                 for token in sorted({r.token for r in requests})
                 if token != OWN]
        return first + requests

    def candidates(self):
        asked = {request.object.uid for request in self.ledger.removals()
                 if ONCE and request.was_sent}
        return [pod for pod in self.world.pods()
                if pod.finalizers and pod.uid not in asked]

    def removal(self, pod):
        name = self.random.choice(
            [name for name in (OURS, OTHERS) if name in pod.finalizers]
            or pod.finalizers)
        form = self.random.choice(["merge", "merge", "merge", "merge-uid",
                                   "strategic", "json"])
        label = form != "json" and self.random.random() < 0.5
        content_type, body = removal_body(form, pod, name, label)
        token = self.random.choice([OWN, OWN, *USERS])
        # Of the same removal by two the bodies differ: by blanks.
        body += b" " * list(USERS).index(token)
        return self.ledger.add(
            kind="removal", method="PATCH", path=f"{PODS}/{pod.name}",
            token=token, content_type=content_type, body=body, object=pod,
            names=(name,), label=label,
            is_plain=form in ("strategic", "json") or len(pod.finalizers) == 1
            or (form == "merge" and name == OURS))

    def again(self):
        """Some of those whose outcome nobody knows: word for word."""
        open_ones = [r for r in self.ledger.removals()
                     if r.was_sent and not r.is_settled]
        chosen = self.random.sample(open_ones, min(len(open_ones), 2))
        return [self.ledger.add(
            kind="removal", method=r.method, path=r.path, token=r.token,
            content_type=r.content_type, body=r.body, object=r.object,
            names=r.names, label=r.label,
            is_plain=r.is_plain) for r in chosen]

    def other(self):
        token = self.random.choice(list(USERS))
        kind = self.random.choice(["create", "create", "lease", "list"])
        if kind == "list":
            return self.ledger.add(kind=kind, token=token, method="GET",
                                   path=PODS)
        self.lease += 1
        if kind == "lease":
            return self.ledger.add(
                kind=kind, token=token, method="POST", path=LEASES,
                body=json.dumps({
                    "kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
                    "metadata": {"name": f"l-{self.lease}"},
                    "spec": {"holderIdentity": "a"}}).encode())
        # A second one would have another name: it would be seen.
        return self.ledger.add(
            kind=kind, token=token, method="POST",
            path=NAMESPACE + "/configmaps",
            body=json.dumps({
                "kind": "ConfigMap", "apiVersion": "v1",
                "metadata": {"generateName": "x-"},
                "data": {"n": str(self.lease)}}).encode())

    # --- events ------------------------------------------------------------

    def sources(self):
        sources = [self.fairway.pipe] if self.fairway else []
        if self.client:
            sources.append(self.client)
        if self.folder:
            sources.append(self.folder)
        return sources

    def are_asleep(self):
        """Nobody has anything to do but to wait."""
        whos = [self.fairway, self.client]
        if not self.sim.pipe.closed:
            whos.append(self.sim)
        pids = [who.pid for who in whos if who]
        return all(state_of(task) == "S" for pid in pids
                   for task in pathlib.Path(f"/proc/{pid}/task").iterdir())

    def wait_events(self, patience=0):
        """How many have come; 0: none is going to, for that long at least."""
        until = time.monotonic() + patience
        looks = 0
        while True:
            ready, _, _ = select.select(self.sources(), [], [], LOOK)
            if ready:
                return self.take(ready)
            looks = looks + 1 if self.are_asleep() else 0
            if looks >= LOOKS and time.monotonic() >= until:
                return 0

    def take(self, ready):
        count = 0
        if self.fairway and self.fairway.pipe in ready:
            before = len(self.fairway.lines)
            if not self.fairway.read_lines(0):
                raise AssertionError("Fairway ended by itself:\n"
                                     + "\n".join(self.fairway.lines))
            count += len(self.fairway.lines) - before
        if self.folder in ready:
            writes = self.folder.read()
            self.count["writes of the journal"] += writes
            count += writes
        if self.client in ready:
            for event in self.client.read():
                self.ledger.note(event)
                count += 1
            if self.client.is_over:
                self.client = None
        return count

    def act(self, steps):
        """Each step when so many events have come, or none comes."""
        for events, step in steps:
            # So long that, now and then, what is held is given up.
            patience = self.random.choice([0] * 8 + [0.06, 0.06, 0.35])
            while events > 0:
                came = self.wait_events(patience)
                if not came:
                    break
                events -= came
            step()

    # --- what happens ------------------------------------------------------

    def start(self):
        if self.fairway is None and not DIRECT:
            self.fairway = Fairway(self.tmp / "fw", self.config,
                                   self.sim.kubeconfig)

    def kill_fairway(self):
        if DIRECT or SPARE:
            return
        self.fairway.kill()
        self.fairway = None
        self.read_journal()

    def kill_client(self):
        if self.client:
            for event in self.client.kill():
                self.ledger.note(event)
            self.client = None

    def kill_api_server(self, and_fairway):
        """In one moment; either may be the first to be there again."""
        if and_fairway:
            self.fairway.process.kill()
        self.sim.kill()
        self.world.outage = None  # it knows of none when it begins again
        if and_fairway:
            self.kill_fairway()
            if self.random.random() < 0.5:
                self.start()
        self.act([(self.random.randrange(8), self.sim.begin_again)])

    def read_journal(self):
        """What is durable now that nobody writes."""
        for segment in journal_file.read_folder(self.journal):
            for intent in segment.opened:
                if intent.id in self.past:
                    continue
                versions = self.intents.setdefault(intent.id, [])
                if intent not in versions:
                    versions.append(intent)
            for number, end in segment.closed:
                self.ends.setdefault(number, end)
            self.survived.update(segment.open_ids())

    def send(self):
        if self.client is None:
            self.client = ClientProcess(self.dial, self.plan(),
                                        self.random.choice([2, 8, 100]))

    def crash(self):
        """One kill, with what comes before it."""
        self.start()
        self.send()
        steps = []
        if self.random.random() < 0.7:
            steps.append(lambda: self.count.update(
                ["outage: " + self.world.break_down()]))
        for _ in range(self.random.randrange(3)):
            steps.append(self.world.meddle)
        if self.random.random() < 0.4:
            steps.append(self.world.heal)
        if self.random.random() < 0.3:
            steps.append(self.send)
        victim = self.random.choice(VICTIMS)
        if victim in ("both", "client"):
            steps.append(self.kill_client)
        self.act((self.random.randrange(25), step) for step in steps)
        if victim.startswith("API"):
            self.act([(self.random.randrange(25), lambda:
                       self.kill_api_server("Fairway" in victim))])
        elif victim != "client":
            self.act([(self.random.randrange(25), self.kill_fairway)])
        if self.random.random() < 0.4:
            self.world.heal()
        self.count["kills of " + victim] += 1
        self.crashes += 1

    # --- chapters ----------------------------------------------------------

    def configure(self):
        self.config.write_text(CONFIG.format(
            socket=self.socket,
            mode=self.random.choice(MODES),
            on_conflict=self.random.choice(["Leave", "Leave", "Rebase"]),
            hold=self.random.choice(["50ms", "300ms", "30s"])))

    def settle(self):
        """The API server is well, and everybody has said something."""
        self.world.heal()
        self.start()
        while self.client:
            self.wait_events()
        if DIRECT:
            return
        if self.random.random() < 0.7:
            # What was given up by its client is sent again at once then.
            self.kill_fairway()
            self.start()
        self.wait_for(lambda: self.everybody_asks() == {200},
                      "an identity was not accepted")
        try:
            self.wait_for(lambda: self.open_intents() == 0,
                          "intents stay open")
        except harness.TimedOut:
            subprocess.run([harness.FAIRWAY, "journal", "-o", "json",
                            "--state-dir", self.tmp / "fw"], check=False)
            raise
        self.fairway.terminate()
        status = self.fairway.stop()
        if status != 0:
            raise AssertionError(f"Fairway ended with {status}")
        self.fairway = None
        survived = set(self.survived)
        self.read_journal()
        self.survived = survived

    def wait_for(self, condition, complaint):
        until = time.monotonic() + harness.LIMIT
        while not condition():
            self.wait_events(0.05)
            if time.monotonic() > until:
                raise harness.TimedOut(complaint)

    def everybody_asks(self):
        requests = [self.ledger.add(kind="list", token=token, method="GET",
                                    path=NAMESPACE) for token in USERS]
        self.client = ClientProcess(self.dial, requests, 4)
        while self.client:
            self.wait_events()
        return {request.status for request in requests}

    def open_intents(self):
        return int(re.search(r"^fairway_intents (\d+)",
                             self.fairway.metrics(), re.M).group(1))

    def chapter(self, crashes):
        self.configure()
        self.world.add_pods(10)
        for _ in range(crashes):
            self.crash()
        self.settle()
        history = self.world.history()
        complaints = Oracle(self.ledger, history, self.intents, self.ends,
                            self.world, DIRECT).check()
        if complaints:
            print(f"seed {self.seed}, crash {self.crashes}:",
                  *complaints[:10], self.config.read_text(), sep="\n",
                  flush=True)
            if os.environ.get("DUMP"):
                pathlib.Path(os.environ["DUMP"]).write_text(dump(history))
            return False
        self.tally(history)
        self.ledger.clear()
        self.world.clear()
        self.sim.admin("DELETE", "/history")
        self.past.update(self.intents)
        self.intents, self.ends, self.survived = {}, {}, set()
        return True

    def tally(self, history):
        audits = {request.audit_id
                  for request in self.ledger.requests.values()}
        self.count["removals asked for"] += len(self.ledger.removals())
        self.count["other requests"] += \
            len(self.ledger.requests) - len(self.ledger.removals())
        for request in self.ledger.removals():
            told = request.told if request.told != "answer" \
                else request.status
            self.count[f"removals told {told or 'nothing: client killed'}"] \
                += 1
            self.count["… with an intent"] += bool(request.intent)
        self.tally_stayed()
        self.count["effects"] += len(history)
        self.count["effects of replays"] += sum(
            effect["user"] != "admin" and effect["auditID"] not in audits
            for effect in history)
        self.count["intents opened"] += len(self.intents)
        self.count["intents that survived a kill"] += len(self.survived)
        for number in self.intents:
            self.count["end: " + self.ends[number]] += 1

    def tally_stayed(self):
        """Finalizers whose removal left a client, and that are there."""
        pods = {pod.uid: pod for pod in self.world.pods()}
        asked = {(request.object.uid, name): request
                 for request in self.ledger.removals() if request.was_sent
                 for name in request.names}
        self.count["finalizers that were to go"] += len(asked)
        for (uid, name), request in asked.items():
            pod = pods.get(uid)
            if pod and name in pod.finalizers:
                has_changed = pod.version != request.object.version
                self.count["… that stayed: the object changed" if has_changed
                           else "… that stayed: the object did not"] += 1



def play(seed, crashes):
    """One world: whether it passed, how many crashes it had, and a table."""
    begun = time.monotonic()
    run = Run(seed)
    passed = True
    try:
        while passed and run.crashes < crashes and \
                time.monotonic() - begun < SECONDS:
            passed = run.chapter(min(CHAPTER, crashes - run.crashes))
    finally:
        run.end()
    return passed, run.crashes, run.count


def main():
    begun = time.monotonic()
    seeds = range(SEED, SEED + JOBS)
    shares = [CRASHES * (i + 1) // JOBS - CRASHES * i // JOBS
              for i in range(JOBS)]
    with concurrent.futures.ProcessPoolExecutor(JOBS) as pool:
        passed, crashes, tables = zip(*pool.map(play, seeds, shares))
    print(f"{sum(crashes)} crashes, seed", *seeds)
    for name, count in sorted(sum(tables, collections.Counter()).items()):
        print(f"  {name:40} {count:8}")
    print(f"  {time.monotonic() - begun:.0f} s")
    print("PASSED" if all(passed) else "FAILED")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
