#!/usr/bin/env python3
"""Checks the house rules of ARCHITECTURE.md that no compiler checks.

usage: tidy.py PROJECT_ROOT

Prints one line per violation, path:line: what is wrong, and exits 1 when there are any.
"""

import ast
import os
import re
import sys

# What each folder of lib/ may include besides itself and base.
MAY_INCLUDE = {
    'base': (),
    'wire': (),
    'qos': (),
    'signaling': ('wire',),
    'circuit': ('qos',),
    'callmgr': ('circuit', 'signaling', 'qos', 'wire'),
    'shm': (),
    'client': ('shm',),
    'port': ('wire',),
    'dataplane': ('wire', 'qos', 'shm', 'port'),
    'miniport': ('circuit', 'qos', 'dataplane', 'port'),
    'daemon': ('wire', 'qos', 'signaling', 'circuit', 'callmgr', 'shm', 'client', 'port',
               'dataplane', 'miniport'),
}
MAY_INCLUDE['testing'] = tuple(MAY_INCLUDE)

# Headers in a folder's subfolders are its own business, and that of who wires everything.
SEES_SUBFOLDERS = ('daemon', 'testing')

NO_CLOCK = ('base', 'wire', 'qos', 'signaling', 'circuit', 'callmgr', 'shm', 'client')
# A port hands mbufs over, so its interface names them; the driver's side stays in port/dpdk.
MAY_USE_DPDK = ('lib/port/', 'lib/dataplane/', 'lib/testing/', 'apps/vcplaned/')
MAY_USE_ETHDEV = ('lib/port/dpdk/',)

MAX_FUNCTION_LINES = 70
MAX_FILE_LINES = 600
MAX_LINE_COLUMNS = 100

C_FAMILY = ('.h', '.hpp', '.cc', '.c')
HEADERS = ('.h', '.hpp')
SOURCES = C_FAMILY + ('.def', '.py', '.sh')
SKIPPED_FOLDERS = ('.git', 'build', '__pycache__', 'corpus')

C_STANDARD_HEADERS = frozenset(
    f'{name}.h' for name in
    'assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal '
    'stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath '
    'threads time uchar wchar wctype'.split())

# Written so that this file does not contain what it looks for.
UNFINISHED = re.compile(
    r'\b(?:' + '|'.join(('TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK')) + r')\b'
    r'|\b(?i:st' + r'ub(?:s|bed)?|place' + r'holders?|not ' + r'implemented)\b')
MACHINE_PATH = re.compile(
    r'(?<![\w.])/(?:' + '|'.join(('work', 'farm', 'root', 'home', 'tmp/vc')) + r')/'
    r'|\.\./sha' + 'red')

CLOCK = re.compile(
    r'\b(?:clock_gettime|gettimeofday|timespec_get|(?:steady|system|high_resolution)_clock'
    r'|_*rdtscp?|rte_rdtsc\w*|rte_get_\w*(?:cycles|time))\b'
    r'|\btime\s*\(\s*(?:NULL|nullptr|0|&\w+)\s*\)')
SLEEP = {
    C_FAMILY: re.compile(r'\b(?:sleep_for|sleep_until|u?sleep|(?:clock_)?nanosleep)\s*\('),
    ('.py',): re.compile(r'\b(?:time\.)?sleep\s*\('),
    ('.sh',): re.compile(r'(?:^|[;&|]|\bdo|\bthen)\s*sleep\s+[\d.$]', re.MULTILINE),
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)', re.MULTILINE)

COMMENT_OR_LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/'
    r'|R"(?P<mark>[^()\\ ]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.DOTALL)
PREPROCESSOR = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.MULTILINE)


def blank(text):
    """As many lines as `text`, with nothing on them."""
    return '\n' * text.count('\n')


def code_of(text):
    """C or C++ without comments and literals, line for line."""
    def replace(match):
        found = match.group()
        return ' ' + blank(found) if found.startswith('/') else '""' + blank(found)
    return COMMENT_OR_LITERAL.sub(replace, text)


