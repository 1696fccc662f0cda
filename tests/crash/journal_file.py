# SPDX-License-Identifier: Apache-2.0
"""The journal's files, read and written by what their headers say.

A second reading of proxy/journal/segment.h and record.h, which shares no code
with the first: what both agree on is the format.  For tests that ask what
was durable when a process died, and for those that put files there which no
Fairway has written.
"""

import dataclasses
import hashlib
import hmac
import pathlib
import struct

MAGIC = b"fairwayJ"
VERSION = 1
HEAD = struct.Struct("<8sII16sQQ8sII")
RECORD = struct.Struct("<IBxxxQII")
OPEN, CLOSE, SNAPSHOT = 1, 2, 3
TAG_LEN = 16

ENDS = ("done", "gone", "removed", "recreated", "conflict", "refused",
        "superseded", "expired", "discarded", "withdrawn")


def crc_table():
    table = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        table.append(number)
    return table


CRC_TABLE = crc_table()


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


@dataclasses.dataclass(frozen=True)
class Intent:
    id: int
    target: str
    body: bytes
    content_type: str = "application/merge-patch+json"
    uid: str = ""
    identity: bytes = bytes(16)
    opened_at: int = 0
    is_own: bool = False
    was_sent: bool = False

    def encode(self):
        flags = self.is_own | self.was_sent << 1
        texts = (self.target.encode(), self.content_type.encode(),
                 self.body, self.uid.encode())
        return struct.pack("<QQI", self.id, self.opened_at, flags) + \
            self.identity + b"".join(
                struct.pack("<I", len(text)) + text for text in texts)


def decode_intent(payload):
    number, opened_at, flags = struct.unpack_from("<QQI", payload)
    at, texts = 36, []
    for _ in range(4):
        length, = struct.unpack_from("<I", payload, at)
        texts.append(payload[at + 4:at + 4 + length])
        at += 4 + length
    if at != len(payload):
        raise ValueError("not an intent")
    return Intent(id=number, opened_at=opened_at, identity=payload[20:36],
                  is_own=bool(flags & 1), was_sent=bool(flags & 2),
                  target=texts[0].decode(), content_type=texts[1].decode(),
                  body=texts[2], uid=texts[3].decode())


@dataclasses.dataclass
class Segment:
    """What is valid in one file, up to the first thing that is not."""

    number: int
    opened: list  # Intent, snapshot included, in order
    closed: list  # (id, end), in order
    end: int      # the offset behind the last record

    def open_ids(self):
        """Of those that are open when it ends."""
        ids = {}
        for kind, what in self.order:
            if kind == OPEN:
                ids[what.id] = what
            elif kind == CLOSE:
                ids.pop(what[0], None)
        return ids

    order: list = dataclasses.field(default_factory=list)


def seed_of(head):
    return crc32c(head[:56])


def read(data):
    """A Segment; None for what is none."""
    if len(data) < HEAD.size:
        return None
    magic, version, _, _, number, lsn, _, crc, _ = HEAD.unpack_from(data)
    keyed = data[12] & 1
    if magic != MAGIC or version != VERSION or crc != crc32c(data[:56]):
        return None
    seed, at = seed_of(data), HEAD.size
    segment = Segment(number, [], [], at)
    while at + RECORD.size <= len(data):
        length, kind, number, crc, _ = RECORD.unpack_from(data, at)
        payload = data[at + RECORD.size:at + RECORD.size + length]
        if not length or len(payload) < length or number != lsn or \
                crc != crc32c(data[at:at + 16] + payload, seed):
            break
        if kind == OPEN:
            intent = decode_intent(payload)
            segment.opened.append(intent)
            segment.order.append((OPEN, intent))
        elif kind == CLOSE:
            intent_id, end = struct.unpack("<QI", payload)
            segment.closed.append((intent_id, ENDS[end]))
            segment.order.append((CLOSE, (intent_id, ENDS[end])))
        at += RECORD.size + -(-length // 8) * 8 + (TAG_LEN if keyed else 0)
        lsn += 1
    segment.end = at
    return segment


def read_folder(folder):
    """Every segment that is there, the newest last."""
    segments = [read(path.read_bytes())
                for path in sorted(pathlib.Path(folder).glob("*.journal"))]
    return [segment for segment in segments if segment]


class Writer:
    """Makes a segment, byte by byte."""

    def __init__(self, number=1, journal_id=bytes(16), version=VERSION,
                 lsn=1, key=None):
        head = HEAD.pack(MAGIC, version, 1 if key else 0, journal_id, number,
                         lsn, bytes(8), 0, 0)[:56]
        self.key = key
        self.seed = crc32c(head)
        self.data = bytearray(head + struct.pack("<II", self.seed, 0))
        self.lsn = lsn
        self.ends = [len(self.data)]  # of the head and of each record

    def record(self, kind, payload):
        head = RECORD.pack(len(payload), kind, self.lsn, 0, 0)[:16]
        self.data += head + struct.pack(
            "<II", crc32c(head + payload, self.seed), 0)
        self.data += payload + bytes(-len(payload) % 8)
        if self.key:
            self.data += hmac.new(
                self.key, struct.pack("<I", self.seed) + head + payload,
                hashlib.sha256).digest()[:TAG_LEN]
        self.lsn = (self.lsn + 1) % (1 << 64)
        self.ends.append(len(self.data))
        return self

    def open(self, intent):
        return self.record(OPEN, intent.encode())

    def close(self, intent_id, end):
        return self.record(CLOSE, struct.pack("<QI", intent_id,
                                              ENDS.index(end)))

    def snapshot(self, payload=bytes(8)):
        return self.record(SNAPSHOT, payload)

    def bytes(self, size=0):
        return bytes(self.data) + bytes(max(0, size - len(self.data)))
