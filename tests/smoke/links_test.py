#!/usr/bin/env python3
"""Daemons joined by signaled links: where an address leads, and what vcctl shows of them."""

import contextlib
import ctypes
import os
import socket
import struct
import unittest

from harness import BUILD, LOOP_PORT, SmokeTest, main

Q2931, NOT_FOUND = 1, 24
OPEN_AF_COMPLETE = 2


def free_udp_ports(count):
    """UDP ports that nobody has now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                   for _ in range(count)]
        for one in sockets:
            one.bind(('127.0.0.1', 0))
        return [one.getsockname()[1] for one in sockets]


def link(port, side, local, remote):
    """A port that carries nothing, and signaling for it."""
    return (f'[[port]]\nname = "{port}"\ndevice = "net_null{port[-1]},no-rx=1"\n[[link]]\n'
            f'port = "{port}"\nside = "{side}"\nudp_local_port = {local}\n'
            f'udp_remote_port = {remote}\n')


def route(prefix, port, priority=0):
    return f'[[route]]\nprefix = "{prefix}"\nport = "{port}"\npriority = {priority}\n'


class Application:
    """An application of libvcplane's own."""

    def __init__(self, daemon):
        self.library = ctypes.CDLL(str(BUILD / 'lib' / 'client' / 'libvcplane.so'))
        os.environ['VCPLANE_SOCKET'] = str(daemon.attach)
        self.client = ctypes.c_void_p()
        assert self.library.vcp_attach(None, ctypes.byref(self.client)) == 0

    def open_af_toward(self, text):
        """The outcome's status."""
        address, family = ctypes.create_string_buffer(22), ctypes.c_uint32()
        assert self.library.vcp_address_parse(text.encode(), address) == 0
        self.library.vcp_open_af_toward(self.client, address, Q2931, ctypes.c_uint64(7),
                                        ctypes.byref(family))
        event = ctypes.create_string_buffer(65536)
        while True:
            assert self.library.vcp_wait(self.client, 10000) == 0
            while self.library.vcp_poll(self.client, event, 1) == 1:
                kind, status, cookie = struct.unpack_from('=IIQ', event)
                if (kind, cookie) == (OPEN_AF_COMPLETE, 7):
                    return status

    def leave(self):
        self.library.vcp_detach(self.client)


@unittest.skipUnless(os.environ['VCP_SANITIZE'] == 'none',
                     'an interpreter cannot load a sanitized library')
class TowardAnAddress(SmokeTest):

    def ports_after(self, daemon, *addresses):
        """Where an application's families are that it opened toward these, and the outcomes."""
        application = Application(daemon)
        self.addCleanup(application.leave)
        outcomes = [application.open_af_toward(address) for address in addresses]
        return [row['adapter'] for row in daemon.rows('afs')], outcomes

    def test_the_longest_prefix_names_the_link(self):
        one, two, three, four = free_udp_ports(4)
        daemon = self.start(link('wan0', 'user', one, two) + link('wan1', 'user', three, four) +
                            route('+358', 'wan0') + route('+3582', 'wan1'))
        ports, outcomes = self.ports_after(daemon, '+35821', '+3589', '+49301')
        self.assertEqual(ports, ['wan1', 'wan0'])
        self.assertEqual(outcomes, [0, 0, NOT_FOUND])

    def test_the_only_link_without_routes(self):
        one, two = free_udp_ports(2)
        daemon = self.start(LOOP_PORT + link('wan0', 'user', one, two))
        self.assertEqual(self.ports_after(daemon, '+35821'), (['wan0'], [0]))

    def test_no_link(self):
        self.assertEqual(self.ports_after(self.start(), '+35821'), ([], [NOT_FOUND]))


class Shows(SmokeTest):
    """Two daemons whose links are up, and one link whose other end is nobody."""

    def setUp(self):
        super().setUp()
        one, two, three, four = free_udp_ports(4)
        self.east = self.start(link('wan0', 'network', two, one), 'east')
        self.west = self.start(link('wan0', 'user', one, two) + link('wan1', 'user', three, four) +
                               route('+358', 'wan0') + route('default', 'wan1', 3), 'west')
        self.await_that(lambda: self.west.rows('links')[0]['signaling'] == 'up', 'the link is up')

    def test_tables_fit_a_terminal(self):
        for topic in ('links', 'sscop', 'routes', 'cac'):
            done = self.west.vcctl('show', topic)
            self.assertEqual((done.returncode, done.stderr), (0, ''), topic)
            lines = done.stdout.splitlines()
            self.assertEqual(lines[0], lines[0].upper(), topic)
            self.assertLessEqual(max(map(len, lines)), 100, done.stdout)

    def test_links_up_and_down(self):
        up, down = self.west.rows('links')
        self.assertEqual((up['port'], up['side'], up['signaling']), ('wan0', 'user', 'up'))
        self.assertEqual((down['port'], down['signaling']), ('wan1', 'down'))
        self.assertEqual(self.east.rows('links')[0]['side'], 'network')
        self.assertEqual([row['link'] for row in self.west.rows('routes')], ['up', 'down'])
        text = self.west.vcctl('show', 'links').stdout
        self.assertRegex(text, r'wan0  user  up \d+ (s|min)')

    def test_empty_tables_say_so(self):
        self.assert_one_line(self.west.vcctl('show', 'parties').stdout, 'no point-to-multipoint')
        self.assert_one_line(self.east.vcctl('show', 'routes').stdout, 'no route is configured')
        self.assertIn('no VC is admitted\n', self.east.vcctl('show', 'cac').stdout)


if __name__ == '__main__':
    main()
