#!/usr/bin/env python3
"""Two atmsigd, as user and as network, call each other: what the harness reports is true."""

import contextlib
import itertools
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'smoke'))

from harness import DEADLINE_SECONDS, SmokeTest, main  # noqa: E402 (found only now)

from atm_peer import EXIT_ENDED, AtmPeer, NotInstalled  # noqa: E402

SHIM = os.environ['VCP_ATM_SHIM']
PEER = HERE / 'atm_peer.py'
USER_ADDRESS = '47000580ffe1000000f2151b570020480d000100'
NETWORK_ADDRESS = '47000580ffe1000000f2151b570020480d000200'
NOBODYS_ADDRESS = '47000580ffe1000000f2151b570020480d000900'
UBR = {'category': 'ubr', 'max_sdu': 8192}
SECONDS = 20


def free_ports():
    """Two UDP ports that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        for each in (one, other):
            each.bind(('127.0.0.1', 0))
        return one.getsockname()[1], other.getsockname()[1]


def cbr(cells_per_second):
    return {'category': 'cbr', 'pcr': cells_per_second, 'max_sdu': 8192}


def is_running(pid):
    try:
        return 'Z (zombie)' not in pathlib.Path(f'/proc/{pid}/status').read_text(encoding='ascii')
    except OSError:
        return False


class Calls(SmokeTest):

    def setUp(self):
        super().setUp()
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        ports = free_ports()
        try:
            self.user = self.stack.enter_context(AtmPeer(SHIM, 'user', ports, USER_ADDRESS))
            self.network = self.stack.enter_context(
                AtmPeer(SHIM, 'network', ports[::-1], NETWORK_ADDRESS))
        except NotInstalled as error:
            self.skipTest(str(error))
        for peer in (self.user, self.network):
            peer.wait_for('established', SECONDS)

    def listen(self, peer, sap=None):
        peer.listen(sap)
        peer.wait_for('listening', SECONDS)

    def connect(self, caller, called, address, *call):
        """Both sides' numbers of a call that is connected, and what each said of it."""
        there = caller.call(address, *call)
        offered = called.wait_for('indicate', SECONDS)
        called.accept()
        taken = called.wait_for('connected', SECONDS)
        made = caller.wait_for('connected', SECONDS)
        self.assertEqual((made['call'], taken['call']), (there, offered['call']))
        return made, taken

    def assert_released(self, peer, by, cause=None, error=None):
        event = peer.wait_for('released', SECONDS)
        self.assertEqual((event['by'], event['cause'], event['error']), (by, cause, error))

    def test_a_call_from_user_to_network(self):
        self.listen(self.network)
        made, taken = self.connect(self.user, self.network, NETWORK_ADDRESS, cbr(10000), cbr(5000))
        for event in (made, taken):
            self.assertEqual(event['called'], NETWORK_ADDRESS)
            self.assertEqual(event['calling'], USER_ADDRESS)
        self.assertEqual((made['vpci'], made['vci']), (taken['vpci'], taken['vci']))
        self.assertEqual(taken['receive'], cbr(10000))
        self.assertEqual(taken['transmit'], cbr(5000))
        self.user.release(made['call'])
        self.assert_released(self.network, 'remote', cause=16)
        self.assert_released(self.user, 'local')

    def test_a_call_from_network_to_user_that_the_called_side_ends(self):
        self.listen(self.user)
        _, taken = self.connect(self.network, self.user, USER_ADDRESS, UBR, UBR)
        self.assertEqual(taken['receive']['category'], 'ubr')
        self.user.release(taken['call'])
        self.assert_released(self.network, 'remote', cause=16)
        self.assert_released(self.user, 'local')

    def test_the_wire_is_reported(self):
        self.listen(self.network)
        made, _ = self.connect(self.user, self.network, NETWORK_ADDRESS, cbr(77), cbr(77))
        self.user.release(made['call'])
        self.network.wait_for('released', SECONDS)
        said = []
        while not said or said[-1]['event'] != 'released':
            said.append(self.user.next_event(SECONDS))
        messages = [(event['event'], event['message'], event['cause']) for event in said
                    if 'message' in event]
        self.assertEqual(messages, [('sent', 'RELEASE', 16),
                                    ('received', 'RELEASE COMPLETE', None)])

    def test_one_direction_only(self):
        self.listen(self.network)
        _, taken = self.connect(self.user, self.network, NETWORK_ADDRESS, cbr(77),
                                {'category': 'none'})
        self.assertEqual(taken['transmit']['category'], 'none')
        self.assertEqual(taken['receive']['pcr'], 77)

    def test_saps_select(self):
        sap = {'bhli': ['user', '0102'], 'l3': [0x0b, 'cc']}
        self.listen(self.network, sap)
        _, taken = self.connect(self.user, self.network, NETWORK_ADDRESS, UBR, UBR, sap)
        self.assertEqual(taken['sap'], sap)
        self.user.call(NETWORK_ADDRESS, UBR, UBR, {'bhli': ['user', '0103']})
        self.assert_released(self.user, 'remote', cause=88, error='ECONNREFUSED')

    def test_nobody_there(self):
        self.listen(self.network)
        self.user.call(NOBODYS_ADDRESS, UBR, UBR)
        self.assert_released(self.user, 'remote', cause=88, error='ECONNREFUSED')

    def test_rejected_by_either_role(self):
        self.listen(self.network)
        self.listen(self.user)
        for caller, called, address in ((self.user, self.network, NETWORK_ADDRESS),
                                        (self.network, self.user, USER_ADDRESS)):
            caller.call(address, UBR, UBR)
            called.wait_for('indicate', SECONDS)
            called.reject()
            self.assert_released(caller, 'remote', cause=21, error='ECONNREFUSED')
            self.assert_released(called, 'local')

    def test_several_calls_at_once(self):
        self.listen(self.network)
        pairs = [self.connect(self.user, self.network, NETWORK_ADDRESS, UBR, UBR)
                 for _ in range(5)]
        self.assertEqual(len({made['vci'] for made, _ in pairs}), 5)
        for made, taken in pairs[::-1]:
            self.user.release(made['call'])
            event = self.network.wait_for('released', SECONDS)
            self.assertEqual(event['call'], taken['call'])

    def test_a_dead_link_is_down(self):
        self.stack.pop_all().close()  # ends both; then the user alone
        with AtmPeer(SHIM, 'user', free_ports(), USER_ADDRESS) as lonely:
            self.assertEqual(lonely.wait_for('down', SECONDS)['event'], 'down')


