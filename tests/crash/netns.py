# SPDX-License-Identifier: Apache-2.0
"""A network of two namespaces, which only this process and its children see.

	this process, Fairway          the API server
	   10.77.0.1  ----- the way ----- 10.77.0.2
	   10.77.N.1  --- or several ---- 10.77.N.2
	   10.78.0.1  -- for orders only - 10.78.0.2

Each way can be cut by itself, in several manners; the last one is for the admin
calls of kubesim and is always there.  A program that wants namespaces calls enter()
first: it begins anew in its own, or ends with 77 where that is not allowed.
"""

import os
import shutil
import subprocess
import sys

def server(way=0):
    return f"10.77.{way}.2"


SERVER = server()
ORDERS = "10.78.0.2"
MARK = "FAIRWAY_NETNS"


def enter(*kinds):
    """Returns in namespaces of our own: of the network, or "--mount"."""
    if os.environ.get(MARK):
        if "--net" in kinds or not kinds:
            run("ip", "link", "set", "lo", "up")
        return
    kinds = kinds or ("--net",)
    tools = {"--net": ("nsenter", "ip", "nft"), "--mount": ("mount",)}
    trials = {"--net": "ip link add fw-try type veth",
              "--mount": "mount -t tmpfs tmpfs /mnt"}
    # Works for root and, where the kernel lets anybody, for others.
    unshare = ["unshare", "--map-root-user", *kinds]
    for kind in kinds:
        for tool in ("unshare", *tools[kind]):
            if not shutil.which(tool):
                print(f"SKIPPED: {tool} is not installed")
                sys.exit(77)
        if subprocess.run([*unshare, "sh", "-c", trials[kind]],
                          capture_output=True).returncode != 0:
            print(f"SKIPPED: no {kind[2:]} namespaces here")
            sys.exit(77)
    os.environ[MARK] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])


def run(*args, stdin=None):
    subprocess.run([str(arg) for arg in args], check=True, input=stdin,
                   text=True)


class Network:
    def __init__(self, ways=1):
        # Whoever holds the other namespace ends with its standard input.
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo there; exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.inside = ["nsenter", "-t", str(self.holder.pid), "--net"]
        run(*self.inside, "ip", "link", "set", "lo", "up")
        self.links = [f"fw-way{way}" for way in range(ways)]
        for way, name in enumerate(self.links):
            self.link(name, f"10.77.{way}.1", server(way))
        self.link("fw-orders", "10.78.0.1", ORDERS)

    def link(self, name, ours, theirs):
        run("ip", "link", "add", name, "type", "veth", "peer", "name",
            name, "netns", self.holder.pid)
        run("ip", "addr", "add", f"{ours}/30", "dev", name)
        run(*self.inside, "ip", "addr", "add", f"{theirs}/30", "dev", name)
        run("ip", "link", "set", name, "up")
        run(*self.inside, "ip", "link", "set", name, "up")

    def close(self):
        # By itself it goes with the namespace, but some time later.
        for name in *self.links, "fw-orders":
            run("ip", "link", "del", name)
        self.holder.stdin.close()
        self.holder.wait()
        self.holder.stdout.close()

    # --- how it is cut -----------------------------------------------------

    def filter(self, came="", leaves="", way=0):
        """Rules for packets at the API server's end of a way."""
        run(*self.inside, "nft", "-f", "-", stdin=f"""
table inet cut{way} {{
	chain came {{
		type filter hook input priority 0
		iifname "{self.links[way]}" {came}
	}}
	chain leaves {{
		type filter hook output priority 0
		oifname "{self.links[way]}" {leaves}
	}}
}}
""")

    def drop(self, way=0):
        """Nothing comes through, and nobody is told."""
        self.filter("drop", "drop", way)

    def reject(self):
        """Connections are reset, and new ones refused."""
        self.filter("meta l4proto tcp reject with tcp reset", "accept")

    def unreachable(self):
        """As a router says it that knows no way."""
        self.filter("reject with icmp type host-unreachable", "accept")

    def half_open(self):
        """Requests arrive and take effect; answers do not come back."""
        self.filter("accept", "drop")

    def lose(self, percent):
        rule = f"numgen random mod 100 < {percent} drop"
        self.filter(rule, rule)

    def link_down(self, way=0):
        run("ip", "link", "set", self.links[way], "down")

    def heal(self):
        """All of them."""
        for name in self.links:
            run("ip", "link", "set", name, "up")
        subprocess.run([*self.inside, "nft", "flush", "ruleset"], check=True)
