#!/usr/bin/env python3
"""A call manager outside the daemon: the example's own signaling between two daemons."""

import signal
import unittest

from harness import DEADLINE_SECONDS, EXAMPLES, SmokeTest, main, pvc, run

FAMILY = '0x2000'
ADDRESS = '+358401234567'


class OwnSignaling(SmokeTest):

    def setUp(self):
        super().setUp()
        self.daemons = {}
        for name, role, side in (('east', 'server', 'network'), ('west', 'client', 'user')):
            self.daemons[name] = self.start(
                '[[port]]\nname = "cable0"\n'
                f'device = "net_memif,role={role},socket={self.folder}/cable.sock,'
                f'socket-abstract=no"\n[[link]]\nport = "cable0"\nside = "{side}"\n' +
                pvc('line', 1000, port='cable0'), name)
        for daemon in self.daemons.values():
            self.await_that(lambda daemon=daemon: daemon.rows('ports')[0]['state'] == 'up',
                            'the cable is up')
        self.managers = {name: self.example('call_manager', daemon.attach, 'cable0', number)
                         for number, (name, daemon) in enumerate(self.daemons.items())}

    def echo(self, *where):
        where = where or ('--call', ADDRESS, '--family', FAMILY)
        return self.example('echo_server', '--attach', self.daemons['east'].attach, *where)

    def hello(self, *where):
        where = where or ('--call', ADDRESS, '--family', FAMILY)
        return run(EXAMPLES / 'hello_call', '--attach', self.daemons['west'].attach, *where)

    def test_calls_come_and_go(self):
        self.echo()
        for _ in range(3):
            done = self.hello()
            self.assertEqual((done.returncode, done.stdout), (0, 'hello\n'), done.stderr)
        for daemon in self.daemons.values():  # but for the signaling VCs of two call managers
            self.await_that(lambda daemon=daemon: len(daemon.rows('vcs')) == 2, 'the VCs are gone')

    def test_three_call_managers_on_one_port(self):
        """C131, C132: the same programs over each, all at once."""
        ways = (('--call', ADDRESS, '--family', FAMILY), ('--call', ADDRESS), ('--pvc', 'line'))
        for way in ways:
            self.echo(*way)
        for way in ways * 2:
            done = self.hello(*way)
            self.assertEqual((done.returncode, done.stdout), (0, 'hello\n'), done.stderr)

    def test_nobody_is_there(self):
        done = self.hello('--call', '+35800', '--family', FAMILY)
        self.assertEqual(done.returncode, 1)
        self.assertIn('NOT_FOUND', done.stderr)

    def test_its_death_closes_the_family(self):
        echo = self.echo()
        self.managers['east'].end(signal.SIGKILL)
        self.assertIn('leaving', echo.process.communicate(timeout=DEADLINE_SECONDS)[0])
        daemon = self.daemons['east']
        self.await_that(lambda: not daemon.rows('afs') and len(daemon.rows('vcs')) == 1,
                        'nothing is left of it')
        # The daemon is unharmed, and somebody else may take its place.
        self.example('call_manager', daemon.attach, 'cable0', 1)
        self.echo()
        done = self.hello()
        self.assertEqual((done.returncode, done.stdout), (0, 'hello\n'), done.stderr)


if __name__ == '__main__':
    main()
