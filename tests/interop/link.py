"""A link between a vcplaned and an atmsigd, for tests: who is at it, and the wire in between."""

import contextlib
import json
import os
import pathlib
import select
import socket
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'smoke'))

from harness import DEADLINE_SECONDS, SmokeTest  # noqa: E402 (found only now)

from atm_peer import AtmPeer, NotInstalled  # noqa: E402
from relay import Relay  # noqa: E402

SHIM = os.environ['VCP_ATM_SHIM']
APPLICATION = os.environ['VCP_INTEROP_APPLICATION']
OURS = '47000580ffe1000000f2151b570020480d000100'
THEIRS = '47000580ffe1000000f2151b570020480d000200'
NOBODY = '47000580ffe1000000f2151b570020480d000300'
CBR = {'category': 'cbr', 'pcr': 10000, 'max_sdu': 1000}
UBR = {'category': 'ubr', 'max_sdu': 1000}
SECONDS = 60
US, THEM = 0, 1  # the relay's ends


def free_ports(count):
    """UDP ports that nobody has now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                   for _ in range(count)]
        for each in sockets:
            each.bind(('127.0.0.1', 0))
        return [each.getsockname()[1] for each in sockets]


class Application:
    """application.cc, attached to a daemon."""

    def __init__(self, daemon):
        self.process = subprocess.Popen([APPLICATION, str(daemon.attach)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self._unread = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(DEADLINE_SECONDS)
        self.process.stdout.close()

    def order(self, *words):
        self.process.stdin.write((' '.join(map(str, words)) + '\n').encode())
        self.process.stdin.flush()

    def next_event(self, seconds=SECONDS):
        while b'\n' not in self._unread:
            if not select.select([self.process.stdout], [], [], seconds)[0]:
                raise TimeoutError(f'the application said nothing for {seconds} s')
            octets = os.read(self.process.stdout.fileno(), 4096)
            if not octets:
                raise AssertionError(f'the application ended: {self.process.wait()}')
            self._unread += octets
        line, self._unread = self._unread.split(b'\n', 1)
        return json.loads(line)

    def expect(self, name):
        """The next event, which has that name."""
        event = self.next_event()
        if event['event'] != name:
            raise AssertionError(f'not {name}: {event}')
        return event


class LinkTest(SmokeTest):
    """self.daemon and self.application at one end, self.peer at the other, self.relay between."""

    def begin(self, our_side):
        """The daemon on that side of the link, and the link up."""
        self.our_side = our_side
        self.relay = Relay()
        self.addCleanup(self.relay.__exit__, None, None, None)
        self.relay.__enter__()
        ours, self.their_port = free_ports(2)
        self.relay.lead_to(US, ours)
        self.relay.lead_to(THEM, self.their_port)
        self.peer = None
        self.start_peer()
        self.daemon = self.start('[[port]]\nname = "wire0"\ndevice = "net_null"\n'
                                 f'[[link]]\nport = "wire0"\nside = "{our_side}"\n'
                                 f'udp_local_port = {ours}\n'
                                 f'udp_remote_port = {self.relay.port(US)}\n'
                                 f'address = "{OURS}"\n')
        self.hear_meeting()
        self.application = Application(self.daemon)
        self.addCleanup(self.application.__exit__, None, None, None)
        self.application.order('listen', OURS)
        self.application.expect('listening')

    def start_peer(self):
        """A new atmsigd, which knows of nothing; the one before ends as by a crash."""
        if self.peer is not None:
            self.peer.stop()
        role = 'user' if self.our_side == 'network' else 'network'
        self.peer = AtmPeer(SHIM, role, (self.their_port, self.relay.port(THEM)), THEIRS)
        self.addCleanup(self.peer.__exit__, None, None, None)
        try:
            self.peer.__enter__()
        except NotInstalled as why:
            self.skipTest(str(why))

    def hear(self, *names):
        """What atmsigd says next of each of these names, in whichever order; a Q.2931 message is
        'sent NAME' or 'received NAME'.
        """
        heard = {}
        while len(heard) < len(names):
            event = self.peer.next_event(SECONDS)
            name = event['event']
            if 'message' in event:
                name += ' ' + event['message']
            if name in names and name not in heard:
                heard[name] = event
        return heard[names[0]] if len(names) == 1 else [heard[name] for name in names]

    def hear_meeting(self, *names):
        """The link is up, and as network we know that the peer has no calls of an earlier life:
        until then we take none from it.
        """
        restarted = ['sent RESTART ACKNOWLEDGE'] if self.our_side == 'network' else []
        return self.hear(*names, 'established', *restarted)

    def listen_there(self):
        self.peer.listen()
        self.hear('listening')

    def call_from_peer(self, traffic=None):
        """Both ends' names of a call that atmsigd made, and what atmsigd said of it."""
        self.peer.call(OURS, traffic or UBR, traffic or UBR)
        offered = self.application.expect('offered')['call']
        self.application.order('accept', offered)
        self.application.expect('connected')
        return offered, self.hear('connected')

    def call_to_peer(self, rate_bytes_per_second=0, category='ubr'):
        """The same, made here; as what atmsigd understands it both ways."""
        self.application.order('call', THEIRS, rate_bytes_per_second)
        call = self.application.expect('calling')['call']
        indicated = self.hear('indicate')
        self.assertEqual(indicated['calling'], OURS)
        for direction in ('transmit', 'receive'):
            self.assertEqual(indicated[direction]['category'], category)
        self.peer.accept()
        self.application.expect('connected')
        return call, self.hear('connected')

    def expect_no_calls(self):
        """Nothing is left of them in the daemon."""
        self.await_that(lambda: not self.daemon.rows('calls') and not self.daemon.rows('vcs'),
                        'all calls are forgotten')
