#!/usr/bin/env python3
"""Checks that every C and C++ file is as clang-format leaves it.

usage: format.py CLANG_FORMAT PROJECT_ROOT
"""

import subprocess
import sys

import tidy


def main():
    clang_format, root = sys.argv[1:]
    paths = [path for path, file in tidy.read_tree(root).items() if file.suffix in tidy.C_FAMILY]
    command = [clang_format, '--dry-run', '--Werror', '-ferror-limit=1', *sorted(paths)]
    result = subprocess.run(command, cwd=root, check=False)
    if result.returncode != 0:
        print(f'mend with: {clang_format} -i FILE')
    sys.exit(result.returncode)


if __name__ == '__main__':
    main()
