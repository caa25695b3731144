#!/usr/bin/env python3
"""An independent signaling peer for tests: one atmsigd of Debian's package atm-tools, unmodified,
on a kernel without ATM, and the applications above it. Its signaling VC is UDP on 127.0.0.1, one
SSCOP PDU per datagram. README.md says how to use it, and what atmsigd cannot do.
"""

import argparse
import collections
import errno
import itertools
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import atm_messages
import signaling_pdus
from atm_messages import Kind, Message

EXIT_ENDED = 4
EXIT_SKIP = 77
MAX_PACKET = 1 + 65536
LISTENER = 1 << 32  # the number of its socket; those of calls count from 1
END_SECONDS = 5


class NotInstalled(Exception):
    """There is no atmsigd here."""


class Ended(Exception):
    """atmsigd ended, which it should not."""


class Call:
    """What is known of a call until it is over."""

    def __init__(self, called, calling, transmit, receive, sap):
        self.fields = {'called': called, 'calling': calling, 'vpci': None, 'vci': None,
                       'transmit': transmit, 'receive': receive, 'sap': sap}
        self.reference = None  # (value, whether we chose it), once a SETUP has shown it
        self.closing_here = False
        self.rejected_here = False
        self.closed_there = False
        self.cause = None
        self.error = None


