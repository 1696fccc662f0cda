#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Upgrades: exec, attach, port-forward and WebSockets become tunnels, over a
connection of their own (DESIGN.md section 13; B19 of the threat model)."""

import hashlib
import json
import pathlib
import re
import signal
import tempfile
import threading
import unittest

import h1peer
import harness
from upgrader import Upgrader

EXEC = "/api/v1/namespaces/argo/pods/p/exec?command=cat&stdin=true"
SPDY = [("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1"),
        ("X-Stream-Protocol-Version", "v4.channel.k8s.io"),
        ("X-Stream-Protocol-Version", "v3.channel.k8s.io")]
WEBSOCKET = [("Upgrade", "websocket"), ("Connection", "Upgrade"),
             ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
             ("Sec-WebSocket-Version", "13"),
             ("Sec-WebSocket-Protocol", "v5.channel.k8s.io")]
MANY = bytes(range(256)) * (8 << 12)  # 8 MiB


class Case(unittest.TestCase):
    config = "cleartext: {address: '127.0.0.1:0'}\n"

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fairway-upgrade.")
        self.addCleanup(folder.cleanup)
        self.tmp = pathlib.Path(folder.name)
        self.server = Upgrader(self.tmp)
        self.addCleanup(self.server.close)
        path = self.tmp / "fairway.yaml"
        path.write_text("apiVersion: fairway.dev/v1alpha1\n"
                        "kind: Configuration\n" + self.config)
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.server.kubeconfig, "--config", path)
        self.addCleanup(self.end_fairway)
        self.peers = []

    def end_fairway(self):
        for peer in self.peers:
            peer.close()
        status = self.fairway.stop()
        self.assertEqual(status, 0, "\n".join(self.fairway.lines))

    def client(self, **more):
        """By TLS."""
        more.setdefault("token", "argo-token")
        client = h1peer.Client(("127.0.0.1", self.fairway.port),
                               self.fairway.cafile, **more)
        self.peers.append(client)
        return client

    def accept(self):
        peer = self.server.asked()
        self.peers.append(peer)
        return peer

    def tunnel(self, client=None):
        """Both ends of one."""
        client = client or self.client()
        client.ask("POST", EXEC, SPDY)
        peer = self.accept()
        peer.switch([("Upgrade", "SPDY/3.1")])
        self.assertEqual(client.read_head().status, 101)
        return client, peer


class Heads(Case):
    def test_what_an_upgrade_is_about_reaches_the_api_server(self):
        self.client().ask("POST", EXEC, SPDY + [
            ("X-Remote-User", "admin"), ("Keep-Alive", "timeout=5"),
            ("Content-Length", "0"), ("X-Odd", "1"), ("X-Odd", "2")])
        head = self.accept().head
        self.assertEqual(head.line, f"POST {EXEC} HTTP/1.1")
        self.assertEqual(head.values("host"),
                         [f"127.0.0.1:{self.server.port}"])
        self.assertEqual([v.lower() for v in head.values("connection")],
                         ["upgrade"])
        self.assertEqual(head.values("upgrade"), ["SPDY/3.1"])
        self.assertEqual(head.values("x-stream-protocol-version"),
                         ["v4.channel.k8s.io", "v3.channel.k8s.io"])
        self.assertEqual(head.values("x-odd"), ["1", "2"])
        self.assertEqual(head.values("authorization"), ["Bearer argo-token"])
        self.assertIn(head.values("content-length"), ([], ["0"]))
        for name in ("x-remote-user", "keep-alive", "transfer-encoding",
                     ":authority", ":path"):
            self.assertEqual(head.values(name), [], name)

    def test_the_answer_comes_back_as_it_is(self):
        client = self.client()
        client.ask("GET", EXEC, WEBSOCKET)
        peer = self.accept()
        self.assertEqual(peer.head.values("sec-websocket-protocol"),
                         ["v5.channel.k8s.io"])
        peer.switch([("Upgrade", "websocket"),
                     ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
                     ("Sec-WebSocket-Protocol", "v5.channel.k8s.io")])
        head = client.read_head()
        self.assertEqual(head.status, 101)
        self.assertEqual([v.lower() for v in head.values("connection")],
                         ["upgrade"])
        self.assertEqual(head.values("upgrade"), ["websocket"])
        self.assertEqual(head.values("sec-websocket-accept"),
                         ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="])
        self.assertEqual(head.values("sec-websocket-protocol"),
                         ["v5.channel.k8s.io"])
        self.assertEqual(head.values("content-length"), [])
        self.assertEqual(head.values("transfer-encoding"), [])
        self.assertEqual(head.values("x-fairway-lane"), ["streams"])

    def test_subresources_of_aggregated_servers_too(self):
        self.client().ask(
            "GET", "/apis/subresources.kubevirt.io/v1/namespaces/a/"
            "virtualmachineinstances/vm/vnc", WEBSOCKET)
        self.assertEqual(self.accept().head.value("upgrade"), "websocket")


class Refusals(Case):
    def refuse(self, status, reason):
        client = self.client()
        client.ask("POST", EXEC, SPDY)
        body = json.dumps({"kind": "Status", "code": status,
                           "reason": reason}).encode()
        self.accept().refuse(status, body,
                             [("Content-Type", "application/json"),
                              ("Audit-Id", "1-2-3")])
        answer = client.read_answer()
        self.assertEqual((answer.status, answer.body), (status, body))
        self.assertEqual(answer.value("audit-id"), "1-2-3")
        self.assertIsNone(answer.value("x-fairway-reason"))
        self.assertIsNone(answer.value("upgrade"))
        # What comes behind it may be the other protocol's.
        self.assertEqual(answer.value("connection"), "close")
        self.assertEqual(client.read_to_end(), b"")

    def test_400(self):
        self.refuse(400, "BadRequest")

    def test_403(self):
        self.refuse(403, "Forbidden")

    def test_404(self):
        self.refuse(404, "NotFound")

    def test_an_answer_without_a_length(self):
        client = self.client()
        client.ask("POST", EXEC, SPDY)
        peer = self.accept()
        peer.send_head("HTTP/1.1 500 Internal Server Error",
                       [("Connection", "close")])
        peer.sendall(b"no such container")
        peer.half_close()
        self.assertEqual(client.read_answer().body, b"no such container")

    def test_no_answer_is_a_504_without_a_promise(self):
        client = self.client()
        client.ask("POST", EXEC, SPDY)
        self.accept().close()
        answer = client.read_answer()
        self.assertEqual(answer.status, 504)
        self.assertIsNone(answer.value("retry-after"))
        self.assertEqual(answer.value("x-fairway-reason"), "no-answer")


class NoAnswer(Case):
    """The API server took it, and says nothing."""

    config = "limits: {upgradeTimeout: 100ms}\n"

    def give_up(self, method, fields):
        client = self.client()
        client.ask(method, EXEC, fields)
        peer = self.accept()
        answer = client.read_answer()
        self.assertEqual(answer.status, 504)
        self.assertIsNone(answer.value("retry-after"))
        self.assertEqual(answer.value("x-fairway-reason"), "no-answer")
        self.assertEqual(json.loads(answer.body)["reason"], "Timeout")
        self.assertEqual(peer.read_to_end(), b"")
        self.assertEqual(client.read_to_end(), b"")

    def test_spdy(self):
        self.give_up("POST", SPDY)

    def test_a_websocket(self):
        self.give_up("GET", WEBSOCKET)

    def test_what_was_answered_lasts(self):
        client, peer = self.tunnel()
        # Another one's time is over: so is what this one's would have been.
        self.give_up("POST", SPDY)
        client.sendall(b"ping")
        self.assertEqual(peer.read_exactly(4), b"ping")


class Ordinary(Case):
    """What has the field and is no upgrade."""

    def ask(self, method, path, fields, body=None):
        client = self.client()
        answer = client.request(method, path, fields, body)
        self.assertEqual((answer.status, answer.body), (200, b"ok"))
        self.assertEqual(len(self.server.requests), 1)
        request = self.server.requests.pop()
        self.assertIsNone(request.value(b"upgrade"))
        self.assertIsNone(request.value(b"connection"))
        return request

    def test_a_list_that_offers_h2c(self):
        request = self.ask("GET", harness.CONFIGMAPS, [
            ("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"),
            ("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA")])
        self.assertIsNone(request.value(b"http2-settings"))

    def test_a_post_with_a_body(self):
        request = self.ask("POST", harness.CONFIGMAPS, [
            ("Connection", "Upgrade"), ("Upgrade", "h2c")], b"{}")
        self.assertEqual(request.body, b"{}")

    def test_a_patch_that_wants_to_jump_the_queue(self):
        request = self.ask("PATCH", harness.pod("p"), WEBSOCKET, b"{}")
        self.assertEqual(request.body, b"{}")


class Bytes(Case):
    def test_both_ways(self):
        client, peer = self.tunnel()
        client.sendall(b"ping")
        self.assertEqual(peer.read_exactly(4), b"ping")
        peer.sendall(b"pong")
        self.assertEqual(client.read_exactly(4), b"pong")

    def test_bytes_right_behind_the_head_are_the_tunnels(self):
        client = self.client()
        client.ask("POST", EXEC, SPDY)
        peer = self.accept()
        peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\n"
                     b"Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\nfirst")
        self.assertEqual(client.read_head().status, 101)
        self.assertEqual(client.read_exactly(5), b"first")

    def test_many_at_the_same_time(self):
        client, peer = self.tunnel()
        wanted = hashlib.sha256(MANY).digest()
        threads = [threading.Thread(target=end.sendall, args=(MANY,))
                   for end in (client, peer)]
        found = {}

        def read(end):
            # A thread of its own writes: TLS is not shared without care.
            found[end] = hashlib.sha256(end.read_exactly(len(MANY))).digest()

        # One direction after the other for each end's TLS, both in flight.
        threads[1].start()
        read(client)
        threads[1].join()
        threads[0].start()
        read(peer)
        threads[0].join()
        self.assertEqual([found[client], found[peer]], [wanted, wanted])

    def test_by_cleartext(self):
        address = self.fairway.wait_line(
            r"cleartext=\"?127\.0\.0\.1:(\d+)").group(1)
        client = h1peer.Client(("127.0.0.1", int(address)), token="a-token")
        self.peers.append(client)
        client, peer = self.tunnel(client)
        self.assertEqual(peer.head.value("authorization"), "Bearer a-token")
        client.sendall(b"ping")
        self.assertEqual(peer.read_exactly(4), b"ping")
        peer.sendall(b"pong")
        self.assertEqual(client.read_exactly(4), b"pong")
        client.half_close()
        self.assertEqual(peer.read_to_end(), b"")


class Ends(Case):
    def test_the_client_ends_its_side_and_still_hears(self):
        client, peer = self.tunnel()
        client.sendall(b"last words")
        client.half_close()
        self.assertEqual(peer.read_to_end(), b"last words")
        peer.sendall(b"heard")
        self.assertEqual(client.read_exactly(5), b"heard")
        peer.half_close()
        self.assertEqual(client.read_to_end(), b"")

    def test_the_server_ends_its_side_and_still_hears(self):
        client, peer = self.tunnel()
        peer.sendall(b"done")
        peer.half_close()
        self.assertEqual(client.read_to_end(), b"done")
        client.sendall(b"thanks")
        self.assertEqual(peer.read_exactly(6), b"thanks")
        client.half_close()
        self.assertEqual(peer.read_to_end(), b"")

    def test_a_client_that_is_gone_takes_the_tunnel_with_it(self):
        client, peer = self.tunnel()
        client.reset()
        self.assertEqual(peer.read_to_end(), b"")

    def test_a_server_that_is_gone_takes_the_tunnel_with_it(self):
        client, peer = self.tunnel()
        peer.sendall(b"something")
        self.assertEqual(client.read_exactly(9), b"something")
        peer.reset()
        self.assertEqual(client.read_to_end(), b"")

    def test_a_server_that_is_gone_while_it_is_sent_to(self):
        client, peer = self.tunnel()
        peer.reset()
        with self.assertRaises(OSError):
            while True:  # until it is noticed
                client.sendall(b"x" * 4096)
                if not client.recv():
                    raise ConnectionError

    def test_a_client_that_goes_before_the_answer(self):
        client = self.client()
        client.ask("POST", EXEC, SPDY)
        peer = self.accept()
        client.reset()
        self.assertEqual(peer.read_to_end(), b"")


class Drain(Case):
    config = "shutdown: {delay: 0s, grace: 300s}\n"

    def test_a_tunnel_lasts_until_it_ends(self):
        client, peer = self.tunnel()
        self.fairway.process.send_signal(signal.SIGTERM)
        self.fairway.is_told = True
        self.fairway.wait_line("ending: not ready")
        client.sendall(b"still here")
        self.assertEqual(peer.read_exactly(10), b"still here")
        peer.half_close()
        self.assertEqual(client.read_to_end(), b"")
        client.half_close()

    def test_a_client_of_a_server_that_is_gone_is_let_go(self):
        client, peer = self.tunnel()
        peer.sendall(b"x" * 100_000)
        peer.reset()
        client.read_to_end()
        # It does not close, and is closed: its connection was the last.
        self.fairway.terminate()
        harness.poll(lambda: self.fairway.process.poll() is not None,
                     "Fairway waits for a tunnel to nowhere")


class DrainSpreads(Case):
    config = "shutdown: {delay: 0s, grace: 12s}\n"

    def test_tunnels_end_one_after_another(self):
        tunnels = [self.tunnel() for _ in range(4)]
        self.fairway.terminate()
        first, peer = tunnels.pop(0)
        self.assertEqual(first.read_to_end(), b"")
        self.assertEqual(peer.read_to_end(), b"")
        # The last is seconds away, and new connections are taken.
        client, peer = tunnels[-1]
        client.sendall(b"ping")
        self.assertEqual(peer.read_exactly(4), b"ping")
        self.assertEqual(self.client().request("GET", "/version").status,
                         200)
        for client, peer in tunnels:
            self.assertEqual(client.read_to_end(), b"")
            self.assertEqual(peer.read_to_end(), b"")


class DrainCuts(Case):
    config = "shutdown: {delay: 0s, grace: 1s}\n"

    def test_a_tunnel_is_cut_when_the_grace_is_over(self):
        client, peer = self.tunnel()
        self.fairway.terminate()
        self.assertEqual(client.read_to_end(), b"")
        self.assertEqual(peer.read_to_end(), b"")


class BackPressure(Case):
    """One end does not read: the other is held up, and memory is bounded."""

    total = 64 << 20
    bound = 6 << 20  # limits.maxRelayBytes, and what is on its way

    def held(self):
        """Bytes in Fairway's relays."""
        text = self.fairway.admin_get("/metrics")
        return int(re.search(r"^fairway_relay_bytes (\d+)", text,
                             re.MULTILINE).group(1))

    def hold_up(self, reader, writer):
        pieces = self.total >> 16
        sent = []

        def write():
            for _ in range(pieces):
                writer.sendall(bytes(1 << 16))
                sent.append(1)

        thread = threading.Thread(target=write)
        thread.start()
        # More than sockets hold: Fairway has taken some of it.
        harness.poll(lambda: len(sent) >= 32, "nothing was sent")
        # Many turns of the loop, in each of which it could take more.
        for _ in range(200):
            self.assertLess(self.held(), self.bound)
        self.assertLess(len(sent), pieces)
        left = self.total
        while left > 0:
            data = reader.recv()
            self.assertNotEqual(data, b"")
            left -= len(data)
        thread.join()
        self.assertEqual(left, 0)

    def test_a_client_that_does_not_read(self):
        client, peer = self.tunnel()
        self.hold_up(client, peer)

    def test_a_server_that_does_not_read(self):
        client, peer = self.tunnel()
        self.hold_up(peer, client)


if __name__ == "__main__":
    harness.main()
