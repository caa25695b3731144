#!/usr/bin/env python3
"""What README.md shows is true: its program compiles and prints, its commands exist and work."""

import os
import re
import subprocess

from harness import BUILD, DEADLINE_SECONDS, SOURCE, SmokeTest, main, run

README = (SOURCE / 'README.md').read_text(encoding='utf-8')


def blocks(language):
    return re.findall(rf'^```{language}\n(.*?)^```$', README, re.DOTALL | re.MULTILINE)


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
