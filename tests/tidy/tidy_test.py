#!/usr/bin/env python3
"""Plants each violation in a small tidy project and sees that exactly it is reported."""

import os
import tempfile
import unittest

import tidy

GOOD = {
    'meson.build': "project('good')\n",
    'lib/base/meson.build': "files('status.cc')\n",
    'lib/base/status.h': '#pragma once\n\n#include <cstdint>\n',
    'lib/base/status.cc': '#include "base/status.h"\n\nint Number() { return 1; }\n',
    'lib/shm/meson.build': "files('ring.cc')\n",
    'lib/shm/ring.h': '#pragma once\n\n#include "base/status.h"\n',
    'lib/shm/ring.cc': '#include "shm/ring.h"\n',
    'lib/client/vcplane.h': '#include <stdint.h>\n',
    'lib/client/vcplane.hpp': '#pragma once\n\n#include "vcplane.h"\n\n#include <string_view>\n',
    'lib/client/client.h': '#pragma once\n#include "base/status.h"\n#include "shm/ring.h"\n',
    'lib/client/meson.build': "files('client.cc', 'peer.cc')\n",
    'lib/client/client.cc': '#include "client/client.h"\n',
    'lib/client/peer.cc': '#include "client/client.h"\n',
}


class Tidy(unittest.TestCase):

    def reports(self, **planted):
        """What is reported for the good tree with files added or replaced."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**GOOD, **planted.get('files', {})}.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, 'w', encoding='utf-8') as file:
                    file.write(text)
            return list(tidy.violations(root))

    def assert_reported(self, path, text, *expected):
        """Planting `text` at `path` is reported, once per pattern and in this order."""
        found = self.reports(files={path: text})
        self.assertEqual(len(found), len(expected), found)
        for line, pattern in zip(found, expected):
            self.assertTrue(line.startswith(path + ':'), line)
            self.assertRegex(line, pattern)

    def test_a_tidy_tree_is_silent(self):
        self.assertEqual(self.reports(), [])

    def test_gits_own_files_are_not_the_projects(self):
        self.assertEqual(self.reports(files={'.git': 'gitdir: /ho' + 'me/x/.git\n'}), [])

    def test_arrows(self):
        self.assert_reported('lib/base/status.cc', '#include "shm/ring.h"\n',
                             r':1: base may not include shm')
        self.assert_reported('lib/shm/ring.cc', '#include "client/client.h"\n',
                             'shm may not include client')

    def test_an_unknown_module(self):
        self.assert_reported('lib/misc/x.txt', 'words\n', 'lib/misc is not a module')

    def test_subfolders_are_private(self):
        found = self.reports(files={
            'lib/port/dpdk/driver.h': '#pragma once\n',
            'lib/dataplane/worker.cc': '#include "port/dpdk/driver.h"\n',
            'lib/dataplane/meson.build': "files('worker.cc')\n",
        })
        self.assertEqual(found, [
            'lib/dataplane/worker.cc:1: port/dpdk/driver.h is private to port'])

    def test_testing_is_for_tests(self):
        found = self.reports(files={
            'lib/testing/fake.h': '#pragma once\n',
            'apps/vcctl/main.cc': '#include "testing/fake.h"\n',
            'apps/vcctl/meson.build': "files('main.cc')\n",
        })
        self.assertEqual(found, [
            'apps/vcctl/main.cc:1: only tests and benchmarks may include testing'])

    def test_include_cycles(self):
        found = self.reports(files={
            'lib/shm/ring.h': '#pragma once\n#include "shm/region.h"\n',
            'lib/shm/region.h': '#pragma once\n#include "shm/ring.h"\n',
        })
        self.assertEqual([line.split(': ')[1] for line in found],
                         ['header includes itself through others'] * 2)

    def test_dpdk_stays_in_its_place(self):
        self.assert_reported('lib/shm/ring.cc', '#include <rte_ring.h>\nint x = rte_lcore_id();\n',
                             ':1: rte_ring: DPDK is for', ':2: rte_lcore_id')
        self.assert_reported('lib/shm/ring.cc', '// Unlike rte_ring.\n')
        found = self.reports(files={
            'lib/dataplane/worker.cc': '#include <rte_ethdev.h>\n#include <rte_mbuf.h>\n',
            'lib/dataplane/meson.build': "files('worker.cc')\n",
        })
        self.assertEqual(found, [
            'lib/dataplane/worker.cc:1: only lib/port/dpdk may include rte_ethdev.h'])

    def test_public_headers_need_only_the_standard_library(self):
        self.assert_reported('lib/client/vcplane.h', '#include <sys/uio.h>\n', 'sys/uio.h')
        self.assert_reported('lib/client/vcplane.h', '#include <unistd.h>\n', 'unistd.h')
        self.assert_reported('lib/client/vcplane.hpp', '#pragma once\n#include "base/status.h"\n',
                             'public header includes base/status.h')

    def test_abseil_stays_out_of_headers(self):
        self.assert_reported('lib/shm/ring.h', '#pragma once\n#include "absl/types/span.h"\n',
                             'absl belongs in .cc files')
        self.assert_reported('lib/shm/ring.cc', '#include "absl/types/span.h"\n')

    def test_pure_modules_read_no_clock(self):
        for read in ('clock_gettime(CLOCK_MONOTONIC, &ts)', 'std::chrono::steady_clock::now()',
                     'time(nullptr)', '__rdtsc()'):
            self.assert_reported('lib/shm/ring.cc', f'long Now() {{ return {read}; }}\n',
                                 'shm reads no clock')
        self.assert_reported('lib/shm/ring.cc', 'long Wait(long timeout);  // no steady_clock\n')

    def test_headers_are_guarded(self):
        self.assert_reported('lib/shm/ring.h', '#include <cstdint>\n', 'without #pragma once')

    def test_tests_do_not_sleep(self):
        for path, text in (('tests/a_test.cc', 'void F() { usleep(10); }\n'),
                           ('tests/a_test.cc', 'void F() { std::this_thread::sleep_for(x); }\n'),
                           ('tests/a_test.py', 'import time\ntime.sle' + 'ep(1)\n'),
                           ('tests/a_test.sh', 'true; sleep 0.1\n')):
            files = {path: text, 'meson.build': "files('tests/a_test.cc')\n"}
            found = self.reports(files=files)
            self.assertEqual(len(found), 1, found)
            self.assertIn('waits by sleeping', found[0])

    def test_sizes(self):
        self.assert_reported('lib/shm/ring.cc', '//\n' * 601, 'file has 601 lines')
        self.assert_reported('lib/shm/ring.cc', '//\n' * 600)
        for path in 'lib/shm/ring.cc', 'lib/wire/elements.def':
            self.assert_reported(path, '//' + 'x' * 99 + '\n', ':1: line has 101 columns')
        self.assert_reported('lib/shm/ring.cc', '//' + 'ä' * 98 + '\n')

    def test_function_sizes(self):
        def body(lines):
            return '{\n' + '  Call({1, 2});\n' * (lines - 2) + '}\n'

        for head in ('void F() ', 'TEST(Ring, Works) ', 'auto f = [](int x) ',
                     'template <class T> int F(T t) ', 'X::X() : a_(1), b_{2} ',
                     'namespace a { class B : public C { public: struct D F(int x = {}) const '):
            close = '};}\n' if 'namespace' in head else '\n'
            self.assert_reported('lib/shm/ring.cc', head + body(70) + close)
            self.assert_reported('lib/shm/ring.cc', '\n' + head + body(71) + close,
                                 ':2: function has 71 lines')
        self.assert_reported('lib/shm/ring.cc', 'const int kTable[] = ' + body(300))
        self.assert_reported('lib/shm/ring.cc', 'namespace vcp ' + body(300))

    def test_braces_in_literals_and_macros_do_not_confuse(self):
        text = ('#define OPEN \\\n  {\nchar a = \'{\';\nint n = 1\'000;\n'
                'const char* b = "{"; /* { */ // {\nconst char* c = R"x({{ ")x";\n')
        self.assert_reported('lib/shm/ring.cc', text + 'void F() {\n' + '\n' * 69 + '}\n',
                             ':7: function has 71 lines')

    def test_python_function_sizes(self):
        self.assert_reported('scripts/x.py', 'def f():\n' + '    pass\n' * 70, '71 lines')

    def test_nothing_unfinished(self):
        for word in ('TO' + 'DO', 'FIX' + 'ME', 'st' + 'ub', 'Place' + 'holder'):
            self.assert_reported('README.md', f'Here: {word}.\n', f':1: unfinished: {word}')
        self.assert_reported('README.md', 'stubborn hacks mktemp XXXXXX\n')

    def test_no_machine_paths(self):
        for path in ('/wo' + 'rk/main', '/ro' + 'ot/x', '/ho' + 'me/me', '../sha' + 'red/x'):
            self.assert_reported('README.md', f'See {path}.\n', 'path of one machine')
        self.assert_reported('README.md', 'https://example.org/work/x and tests/work/x\n')

    def test_sources_are_compiled(self):
        self.assert_reported('lib/shm/lost.cc', 'int x;\n', 'no meson.build compiles')
        found = self.reports(files={'tests/fuzz/ring_fuzz.cc': '',
                                    'tests/fuzz/meson.build': "targets = {'ring': []}\n"})
        self.assertEqual(found, [])

    def test_headers_are_used(self):
        self.assert_reported('lib/shm/lost.h', '#pragma once\n', 'nothing but its own source')


if __name__ == '__main__':
    unittest.main()
