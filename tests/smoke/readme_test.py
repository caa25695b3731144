#!/usr/bin/env python3
"""What README.md shows is true: its program compiles and prints, its commands exist and work."""

import os
import re
import select
import subprocess
import time
import unittest

from harness import BUILD, DEADLINE_SECONDS, SOURCE, SmokeTest, main, run

README = (SOURCE / 'README.md').read_text(encoding='utf-8')


def blocks(language):
    return re.findall(rf'^```{language}\n(.*?)^```$', README, re.DOTALL | re.MULTILINE)


def shape(said):
    """Without figures and what depends on them."""
    return [re.sub(r'[\d,.]*\d', 'N', line).replace('Mbit/s', 'Gbit/s').split()
            for line in said.splitlines()]


class Shell:
    """Somebody at a terminal: types a line, sees what is said, types the next."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            ['sh'], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, bufsize=0,
            env={**os.environ, 'XDG_RUNTIME_DIR': str(folder)})
        self.said = ''

    def type(self, line):
        remembered = ' pids="$pids $!"' if line.endswith('&') else ''
        self.process.stdin.write(f'{line}{remembered}\n'.encode())

    def await_word(self, word):
        """Until it stands there, after what was awaited before."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while word not in self.said:
            ready, _, _ = select.select([self.process.stdout], [], [],
                                        max(0, deadline - time.monotonic()))
            more = os.read(self.process.stdout.fileno(), 65536) if ready else b''
            if not more:
                raise AssertionError(f'no {word!r} in: {self.said}')
            self.said += more.decode()
        self.said = self.said[self.said.index(word) + len(word):]

    def leave(self):
        self.type('kill $pids; wait; exit')
        self.process.communicate(timeout=DEADLINE_SECONDS)


class Readme(SmokeTest):

    def test_the_program_is_answered(self):
        daemon = self.start()
        self.serve(daemon, '--call', '+358401234567')
        source, = blocks('c')
        (self.folder / 'hello.c').write_text(source, encoding='utf-8')
        library = BUILD / 'lib' / 'client'
        sanitized = os.environ['VCP_SANITIZE']
        compiled = run('cc', self.folder / 'hello.c', '-o', self.folder / 'hello',
                       f'-I{SOURCE / "lib" / "client"}', f'-L{library}', '-lvcplane', '-Wall',
                       '-Werror', f'-Wl,-rpath,{library}',
                       *([] if sanitized == 'none' else [f'-fsanitize={sanitized}']))
        self.assertEqual(compiled.returncode, 0, compiled.stderr)
        done = run(self.folder / 'hello', env={'VCPLANE_SOCKET': str(daemon.attach)})
        self.assertEqual((done.returncode, done.stdout), (0, 'hello\n'), done.stderr)

    @unittest.skipUnless(os.environ['VCP_SANITIZE'] == 'none', 'links without sanitizers')
    def test_a_daemon_of_ones_own(self):
        """The block that runs the program, typed line by line in a checkout."""
        (self.folder / 'build').mkdir()
        (self.folder / 'build' / 'release').symlink_to(BUILD)
        (self.folder / 'lib').symlink_to(SOURCE / 'lib')
        (self.folder / 'hello.c').write_text(blocks('c')[0], encoding='utf-8')
        block, = (one for one in blocks('sh') if './hello' in one)
        shell = Shell(self.folder)
        self.addCleanup(shell.leave)
        for line in block.splitlines():
            shell.type(line)
            if line.endswith('&'):
                shell.await_word('ready')
            elif './hello' in line:
                shell.await_word('hello\n')
        self.assertIn('./hello', block.splitlines()[-1])

    @unittest.skipUnless(os.environ['VCP_SANITIZE'] == 'none', 'links without sanitizers')
    def test_once_it_is_installed(self):
        """`cc hello.c $(pkg-config ...)`, and everything else is where it belongs."""
        self.assertIn('`cc hello.c $(pkg-config --cflags --libs vcplane)`', README)
        root = self.folder / 'root'
        done = run('meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', root)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for name in ('vcplaned', 'vcctl', 'vcperf', 'vcplaned.service', 'vcplaned.toml',
                     'vcplane.h', 'vcplane.lua'):
            self.assertEqual(len(list(root.rglob(name))), 1, name)
        package, = root.rglob('vcplane.pc')
        (self.folder / 'hello.c').write_text(blocks('c')[0], encoding='utf-8')
        compiled = subprocess.run(
            'cc hello.c $(pkg-config --cflags --libs vcplane) -o hello', shell=True,
            cwd=self.folder, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False,
            env={**os.environ, 'PKG_CONFIG_PATH': str(package.parent),
                 'PKG_CONFIG_SYSROOT_DIR': str(root)})
        self.assertEqual(compiled.returncode, 0, compiled.stderr)

    def test_the_demo_prints_what_stands_there(self):
        done = run(SOURCE / 'scripts' / 'demo.sh', '--build', BUILD, '--seconds', '0.3', '--count',
                   '200', env={'TMPDIR': str(self.folder)})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        shown, = blocks('text')
        self.assertEqual(shape(shown), shape(done.stdout))

    def test_commands_work(self):
        daemon = self.start()
        environment = {**os.environ, 'VCPLANE_SOCKET': str(daemon.attach),
                       'VCPLANE_OPERATOR_SOCKET': str(daemon.operator),
                       'PATH': f'{BUILD}/apps/vcctl:{BUILD}/apps/vcperf:{os.environ["PATH"]}'}
        commands = [line for block in blocks('sh') for line in block.splitlines()
                    if line.startswith(('vcctl ', 'vcperf '))]
        self.assertGreater(len(commands), 3)
        for command in commands:
            done = subprocess.run(command, shell=True, env=environment, capture_output=True,
                                  text=True, timeout=DEADLINE_SECONDS, check=False)
            self.assertEqual(done.returncode, 0, command + done.stdout + done.stderr)

    def test_files_exist(self):
        names = re.findall(r'\]\(([^):]+)\)', README) + re.findall(r'^(scripts/\S+)', README,
                                                                   re.MULTILINE)
        for name in names:
            self.assertTrue((SOURCE / name).exists(), name)


if __name__ == '__main__':
    main()