class Program(SmokeTest):
    """atm_peer.py as a program: orders in, events out."""

    def start(self, *words):
        local, remote = free_ports()
        process = subprocess.Popen(
            [sys.executable, str(PEER), '--shim', SHIM, '--role', 'user', '--local-port',
             str(local), '--remote-port', str(remote), '--address', USER_ADDRESS, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, 'TMPDIR': str(self.folder)})
        for pipe in (process.stdin, process.stdout, process.stderr):
            self.addCleanup(pipe.close)
        self.addCleanup(process.wait, DEADLINE_SECONDS)
        self.addCleanup(process.kill)
        return process

    def listen(self, process):
        """The pid of its atmsigd, once it works."""
        process.stdin.write('{"do": "listen"}\n')
        process.stdin.flush()
        for line in process.stdout:
            event = json.loads(line)
            if event['event'] == 'listening':
                self.assertEqual(event['address'], USER_ADDRESS)
                break
        else:
            said = process.stderr.read()
            self.skipTest(said) if 'not installed' in said else self.fail(said)
        children = pathlib.Path(f'/proc/{process.pid}/task/{process.pid}/children')
        return int(children.read_text(encoding='ascii'))

    def await_end(self, pid):
        with contextlib.suppress(ProcessLookupError):
            with open(os.pidfd_open(pid), 'rb') as process:
                self.assertTrue(select.select([process], [], [], DEADLINE_SECONDS)[0])

    def test_ends_with_its_orders(self):
        process = self.start()
        child = self.listen(process)
        process.stdin.close()
        self.assertEqual(process.wait(DEADLINE_SECONDS), 0)
        self.assertFalse(is_running(child))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_killed_it_takes_atmsigd_along(self):
        process = self.start()
        child = self.listen(process)
        process.send_signal(signal.SIGKILL)
        process.wait(DEADLINE_SECONDS)
        self.await_end(child)
        self.assertFalse(is_running(child))

    def test_says_what_became_of_atmsigd(self):
        process = self.start()
        os.kill(self.listen(process), signal.SIGSEGV)
        self.assertEqual(process.wait(DEADLINE_SECONDS), EXIT_ENDED)
        self.assertIn('atmsigd ended: SIGSEGV', process.stderr.read())

    def test_an_order_that_nobody_understands(self):
        process = self.start()
        child = self.listen(process)
        process.stdin.write('{"do": "fly"}\n')
        process.stdin.flush()
        self.assertEqual(process.wait(DEADLINE_SECONDS), EXIT_ENDED)
        self.assertIn('nobody can fly', process.stderr.read())
        self.assertFalse(is_running(child))


if __name__ == '__main__':
    main()
