#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Everything at once, by a seed: clients that leave, an API server that
resets, refuses, says GOAWAY and goes away.  Whatever happens, nothing is done
twice, no answer is made up, and every request ends.

SEED and ROUNDS in the environment choose another and a longer walk.
"""

import os
import random
import select
import time

import harness
from harness import (CONFIGMAPS, JSON, MERGE_PATCH, POD_FINALIZER,
                     configmap, pod, removal)

SEED = int(os.environ.get("SEED", "1"))
ROUNDS = int(os.environ.get("ROUNDS", "150"))

# What a client may be told of a create; never 500 or 502.
CREATE_ANSWERS = {201, 429, 503, 504}


class Chaos(harness.Case):
    config = ("health:\n"
              "  probeInterval: 50ms\n"
              "  probeIntervalAway: 20ms\n"
              "  probeTimeout: 300ms\n")

    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.connections = []
        self.creates = {}  # name: stream, None once the client left it
        self.others = []
        self.count = 0

    def connection(self):
        alive = [c for c in self.connections if not c.closed and not c.goaway]
        if not alive or (len(alive) < 5 and self.random.random() < 0.1):
            client = self.client(window=self.random.choice([65535, 1 << 20]))
            self.connections.append(client)
            return client
        return self.random.choice(alive)

    # --- what clients do ---------------------------------------------------

    def create(self):
        self.count += 1
        name = f"x-{self.count}"
        size = self.random.choice([0, 100, 20_000, 70_000, 300_000])
        client = self.connection()
        stream = client.open("POST", CONFIGMAPS, [JSON], end=False)
        self.creates[name] = stream
        client.queue(stream, configmap(name, {"k": "v" * size}))

    def get(self):
        self.others.append(self.connection().open("GET", CONFIGMAPS))

    def watch(self):
        self.others.append(self.connection().open(
            "GET", CONFIGMAPS + "?watch=true&timeoutSeconds=2"))

    def remove(self):
        name = f"p-{self.random.randrange(50):06}"
        self.others.append(self.connection().open(
            "PATCH", pod(name), [MERGE_PATCH], removal()))

    def leave_one(self):
        running = [s for s in [*self.others, *self.creates.values()]
                   if s and not s.is_over and not s.client.closed]
        if running:
            stream = self.random.choice(running)
            try:
                stream.cancel()
            except Exception:  # the connection ended meanwhile
                pass
            for name, other in self.creates.items():
                if other is stream:
                    self.creates[name] = None

    def leave_all(self):
        client = self.connection()
        for name, stream in self.creates.items():
            if stream and stream.client is client and not stream.is_over:
                self.creates[name] = None
        client.abort()

    # --- what the API server does ------------------------------------------

    def fault(self):
        action = self.random.choice(["status", "reset", "reset", "close",
                                     "goaway", "cut", "none"])
        rule = {"count": self.random.randrange(1, 6),
                "percent": self.random.choice([30, 100]),
                "when": self.random.choice(["before", "after"])}
        if action == "status":
            rule |= {"code": self.random.choice([429, 429, 503, 504]),
                     "retryAfter": 1, "pf": self.random.random() < 0.7,
                     "when": "before"}
        elif action == "reset":
            rule["h2Error"] = self.random.choice([2, 7, 8])
            if rule["h2Error"] == 7:
                rule["when"] = "before"
        elif action == "cut":
            rule["bytes"] = self.random.choice([0, 10, 1000])
        if action == "none":
            rule |= {"delayMs": 20, "jitterMs": 20}
        else:
            rule["action"] = action
        self.sim.fault(**rule)

    def lose_connections(self):
        # Without dropNewest: it may disown what has been executed.
        self.sim.connections(
            self.random.choice(["reset", "close", "goaway"]))

    def go_away(self):
        self.sim.listener("refuse")
        self.sim.connections("reset")

    def come_back(self):
        self.sim.listener("accept")

    def pause(self):
        """Lets frames come, as long as any do."""
        sockets = [c.socket for c in self.connections if not c.closed]
        if sockets:
            select.select(sockets, [], [], 0.01)
        for client in self.connections:
            client.drain()

    def wait_over(self, stream):
        """Reads all connections: a client that does not read is in the way
        of others, and is closed in the end."""
        until = time.monotonic() + harness.LIMIT
        while stream and not stream.is_over and not stream.client.closed:
            self.assertLess(time.monotonic(), until, "a request never ended")
            self.pause()

    def walk(self):
        steps = [(self.create, 30), (self.get, 10), (self.watch, 4),
                 (self.remove, 10), (self.leave_one, 5), (self.leave_all, 1),
                 (self.fault, 6), (self.lose_connections, 2),
                 (self.go_away, 1), (self.come_back, 3), (self.pause, 20)]
        functions = [step for step, _ in steps]
        weights = [weight for _, weight in steps]
        for step in self.random.choices(functions, weights, k=ROUNDS):
            try:
                step()
            except (harness.Closed, OSError):
                pass

    def test_nothing_twice_nothing_made_up_everything_ends(self):
        self.sim.preload("pods", "argo", prefix="p-", count=50,
                         finalizers=[POD_FINALIZER], deleted=True)
        self.walk()
        self.sim.listener("accept")
        self.sim.no_faults()

        for stream in [*self.creates.values(), *self.others]:
            self.wait_over(stream)
        self.check_creates()
        # Fairway is as good as new.
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        answer = client.request("POST", CONFIGMAPS, [JSON],
                                configmap("last"))
        self.assert_status(answer, 201)
        client.close()
        for connection in self.connections:
            connection.close()
        self.sim.wait_streams(0)

    def check_creates(self):
        """Nothing was done twice, and no answer was made up."""
        effects = self.sim.effects("POST")
        self.assertEqual(len(effects), len(set(effects)), "done twice")
        for name, stream in self.creates.items():
            if stream is None or stream.headers is None:
                continue
            self.assertIn(stream.status, CREATE_ANSWERS,
                          [item for item in self.sim.history()
                           if item["name"] == name])
            if stream.status == 201:
                self.assertIn(name, effects)
            if stream.header("retry-after"):
                # A promise: it was not executed.
                self.assertNotIn(name, effects)


if __name__ == "__main__":
    harness.main()
