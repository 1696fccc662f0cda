#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an operator asks a running Fairway, and tells it to do."""

import http.client
import signal

import harness


class Case(harness.Case):
    def get(self, path):
        """(status, text) from the admin endpoint."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.fairway.admin_port, timeout=harness.LIMIT)
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text


class Checks(Case):
    def test_each_may_be_asked_alone(self):
        for path in ("/livez/loop", "/readyz/loop", "/readyz/upstream",
                     "/readyz/config", "/readyz/certificate",
                     "/readyz/credentials", "/readyz/journal",
                     "/healthz/shutdown"):
            self.assertEqual(self.get(path), (200, "ok"), path)
        for path in ("/livez/shutdown", "/readyz/none", "/readyz/",
                     "/readyz/loop/", "/readyzloop", "/metrics/x"):
            self.assertEqual(self.get(path)[0], 404, path)
        self.assertEqual(self.get("/livez?verbose"),
                         (200, "[+]loop ok\nlivez check passed\n"))

    def test_what_does_not_count_fails_alone(self):
        self.sim.stop()
        harness.poll(lambda: self.get("/readyz/upstream") ==
                     (503, "upstream: away\n"), "it is still there")
        self.assertEqual(self.get("/readyz"), (200, "ok"))


class Leaving(Case):
    config = "shutdown: {delay: 1h}\n"

    def end(self):
        self.fairway.process.send_signal(signal.SIGTERM)
        self.fairway.is_told = True

    def test_one_may_be_left_out(self):
        self.end()
        self.fairway.wait_line("ending: not ready any more")
        self.assertEqual(self.get("/readyz"), (503, "shutting down"))
        self.assertEqual(self.get("/readyz/shutdown"),
                         (503, "shutdown: has begun\n"))
        self.assertEqual(self.get("/readyz?exclude=shutdown"), (200, "ok"))
        said = self.get("/readyz?verbose&exclude=shutdown&exclude=none")[1]
        self.assertIn("[+]shutdown excluded: ok\n", said)
        self.assertIn("warn: some of what is excluded is no check\n", said)
        self.assertEqual(self.get("/livez"), (200, "ok"))
        self.end()


if __name__ == "__main__":
    harness.main()
