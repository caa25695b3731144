#!/usr/bin/env python3
"""Compiles each header of lib/ alone: a header that includes it needs nothing before it.

usage: headers.py PROJECT_ROOT [--dpdk] COMPILER...

The public C header is compiled as C too. Without --dpdk, headers that may use DPDK are left out.
"""

import concurrent.futures
import os
import subprocess
import sys

import tidy

WARNINGS = ['-Wall', '-Wextra', '-Werror', '-Wno-missing-field-initializers', '-fsyntax-only']


def compile_alone(compiler, root, header, language, flags):
    command = [*compiler, *WARNINGS, *flags, '-I', 'lib', '-x', language, '-']
    text = f'#include "{header}"\n'
    result = subprocess.run(command, cwd=root, input=text, capture_output=True, text=True,
                            check=False)
    return f'{header} does not compile alone:\n{result.stderr}' if result.returncode else None


def main():
    root, *compiler = sys.argv[1:]
    dpdk_flags = None
    if compiler[0] == '--dpdk':
        compiler = compiler[1:]
        output = subprocess.check_output(['pkg-config', '--cflags', 'libdpdk'], text=True)
        # As in the build, DPDK's headers are exempt from our warnings.
        dpdk_flags = output.replace('-I', '-isystem ').split()

    jobs = []
    for path, file in tidy.read_tree(root).items():
        if file.folder is None or file.suffix not in tidy.HEADERS:
            continue
        header = path[len('lib/'):]
        needs_dpdk = path.startswith(tidy.MAY_USE_DPDK)
        if not needs_dpdk or dpdk_flags is not None:
            flags = ['-std=c++20', *(dpdk_flags if needs_dpdk else [])]
            jobs.append((compiler, root, header, 'c++', flags))
        if header in ('client/vcplane.h', 'client/vcplane_types.h'):
            jobs.append((compiler, root, header, 'c', ['-std=c11', '-Wpedantic']))

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        errors = [error for error in pool.map(lambda job: compile_alone(*job), jobs) if error]
    print('\n'.join(errors))
    sys.exit(1 if errors or not jobs else 0)


if __name__ == '__main__':
    main()
