#!/usr/bin/env python3
"""The examples that no other test runs, as their first lines say."""

import subprocess

from harness import DEADLINE_SECONDS, EXAMPLES, LOOP_PORT, SmokeTest, main, pvc, run

ADDRESS = '+358401234567'


class Examples(SmokeTest):

    def test_pvc_send(self):
        daemon = self.start(LOOP_PORT + pvc('line', 1000))
        done = run(EXAMPLES / 'pvc_send', '--attach', daemon.attach, '--pvc', 'line',
                   '--count', '5000')
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(daemon.rows('ports')[0]['counters']['transmitted_frames'], 5000)

    def test_pvc_send_where_there_is_none(self):
        daemon = self.start(LOOP_PORT + pvc('line', 1000))
        done = run(EXAMPLES / 'pvc_send', '--attach', daemon.attach, '--pvc', 'nope')
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, 'make call: ')

    def test_event_loop(self):
        daemon = self.start()
        self.example('echo_server', '--attach', daemon.attach, '--call', ADDRESS)
        text = 'one\ntwo\n' * 1000
        done = subprocess.run([str(EXAMPLES / 'event_loop'), '--attach', str(daemon.attach),
                               '--call', ADDRESS], input=text, capture_output=True, text=True,
                              timeout=DEADLINE_SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, text)


if __name__ == '__main__':
    main()
