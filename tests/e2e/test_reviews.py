#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What Fairway asks about its clients: `kubectl --as` with a certificate, by
SubjectAccessReview; whose a token is, by TokenReview.  Before kubesim, and
the first of it before a real API server too.  Everything fails closed; nobody
waits for who waits for him; nothing grows."""

import json

import cluster
import harness
import test_identity
from cluster import JSON, SPACE
from harness import CONFIGMAPS, LEASES, configmap
from test_identity import (CLIENT, GATEWAY, GROUP, REVIEW, WHOAMI, Row,
                           user)

REVIEWED = "  impersonation: SubjectAccessReview\n"
TOKENS = """  tokens: TokenReview
  reviewTimeout: 1s
{more}rules:
- {{name: clients, lane: events, matchingPrecedence: 50,
   serviceAccounts: ["{space}:client"]}}
- {{name: named, lane: writes, matchingPrecedence: 60, users: [zed]}}
- {{name: accounts, lane: reads, matchingPrecedence: 70,
   groups: ["system:serviceaccounts:{space}"]}}
"""
DENIED = 403, "not-allowed"
BAD = 400, "bad-request"
CAROL = ("impersonate-user", "carol")
OTHER = "system:serviceaccount:{}:other"


def rows(c):
    """Of alice, who may be carol, of team-a, with some of the rest."""
    def row(name, want, *fields):
        return Row("as " + name, want, c.alice, fields=fields)

    return [
        row("a user", user("carol"), CAROL),
        row("a user with a group", user("carol", "team-a"), CAROL,
            ("impersonate-group", "team-a")),
        row("a user with a uid", user("carol", uid="uid-1"), CAROL,
            ("impersonate-uid", "uid-1")),
        row("a user with an extra value",
            user("carol", extra={"example.com/team": ["red"]}), CAROL,
            ("impersonate-extra-example.com%2fteam", "red")),
        row("a service account",
            {"username": OTHER.format(SPACE)},
            ("impersonate-user", OTHER.format(SPACE))),
        row("one that she may not be", DENIED, ("impersonate-user", "bob")),
        row("herself", DENIED, ("impersonate-user", "alice")),
        row("a group that she may not", DENIED, CAROL,
            ("impersonate-group", "team-b")),
        row("a good group and a bad one", DENIED, CAROL,
            ("impersonate-group", "team-a"),
            ("impersonate-group", "team-b")),
        row("another uid", DENIED, CAROL, ("impersonate-uid", "uid-2")),
        row("another extra value", DENIED, CAROL,
            ("impersonate-extra-example.com%2fteam", "blue")),
        row("another extra key", DENIED, CAROL,
            ("impersonate-extra-scopes", "red")),
        row("another service account", DENIED,
            ("impersonate-user", CLIENT)),
        row("system:masters", (403, "impersonation"), CAROL,
            ("impersonate-group", "system:masters")),
        row("nobody", BAD, ("impersonate-user", "")),
        row("a group alone", BAD, ("impersonate-group", "team-a")),
        row("two users", BAD, CAROL, ("impersonate-user", "bob")),
        row("one with _", BAD, CAROL, ("impersonate_group", "team-a")),
        row("something else", BAD, CAROL, ("impersonate-other", "x")),
        row("a broken key", BAD, CAROL, ("impersonate-extra-a%2", "x")),
        Row("bob, who may be nobody", DENIED, c.bob, fields=[CAROL]),
        Row("an expired certificate", (401, "unauthorized"), c.expired,
            fields=[CAROL]),
        Row("a certificate alone", test_identity.ALICE_IS, c.alice),
    ]


def set_rights(case):
    """Who may be whom; and Fairway may ask."""
    allow = case.world.allow
    allow(GATEWAY, "create", "subjectaccessreviews",
          group="authorization.k8s.io")
    allow(GATEWAY, "impersonate", "serviceaccounts", ["other"],
          namespace=SPACE)
    allow(GATEWAY, "impersonate", "userextras/example.com/team",
          ["red", "blue"], group=GROUP)
    allow("alice", "impersonate", "users", ["carol"])
    allow("alice", "impersonate", "serviceaccounts", ["other"],
          namespace=SPACE)
    allow("alice", "impersonate", "groups", ["team-a"])
    allow("alice", "impersonate", "uids", ["uid-1"], group=GROUP)
    allow("alice", "impersonate", "userextras/example.com/team", ["red"],
          group=GROUP)
    # That she may do anything is no right to be anybody.
    allow("bob", "create", "configmaps", namespace=SPACE)


class Impersonation(test_identity.Table):
    more = REVIEWED

    def set_rights(self):
        super().set_rights()
        set_rights(self)

    def run_rows(self, protocol, connect, ask):
        for row in rows(self.certificates):
            with self.subTest(row=row.name):
                client = connect(row.certificate, row.token)
                self.check(row, *ask(client, row))
                client.close()


class KubesimCase(test_identity.Case):
    """With what only kubesim can be told."""

    more = REVIEWED

    def setUp(self):
        if cluster.FOLDER:
            self.skipTest("it needs orders that a real API server knows not")
        super().setUp()

    def set_rights(self):
        super().set_rights()
        set_rights(self)
        self.world.allow(GATEWAY, "create", "tokenreviews", group=GROUP)

    def reviews(self, resource="subjectaccessreviews"):
        """How many of them kubesim has answered."""
        return sum(item["count"] for item in self.sim.admin("GET", "/counters")
                   if item["resource"] == resource)

    def as_carol(self, client=None):
        client = client or self.h2(self.certificates.alice)
        return client.open("POST", WHOAMI, [JSON, CAROL], REVIEW)


class Cache(KubesimCase):
    def test_what_was_said_is_remembered(self):
        client = self.h2(self.certificates.alice)
        for _ in range(20):
            self.assert_status(self.as_carol(client), 201)
        self.assertEqual(self.reviews(), 1)
        self.assertEqual(self.metric(
            'fairway_review_lookups_total{kind="access",found="hit"}'), 19)
        self.assertEqual(self.metric(
            'fairway_reviews_total{kind="access",result="yes"}'), 1)

    def test_all_who_wait_ask_once(self):
        self.sim.fault(match={"resource": "subjectaccessreviews"},
                       delayMs=300)
        client = self.h2(self.certificates.alice)
        asked = [self.as_carol(client) for _ in range(30)]
        for answer in asked:
            self.assert_status(answer, 201)
        self.assertEqual(self.reviews(), 1)

    def test_anothers_yes_is_not_ones_own(self):
        self.assert_status(self.as_carol(), 201)
        answer = self.as_carol(self.h2(self.certificates.bob))
        self.assert_status(answer, 403, "Forbidden")


class Waited(KubesimCase):
    def test_what_waited_is_nobodys_when_all_is_refused(self):
        self.world.allow("carol", "create", "configmaps")
        client = self.h2(self.certificates.alice)
        self.assert_status(self.as_carol(client), 201)
        self.sim.listener("refuse")
        self.sim.connections("reset")
        self.fairway.wait_line("health=suspect")
        answer = client.open(
            "POST", CONFIGMAPS, [JSON, CAROL], configmap("x"))
        client.ping()
        start = len(self.fairway.lines)
        path = self.tmp / "fairway.yaml"
        path.write_text(path.read_text().replace(
            "impersonation: SubjectAccessReview", "impersonation: Refuse"))
        self.fairway.wait_line("a new configuration", start)
        self.sim.listener("accept")
        answer.wait_over()
        self.assert_status(answer, 403, "Forbidden")
        self.assertEqual(answer.header("x-fairway-reason"), "impersonation")
        self.assertEqual(self.sim.effects(), [])


class Faults(KubesimCase):
    more = REVIEWED + "  reviewTimeout: 500ms\n"

    def assert_nobody_is_carol(self, status=503, reason="review"):
        answer = self.as_carol()
        self.assert_status(answer, status)
        self.assertEqual(answer.header("x-fairway-reason"), reason)
        if status == 503:
            self.assertIn(answer.header("retry-after"), ("1", "2"))
        # … and who wants to be nobody else is not concerned.
        self.is_user("alice", self.certificates.alice)

    def fail(self, **rule):
        self.sim.fault(match={"resource": "subjectaccessreviews"}, **rule)

    def test_no_answer(self):
        self.fail(action="stall")
        self.assert_nobody_is_carol()
        self.assertEqual(self.metric(
            'fairway_reviews_total{kind="access",result="timeout"}'), 1)
        self.assertEqual(self.metric("fairway_current_reviews"), 0)
        self.fairway.wait_line('msg="a review failed" kind=access '
                               "result=timeout status=0")

    def test_an_error(self):
        self.fail(action="status", code=500)
        self.assert_nobody_is_carol()
        self.fairway.wait_line('msg="a review failed" kind=access '
                               "result=failed status=500")

    def test_a_refusal(self):
        self.fail(action="status", code=403)
        self.assert_nobody_is_carol()

    def test_an_answer_that_is_none(self):
        self.fail(action="status", code=201, text=True, message="yes")
        self.assert_nobody_is_carol()

    def test_another_status_with_a_yes(self):
        self.fail(action="status", code=200)
        self.assert_nobody_is_carol()

    def test_half_an_answer(self):
        self.fail(action="cut", bytes=100)
        self.assert_nobody_is_carol()

    def test_a_reset(self):
        self.fail(action="reset")
        self.assert_nobody_is_carol()

    def test_a_429_stays_inside(self):
        self.fail(action="status", code=429, retryAfter=1, pf=True, count=2)
        self.assert_status(self.as_carol(), 201)

    def test_the_next_one_asks_again(self):
        self.sim.fault(match={"resource": "subjectaccessreviews"},
                       action="status", code=500, count=1)
        self.assert_status(self.as_carol(), 503)
        self.assert_status(self.as_carol(), 201)

    def test_who_leaves_meanwhile_leaves_nothing(self):
        self.fail(action="stall")
        client = self.h2(self.certificates.alice)
        for _ in range(5):
            self.as_carol(client).cancel()
        self.as_carol(client)
        client.close()
        harness.poll(lambda: self.metric("fairway_current_reviews") == 0,
                     "the review did not end")
        self.assertEqual(self.metric("fairway_current_exchanges"), 0)

    def test_a_body_may_come_meanwhile(self):
        self.world.allow("carol", "create", "configmaps")
        self.fail(delayMs=200)
        body = configmap("large", {"filler": "x" * 300000})
        answer = self.h2(self.certificates.alice).request(
            "POST", CONFIGMAPS, [JSON, CAROL], body)
        self.assert_status(answer, 201)
        self.assertEqual(self.sim.history()[-1]["user"], "carol")

    def test_an_upgrade_waits_for_it_too(self):
        self.sim.preload("pods", SPACE, prefix="p-", count=1, running=True,
                         node="n1")
        self.world.allow("carol", "create", "pods/exec")
        path = (f"/api/v1/namespaces/{SPACE}/pods/p-000000/exec"
                "?command=cat&stdin=true")
        fields = [("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1"),
                  ("X-Stream-Protocol-Version", "v4.channel.k8s.io"), CAROL]
        self.fail(delayMs=100)
        self.assertEqual(self.h1(self.certificates.alice).request(
            "POST", path, fields).status, 101)
        self.assertEqual(self.h1(self.certificates.bob).request(
            "POST", path, fields).status, 403)


class TokensCase(KubesimCase):
    more = TOKENS.format(space=SPACE, more="")

    def set_rights(self):
        super().set_rights()
        self.sim.admin("POST", "/tokens", {"add": "zed-token=zed"})
        self.sim.admin("POST", "/tokens", {
            "add": f"other-token={OTHER.format(SPACE)};"
                   f"system:serviceaccounts:{SPACE}"})

    def lane(self, token, **more):
        answer = self.h2(token=token).request("POST", WHOAMI, [JSON], REVIEW,
                                              **more)
        self.assert_status(answer, 201)
        return answer.header("x-fairway-lane")


class Tokens(TokensCase):
    def test_rules_know_whose_a_token_is(self):
        self.assertEqual(self.lane(self.client_token), "events")
        self.assertEqual(self.lane("zed-token"), "writes")
        answer = self.h2(token="other-token").request("GET", CONFIGMAPS)
        self.assertEqual(answer.header("x-fairway-rule"), "accounts")

    def test_a_certificates_user_needs_no_review(self):
        self.is_user("alice", self.certificates.alice)
        self.assertEqual(self.reviews("tokenreviews"), 0)

    def test_a_token_is_asked_about_once(self):
        for _ in range(10):
            self.lane(self.client_token)
        self.assertEqual(self.reviews("tokenreviews"), 1)

    def test_an_unknown_one_is_refused(self):
        answer = self.h2(token="unknown").request("GET", CONFIGMAPS)
        self.assert_status(answer, 401, "Unauthorized")
        self.assertEqual(answer.header("x-fairway-reason"), "token")

    def test_what_is_no_token_is_asked_about_nowhere(self):
        for value in ("Basic YTpi", "Bearer", "bearer:zed-token"):
            answer = self.h2().request(
                "GET", CONFIGMAPS, [("authorization", value)])
            self.assertIn(answer.status, (401, 403))
            self.assertNotEqual(answer.header("x-fairway-reason"), "token")
        self.assertEqual(self.reviews("tokenreviews"), 0)

    def test_the_token_that_is_reviewed_is_the_one_that_counts(self):
        """Of "Bearer a b" the API server takes the first."""
        answer = self.h2().request(
            "POST", WHOAMI,
            [JSON, ("authorization", f"bearer unknown {self.client_token}")],
            REVIEW)
        self.assert_status(answer, 401)

    def test_the_token_is_in_no_log_and_no_metric(self):
        self.lane(self.client_token)
        self.assertNotIn(self.client_token, self.fairway.admin_get("/metrics"))
        self.assertFalse([line for line in self.fairway.lines
                          if self.client_token in line])

    def test_no_answer_is_no_way_in(self):
        self.sim.fault(match={"resource": "tokenreviews"}, action="stall")
        answer = self.h2(token=self.client_token).request("GET", CONFIGMAPS)
        self.assert_status(answer, 503, "ServiceUnavailable")
        self.assertEqual(answer.header("x-fairway-reason"), "review")
        self.assertIn(answer.header("retry-after"), ("1", "2"))

    def test_an_outage_refuses_strangers_and_holds_who_is_known(self):
        self.lane(self.client_token)
        self.sim.listener("refuse")
        self.sim.connections("reset")
        stranger = self.h2(token="zed-token").request(
            "POST", WHOAMI, [JSON], REVIEW)
        self.assert_status(stranger, 503)
        held = self.h2(token=self.client_token).open(
            "POST", WHOAMI, [JSON], REVIEW)
        self.sim.listener("accept")
        self.assert_status(held, 201)

    def test_one_that_invents_tokens_keeps_nobody_from_his_own(self):
        self.sim.fault(match={"resource": "tokenreviews"}, delayMs=5)
        flood = self.client(certificate=None, token=None,
                            source=("127.0.0.2", 0))
        asked = [flood.open("GET", CONFIGMAPS,
                            [("authorization", f"Bearer made-up-{i}")])
                 for i in range(900)]
        self.assertEqual(self.lane(self.client_token), "events")
        for answer in asked:
            self.assertIn(answer.status, (401, 429))
        self.assertLessEqual(self.metric("fairway_review_entries"), 4096)


class Bounds(TokensCase):
    more = TOKENS.format(space=SPACE, more="  cacheEntries: 16\n")

    def test_the_memory_of_reviews_is_bounded(self):
        client = self.h2()
        for i in range(100):
            client.request("GET", CONFIGMAPS,
                           [("authorization", f"Bearer made-up-{i}")])
        self.assertLessEqual(self.metric("fairway_review_entries"), 16)
        self.assertGreaterEqual(
            self.metric("fairway_reviews_pushed_out_total"), 84)


class Stale(TokensCase):
    """Nothing is fresh."""

    more = TOKENS.format(space=SPACE, more="  cacheTTL: 0s\n")

    def test_nobody_waits_for_what_was_known(self):
        for _ in range(10):
            self.lane(self.client_token)
        harness.poll(lambda: self.reviews("tokenreviews") >= 2,
                     "it was not asked again")
        self.assertGreater(self.metric(
            'fairway_review_lookups_total{kind="token",found="stale"}'), 0)

    def test_a_token_that_is_revoked_is_noticed(self):
        self.lane("zed-token")
        self.sim.admin("POST", "/tokens", {"remove": "zed-token"})
        client = self.h2(token="zed-token")

        def is_refused():
            answer = client.request("GET", CONFIGMAPS)
            return answer.header("x-fairway-reason") == "token"

        harness.poll(is_refused, "the token was not noticed to be nobody's")


class Seats(KubesimCase):
    """One seat, and somebody has it for good."""

    more = (TOKENS.format(space=SPACE, more="") +
            "total: {initial: 1, min: 1, max: 1, adaptive: false}\n"
            "lanes:\n"
            "- {name: finalizers, reserveSeats: 0}\n")

    def test_a_review_waits_for_no_seat(self):
        self.sim.fault(match={"verb": "create", "resource": "configmaps"},
                       action="stall")
        self.sim.admin("POST", "/tokens", {"add": "zed-token=zed"})
        keeper = self.h2(token=self.client_token)
        keeper.open("POST", CONFIGMAPS, [JSON], configmap("x"))
        harness.poll(lambda: self.metric(
            'fairway_current_executing_requests{lane="events"}') +
            self.metric('fairway_current_executing_requests{lane="writes"}')
            == 1, "nobody has the seat")
        waiting = [self.h2(token="zed-token").open("GET", CONFIGMAPS),
                   self.h2(token="argo-token").open("GET", LEASES + "/x")]
        harness.poll(lambda: self.metric(
            'fairway_reviews_total{kind="token",result="yes"}') == 3,
            "a review waits")
        for stream in waiting:
            stream.client.ping()
            self.assertIsNone(stream.headers)


if __name__ == "__main__":
    harness.main()