class AtmPeer:
    """Nothing happens outside its methods. Not for several threads.

    with AtmPeer(shim, 'network', (5006, 5005), address) as peer:
        peer.listen()
        peer.wait_for('established', 10)
        ...
    """

    def __init__(self, shim, role, ports, address, uni='uni40', log=None):
        self._shim = pathlib.Path(shim).resolve()
        self._role = role
        self._ports = ports
        self._address = atm_messages.address_of(address).hex()
        self._uni = uni
        self._log_path = None if log is None else pathlib.Path(log).resolve()
        self._folder = None
        self._process = None
        self._socket = None
        self._numbers = itertools.count(1)
        self._calls = {}
        self._offered = collections.deque()  # numbers of calls that nobody has answered yet
        self._setups = collections.deque()  # references of SETUPs received and not indicated yet
        self._is_up = False
        self._events = collections.deque()
        self._began = time.monotonic()

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def _start(self):
        program = shutil.which('atmsigd', path=f'{os.environ.get("PATH", "")}:/usr/sbin:/sbin')
        if program is None:
            raise NotInstalled('atmsigd is not installed: apt-get install atm-tools')
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix='atm-peer-'))
        if self._log_path is None:
            self._log_path = self._folder / 'log'
        level = 'debug' if self._log_path.parent != self._folder else 'info'
        (self._folder / 'conf').write_text(f'debug {{ level {level} log stderr }}\n',
                                           encoding='utf-8')
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {'PATH': os.environ.get('PATH', os.defpath), 'LD_PRELOAD': str(self._shim),
                       'VCP_ATM_APPLICATIONS': str(theirs.fileno()),
                       'VCP_ATM_PORTS': f'{self._ports[0]}:{self._ports[1]}',
                       'VCP_ATM_ADDRESS': self._address}
        # -n: names are not looked up, which might ask a name server. The signaling VC is 0.0.5.
        command = [program, '-n', '-c', 'conf', '-D', '.', '-m', self._role, '-u', self._uni,
                   '0.0.5']
        with theirs, open(self._log_path, 'wb') as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=environment, pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self):
        """Ends atmsigd at once, as a crash would: the remote side hears nothing of it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(END_SECONDS)
        if self._socket is not None:
            self._socket.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._socket = self._folder = None

    # What applications do.

    def listen(self, sap=None):
        """Takes calls to this peer's address and the SAP. Event: listening."""
        message = Message.about(Kind.LISTEN, LISTENER)
        atm_messages.write_address(self._address, message.remote)
        atm_messages.write_sap(sap or {}, message.sap)
        self._send(message)

    def call(self, called, transmit, receive, sap=None):
        """Calls an address; returns the call's number. Events: connected, or released."""
        number = next(self._numbers)
        self._calls[number] = Call(called, self._address, transmit, receive, sap or {})
        message = Message.about(Kind.CONNECT, number)
        atm_messages.write_address(self._address, message.local)
        atm_messages.write_address(called, message.remote)
        atm_messages.write_traffic(transmit, message.qos.transmit)
        atm_messages.write_traffic(receive, message.qos.receive)
        atm_messages.write_sap(sap or {}, message.sap)
        self._send(message)
        return number

    def accept(self):
        """Accepts the call that waits longest. Event: connected."""
        self._send(Message.about(Kind.ACCEPT, self._offered.popleft(), LISTENER))

    def reject(self):
        """Rejects it; the cause is always 21. Event: released."""
        number = self._offered.popleft()
        self._calls[number].rejected_here = True
        self._send(Message.about(Kind.REJECT, number, LISTENER))

    def release(self, number):
        """Ends a call. Event: released."""
        call = self._calls.get(number)
        if call is None or call.closing_here or call.rejected_here or call.closed_there:
            return  # it is ending already
        call.closing_here = True
        self._send(Message.about(Kind.CLOSE, number))

    # What they learn.

    def fileno(self):
        """To wait for something to happen."""
        return self._socket.fileno()

    def poll(self):
        """Takes in all that has happened; returns the events, in order."""
        while self._readable(0):
            self._take()
        events = list(self._events)
        self._events.clear()
        return events

    def next_event(self, seconds):
        """The next event; TimeoutError when there is none in time."""
        deadline = time.monotonic() + seconds
        while not self._events:
            if not self._readable(max(0, deadline - time.monotonic())):
                raise TimeoutError(f'atmsigd said nothing for {seconds} s')
            self._take()
        return self._events.popleft()

    def wait_for(self, name, seconds):
        """The next event of that name; others before it are passed over."""
        deadline = time.monotonic() + seconds
        while True:
            event = self.next_event(max(0, deadline - time.monotonic()))
            if event['event'] == name:
                return event

    def _readable(self, seconds):
        return bool(select.select([self._socket], [], [], seconds)[0])

    def _take(self):
        packet = self._socket.recv(MAX_PACKET)
        if not packet:
            raise Ended(self._epitaph())
        letter, octets = packet[:1], packet[1:]
        if letter == b'A':
            self._on_message(Message.from_buffer_copy(octets))
        else:
            self._on_pdu(signaling_pdus.decode(octets), letter == b'S')

    def _epitaph(self):
        status = self._process.wait(END_SECONDS)
        fate = f'exit status {status}' if status >= 0 else signal.Signals(-status).name
        log = self._log_path.read_text(encoding='ascii', errors='replace').splitlines()
        return '\n  '.join([f'atmsigd ended: {fate}', *log[-12:]])

    def _send(self, message):
        try:
            self._socket.send(bytes(message))
        except ConnectionError:
            raise Ended(self._epitaph()) from None

    def _report(self, name, **fields):
        seconds = round(time.monotonic() - self._began, 3)
        self._events.append({'event': name, 'time': seconds, **fields})

    # Following the wire, for what atmsigd does not tell its applications.

    def _on_pdu(self, pdu, is_sent):
        if pdu.pdu == 'BGAK' and not self._is_up:
            self._is_up = True
            self._report('established')
        elif pdu.pdu == 'BGN' and not is_sent:
            self._is_up = False  # until it is acknowledged
        elif pdu.pdu == 'END':
            self._is_up = False
            self._report('down')
        if not pdu.message:
            return
        self._report('sent' if is_sent else 'received', message=pdu.message,
                     call_reference=pdu.call_reference, cause=pdu.cause)
        reference = (pdu.call_reference, pdu.from_chooser == is_sent)
        if pdu.message == 'SETUP':
            self._on_setup(reference, is_sent)
        elif pdu.message in ('RELEASE', 'RELEASE COMPLETE'):
            self._on_clearing(reference, pdu, is_sent)

    def _on_setup(self, reference, is_sent):
        """atmsigd does one thing after the other: this belongs to the oldest call without one."""
        if not is_sent:
            self._setups.append(reference)
            return
        for call in self._calls.values():
            if call.reference is None:
                call.reference = reference
                return

    def _on_clearing(self, reference, pdu, is_sent):
        """Of a call that was rejected here, atmsigd says no more to its applications."""
        for number, call in list(self._calls.items()):
            if call.reference != reference:
                continue
            if call.cause is None and not is_sent:
                call.cause = pdu.cause
            if call.rejected_here and pdu.message == 'RELEASE COMPLETE':
                self._end(number, 0)

    # Hearing atmsigd.

    def _on_message(self, message):
        known = message.socket in self._calls
        if message.kind == Kind.INDICATE:
            self._on_indicate(message)
        elif message.kind == Kind.OKAY and message.socket == LISTENER:
            self._report('listening', address=self._address)
        elif message.kind == Kind.OKAY and known:
            self._on_connected(message)
        elif message.kind == Kind.ERROR and known:
            self._end(message.socket, message.reply)
        elif message.kind == Kind.CLOSE and known:
            self._on_close(message)
        else:
            self._report('unexpected', kind=message.kind, reply=message.reply)

    def _on_indicate(self, message):
        number = next(self._numbers)
        call = Call(atm_messages.read_address(message.local),
                    atm_messages.read_address(message.remote),
                    atm_messages.read_traffic(message.qos.transmit),
                    atm_messages.read_traffic(message.qos.receive),
                    atm_messages.read_sap(message.sap))
        call.fields.update(vpci=message.pvc.vpi, vci=message.pvc.vci)
        call.reference = self._setups.pop() if self._setups else None
        self._setups.clear()  # what came before was refused
        self._calls[number] = call
        self._offered.append(number)
        self._report('indicate', call=number, **call.fields)

    def _on_connected(self, message):
        call = self._calls[message.socket]
        if call.fields['vci'] is None:  # of a call that we made
            call.fields.update(vpci=message.pvc.vpi, vci=message.pvc.vci)
        self._report('connected', call=message.socket, **call.fields)

    def _on_close(self, message):
        call = self._calls[message.socket]
        if not call.closing_here and not call.closed_there:
            call.closed_there = True
            call.error = errno.errorcode.get(-message.reply)
            self._send(Message.about(Kind.CLOSE, message.socket))  # what the kernel would do
        self._end(message.socket, message.reply)

    def _end(self, number, reply):
        call = self._calls.pop(number)
        error = call.error or errno.errorcode.get(-reply)
        who = 'atmsigd' if call.cause is None else 'remote'
        if call.closing_here or call.rejected_here:
            who = 'local'
        self._report('released', call=number, by=who, cause=call.cause, error=error)


