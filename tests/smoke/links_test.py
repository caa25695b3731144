#!/usr/bin/env python3
"""Daemons joined by signaled links: where an address leads, and what vcctl shows of them."""

import contextlib
import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import unittest

from harness import BUILD, LOOP_PORT, VCPERF, SmokeTest, main, run

ADDRESS = '+358401234567'
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


class TwoLinks(SmokeTest):
    """Two links lead to the same place, the first of them takes a call a second."""

    def counters(self, daemon, name):
        return [row['value'] for row in daemon.rows('counters') if row['name'] == name]

    def make_calls(self, slow):
        """Of both daemons, that one at which the first link is slow says so."""
        one, two, three, four = free_udp_ports(4)
        first = {'east': '', 'west': '', slow: 'setups_per_second = 1\n'}
        self.east = self.start(link('wan0', 'network', two, one) + first['east'] +
                               link('wan1', 'network', four, three), 'east')
        self.west = self.start(link('wan0', 'user', one, two) + first['west'] +
                               link('wan1', 'user', three, four) +
                               route('+358', 'wan0', 1) + route('+358', 'wan1', 2), 'west')
        self.await_that(lambda: [row['signaling'] for row in self.west.rows('links') +
                                 self.east.rows('links')] == 4 * ['up'], 'both links are up')
        for port in ('wan0', 'wan1'):
            self.serve(self.east, '--call', ADDRESS, '--port', port)
        done = run(VCPERF, 'calls', '--attach', self.west.attach, '--call', ADDRESS, '--held',
                   '20', '--window', '4', '--seconds', '0.2', '--json')
        self.assertEqual((done.returncode, done.stderr), (0, ''), done.stdout)
        self.assertEqual(json.loads(done.stdout)['refused'], 0)
        first, second = self.counters(self.east, 'uni_calls_connected')
        self.assertGreaterEqual(first, 1)
        self.assertGreaterEqual(first + second, 20)
        self.assertGreater(second, first)

    def test_a_call_that_this_end_has_no_room_for_takes_the_next_link(self):
        self.make_calls('west')
        over, _ = self.counters(self.west, 'uni_calls_over_share')
        self.assertGreater(over, 0)

    def test_a_call_that_the_other_end_has_no_room_for_takes_the_next_link(self):
        self.make_calls('east')
        failed, none = self.counters(self.west, 'uni_calls_failed')
        self.assertGreater(failed, 0)
        self.assertEqual(none, 0)


