#!/usr/bin/env python3
"""vcperf against a real daemon: PVCs that hear themselves, calls to an address, and no answer."""

import signal
import subprocess

from harness import LOOP_PORT, VCPERF, SmokeTest, main, pvc, run

ADDRESS = '+358401234567'


class Vcperf(SmokeTest):

    def test_self_echo_over_a_group(self):
        daemon = self.start(LOOP_PORT + pvc('line', 1000, count=300))
        figures = self.measure(daemon, 'throughput', '--pvc', 'line', '--vcs', '300', '--seconds',
                               '0.3', '--list', '4')
        self.assertGreater(figures['messages_per_second'], 0)
        self.assertEqual(len(figures['messages_per_second_per_vc']), 300)
        self.assertGreater(figures['poll_core_cycles_per_message'], 0)
        self.assertGreater(figures['round_trip_ns']['p50'], 0)

    def test_odd_sizes(self):
        daemon = self.start(LOOP_PORT + pvc('line', 1000))
        for size in (8, 9, 63, 65, 1491, 1492):
            figures = self.measure(daemon, 'latency', '--pvc', 'line', '--count', '50', '--size',
                                   size)
            self.assertEqual(figures['round_trips'], 50)

    def test_calls_to_an_address(self):
        daemon = self.start()
        serving = self.serve(daemon, '--call', ADDRESS)
        self.measure(daemon, 'throughput', '--call', ADDRESS, '--vcs', '8', '--seconds', '0.3')
        self.measure(daemon, 'latency', '--call', ADDRESS, '--count', '50')
        code, said = serving.end()
        self.assertEqual(code, 0)
        self.assertIn('on 9 calls, dropped 0', said)

    def test_calls_within_a_daemon(self):
        daemon = self.start()
        self.serve(daemon, '--call', ADDRESS)
        done = run(VCPERF, 'calls', '--attach', daemon.attach, '--call', ADDRESS, '--held', '100',
                   '--seconds', '0.3')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertIn('100 held meanwhile', done.stdout)
        self.assertIn(': 0 refused, 0 unanswered, 0 ended by the other side', done.stdout)

    def test_the_other_side_closes(self):
        daemon = self.start()
        serving = self.serve(daemon, '--call', ADDRESS)
        process = subprocess.Popen([str(VCPERF), 'throughput', '--attach', str(daemon.attach),
                                    '--call', ADDRESS, '--seconds', '60'],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not any(row['counters']['received_sdus'] > 100 for row in daemon.rows('clients')):
            self.assertIsNone(process.poll())
        serving.process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3)
        self.assertEqual(said, 'vcperf: the other side closed a call\n')

    def test_interrupted_reports_so_far(self):
        daemon = self.start(LOOP_PORT + pvc('line', 1000))
        self.assertEqual(daemon.vcctl('show', 'ports').returncode, 0)
        process = subprocess.Popen([str(VCPERF), 'throughput', '--attach', str(daemon.attach),
                                    '--pvc', 'line', '--seconds', '60'],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        while not daemon.rows('calls'):  # its call is up: it measures, or is about to
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
        self.assertIn(process.returncode, (0, 3), said)

    def test_cannot_begin(self):
        daemon = self.start(LOOP_PORT + '[[pvc]]\nname = "deaf"\nport = "loop0"\n'
                            'transmit_label = 100\nreceive_label = 101\n')
        attach = ('--attach', daemon.attach)
        for words, parts in (
                (('latency', '--attach', self.folder / 'nobody.sock', '--pvc', 'x'),
                 ('nobody.sock',)),
                (('latency', *attach, '--pvc', 'nothing'), ('PVC nothing', 'vcctl show pvcs')),
                (('latency', *attach, '--pvc', 'deaf', '--patience', '3'),
                 ('no answer on 1 of 1 VCs', 'vcperf serve')),
                (('latency', *attach, '--call', ADDRESS), (ADDRESS, 'is it served')),
                (('latency', *attach, '--pvc', 'deaf', '--size', '9000'), ('9000', 'MAX SDU')),
                (('latency', *attach, '--port', 'loop9', '--pvc', 'deaf'),
                 ('loop9', 'vcctl show ports')),
                (('latency', *attach, '--call', 'Alice'), ('INVALID_DATA',)),
                (('serve', *attach, '--pvc', 'nothing'), ('PVC nothing',))):
            done = run(VCPERF, *words)
            self.assertEqual(done.returncode, 3, (words, done.stdout, done.stderr))
            self.assert_one_line(done.stderr, 'vcperf: ', *parts)

    def test_bad_usage(self):
        for words in ([], ['throughput'], ['latency', '--pvc', 'a', '--call', 'b'],
                      ['throughput', '--pvc', 'a', '--size', '7'],
                      ['throughput', '--pvc', 'a', '--seconds', 'nan'],
                      ['throughput', '--pvc', 'a', '--seconds', '1e300'],
                      ['latency', '--pvc', 'a', '--count', '0'], ['calls'],
                      ['calls', '--call', '+358', '--held', '70000'],
                      ['calls', '--call', '+358', '--window', '0'],
                      ['throughput', '--pvc', 'a', '--batch', '0']):
            done = run(VCPERF, *words)
            self.assertEqual(done.returncode, 2, words)
            self.assert_one_line(done.stderr, 'vcperf: ')


if __name__ == '__main__':
    main()
