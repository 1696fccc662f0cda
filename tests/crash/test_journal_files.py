#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the program makes of a journal's folder that is not as it left it
(F15, F16, F17, F25; threats J6, J7, J8, J12).

What must hold: nothing is sent that was not asked for; what was durable and
is not damaged is carried out; a damaged file is kept aside; and what cannot
be used ends the start with one line that says what to do.
"""

import os
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

import harness  # noqa: E402
import journal_file  # noqa: E402
from harness import POD_FINALIZER, pod  # noqa: E402
from test_journal import HEALTH, Base  # noqa: E402

PODS = 6


class Files(Base):
    config = HEALTH + "journal: {maxFileBytes: 256Ki}\n"

    def setUp(self):
        super().setUp()
        self.folder = self.tmp / "fw"

    def names(self, pattern="*.journal"):
        return sorted(path.name for path in self.folder.glob(pattern))

    def newest(self):
        return sorted(self.folder.glob("*.journal"))[-1]

    def leave_open(self):
        """Intents for all pods are durable when Fairway dies."""
        self.make_pods(PODS)
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        for i in range(PODS):
            name = f"p-{i:06}"
            self.send(client, self.body(name), name)
        self.wait_metric("fairway_intents_durable", PODS)
        self.kill()
        client.close()
        self.come_back()

    def removed(self):
        return {effect["name"] for effect in self.sim.history()
                if effect["user"] != "admin" and effect["finalizersGone"]}

    def all_pods(self):
        return {f"p-{i:06}" for i in range(PODS)}

    def intent(self, number, name="p-000000", body=None):
        """One that nobody asked for, with all that it needs to be valid."""
        return journal_file.Intent(
            id=number, target=pod(name), body=body or self.body(name),
            is_own=True, opened_at=self.now_usec())

    def now_usec(self):
        return time.time_ns() // 1000

    def put(self, number, data):
        path = self.folder / f"{number:08x}.journal"
        path.write_bytes(data)
        path.chmod(0o600)
        return path

    def writer(self, number, **more):
        """Of the journal that is there."""
        head = journal_file.HEAD.unpack_from(self.newest().read_bytes())
        return journal_file.Writer(number=number, journal_id=head[3], **more)

    def assert_refused(self, *says):
        """The start ends, and says why in one line."""
        done = subprocess.run(
            [harness.FAIRWAY, "serve", "--kubeconfig", self.sim.kubeconfig,
             "--context", "argo", "--state-dir", self.folder,
             "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
             "--config", self.tmp / "fairway.yaml"],
            capture_output=True, text=True, timeout=harness.LIMIT)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(done.returncode, (1, 2), done.stderr)
        self.assertEqual(done.stderr.strip().count("\n"), 0, done.stderr)
        for text in says:
            self.assertIn(text, done.stderr)
        return done

    # --- J8, F16 -----------------------------------------------------------

    def test_what_was_left_open_is_carried_out(self):
        self.leave_open()
        self.restart()
        self.wait_ended("done", PODS)
        self.assertEqual(self.removed(), self.all_pods())

    def test_damage_anywhere(self):
        """What is before it is carried out, and nothing is made up."""
        self.leave_open()
        whole = self.newest().read_bytes()
        path = self.newest()
        end = journal_file.read(whole).end
        chance = random.Random(3)
        before = {}
        for _ in range(8):
            for other in self.folder.glob("*.journal*"):
                other.unlink()
            at = chance.randrange(end)
            data = bytearray(whole)
            if chance.random() < 0.5:
                data[at:at + 4] = chance.randbytes(4)
            else:
                data[at:] = bytes(len(data) - at)
            path.write_bytes(data)
            self.restart()
            segment = journal_file.read(bytes(data))
            known = {intent.target.rpartition("/")[2] for intent in
                     segment.open_ids().values()} if segment else set()
            harness.poll(lambda: known <= self.removed(),
                         "what was not damaged is not carried out")
            before.update(dict.fromkeys(known))
            self.assertLessEqual(self.removed(), self.all_pods())
            self.assertEqual(self.fairway.stop(), 0)
        self.assertTrue(before)

    def test_a_damaged_file_is_kept_aside(self):
        self.leave_open()
        path = self.newest()
        data = bytearray(path.read_bytes())
        data[journal_file.HEAD.size + 40] ^= 1  # of the first record
        path.write_bytes(data)
        self.restart()
        self.assertEqual(self.names("*.corrupt"), [path.name + ".corrupt"])
        self.assertEqual(
            (self.folder / (path.name + ".corrupt")).read_bytes(), data)
        self.assertEqual(self.metric("fairway_journal_damaged_total"), 1)

    def test_garbage_is_kept_aside(self):
        self.kill()
        garbage = self.put(0x7000, b"this is no journal" * 100)
        self.restart()
        self.assertFalse(garbage.exists())
        self.assertEqual(self.names("*.corrupt"),
                         ["00007000.journal.corrupt"])

    # --- F17 ---------------------------------------------------------------

    def test_one_of_a_newer_version_is_not_touched(self):
        self.kill()
        newer = self.put(0x7000, self.writer(0x7000, version=2)
                         .snapshot().bytes(4096))
        before = newer.read_bytes()
        self.assert_refused("newer version")
        self.assertEqual(newer.read_bytes(), before)
        newer.unlink()
        self.restart()

    # --- J12: an old copy --------------------------------------------------

    def test_an_old_copy_comes_to_nothing_new(self):
        """A snapshot of the volume is put back: what was done then is asked
        for once more, and is found done."""
        self.leave_open()
        copy = {path.name: path.read_bytes()
                for path in self.folder.glob("*.journal")}
        self.restart()
        self.wait_ended("done", PODS)
        self.kill()
        for path in self.folder.glob("*.journal"):
            path.unlink()
        for name, data in copy.items():
            (self.folder / name).write_bytes(data)
            (self.folder / name).chmod(0o600)
        self.restart()
        # Terminating, they went with their finalizers.
        self.wait_ended("gone", PODS)

    def test_a_copy_under_another_name_counts_for_nothing(self):
        self.leave_open()
        path = self.newest()
        copy = self.put(0x7000, path.read_bytes())
        self.restart()
        self.wait_ended("done", PODS)
        self.assertFalse(copy.exists())
        self.assertEqual(self.names("*.corrupt"),
                         ["00007000.journal.corrupt"])

    # --- J6: forged --------------------------------------------------------

    def test_a_forged_record_is_a_removal_at_most(self):
        """Without a key whoever writes to the folder can order removals
        that Fairway's own rights allow, and nothing else."""
        self.make_pods(1)
        self.kill()
        uid = self.metadata()["uid"].encode()
        bodies = [
            b'{"metadata":{"uid":"%s","labels":{"a":"b"}}}' % uid,
            b'{"metadata":{"uid":"%s","finalizers":null},'
            b'"spec":{"nodeName":"x"}}' % uid,
            b'{"metadata":{"uid":"%s","finalizers":null,'
            b'"annotations":{"a":"b"}}}' % uid,
            b'{"metadata":{"finalizers":null}}',
            b'not json', b"\xff\xfe",
        ]
        forged = self.writer(0x7000).snapshot()
        for i, body in enumerate(bodies):
            forged.open(self.intent(1 + i, body=body))
        forged.open(journal_file.Intent(
            id=100, target="/api/v1/namespaces/argo/secrets?watch=true",
            body=b"{}", is_own=True, opened_at=self.now_usec()))
        forged.open(journal_file.Intent(
            id=101, target="http://elsewhere/\r\nx: y", body=b"{}",
            is_own=True, opened_at=self.now_usec()))
        self.put(0x7000, forged.bytes(1 << 16))
        self.restart()
        self.wait_ended("discarded", len(bodies) + 2)
        self.assertEqual(self.metric("fairway_intents"), 0)
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])

    def test_with_a_key_a_forged_record_is_none(self):
        self.fairway.stop()
        for path in self.folder.glob("*.journal*"):
            path.unlink()
        key = self.tmp / "key"
        key.write_text("k" * 40)
        config = self.tmp / "fairway.yaml"
        config.write_text(config.read_text().replace(
            "256Ki}", f"256Ki, keyFile: {key}}}"))
        self.restart()
        self.leave_open()
        head = journal_file.HEAD.unpack_from(self.newest().read_bytes())
        forged = journal_file.Writer(
            number=0x7000, journal_id=head[3], key=b"guessed" * 5)
        self.put(0x7000, forged.snapshot().open(
            self.intent(1)).bytes(1 << 16))
        self.assert_refused("another key")
        self.assertEqual(self.removed(), set())
        (self.folder / "00007000.journal").unlink()
        self.restart()
        self.wait_ended("done", PODS)

    # --- J7, F15, F25 ------------------------------------------------------

    def test_a_link_is_no_segment(self):
        self.kill()
        target = self.tmp / "elsewhere"
        target.write_bytes(b"mine")
        (self.folder / "00007000.journal").symlink_to(target)
        self.assert_refused("00007000.journal")
        self.assertEqual(target.read_bytes(), b"mine")
        (self.folder / "00007000.journal").unlink()
        os.mkfifo(self.folder / "00007000.journal", 0o600)
        self.assert_refused("00007000.journal")
        (self.folder / "00007000.journal").unlink()
        os.link(target, self.folder / "00007000.journal")
        self.assert_refused("00007000.journal")
        (self.folder / "00007000.journal").unlink()
        self.restart()

    def test_a_folder_that_others_can_write_to(self):
        self.kill()
        self.folder.chmod(0o777)
        self.assert_refused(str(self.folder))
        self.folder.chmod(0o700)
        self.restart()

    def test_two_on_one_folder(self):
        self.leave_open()
        self.restart()
        self.assert_refused(str(self.folder))
        # The first one goes on as if nothing had been.
        self.wait_ended("done", PODS)


if __name__ == "__main__":
    harness.main()
