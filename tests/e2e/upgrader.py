# SPDX-License-Identifier: Apache-2.0
"""An API server for upgrades: what asks in HTTP/1.1 is the test's to answer.

    peer = upgrader.asked()           # a request has come, and is read
    peer.head.line                    # "POST /api/v1/… HTTP/1.1"
    peer.switch([("Upgrade", "SPDY/3.1")])
    peer.sendall(b"…")                # from now on bytes

The rest, HTTP/2, is recorder.py's.
"""

import queue

from h1peer import LIMIT, Peer
from recorder import Connection, Recorder


class Upgrader(Recorder):
    def __init__(self, folder):
        super().__init__(folder)
        self.context.set_alpn_protocols(["h2", "http/1.1"])
        self.peers = queue.Queue()

    def serve(self, sock):
        try:
            peer = ServerPeer(sock, self.context, server_side=True)
            if peer.tls.selected_alpn_protocol() == "h2":
                with peer:
                    self.speak(Connection(peer))
                return
            peer.head = peer.read_head()
            self.peers.put(peer)
        except OSError:
            pass

    def asked(self):
        return self.peers.get(timeout=LIMIT)


class ServerPeer(Peer):
    head = None

    def switch(self, fields=()):
        self.send_head("HTTP/1.1 101 Switching Protocols",
                       [("Connection", "Upgrade"), *fields])

    def refuse(self, status, body=b"", fields=()):
        self.send_head(f"HTTP/1.1 {status} Refused",
                       [*fields, ("Content-Length", str(len(body)))])
        self.sendall(body)
