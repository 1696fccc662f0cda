#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Heads of requests and answers: what passes, what is refused, what is
added."""

import json
import re

import harness
from harness import CONFIGMAPS, SPACE


# In bodies: a folder of kubesim's; and what goes on beside the test.
CHANGES = rb'/[^ ]*/readyz|"(resourceVersion|continue)":"[^"]*"'


class Heads(harness.Case):
    def test_an_answer_says_what_happened_to_it(self):
        answer = self.client().request("GET", CONFIGMAPS)
        self.assert_status(answer, 200)
        self.assertEqual(answer.header("x-fairway-lane"), "reads")
        self.assertTrue(answer.header("x-fairway-rule"))
        self.assertRegex(answer.header("x-fairway-wait"), r"^\d+ms$")
        self.assertIsNone(answer.header("x-fairway-reason"))
        self.assertTrue(answer.header("audit-id"))
        self.assertTrue(answer.header("x-kubernetes-pf-prioritylevel-uid"))

    def test_the_same_bytes_as_without_fairway(self):
        self.sim.preload("configmaps", SPACE, prefix="c-", count=30)

        def masked(stream):
            headers = [(name, value) for name, value in stream.headers
                       if not name.startswith("x-fairway-")
                       and name not in ("date", "audit-id")]
            return headers, re.sub(CHANGES, b"", stream.read())

        for path in (CONFIGMAPS, CONFIGMAPS + "?limit=7", "/api", "/version",
                     "/nothing/here", CONFIGMAPS + "/none", "/readyz"):
            through = self.client().request("GET", path)
            direct = self.direct(token=self.fairway.token).request(
                "GET", path)
            through.wait_over()
            direct.wait_over()
            self.assertEqual(masked(through), masked(direct), path)

    def test_head_has_no_body(self):
        answer = self.client().request("HEAD", "/version")
        self.assertEqual(answer.read(), b"")

    def assert_refused(self, status, method="GET", path="/version",
                       headers=(), reason=None, **more):
        answer = self.client().request(method, path, headers, **more)
        self.assertEqual(answer.status, status)
        if method != "HEAD":
            body = json.loads(answer.read())
            self.assertEqual(body["kind"], "Status")
            self.assertEqual(body["code"], status)
        self.assertIsNone(answer.header("retry-after"))
        if reason:
            self.assertEqual(answer.header("x-fairway-reason"), reason)

    def test_methods_off_the_list(self):
        self.assert_refused(405, "TRACE", reason="method")
        self.assert_refused(405, "PROPFIND")

    def test_two_credentials(self):
        self.assert_refused(400, headers=[("authorization", "Bearer x")])

    def test_two_hosts(self):
        self.assert_refused(400, headers=[("host", "evil.example")])

    def test_authorities_with_more_than_a_host(self):
        self.assert_refused(400, authority="user@localhost")

    def test_a_token_that_is_not_known_hears_the_api_server(self):
        client = self.client(token="forged")
        answer = client.request("GET", CONFIGMAPS)
        self.assertEqual(answer.status, 401)
        self.assertIsNone(answer.header("x-fairway-reason"))

    def test_a_forged_identity_is_not_passed_on(self):
        forged = [("x-remote-user", "admin"),
                  ("x-remote-group", "system:masters")]
        self.assertEqual(self.whoami(self.client(), forged),
                         self.whoami(self.client()))

    def test_impersonation_passes_with_a_token(self):
        if self.fairway.certificate:
            self.skipTest("with a certificate it does not")
        user = self.whoami(self.client(), [("impersonate-user", "alice"),
                                           ("impersonate-group", "g")])
        self.assertEqual(user["username"], "alice")
        self.assertIn("g", user["groups"])


if __name__ == "__main__":
    harness.main()