class File:
    """One text file of the project; `code` is what its compiler would look at."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self.suffix = os.path.splitext(path)[1]
        self.code = code_of(text) if self.suffix in C_FAMILY else text
        self.folder = path.split('/')[1] if path.startswith('lib/') and '/' in path[4:] else None
        self.includes = []  # (line, is_quoted, name)
        if self.suffix in C_FAMILY:
            self.includes = [(line_of(text, m.start(2)), m.group(1) == '"', m.group(2))
                             for m in INCLUDE.finditer(text)]


def line_of(text, position):
    return text.count('\n', 0, position) + 1


def read_tree(root):
    """Every text file below root, by its path from there."""
    files = {}
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(set(subfolders) - set(SKIPPED_FOLDERS))
        for name in sorted(set(names) - set(SKIPPED_FOLDERS)):  # .git is a file in a worktree
            full = os.path.join(folder, name)
            try:
                with open(full, encoding='utf-8') as file:
                    path = os.path.relpath(full, root)
                    files[path] = File(path, file.read())
            except (UnicodeDecodeError, OSError):
                pass  # Not text, or gone meanwhile.
    return files


def matches(pattern, text):
    return ((line_of(text, m.start()), m.group().strip()) for m in pattern.finditer(text))


# The rules. Each takes a file and the whole tree, and yields (line, what is wrong).

def arrows(file, _tree):
    if file.folder is None:
        return
    allowed = MAY_INCLUDE.get(file.folder)
    if allowed is None:
        yield 1, f'lib/{file.folder} is not a module of the architecture'
        return
    for line, quoted, name in file.includes:
        target, _, rest = name.partition('/')
        if not quoted or target not in MAY_INCLUDE or target == file.folder:
            continue
        if target != 'base' and target not in allowed:
            yield line, f'{file.folder} may not include {target}'
        elif '/' in rest and file.folder not in SEES_SUBFOLDERS:
            yield line, f'{name} is private to {target}'


def testing_is_for_tests(file, _tree):
    if file.path.startswith('apps/'):
        for line, quoted, name in file.includes:
            if quoted and name.startswith('testing/'):
                yield line, 'only tests and benchmarks may include testing'


def include_cycles(file, tree):
    """A header that leads back to itself."""
    if file.folder is None or file.suffix not in HEADERS:
        return
    seen, waiting = set(), [file.path]
    while waiting:
        for _, quoted, name in tree[waiting.pop()].includes:
            path = 'lib/' + name
            if path == file.path:
                yield 1, 'header includes itself through others'
                return
            if quoted and path in tree and path not in seen:
                seen.add(path)
                waiting.append(path)


def dpdk_stays_in_its_place(file, _tree):
    if not file.path.startswith(('lib/', 'apps/')) or file.suffix not in C_FAMILY:
        return
    if not file.path.startswith(MAY_USE_DPDK):
        for line, name in matches(re.compile(r'\brte_\w+'), file.code):
            yield line, f'{name}: DPDK is for {", ".join(MAY_USE_DPDK)} only'
    elif not file.path.startswith(MAY_USE_ETHDEV):
        for line, _, name in file.includes:
            if name == 'rte_ethdev.h':
                yield line, 'only lib/port/dpdk may include rte_ethdev.h'


PUBLIC_HEADERS = ('vcplane.h', 'vcplane.hpp', 'vcplane_cm.h', 'vcplane_cm.hpp', 'vcplane_packet.h',
                  'vcplane_types.h')


def is_public(path):
    return path.startswith('lib/client/') and os.path.basename(path) in PUBLIC_HEADERS


def public_headers_need_only_the_standard_library(file, _tree):
    if not is_public(file.path):
        return
    for line, _, included in file.includes:
        standard = included in C_STANDARD_HEADERS or re.fullmatch(r'[a-z_]+', included)
        if not standard and os.path.basename(included) not in PUBLIC_HEADERS:
            yield line, f'public header includes {included}'


def abseil_stays_out_of_headers(file, _tree):
    if file.suffix in HEADERS and file.path.startswith('lib/'):
        for line, _, name in file.includes:
            if name.startswith('absl/'):
                yield line, f'{name}: absl belongs in .cc files'


def pure_modules_read_no_clock(file, _tree):
    if file.folder in NO_CLOCK and file.suffix in C_FAMILY:
        for line, name in matches(CLOCK, file.code):
            yield line, f'{name}: {file.folder} reads no clock, time is passed in'


def headers_are_guarded(file, _tree):
    # A precompiled header is read first and by itself, where the compiler warns of a guard.
    if is_public(file.path) or file.path.startswith('tests/pch/'):
        return
    if file.suffix in HEADERS and '#pragma once' not in file.lines:
        yield 1, 'header without #pragma once'


def tests_do_not_sleep(file, _tree):
    if not file.path.startswith(('tests/', 'lib/testing/')):
        return
    for suffixes, pattern in SLEEP.items():
        if file.suffix in suffixes:
            for line, _ in matches(pattern, file.code):
                yield line, 'test waits by sleeping: wait for the event, or use a virtual clock'


def sizes(file, _tree):
    if file.suffix not in SOURCES and os.path.basename(file.path) != 'meson.build':
        return
    if len(file.lines) > MAX_FILE_LINES:
        yield 1, f'file has {len(file.lines)} lines, more than {MAX_FILE_LINES}'
    for number, line in enumerate(file.lines, 1):
        if len(line) > MAX_LINE_COLUMNS:
            yield number, f'line has {len(line)} columns, more than {MAX_LINE_COLUMNS}'


def function_sizes(file, _tree):
    if file.suffix in C_FAMILY:
        functions = c_functions(file.code)
    elif file.suffix == '.py':
        functions = python_functions(file.text)
    else:
        return
    for start, end in functions:
        if end - start >= MAX_FUNCTION_LINES:
            yield start, f'function has {end - start + 1} lines, more than {MAX_FUNCTION_LINES}'


def nothing_unfinished(file, _tree):
    for line, word in matches(UNFINISHED, file.text):
        yield line, f'unfinished: {word}'


def no_machine_paths(file, _tree):
    for line, path in matches(MACHINE_PATH, file.text):
        yield line, f'path of one machine: {path}'


def sources_are_compiled(file, tree):
    """A .cc or .c file is named by a meson.build in its folder or above."""
    if file.suffix not in ('.cc', '.c'):
        return
    folder = os.path.dirname(file.path)
    while True:
        build = tree.get(os.path.join(folder, 'meson.build'))
        name = os.path.relpath(file.path, folder or '.')
        if build is not None and names_source(build.text, name):
            return
        if not folder:
            break
        folder = os.path.dirname(folder)
    yield 1, 'source that no meson.build compiles'


def names_source(build_text, name):
    """Listed as it is, or by its stem where the build adds _fuzz.cc and the like."""
    if f"'{name}'" in build_text:
        return True
    stem = re.sub(r'_(?:fuzz|bench)\.cc$', '', name)
    return stem != name and f"'{stem}'" in build_text


def headers_are_used(file, tree):
    """Somebody besides its own source and its own test includes a header of lib/."""
    if file.folder is None or file.suffix not in HEADERS or is_public(file.path):
        return
    name = file.path[len('lib/'):]
    stem = os.path.splitext(os.path.basename(name))[0]
    own = (os.path.splitext(file.path)[0] + '.cc', f'tests/unit/{file.folder}/{stem}_test.cc')
    for other in tree.values():
        if other.path not in own and any(included == name for _, _, included in other.includes):
            return
    yield 1, 'header that nothing but its own source and test includes'


RULES = (
    arrows, testing_is_for_tests, include_cycles, dpdk_stays_in_its_place,
    public_headers_need_only_the_standard_library, abseil_stays_out_of_headers,
    pure_modules_read_no_clock, headers_are_guarded, tests_do_not_sleep, sizes, function_sizes,
    nothing_unfinished, no_machine_paths, sources_are_compiled, headers_are_used,
)


# Finding functions without parsing C++: in a namespace or a class, a brace block that is neither
# of these nor an initializer is a function's body.

TEMPLATE_HEAD = re.compile(r'\btemplate\s*<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>')
ACCESS_LABEL = re.compile(r'\s*(?:(?:public|private|protected)\s*:\s*)*')
SCOPE_KEYWORD = re.compile(r'\b(?:namespace|class|struct|union|enum|extern)\b')
FUNCTION_END = re.compile(r'\)\s*(?:const|noexcept|override|final|mutable|&&?|\s)*$')


def opens_scope(head):
    head = TEMPLATE_HEAD.sub('', head).strip()
    return bool(SCOPE_KEYWORD.search(head)) and not FUNCTION_END.search(head)


def c_functions(code):
    """(first line, last line) of each function in `code`."""
    code = PREPROCESSOR.sub(lambda match: blank(match.group()), code)
    scopes = []  # For each open brace: the first line of the function it is the body of, or None.
    function_depth = None
    parentheses = 0
    head_start = 0
    for position, char in enumerate(code):
        if char in '()':
            parentheses += 1 if char == '(' else -1
        elif char == '{':
            first_line = None
            if function_depth is None and parentheses == 0:
                head = code[head_start:position]
                if not opens_scope(head) and not head.rstrip().endswith('='):
                    skipped = ACCESS_LABEL.match(head).end()
                    first_line = line_of(code, head_start + skipped)
                    function_depth = len(scopes)
            scopes.append(first_line)
        elif char == '}' and scopes:
            first_line = scopes.pop()
            if function_depth == len(scopes):
                function_depth = None
                yield first_line, line_of(code, position)
        if char in '{};' and parentheses == 0:
            head_start = position + 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno


def violations(root):
    tree = read_tree(root)
    for path, file in sorted(tree.items()):
        for rule in RULES:
            for line, message in rule(file, tree):
                yield f'{path}:{line}: {message}'


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = list(violations(sys.argv[1]))
    print('\n'.join(found))
    sys.exit(1 if found else 0)


if __name__ == '__main__':
    main()
