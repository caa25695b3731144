#!/usr/bin/env python3
"""A real vcplaned and Debian's atmsigd call each other, in both roles; signaling over UDP."""

import ctypes
import os
import pathlib
import socket
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'smoke'))

from harness import BUILD, Serving, SmokeTest, main  # noqa: E402 (found only now)

from atm_peer import AtmPeer, NotInstalled  # noqa: E402

OURS = '47000580ffe1000000f2151b570020480d000100'
THEIRS = '47000580ffe1000000f2151b570020480d000200'
NOBODY = '47000580ffe1000000f2151b570020480d000300'
CBR = {'category': 'cbr', 'pcr': 10000, 'max_sdu': 1000}
UBR = {'category': 'ubr', 'max_sdu': 1000}
SECONDS = 30
STATUS = {0: 'SUCCESS', 7: 'NOT_ACCEPTED', 19: 'DISCONNECTED', 24: 'NOT_FOUND'}


class Caller:
    """An application of libvcplane's own, for calls that nobody measures."""

    @staticmethod
    def skip_reason():
        sanitized = os.environ['VCP_SANITIZE'] != 'none'
        return 'an interpreter cannot load a sanitized library' if sanitized else None

    def __init__(self, socket_path):
        self.library = ctypes.CDLL(str(BUILD / 'lib' / 'client' / 'libvcplane.so'))
        os.environ['VCPLANE_SOCKET'] = str(socket_path)
        self.client, self.family = ctypes.c_void_p(), ctypes.c_uint32()
        assert self.library.vcp_attach(None, ctypes.byref(self.client)) == 0
        assert self.library.vcp_open_af_wait(self.client, None, 1, ctypes.byref(self.family)) == 0

    def call(self, address):
        """Makes a best-effort call; its status's name, and the VC."""
        params, circuit = ctypes.create_string_buffer(16384), ctypes.c_uint32()
        self.library.vcp_call_params_init(params)
        called = ctypes.byref(params, 16)  # behind struct_size and two words of flags
        assert self.library.vcp_address_parse(address.encode(), called) == 0
        status = self.library.vcp_make_call_wait(self.client, self.family, params,
                                                 ctypes.byref(circuit))
        return STATUS.get(status, status), circuit

    def close(self, circuit):
        return self.library.vcp_close_call_wait(self.client, circuit)

    def leave(self):
        self.library.vcp_detach(self.client)


def free_ports():
    """Two UDP ports that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        for each in (one, other):
            each.bind(('127.0.0.1', 0))
        return one.getsockname()[1], other.getsockname()[1]


class DaemonAndAtmsigd(SmokeTest):

    def begin(self, our_side):
        """The daemon on one side of a link, atmsigd on the other, and the link up."""
        theirs, ours = free_ports()
        role = 'user' if our_side == 'network' else 'network'
        peer = AtmPeer(os.environ['VCP_ATM_SHIM'], role, (theirs, ours), THEIRS)
        try:
            peer.__enter__()
        except NotInstalled as why:
            self.skipTest(str(why))
        self.addCleanup(peer.__exit__, None, None, None)
        daemon = self.start('[[port]]\nname = "wire0"\ndevice = "net_null"\n'
                            f'[[link]]\nport = "wire0"\nside = "{our_side}"\n'
                            f'udp_local_port = {ours}\nudp_remote_port = {theirs}\n'
                            f'address = "{OURS}"\n')
        self.assertIsNotNone(peer.wait_for('established', SECONDS))
        return daemon, peer

    def need_caller(self):
        if Caller.skip_reason():
            self.skipTest(Caller.skip_reason())

    def serve(self, daemon):
        serving = Serving(daemon, '--call', OURS)
        self.addCleanup(serving.end)

    def check_call_from_atmsigd(self, our_side, traffic):
        daemon, peer = self.begin(our_side)
        self.serve(daemon)
        peer.call(OURS, traffic, traffic)
        connected = peer.wait_for('connected', SECONDS)
        calls = daemon.rows('calls')
        self.assertEqual([row['call'] for row in calls], ['connected'])
        label = connected['vpci'] << 16 | connected['vci']
        self.assertEqual(daemon.rows('vcs')[0]['transmit_label'], label)
        self.assertEqual(connected['receive']['max_sdu'], 1000)
        peer.release(connected['call'])
        released = peer.wait_for('released', SECONDS)
        self.assertEqual(released['by'], 'local')

    def check_call_to_atmsigd(self, our_side):
        self.need_caller()
        daemon, peer = self.begin(our_side)
        peer.listen()
        self.assertIsNotNone(peer.wait_for('listening', SECONDS))
        child = os.fork()
        if child == 0:  # Blocks in the call while this process answers it.
            try:
                caller = Caller(daemon.attach)
                status, circuit = caller.call(THEIRS)
                os._exit(caller.close(circuit) if status == 'SUCCESS' else 1)
            finally:
                os._exit(1)
        offered = peer.wait_for('indicate', SECONDS)
        self.assertEqual(offered['calling'], OURS)
        peer.accept()
        self.assertIsNotNone(peer.wait_for('connected', SECONDS))
        released = peer.wait_for('released', SECONDS)
        self.assertEqual((released['by'], released['cause']), ('remote', 16))
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)

    def test_as_user_called_with_cbr(self):
        self.check_call_from_atmsigd('user', CBR)

    def test_as_network_called_with_cbr(self):
        self.check_call_from_atmsigd('network', CBR)

    def test_as_user_called_with_ubr(self):
        self.check_call_from_atmsigd('user', UBR)

    def test_as_user_calling(self):
        self.check_call_to_atmsigd('user')

    def test_as_network_calling(self):
        self.check_call_to_atmsigd('network')

    def test_nobody_listens_here(self):
        _, peer = self.begin('user')
        peer.call(NOBODY, CBR, CBR)
        self.assertEqual(peer.wait_for('released', SECONDS)['cause'], 1)

    def test_nobody_listens_there(self):
        self.need_caller()
        daemon, _ = self.begin('user')
        caller = Caller(daemon.attach)
        self.addCleanup(caller.leave)
        self.assertNotEqual(caller.call(NOBODY)[0], 'SUCCESS')


if __name__ == '__main__':
    main()
