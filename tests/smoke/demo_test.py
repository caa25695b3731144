#!/usr/bin/env python3
"""scripts/demo.sh, small: over every kind of cable, interrupted, and misused."""

import os
import signal
import subprocess
import unittest

from harness import BUILD, DEADLINE_SECONDS, SOURCE, SmokeTest, main, run

DEMO = SOURCE / 'scripts' / 'demo.sh'
needs_root = unittest.skipUnless(os.geteuid() == 0, 'needs root')


class Demo(SmokeTest):

    def demo(self, *words):
        return run(DEMO, '--build', BUILD, '--seconds', '0.3', '--count', '200', *words,
                   env={'TMPDIR': str(self.folder)})

    def assert_intact(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn('messages/s', done.stdout)
        self.assertIn('p99.9', done.stdout)
        self.assertIn('Every message came back intact.', done.stdout)
        self.assertEqual(done.stderr, '')
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_memif(self):
        self.assert_intact(self.demo('--vcs', '4'))

    def test_large_messages_on_many_circuits(self):
        self.assert_intact(self.demo('--vcs', '100', '--size', '1492'))

    def test_permanent_circuits(self):
        done = self.demo('--circuits', 'permanent', '--vcs', '1')
        self.assert_intact(done)
        self.assertNotIn('call', done.stdout)

    @needs_root
    def test_af_packet(self):
        self.assert_intact(self.demo('--cable', 'af_packet'))

    @needs_root
    def test_af_xdp(self):
        self.assert_intact(self.demo('--cable', 'af_xdp'))

    @unittest.skipIf(os.geteuid() == 0, 'needs a user who is not root')
    def test_namespaces_are_for_root(self):
        done = self.demo('--cable', 'af_xdp')
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, 'needs root', 'memif does not')

    def test_a_daemon_that_fails_is_quoted(self):
        done = self.demo('--circuits', 'permanent', '--vcs', '0')
        self.assertEqual(done.returncode, 1)
        self.assertIn('east.toml:', done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_misused(self):
        for words in (['--cable', 'string'], ['--circuits', 'virtual'], ['--bogus', '1'],
                      ['--vcs']):
            self.assertEqual(self.demo(*words).returncode, 2)

    def test_only_a_kernels_cable_can_be_captured(self):
        done = self.demo('--capture', self.folder / 'signaling.pcapng')
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, '--cable af_packet')

    def test_interrupted_leaves_nothing(self):
        process = subprocess.Popen([str(DEMO), '--build', str(BUILD), '--seconds', '60'],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env={**os.environ, 'TMPDIR': str(self.folder)})
        self.assertIn('memif', process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        # The pipe ends when the last process that the demo started has ended.
        process.communicate(timeout=DEADLINE_SECONDS)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == '__main__':
    main()
