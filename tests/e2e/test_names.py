#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""F23: names of API servers: not there yet, with several addresses, changed,
gone.  Needs a mount namespace for a hosts file of its own, else skipped."""

import pathlib
import sys
import tempfile

import harness
import servers


class NamesChange(servers.Case):
    def setUp(self):
        super().setUp()
        self.names = servers.Names(self.tmp)
        # One name has one port: the second one is at another address.
        self.sims[1].stop()
        self.sims[1] = harness.Kubesim(
            self.tmp / "sim", listen=f"127.0.0.2:{self.sims[0].port}")

    def start(self):
        self.start_fairway(
            [f"https://api.test:{self.sims[0].port}"],
            "  tlsServerName: localhost\n  lookupInterval: 1s\n",
            wrapper=self.names.wrapper)

    def test_a_name_that_is_not_known_yet_holds_requests(self):
        self.start()
        stream = self.client().open("GET", servers.NAMESPACE)
        self.fairway.wait_line("cannot look up the API server")
        self.assertIn("[-]upstream: away (never counts)\n",
                      self.fairway.admin_get("/readyz?verbose"))
        self.names.set("127.0.0.1")
        self.assert_status(stream, 200)

    def test_each_address_is_an_endpoint(self):
        self.names.set("127.0.0.1", "127.0.0.2")
        self.start()
        for _ in range(10):
            self.get(self.client())
        self.assertEqual(self.served(), [5, 5])

    def test_a_name_that_is_gone_keeps_its_last_address(self):
        self.names.set("127.0.0.1")
        self.start()
        client = self.client()
        self.get(client)
        self.names.set()
        self.fairway.wait_line("cannot look up the API server")
        self.get(client)
        self.get(self.client())
        self.sims[0].connections("reset")
        self.get(self.client())

    def test_a_name_that_has_moved_is_followed(self):
        self.names.set("127.0.0.1")
        self.start()
        client = self.client()
        self.get(client)
        self.names.set("127.0.0.2")
        self.sims[0].listener("refuse")
        self.sims[0].connections("reset")
        self.get(client)
        self.assertEqual(self.served(), [1, 1])
        self.fairway.wait_line("API server given up")

    def test_an_address_more_is_found_without_a_failure(self):
        self.names.set("127.0.0.1")
        self.start()
        self.get(self.client())
        self.names.set("127.0.0.1", "127.0.0.2")
        self.fairway.wait_line(r"API server found.*127\.0\.0\.2")
        for _ in range(4):
            self.get(self.client())
        self.assertNotIn(0, self.served())


def can_mount():
    with tempfile.TemporaryDirectory(prefix="fairway-names.") as folder:
        return servers.Names(pathlib.Path(folder)).works()


if __name__ == "__main__":
    if not can_mount():
        print("a hosts file cannot be mounted in a namespace of our own")
        sys.exit(77)
    harness.main()
