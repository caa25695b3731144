#!/usr/bin/env python3
"""A real vcplaned and Debian's atmsigd call each other, in both roles; signaling over UDP."""

from link import CBR, NOBODY, OURS, THEIRS, THEM, US, LinkTest
from harness import main


class Calls:
    """What holds whichever side is which; `side` is ours."""

    def setUp(self):
        super().setUp()
        self.begin(self.side)

    def check_call_from_peer(self, traffic):
        call, there = self.call_from_peer(traffic)
        self.assertEqual([row['call'] for row in self.daemon.rows('calls')], ['connected'])
        label = there['vpci'] << 16 | there['vci']
        self.assertEqual(self.daemon.rows('vcs')[0]['transmit_label'], label)
        self.assertEqual(there['receive']['max_sdu'], 1000)
        self.peer.release(there['call'])
        self.assertEqual(self.hear('released')['by'], 'local')
        ended = self.application.expect('ended')
        self.assertEqual((ended['call'], ended['cause']), (call, 16))
        self.application.expect('closed')
        self.expect_no_calls()

    def test_called_with_cbr(self):
        self.check_call_from_peer(CBR)

    def test_called_with_ubr(self):
        self.check_call_from_peer(None)

    def check_call_to_peer(self, *traffic):
        self.listen_there()
        call, there = self.call_to_peer(*traffic)
        self.application.order('close', call)
        self.application.expect('closed')
        released = self.hear('released')
        self.assertEqual((released['by'], released['cause']), ('remote', 16))
        self.expect_no_calls()
        return there

    def test_calling_with_ubr(self):
        self.check_call_to_peer()

    def test_calling_with_cbr(self):
        rate_bytes_per_second = 1_000_000
        there = self.check_call_to_peer(rate_bytes_per_second, 'cbr')
        for direction in ('transmit', 'receive'):  # 48 bytes a cell, and what AAL5 adds
            cells = there[direction]['pcr']
            self.assertTrue(rate_bytes_per_second / 48 <= cells < rate_bytes_per_second / 44)

    def test_rejected_here(self):
        for cause in (17, 21):
            self.peer.call(OURS, CBR, CBR)
            offered = self.application.expect('offered')
            self.application.order('reject', offered['call'], cause)
            released = self.hear('released')
            self.assertEqual((released['by'], released['cause']), ('remote', cause))
            self.expect_no_calls()

    def test_rejected_there(self):
        self.listen_there()
        self.application.order('call', THEIRS)
        call = self.application.expect('calling')['call']
        self.hear('indicate')
        self.peer.reject()
        refused = self.application.expect('refused')
        self.assertEqual((refused['call'], refused['status'], refused['cause']),
                         (call, 'NOT_ACCEPTED', 21))
        self.assertEqual(self.hear('released')['by'], 'local')
        self.assertEqual(self.daemon.rows('calls'), [])

    def test_nobody_listens_here(self):
        self.peer.call(NOBODY, CBR, CBR)
        self.assertEqual(self.hear('released')['cause'], 1)

    def test_nobody_listens_there(self):
        self.application.order('call', NOBODY)
        self.application.expect('calling')
        self.assertEqual(self.application.expect('refused')['cause'], 88)

    def check_both_ends_clear(self, call, there):
        """Each has sent its RELEASE before it hears the other's (Q.2931 5.4.5)."""
        self.relay.hold()
        self.application.order('close', call)
        self.peer.release(there['call'])
        for end in (US, THEM):
            self.relay.wait_for_held(end, 'RELEASE')
        self.relay.let_go()
        self.application.expect('closed')
        self.assertEqual(self.hear('released')['by'], 'local')
        self.expect_no_calls()

    def test_both_ends_clear(self):
        self.listen_there()
        self.check_both_ends_clear(*self.call_from_peer())
        self.check_both_ends_clear(*self.call_to_peer())
        self.call_from_peer()  # and the link is as good as before

    def test_closed_instead_of_answered(self):
        self.peer.call(OURS, CBR, CBR)
        self.application.order('close', self.application.expect('offered')['call'])
        self.application.expect('closed')
        self.assertEqual(self.hear('released')['cause'], 21)
        self.expect_no_calls()


class AsUser(Calls, LinkTest):
    side = 'user'


class AsNetwork(Calls, LinkTest):
    side = 'network'


if __name__ == '__main__':
    main()
