#!/usr/bin/env python3
"""Ports that go for good, by an operator's word or because their device does (C141): what is on
them ends, its owners hear of it, and the rest of the daemon goes on."""

import json
import os
import shutil
import subprocess
import unittest

from harness import DEADLINE_SECONDS, LOOP_PORT, VCPERF, SmokeTest, main, pvc, run

ADDRESS = '+358401234567'
TWO_PORTS = (LOOP_PORT + '[[port]]\nname = "loop1"\ndevice = "loopback"\n' +
             pvc('gone', 1000) + pvc('stays', 2000, port='loop1'))
SAID = 'the port, or its call manager, is gone'


class Removal(SmokeTest):

    def port(self, daemon, name):
        return next(row for row in daemon.rows('ports') if row['name'] == name)

    def received(self, daemon, name):
        return self.port(daemon, name)['counters']['received_frames']

    def run_beside(self, daemon, *words):
        """A vcperf that is at work until something ends it."""
        process = subprocess.Popen([str(VCPERF), *words, '--attach', str(daemon.attach)],
                                   stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end_of(self, process):
        """What it said."""
        _, said = process.communicate(timeout=DEADLINE_SECONDS)
        self.assertNotEqual(process.returncode, 0)
        return said

    def await_removed(self, daemon, name):
        self.await_that(lambda: self.port(daemon, name)['life'] == 'removed', f'{name} removed')

    def assert_nothing_left(self, daemon, name):
        for topic in ('afs', 'saps', 'vcs'):
            self.assertEqual([row for row in daemon.rows(topic) if row['adapter'] == name], [])
        port = self.port(daemon, name)
        self.assertEqual((port['state'], port['families']), ('down', []))
        return port


class ByAnOperator(Removal):

    def test_what_is_on_it_ends_and_the_rest_goes_on(self):
        daemon = self.start(TWO_PORTS)
        busy = [self.run_beside(daemon, 'throughput', '--pvc', 'gone', '--seconds', '600'),
                self.run_beside(daemon, 'throughput', '--port', 'loop1', '--pvc', 'stays',
                                '--seconds', '600')]
        for name in ('loop0', 'loop1'):
            self.await_that(lambda name=name: self.received(daemon, name) > 1000, name)
        told = daemon.vcctl('port', 'remove', 'loop0')
        self.assertEqual((told.returncode, told.stderr), (0, ''))
        self.assertIn(SAID, self.end_of(busy[0]))
        self.await_removed(daemon, 'loop0')
        kept = self.assert_nothing_left(daemon, 'loop0')
        self.assertGreater(kept['counters']['received_frames'], 1000)
        # Neighbours noticed nothing.
        before = self.received(daemon, 'loop1')
        self.await_that(lambda: self.received(daemon, 'loop1') > before + 1000, 'loop1')
        self.assertIsNone(busy[1].poll())

    def test_it_is_gone_for_good(self):
        daemon = self.start(TWO_PORTS)
        told = json.loads(daemon.vcctl('port', 'remove', 'loop0', '--json').stdout)
        self.assertIn(told['life'], ('removing', 'removed'))
        self.await_removed(daemon, 'loop0')
        for words in (('remove', 'loop0'), ('restart', 'loop0'), ('reset', 'loop0')):
            self.assert_one_line(daemon.vcctl('port', *words).stderr, 'loop0', 'removed')
        self.assert_one_line(daemon.vcctl('oid', 'get', 'loop0', 'XMIT_PDUS_OK').stderr, 'removed')
        self.assertIn('removed', daemon.vcctl('show', 'ports').stdout)
        refused = run(VCPERF, 'latency', '--attach', daemon.attach, '--port', 'loop0', '--pvc',
                      'gone', '--count', '1')
        self.assert_one_line(refused.stderr, 'loop0')
        self.measure(daemon, 'latency', '--pvc', 'stays', '--count', '10')

    def test_calls_by_address_and_those_who_take_them(self):
        daemon = self.start(TWO_PORTS)
        echo = self.serve(daemon, '--call', ADDRESS)
        caller = self.run_beside(daemon, 'throughput', '--call', ADDRESS, '--seconds', '600',
                                 '--vcs', '4')
        self.await_that(lambda: self.received(daemon, 'loop0') > 1000, 'calls')
        daemon.vcctl('port', 'remove', 'loop0')
        self.end_of(caller)
        self.assertNotEqual(echo.process.wait(DEADLINE_SECONDS), 0)
        self.await_removed(daemon, 'loop0')
        self.assert_nothing_left(daemon, 'loop0')

    def test_a_port_that_is_paused(self):
        daemon = self.start(TWO_PORTS)
        daemon.vcctl('port', 'pause', 'loop0')
        daemon.vcctl('port', 'remove', 'loop0')
        self.await_removed(daemon, 'loop0')


class Linked(Removal):
    """Two daemons with a signaled link over a memif cable."""

    def config(self, role, side):
        return (f'[[port]]\nname = "cable0"\ndevice = "net_memif,role={role},'
                f'socket={self.folder}/cable.sock,socket-abstract=no"\n'
                f'[[link]]\nport = "cable0"\nside = "{side}"\n')

    def test_signaling_ends_at_one_end_and_then_at_the_other(self):
        east = self.start(self.config('server', 'network'), 'east')
        west = self.start(LOOP_PORT + self.config('client', 'user'), 'west')
        for daemon in (east, west):
            self.await_that(lambda daemon=daemon: daemon.rows('links')[0]['signaling'] == 'up',
                            'link up')
        echo = self.serve(east, '--call', ADDRESS)
        caller = self.run_beside(west, 'throughput', '--call', ADDRESS, '--port', 'cable0',
                                 '--seconds', '600')
        self.await_that(lambda: self.received(west, 'cable0') > 1000, 'calls')
        west.vcctl('port', 'remove', 'cable0')
        self.end_of(caller)
        self.await_removed(west, 'cable0')
        self.assert_nothing_left(west, 'cable0')
        self.assertEqual(west.rows('links')[0]['signaling'], 'down')
        self.await_that(lambda: self.port(east, 'cable0')['state'] == 'down', 'east is down')
        code, _ = echo.end()
        self.assertEqual(code, 0)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which('ip'),
                     'making network interfaces needs root')
