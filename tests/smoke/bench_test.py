#!/usr/bin/env python3
"""scripts/bench.sh's comparison without what it compares: it ends, and gives back what it took."""

import argparse
import contextlib
import io
import os
import pathlib
import select
import signal
import subprocess
import sys
import unittest

from harness import DEADLINE_SECONDS, SOURCE, SmokeTest, main

PEERS = SOURCE / 'benchmarks' / 'peers'
sys.path.insert(0, str(PEERS))

import compare  # noqa: E402 (found only now)
import sides  # noqa: E402

# What compare.py does, with a child that runs until it is ended.
VICTIM = '''
import pathlib, subprocess, sys, machine
folder = pathlib.Path(sys.argv[1])
machine.die_with_parent()
janitor = machine.Janitor()
machine.end_on_signals()
janitor.remove(folder / 'scratch')
machine.reserve_hugepages(janitor, 512, folder)
try:
    with machine.running(['cat', '/dev/zero'], stdout=subprocess.DEVNULL) as child:
        print(child.pid, flush=True)
        child.wait()
finally:
    janitor.finish()
'''


class FakeSide:
    """Measures without measuring; notes its turn."""

    def __init__(self, name, turns, rate=1e6, waited=0):
        self.name = name
        self.turns = turns
        self.rate = rate
        self.waited = waited

    def measure(self, _size):
        self.turns.append(self.name)
        return {'messages_per_second': self.rate, 'p50': 500, 'p99': 900, 'p99.9': 3000,
                'waited': self.waited}


class Rounds(unittest.TestCase):

    def measure(self, floor=lambda: 100, waited=0, peer=None, **options):
        turns = []
        pair = (FakeSide('vcplane', turns, rate=3e6, waited=waited),
                peer or FakeSide('testpmd', turns, rate=2e6))
        options = argparse.Namespace(**{'rounds': 4, 'max_void': 3, 'max_seconds': 60,
                                        'sizes': [64, 1500], **options})
        with contextlib.redirect_stderr(io.StringIO()):
            results, why_not = compare.measure_all(options, pair, floor)
        return results, why_not, turns

    def test_enough_clean_rounds_in_turn(self):
        results, why_not, turns = self.measure()
        self.assertEqual((len(results), why_not), (8, ''))
        self.assertEqual([one['size'] for one in results[:4]], [64, 1500, 64, 1500])
        there = ['vcplane', 'testpmd', 'testpmd', 'vcplane']
        back = ['testpmd', 'vcplane', 'vcplane', 'testpmd']
        self.assertEqual(turns[:16], there + there + back + back)

    def test_ratios_are_of_one_round(self):
        results, _, _ = self.measure()
        results[0]['vcplane']['messages_per_second'] = 5e6
        results[2]['testpmd']['messages_per_second'] = 3e6
        line = compare.row('echo', [one for one in results if one['size'] == 64],
                           'messages_per_second', 1e6, 2)
        self.assertEqual(line, '| echo | 3.00 | 2.00 | 1.50 [1.00..2.50] |')

    def test_void_rounds_are_bounded(self):
        results, why_not, _ = self.measure(waited=2 * sides.MAX_WAIT)
        self.assertIn('void', why_not)
        self.assertLessEqual(len(results), 5)
        self.assertTrue(all('CPU time from vcplane' in one['void'] for one in results))
        self.assertEqual(len(compare.table(results, [64, 1500]).splitlines()), 2)

    def test_a_machine_that_changes_voids_a_round(self):
        floors = iter([100, 121] + [100] * 100)
        results, why_not, _ = self.measure(floor=lambda: next(floors))
        self.assertEqual(why_not, '')
        self.assertEqual(len(results), 9)
        self.assertIn('floor 100 ns before, 121 after', results[0]['void'])

    def test_time_is_bounded_whatever_it_waits_for(self):
        class Hangs:
            name = 'testpmd'

            def measure(self, _size):
                signal.pause()

        _, why_not, _ = self.measure(peer=Hangs(), max_seconds=0.1)
        self.assertEqual(why_not, '0 s are over')


class GivesBack(SmokeTest):

    def setUp(self):
        super().setUp()
        self.pages = self.folder / 'nr_hugepages'
        self.pages.write_text('7\n', encoding='utf-8')
        (self.folder / 'free_hugepages').write_text('3\n', encoding='utf-8')
        (self.folder / 'scratch').mkdir()

    def start_victim(self, *before):
        """What runs it, and the pid of its child."""
        process = subprocess.Popen(
            [*before, sys.executable, '-c', VICTIM, str(self.folder)], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, 'PYTHONPATH': str(PEERS)})
        child = int(process.stdout.readline())
        self.assertEqual(self.pages.read_text(encoding='utf-8'), '516')
        return process, child

    def assert_given_back(self, process, child):
        # The pipe ends when the last one that had it has ended, janitor included.
        process.communicate(timeout=DEADLINE_SECONDS)
        self.assertEqual(self.pages.read_text(encoding='utf-8'), '7\n')
        self.assertFalse((self.folder / 'scratch').exists())
        self.assert_ends(child)

    def assert_ends(self, pid):
        try:
            watch = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        ended, _, _ = select.select([watch], [], [], DEADLINE_SECONDS)
        os.close(watch)
        self.assertTrue(ended, f'process {pid} goes on')

    def test_when_it_is_interrupted_or_killed(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130),
                             (signal.SIGKILL, -signal.SIGKILL)):
            process, child = self.start_victim()
            process.send_signal(number)
            self.assert_given_back(process, child)
            self.assertEqual(process.returncode, code)
            (self.folder / 'scratch').mkdir()

    def test_when_its_process_group_is_killed(self):
        process, child = self.start_victim()
        os.killpg(process.pid, signal.SIGKILL)
        self.assert_given_back(process, child)

    def test_when_who_started_it_ends(self):
        process, child = self.start_victim('sh', '-c', '"$@"; :', 'sh')
        process.kill()
        self.assert_given_back(process, child)


if __name__ == '__main__':
    main()
