#!/usr/bin/env python3
"""What a real vcplaned and Debian's atmsigd make of it when their link is cut or one of them
restarts, in both roles (Q.2931 5.6.9 to 5.6.11).
"""

from link import THEIRS, THEM, US, LinkTest
from harness import main

END = bytes.fromhex('0000000013000000')  # of SSCOP itself (S = 1)


class Faults:
    """What holds whichever side is which; `side` is ours."""

    def setUp(self):
        super().setUp()
        self.begin(self.side)
        self.listen_there()

    def link_state(self):
        return self.daemon.rows('links')[0]['signaling']

    def cut_until_both_notice(self):
        """SSCOP's NO-RESPONSE runs out, after 7 s of silence or a little more."""
        self.relay.cut()
        self.hear('down')
        self.await_that(lambda: self.link_state() != 'up', 'the link is down here')

    def mend(self):
        self.relay.mend()
        self.hear('established')
        self.await_that(lambda: self.link_state() == 'up', 'the link is up here')

    def test_calls_outlast_a_short_loss(self):
        from_peer, there = self.call_from_peer()
        to_peer, _ = self.call_to_peer()
        self.cut_until_both_notice()
        self.assertEqual(len(self.daemon.rows('calls')), 2)
        self.mend()
        self.application.order('close', to_peer)
        self.application.expect('closed')
        self.assertEqual(self.hear('released')['by'], 'remote')
        self.peer.release(there['call'])
        self.assertEqual(self.hear('released')['by'], 'local')
        self.assertEqual(self.application.expect('ended')['call'], from_peer)
        self.application.expect('closed')
        self.expect_no_calls()
        self.call_from_peer()

    def test_calls_end_with_a_long_loss(self):
        call, _ = self.call_from_peer()
        self.cut_until_both_notice()
        ended = self.application.expect('ended')  # T309, 10 s
        self.assertEqual((ended['call'], ended['cause']), (call, 27))
        self.application.expect('closed')
        self.assertEqual(self.hear('released')['by'], 'atmsigd')
        self.expect_no_calls()
        self.relay.mend()
        # What the peer thinks of the call's connection is not relied on (5.5); but atmsigd cannot
        # restart a single one, and says so.
        self.hear('established', 'received RESTART', 'sent STATUS')
        self.call_from_peer()
        self.call_to_peer()

    def test_a_call_that_is_not_answered_ends_with_the_link(self):
        self.application.order('call', THEIRS)
        self.application.expect('calling')
        self.hear('indicate')
        self.cut_until_both_notice()
        self.assertEqual(self.application.expect('refused')['cause'], 41)
        self.mend()
        self.expect_no_calls()

    def test_calls_outlast_an_end_of_the_connection(self):
        for end in (US, THEM):
            call, there = self.call_from_peer()
            self.relay.say(end, END)
            self.hear('sent STATUS', 'received STATUS')
            self.assertEqual(self.link_state(), 'up')
            self.peer.release(there['call'])
            self.assertEqual(self.application.expect('ended')['call'], call)
            self.application.expect('closed')
            self.hear('released')
        self.expect_no_calls()

    def test_the_peer_restarts(self):
        call, _ = self.call_from_peer()
        self.start_peer()
        self.assertEqual(self.application.expect('ended')['call'], call)
        self.application.expect('closed')
        self.expect_no_calls()
        self.listen_there()
        self.call_from_peer()
        self.call_to_peer()

    def test_the_daemon_restarts(self):
        _, there = self.call_from_peer()
        self.daemon.end()
        self.daemon.start()
        released, *_ = self.hear_meeting('released')
        self.application.expect('lost')
        self.application.expect('reconnected')
        self.assertEqual(released['call'], there['call'])
        self.call_from_peer()
        self.call_to_peer()


class AsUser(Faults, LinkTest):
    side = 'user'


class AsNetwork(Faults, LinkTest):
    side = 'network'


if __name__ == '__main__':
    main()