class Paused(SmokeTest):
    """A link whose signaling travels on the port itself, a memif cable."""

    def config(self, role, side):
        return (f'[[port]]\nname = "cable0"\ndevice = "net_memif,role={role},'
                f'socket={self.folder}/cable.sock,socket-abstract=no"\n'
                f'[[link]]\nport = "cable0"\nside = "{side}"\n')

    def test_calls_come_and_go_while_both_ends_are_paused(self):
        east = self.start(self.config('server', 'network'), 'east')
        west = self.start(self.config('client', 'user'), 'west')
        for daemon in (east, west):
            self.await_that(lambda daemon=daemon: daemon.rows('links')[0]['signaling'] == 'up',
                            'the link is up')
        self.serve(east, '--call', ADDRESS)
        for daemon in (west, east):
            self.assertEqual(daemon.vcctl('port', 'pause', 'cable0').returncode, 0)
            self.await_that(lambda daemon=daemon: daemon.rows('ports')[0]['life'] == 'paused',
                            'paused')
        self.assertIn('0 refused, 0 unanswered', run(
            VCPERF, 'calls', '--attach', west.attach, '--call', ADDRESS, '--seconds', '0.2').stdout)
        for daemon in (west, east):
            self.assertEqual(daemon.rows('links')[0]['signaling'], 'up')
            self.assertEqual(daemon.vcctl('port', 'restart', 'cable0').returncode, 0)
        self.measure(west, 'latency', '--call', ADDRESS, '--count', '10')


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

    def test_the_doctor_names_the_link_that_is_down(self):
        lines = self.west.vcctl('doctor').stdout.splitlines()
        at = next(i for i, line in enumerate(lines) if 'link wan1' in line)
        self.assertIn('signaling is down', lines[at])
        self.assertIn('fix: start the peer', lines[at + 1])

    def test_empty_tables_say_so(self):
        self.assert_one_line(self.west.vcctl('show', 'parties').stdout, 'no point-to-multipoint')
        self.assert_one_line(self.east.vcctl('show', 'routes').stdout, 'no route is configured')
        self.assertIn('no VC is admitted\n', self.east.vcctl('show', 'cac').stdout)


    def test_a_call_explained(self):
        for words, code, verdict in (
                (('+358401234567', '--rate', '1Mbit'), 0, 'would be sent to the peer of port wan0'),
                (('+358401234567', '--rate', '20Gbit'), 1, 'RESOURCES, cause 37'),
                (('+4930', '--rate', '1Mbit', '--one-way'), 1, 'DISCONNECTED'),
                (('+4930', '--port', 'wan0'), 1, 'NOT_FOUND, cause 3')):
            done = self.west.vcctl('explain', 'setup', *words)
            self.assertEqual((done.returncode, done.stderr), (code, ''), done.stdout)
            lines = done.stdout.splitlines()
            self.assertIn(verdict, lines[-1])
            self.assertLessEqual(max(map(len, lines)), 100, done.stdout)
            self.assertEqual(any(line.startswith('NO') for line in lines), code == 1, done.stdout)
        self.assertEqual(self.west.rows('links')[0]['calls_made'], 0)

    def counters(self, daemon):
        """The counters of the link that is up."""
        return {row['name']: row['value'] for row in daemon.rows('counters')
                if row['scope'] == 'link wan0'}

    def calls(self, *words):
        done = run(VCPERF, 'calls', '--attach', self.west.attach, '--json', *words)
        self.assertEqual(done.stderr, '')
        return done.returncode, json.loads(done.stdout)

    def test_calls_are_counted_as_the_daemons_do(self):
        self.serve(self.east, '--call', ADDRESS)
        code, figures = self.calls('--call', ADDRESS, '--held', '20', '--window', '8', '--seconds',
                                   '0.5')
        made = figures['setups'] + figures['late'] + 20
        self.assertEqual((code, figures['refused'], figures['held']), (0, 0, 20), figures)
        self.assertGreater(figures['setups'], 8)
        self.assertLessEqual(figures['late'], 8)
        self.assertGreaterEqual(figures['setup_ns']['p99.9'], figures['setup_ns']['p50'])
        self.await_that(lambda: [daemon.rows('links')[0]['calls'] for daemon in
                                 (self.west, self.east)] == [0, 0], 'every call is closed')
        here, there = self.counters(self.west), self.counters(self.east)
        self.assertEqual((here['uni_calls_made'], there['uni_calls_offered']), (made, made))
        self.assertEqual((here['uni_calls_connected'], here['uni_calls_failed']), (made, 0))

    def test_refusals_are_counted_by_cause(self):
        code, figures = self.calls('--call', '+358999', '--window', '4', '--seconds', '0.2')
        self.assertEqual((code, figures['setups'], figures['late']), (1, 0, 0), figures)
        causes = {refusal['cause']: refusal['count'] for refusal in figures['refusals']}
        self.assertIn(1, causes)
        self.assertEqual(sum(causes.values()), figures['refused'])
        here = self.counters(self.west)  # what is beyond a client's share goes nowhere (S1)
        self.assertEqual(here['uni_calls_failed'] + here['uni_calls_over_share'],
                         figures['refused'])

    def test_held_calls_stand(self):
        self.serve(self.east, '--call', ADDRESS)
        calling = subprocess.Popen([str(VCPERF), 'calls', '--attach', str(self.west.attach),
                                    '--call', ADDRESS, '--held', '30', '--window', '2',
                                    '--seconds', '60'], stdout=subprocess.PIPE, text=True)
        self.addCleanup(calling.stdout.close)
        self.await_that(lambda: self.west.rows('links')[0]['calls'] >= 30, 'calls are held')
        for daemon, way in ((self.west, 'to ' + ADDRESS), (self.east, 'from no address')):
            for topic in ('calls', 'cac', 'clients', 'links', 'ports', 'vcs'):
                lines = daemon.vcctl('show', topic).stdout.splitlines()
                self.assertLessEqual(max(map(len, lines)), 100, lines)
            self.assertIn(way, daemon.vcctl('show', 'calls').stdout)
            self.assertGreaterEqual(len(daemon.rows('calls')), 30)
        labels = [row['label'] for row in self.east.rows('calls') if row['call'] == 'connected']
        self.assertEqual(len(labels), len(set(labels)))
        calling.send_signal(signal.SIGTERM)
        said, _ = calling.communicate(timeout=60)
        self.assertEqual(calling.returncode, 0, said)
        self.assertIn('30 held meanwhile', said)
        self.assertLessEqual(max(map(len, said.splitlines())), 100, said)

    def test_calls_that_cannot_begin(self):
        for words, part in ((('--call', 'alice'), '+358401234567'),
                            (('--call', '+358999', '--held', '3'), 'vcctl explain setup +358999')):
            done = run(VCPERF, 'calls', '--attach', self.west.attach, '--seconds', '0.1', *words)
            self.assertEqual((done.returncode, done.stdout), (3, ''))
            self.assert_one_line(done.stderr, 'vcperf: ', part)

    def test_what_cannot_be_explained(self):
        for words, code, part in ((('alice',), 1, '+358401234567'),
                                  (('+358', '--port', 'wan7'), 1, 'vcctl show ports'),
                                  (('+358', '--rate', 'fast'), 1, '100Mbit'),
                                  ((), 2, 'ADDRESS')):
            done = self.west.vcctl('explain', 'setup', *words)
            self.assertEqual((done.returncode, done.stdout), (code, ''))
            self.assert_one_line(done.stderr, 'vcctl: ', part)


if __name__ == '__main__':
    main()
