# SPDX-License-Identifier: Apache-2.0
"""Several API servers behind one Fairway, for the tests of that.

    class Rolling(servers.Case):
        def test_something(self):
            self.start_fairway(self.urls())

Each kubesim has objects of its own, and all have one CA.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import harness

HEALTH = ("health:\n"
          "  probeInterval: 20ms\n"
          "  probeIntervalAway: 20ms\n"
          "  probeTimeout: 200ms\n")
NAMESPACE = "/api/v1/namespaces/argo"


class Case(harness.Case):
    count = 2

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.clients = []
        (self.tmp / "sim").mkdir()
        self.sims = [harness.Kubesim(self.tmp / "sim")
                     for _ in range(self.count)]
        self.addCleanup(self.end_sims)

    def end_sims(self):
        for sim in self.sims:
            sim.stop()

    def urls(self):
        return [f"https://127.0.0.1:{sim.port}" for sim in self.sims]

    def start_fairway(self, urls, upstream="", more="", wrapper=()):
        """In front of them; `upstream` are more keys of that section."""
        listed = ", ".join(f'"{url}"' for url in urls)
        config = self.tmp / "fairway.yaml"
        config.write_text(
            "apiVersion: fairway.dev/v1alpha1\n"
            "kind: Configuration\n"
            "upstream:\n"
            f"  servers: [{listed}]\n"
            f"  certificateAuthority: {self.tmp}/sim/ca.crt\n"
            f"{upstream}{HEALTH}{more}")
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.sims[0].kubeconfig, "--config", config,
            wrapper=wrapper)
        self.addCleanup(self.end_fairway)

    def restart_sim(self, at):
        """It ends; another one is there at the same place."""
        port = self.sims[at].port
        self.sims[at].stop()
        self.sims[at] = harness.Kubesim(self.tmp / "sim",
                                        listen=f"127.0.0.1:{port}")

    def served(self):
        """How many gets of the namespace each of them has answered."""
        return [sum(item["count"] for item in sim.admin("GET", "/counters")
                    if item["verb"] == "get" and item["code"] == 200
                    and item["resource"] == "namespaces")
                for sim in self.sims]

    def get(self, client):
        self.assert_status(client.request("GET", NAMESPACE), 200)

    def health(self):
        """Of all endpoints that are there, as /readyz says it."""
        text = self.fairway.admin_get("/readyz?verbose")
        return re.findall(r"(?m)^\[\+\]upstream \S+ is (\w+)", text)

    def wait_health(self, *states):
        harness.poll(lambda: sorted(self.health()) == sorted(states),
                     f"the API servers did not become {states}")


class Names:
    """A /etc/hosts and a /etc/resolv.conf for one Fairway only."""

    def __init__(self, folder):
        self.hosts = folder / "hosts"
        self.resolv_conf = folder / "resolv.conf"
        self.set()
        # Nobody answers there, and at once.
        self.resolv_conf.write_text("nameserver 127.0.0.1:1\n"
                                    "options timeout:1 attempts:1\n")

    def set(self, *addresses, name="api.test"):
        """In place, since it is mounted."""
        self.hosts.write_text("127.0.0.1 localhost\n" + "".join(
            f"{address} {name}\n" for address in addresses))

    @property
    def wrapper(self):
        mounts = (f"mount --bind {self.hosts} /etc/hosts && "
                  f"mount --bind {self.resolv_conf} /etc/resolv.conf && "
                  'exec "$@"')
        return ["unshare", "-rm", "sh", "-c", mounts, "sh"]

    def works(self):
        """Whether this machine lets us mount in a namespace of our own."""
        if os.environ.get("FAIRWAY_WRAPPER"):
            return False
        try:
            return subprocess.run([*self.wrapper, "true"],
                                  capture_output=True).returncode == 0
        except FileNotFoundError:
            return False
