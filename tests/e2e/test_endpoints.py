#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Several API servers: a client stays with one, and moves when it is gone."""

import harness
import servers


class Endpoints(servers.Case):
    def setUp(self):
        super().setUp()
        self.start_fairway(self.urls())

    def test_a_connection_stays_with_one(self):
        client = self.client()
        for _ in range(10):
            self.get(client)
        self.assertIn(self.served(), ([10, 0], [0, 10]))

    def test_all_of_them_are_used(self):
        for _ in range(10):
            self.get(self.client())
        self.assertEqual(self.served(), [5, 5])

    def test_when_one_is_gone_the_other_serves(self):
        client = self.client()
        self.get(client)
        gone = self.served().index(1)
        self.sims[gone].listener("refuse")
        self.sims[gone].connections("reset")
        for _ in range(10):
            self.get(client)
        self.assertEqual(self.served()[1 - gone], 10)


if __name__ == "__main__":
    harness.main()
