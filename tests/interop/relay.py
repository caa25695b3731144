"""The wire between two signaling stacks, for tests to cut and to hold: each end sends its datagrams
here, and hears the other's from here.
"""

import collections
import selectors
import socket
import threading

import signaling_pdus

MAX_PDU = 65536
SECONDS = 60


class Relay:
    """Works in a thread of its own, between entering and leaving its context. Ends are 0 and 1."""

    def __init__(self):
        self._sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for each in self._sockets:
            each.bind(('127.0.0.1', 0))
        self._peers = [None, None]
        self._changed = threading.Condition()
        self._cut = False
        self._holding = False
        self._held = []
        self._seen = [collections.Counter(), collections.Counter()]
        self._bell, self._wakes = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def port(self, end):
        """Where that end has to send to."""
        return self._sockets[end].getsockname()[1]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._bell.close()
        self._thread.join()
        for each in (*self._sockets, self._wakes):
            each.close()

    def lead_to(self, end, port):
        """Where that end listens."""
        with self._changed:
            self._peers[end] = ('127.0.0.1', port)

    def say(self, end, pdu):
        """As if that end had sent it."""
        with self._changed:
            self._deliver(end, pdu)

    def cut(self):
        """From now on nothing arrives."""
        with self._changed:
            self._cut = True

    def mend(self):
        with self._changed:
            self._cut = False

    def hold(self):
        """From now on everything waits here."""
        with self._changed:
            self._holding = True
            self._seen = [collections.Counter(), collections.Counter()]

    def let_go(self):
        """What waits arrives, in order, and what comes later arrives as ever."""
        with self._changed:
            self._holding = False
            for end, pdu in self._held:
                self._deliver(end, pdu)
            self._held.clear()

    def wait_for_held(self, end, message):
        """Until that end has sent such a Q.2931 message since everything waits here."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._seen[end][message], SECONDS):
                raise TimeoutError(f'end {end} sent no {message}')

    def _deliver(self, end, pdu):
        if self._peers[1 - end] is not None:
            self._sockets[1 - end].sendto(pdu, self._peers[1 - end])

    def _take(self, end):
        pdu = self._sockets[end].recv(MAX_PDU)
        with self._changed:
            if self._cut:
                return
            if not self._holding:
                self._deliver(end, pdu)
                return
            self._held.append((end, pdu))
            self._seen[end][signaling_pdus.decode(pdu).message] += 1
            self._changed.notify_all()

    def _run(self):
        with selectors.DefaultSelector() as selector:
            for end in range(2):
                selector.register(self._sockets[end], selectors.EVENT_READ, end)
            selector.register(self._wakes, selectors.EVENT_READ, None)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    self._take(key.data)