class DeletedInterfaces(Removal):

    def setUp(self):
        super().setUp()
        self.namespace = f'vcp-{os.getpid()}'
        self.ip('netns', 'add', self.namespace)
        self.addCleanup(self.ip, 'netns', 'delete', self.namespace)
        self.within = ('nsenter', f'--net=/var/run/netns/{self.namespace}')

    def ip(self, *words, within=()):
        done = run(*within, 'ip', *words)
        self.assertEqual(done.returncode, 0, done.stderr)

    def delete_under_traffic(self, device, interface):
        daemon = self.start(
            LOOP_PORT + f'[[port]]\nname = "wire"\ndevice = "{device}"\n'
            + pvc('line', 1000, port='wire') + pvc('stays', 2000), within=self.within)
        self.await_that(lambda: self.port(daemon, 'wire')['state'] == 'up', 'link up')
        caller = self.run_beside(daemon, 'throughput', '--port', 'wire', '--pvc', 'line',
                                 '--seconds', '600')
        self.await_that(lambda: self.port(daemon, 'wire')['counters']['transmitted_frames'] > 0,
                        'traffic')
        self.ip('link', 'delete', interface, within=self.within)
        self.assertIn(SAID, self.end_of(caller))
        self.await_removed(daemon, 'wire')
        kept = self.assert_nothing_left(daemon, 'wire')
        self.assertGreater(kept['counters']['transmitted_frames'], 0)
        self.measure(daemon, 'latency', '--pvc', 'stays', '--count', '10')

    def veth(self):
        self.ip('link', 'add', 'here', 'type', 'veth', 'peer', 'there', within=self.within)
        for end in ('here', 'there'):
            self.ip('link', 'set', end, 'up', within=self.within)

    def test_a_veth_pair_under_af_packet(self):
        self.veth()
        self.delete_under_traffic('net_af_packet,iface=here', 'there')

    def test_a_veth_pair_under_af_xdp(self):
        self.veth()
        self.delete_under_traffic('net_af_xdp,iface=here', 'here')

    def test_a_tap(self):
        self.delete_under_traffic('net_tap,iface=tap0', 'tap0')


class WithTheDaemon(Removal):

    def test_each_port_is_shut_down_once_and_last(self):
        daemon = self.start(TWO_PORTS)
        busy = self.run_beside(daemon, 'throughput', '--pvc', 'gone', '--seconds', '600')
        self.await_that(lambda: self.received(daemon, 'loop0') > 0, 'traffic')
        self.assertEqual(daemon.end(), 0)
        self.end_of(busy)
        said = daemon.log.read_text(encoding='utf-8').splitlines()
        for line, name in zip(said[-2:], ('loop0', 'loop1'), strict=True):
            self.assertIn('port shut down', line)
            self.assertIn(name, line)
        self.assertEqual(sum('port shut down' in line for line in said), 2)


if __name__ == '__main__':
    main()
