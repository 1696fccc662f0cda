# SPDX-License-Identifier: Apache-2.0
"""A way to a server that can be closed, cut and stopped: TCP, byte by byte.

It does to a real API server's network what kubesim does to its own:

    relay.listener("refuse")        # nobody listens any more
    relay.connections("reset")      # what is open is reset
    relay.freeze()                  # nothing is passed on: a black hole
"""

import socket
import struct
import threading

PIECE = 1 << 16


def reset(sock):
    """Ends the connection by a TCP reset, whoever is reading from it."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        sock.shutdown(socket.SHUT_RD)
    except OSError:
        pass  # it has ended
    sock.close()


class Relay:
    """Listens on loopback; each connection leads to `target`."""

    def __init__(self, target):
        self.target = target
        self.lock = threading.Lock()
        self.pairs = []
        self.flows = threading.Event()  # not set: frozen
        self.flows.set()
        self.accepts = threading.Event()  # not set: nobody accepts
        self.accepts.set()
        self.socket = None
        self.port = 0
        self.listen()

    def listen(self):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", self.port))
        sock.listen(128)
        self.port = sock.getsockname()[1]
        self.socket = sock
        threading.Thread(target=self.serve, args=(sock,),
                         daemon=True).start()

    def serve(self, sock):
        while True:
            try:
                near, _ = sock.accept()
            except OSError:
                return  # it listens no more
            self.accepts.wait()
            threading.Thread(target=self.connect, args=(near,),
                             daemon=True).start()

    def connect(self, near):
        try:
            far = socket.create_connection(self.target)
        except OSError:
            reset(near)
            return
        for sock in near, far:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = near, far
        with self.lock:
            self.pairs.append(pair)
        threads = [threading.Thread(target=self.carry, args=way, daemon=True)
                   for way in (pair, pair[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with self.lock:
            self.pairs.remove(pair)
        for sock in pair:
            sock.close()

    def carry(self, source, sink):
        """One direction, until it ends."""
        try:
            while data := source.recv(PIECE):
                self.flows.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            reset(source)
            reset(sink)

    # --- orders, named as kubesim's ----------------------------------------

    def listener(self, mode):
        if self.socket is not None and mode == "refuse":
            # A thread that is in accept() keeps a closed socket alive.
            self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()
            self.socket = None
        if self.socket is None and mode != "refuse":
            self.listen()
        if mode == "accept":
            self.accepts.set()
        elif mode == "hang":
            self.accepts.clear()

    def connections(self, action):
        assert action == "reset"
        with self.lock:
            pairs = list(self.pairs)
        for pair in pairs:
            for sock in pair:
                reset(sock)

    def freeze(self):
        self.flows.clear()

    def thaw(self):
        self.flows.set()

    def close(self):
        self.listener("refuse")
        self.thaw()
        self.accepts.set()
        self.connections("reset")