# As a program: orders come as JSON on stdin, one a line; events go to stdout. See README.md.

def obey(peer, order):
    """Carries out one order; what it answers, if anything, is an event."""
    action = order.pop('do')
    if action == 'call':
        number = peer.call(**order)
        return {'event': 'calling', 'call': number}
    if action not in ('listen', 'accept', 'reject', 'release'):
        raise ValueError(f'nobody can {action}')
    getattr(peer, action)(**order)
    return None


def serve(peer, orders, say):
    """Until there are no more orders."""
    unread = b''
    while True:
        readable, _, _ = select.select([peer, orders], [], [])
        if peer in readable:
            for event in peer.poll():
                say(event)
        if orders in readable:
            octets = os.read(orders, 65536)
            if not octets:
                return
            *lines, unread = (unread + octets).split(b'\n')
            for line in lines:
                event = obey(peer, json.loads(line))
                if event is not None:
                    say(event)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--shim', required=True, help='the built atmsigd_shim.so')
    parser.add_argument('--role', choices=('user', 'network'), required=True)
    parser.add_argument('--local-port', type=int, required=True, help='UDP on 127.0.0.1')
    parser.add_argument('--remote-port', type=int, required=True, help='UDP on 127.0.0.1')
    parser.add_argument('--address', required=True, help='40 hexadecimal digits')
    parser.add_argument('--uni', choices=('uni30', 'uni31', 'uni40'), default='uni40')
    parser.add_argument('--log', help="where to write atmsigd's debug log")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with AtmPeer(options.shim, options.role, (options.local_port, options.remote_port),
                     options.address, options.uni, options.log) as peer:
            serve(peer, sys.stdin.fileno(), lambda event: print(json.dumps(event), flush=True))
    except NotInstalled as error:
        print(f'atm_peer: {error}', file=sys.stderr)
        return EXIT_SKIP
    except (Ended, ValueError, TypeError, KeyError, IndexError) as error:
        print(f'atm_peer: {error}', file=sys.stderr)
        return EXIT_ENDED
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
