#!/usr/bin/env python3
"""A memif cable between two daemons: started in any order, cut at either end, and joined again."""

import os
import signal
import socket
import struct

from harness import Daemon, SmokeTest, main, pvc

LABEL = 1000


class Cable(SmokeTest):
    """West is the cable's client, east its server; an application may stay on either."""

    def setUp(self):
        super().setUp()
        self.path = self.folder / 'cable.sock'
        self.ends = {side: Daemon(self.folder, self.config(role, abstract), side)
                     for side, role, abstract in self.sides()}

    def sides(self):
        return (('west', 'client', 'no'), ('east', 'server', 'no'))

    def config(self, role, abstract):
        return (f'[[port]]\nname = "cable0"\n'
                f'device = "net_memif,role={role},socket={self.path},socket-abstract={abstract}"\n'
                + pvc('line', LABEL, count=4, port='cable0'))

    def up(self, side):
        self.ends[side].start()
        self.addCleanup(self.end_if_running, self.ends[side])
        return self.ends[side]

    def end_if_running(self, daemon):
        if daemon.process.poll() is None:
            self.end(daemon)

    def state(self, side):
        return self.ends[side].rows('ports')[0]['state']

    def await_state(self, state, *sides):
        for side in sides:
            self.await_that(lambda side=side: self.state(side) == state, f'{side} {state}')

    def cut(self, side):
        self.assertEqual(self.ends[side].end(signal.SIGKILL), -signal.SIGKILL)

    def assert_flows(self, side):
        """An application on `side` talks with the echo at the other end."""
        self.measure(self.ends[side], 'throughput', '--pvc', 'line', '--vcs', '4', '--size', '1400',
                     '--seconds', '0.2')
        self.measure(self.ends[side], 'latency', '--pvc', 'line/0', '--count', '50')


class Orders(Cable):

    def start_in_order(self, first, second):
        self.up(first)
        self.assertEqual(self.state(first), 'down')
        self.assertIn('down', self.ends[first].vcctl('show', 'ports').stdout)
        self.up(second)
        self.await_state('up', first, second)
        self.serve(self.ends['east'], '--pvc', 'line')
        self.assert_flows('west')

    def test_the_client_first(self):
        self.start_in_order('west', 'east')

    def test_the_server_first(self):
        self.start_in_order('east', 'west')


class AbstractSocket(Orders):

    def sides(self):
        return (('west', 'client', 'yes'), ('east', 'server', 'yes'))


class Cuts(Cable):

    def restart_under_traffic(self, stays, dies):
        for side in (stays, dies):
            self.up(side)
        self.await_state('up', stays, dies)
        # The echo's circuits live through all of it.
        serving = self.serve(self.ends[stays], '--pvc', 'line')
        self.assert_flows(dies)
        for _ in range(3):
            self.cut(dies)
            self.await_state('down', stays)
            self.up(dies)
            self.await_state('up', stays, dies)
            self.assert_flows(dies)
        code, _ = serving.end()
        self.assertEqual(code, 0)

    def test_the_server_dies(self):
        self.restart_under_traffic(stays='west', dies='east')

    def test_the_client_dies(self):
        self.restart_under_traffic(stays='east', dies='west')

    def test_each_dies_in_turn(self):
        for side in ('west', 'east'):
            self.up(side)
        for dies, stays in (('east', 'west'), ('west', 'east'), ('east', 'west')):
            self.cut(dies)
            self.await_state('down', stays)
            self.up(dies)
            self.await_state('up', 'west', 'east')
        self.serve(self.ends['east'], '--pvc', 'line')
        self.assert_flows('west')

    def test_a_server_does_not_take_over_a_living_ones_socket(self):
        self.up('east')
        other = Daemon(self.folder, self.config('server', 'no'), 'other')
        with self.assertRaisesRegex(AssertionError, 'cable0'):
            other.start()
        self.up('west')
        self.await_state('up', 'west', 'east')


class Peer:
    """A memif client that speaks the protocol far enough to be connected."""

    RING_LOG2 = 10
    RING_BYTES = 128 + 16 * (1 << RING_LOG2)
    COOKIE = 0x3E31F20
    ACK, HELLO, INIT, ADD_REGION, ADD_RING, CONNECT, CONNECTED = range(1, 8)

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.expect(self.HELLO)
        self.region = os.memfd_create('region', os.MFD_CLOEXEC)
        os.ftruncate(self.region, 2 * self.RING_BYTES + (1 << 20))
        for ring in range(2):
            os.pwrite(self.region, struct.pack('<I', self.COOKIE), ring * self.RING_BYTES)
        self.tell(self.INIT, struct.pack('<HIB', 0x200, 0, 0))
        self.expect(self.ACK)
        self.tell(self.ADD_REGION, struct.pack('<HQ', 0, os.fstat(self.region).st_size),
                  self.region)
        self.expect(self.ACK)
        for ring in range(2):
            self.tell(self.ADD_RING, struct.pack('<HHHIBH', 1 - ring, 0, 0, ring * self.RING_BYTES,
                                                 self.RING_LOG2, 0), os.eventfd(0))
            self.expect(self.ACK)
        self.tell(self.CONNECT, b'peer')
        self.expect(self.CONNECTED)

    def tell(self, kind, body, *fds):
        message = (struct.pack('<H', kind) + body).ljust(128, b'\0')
        socket.send_fds(self.socket, [message], fds)

    def expect(self, kind):
        got = struct.unpack_from('<H', self.socket.recv(128))[0]
        assert got == kind, f'message {got} instead of {kind}'


class Robbed(Cable):

    def test_a_peer_that_takes_its_memory_away(self):
        """The daemon lives, hangs up, and takes the next peer."""
        self.up('east')
        for _ in range(3):
            peer = Peer(self.path)
            self.await_state('up', 'east')
            os.ftruncate(peer.region, 0)
            self.assertEqual(peer.socket.recv(128), b'')
        self.up('west')
        self.await_state('up', 'west', 'east')
        self.serve(self.ends['east'], '--pvc', 'line')
        self.assert_flows('west')


if __name__ == '__main__':
    main()
