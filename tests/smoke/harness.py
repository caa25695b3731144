"""Real programs for the smoke tests: started, known to be ready, ended by pid.

Nothing here waits by the clock alone: a daemon says when it is ready, a program's end is an event,
and every wait has a deadline. Reports as TAP, so that single cases are counted.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = pathlib.Path(os.environ['VCP_BUILD'])
SOURCE = pathlib.Path(os.environ['VCP_SOURCE'])
VCPLANED, VCCTL, VCPERF = (BUILD / 'apps' / name / name
                           for name in ('vcplaned', 'vcctl', 'vcperf'))
EXAMPLES = BUILD / 'apps' / 'examples'
DEADLINE_SECONDS = 60

LOOP_PORT = '[[port]]\nname = "loop0"\ndevice = "loopback"\n'


def pvc(name, label, count=None, port='loop0'):
    """A [[pvc]] section; on a loopback port such a circuit hears itself."""
    group = '' if count is None else f'count = {count}\n'
    return f'[[pvc]]\nname = "{name}"\nport = "{port}"\nlabel = {label}\n{group}'


def run(*command, env=None):
    """Runs a program to its end."""
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          env={**os.environ, **(env or {})}, timeout=DEADLINE_SECONDS, check=False)


class Daemon:
    """A vcplaned --dev with sockets of its own in `folder`."""

    def __init__(self, folder, config, name='daemon', within=()):
        """`within`: a command that runs it elsewhere."""
        self.folder = pathlib.Path(folder)
        self.attach = self.folder / f'{name}.sock'
        self.operator = self.folder / f'{name}-operator.sock'
        self.log = self.folder / f'{name}.log'
        config_path = self.folder / f'{name}.toml'
        config_path.write_text(config, encoding='utf-8')
        self.command = [*within, str(VCPLANED), '--dev', '--config', str(config_path),
                        '--attach-socket', str(self.attach),
                        '--operator-socket', str(self.operator)]
        self.process = None

    def start(self):
        """Returns when the daemon has said that it is ready."""
        notify_path = self.folder / 'notify.sock'
        notify_path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, \
                open(self.log, 'w', encoding='utf-8') as log:
            notify.bind(str(notify_path))
            notify.settimeout(1)
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log,
                                            env={**os.environ, 'NOTIFY_SOCKET': str(notify_path)})
            for _ in range(DEADLINE_SECONDS):
                try:
                    if b'READY=1' in notify.recv(4096):
                        return self
                except TimeoutError:
                    if self.process.poll() is not None:
                        break
        text = self.log.read_text(encoding='utf-8')
        self.end(signal.SIGKILL)
        raise AssertionError(f'the daemon did not become ready:\n{text}')

    def end(self, how=signal.SIGTERM):
        """Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(DEADLINE_SECONDS)

    def vcctl(self, *words):
        return run(VCCTL, '--operator', self.operator, *words)

    def rows(self, topic):
        return json.loads(self.vcctl('show', topic, '--json').stdout)[topic]


class Serving:
    """A `vcperf serve`, ready."""

    def __init__(self, daemon, *words):
        self.process = subprocess.Popen(
            [str(VCPERF), 'serve', '--attach', str(daemon.attach), *words],
            stdout=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        if first != 'ready\n':
            self.process.wait(DEADLINE_SECONDS)
            raise AssertionError(f'the echo did not become ready: {first}')

    def end(self):
        """Returns the exit code and what it said."""
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=DEADLINE_SECONDS)
        return self.process.returncode, said


class Example:
    """One of the examples, ready."""

    def __init__(self, name, *words):
        self.process = subprocess.Popen([str(EXAMPLES / name), *(str(word) for word in words)],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said = self.process.stdout.readline()
        if said != 'ready\n':
            raise AssertionError(f'{name} did not become ready: {said}')

    def end(self, how=signal.SIGTERM):
        """What it said after being ready."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        said, _ = self.process.communicate(timeout=DEADLINE_SECONDS)
        return said


class SmokeTest(unittest.TestCase):
    """A folder per test, and daemons that do not outlive it."""

    def setUp(self):
        # Short, because a socket's path must be.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='vcp-'))
        self.addCleanup(shutil.rmtree, self.folder)

    def start(self, config=LOOP_PORT, name='daemon', within=()):
        daemon = Daemon(self.folder, config, name, within)
        daemon.start()
        self.addCleanup(self.end, daemon)
        return daemon

    def end(self, daemon):
        code = daemon.end()
        log = daemon.log.read_text(encoding='utf-8')
        self.assertEqual(code, 0, f'the daemon did not end orderly:\n{log}')

    def example(self, name, *words):
        started = Example(name, *words)
        self.addCleanup(started.end)
        return started

    def serve(self, daemon, *words):
        serving = Serving(daemon, *words)
        self.addCleanup(serving.process.stdout.close)
        self.addCleanup(serving.end)
        return serving

    def measure(self, daemon, *words):
        """Runs vcperf and returns its figures; everything has to come back."""
        done = run(VCPERF, words[0], '--attach', daemon.attach, '--operator', daemon.operator,
                   '--json', *words[1:])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        figures = json.loads(done.stdout)
        for fault in ('lost', 'reordered', 'duplicated', 'corrupted'):
            self.assertEqual(figures[fault], 0, figures)
        return figures

    def await_that(self, condition, what):
        """Asks again until it is so."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            self.assertLess(time.monotonic(), deadline, f'never: {what}')

    def assert_one_line(self, text, *parts):
        """One line, which names all of that."""
        self.assertEqual(len(text.splitlines()), 1, text)
        for part in parts:
            self.assertIn(str(part), text)


class TapResult(unittest.TestResult):
    """Prints each case as it ends."""

    def __init__(self):
        super().__init__()
        self.number = 0

    def report(self, outcome, test, note='', details=''):
        self.number += 1
        print(f'{outcome} {self.number} - {test.id().split(".", 1)[1]}{note}')
        print(''.join(f'# {line}\n' for line in details.splitlines()), end='', flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.report('ok', test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.report('ok', test, f' # SKIP {reason}')

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.report('not ok', test, details=self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self.report('not ok', test, details=self._exc_info_to_string(err, test))


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    print(f'1..{suite.countTestCases()}', flush=True)
    result = TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
