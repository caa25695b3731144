#!/usr/bin/env python3
"""Prints which of the environment's rules are tested, and how: one line per rule, with the tests
that name it, those of single modules apart from those against daemons, by call manager.

usage: table.py BUILD_FOLDER   (in which `meson test` has just run)
"""

import collections
import pathlib
import re
import sys
import xml.etree.ElementTree

COLUMNS = ('unit', 'Loopback', 'Uni', 'Pvc')
NUMBER = re.compile(r'C\d{3}(?=_)')


def column_of(suite, case):
    """Which column a test case belongs to."""
    if not re.search(r'\bconformance\.', suite):
        return 'unit'
    name = f'{case.get("classname")}.{case.get("name")}'
    return next(column for column in ('Loopback', 'Uni', 'Pvc') if column in name)


def read_results(folder):
    """Per rule and column, how many tests passed and how many did not."""
    results = collections.defaultdict(lambda: [0, 0])
    report = xml.etree.ElementTree.parse(folder / 'meson-logs' / 'testlog.junit.xml')
    for suite in report.iter('testsuite'):
        for case in suite.iter('testcase'):
            failed = case.find('failure') is not None or case.find('error') is not None
            for number in NUMBER.findall(case.get('name')):
                results[number, column_of(suite.get('name'), case)][failed] += 1
    return results


def main():
    results = read_results(pathlib.Path(sys.argv[1]))
    rules = pathlib.Path(__file__).with_name('rules.txt').read_text(encoding='utf-8').splitlines()
    width = max(len(rule) for rule in rules) - len('C000 ')
    print(f'{"":4}  {"":{width}}' + ''.join(f'  {column:>8}' for column in COLUMNS))
    failures = 0
    for rule in rules:
        if not re.match(r'C\d{3} ', rule):
            print(f'\n{rule}')
            continue
        number, text = rule.split(' ', 1)
        cells = []
        for column in COLUMNS:
            passed, failed = results.pop((number, column), (0, 0))
            failures += failed
            cells.append(f'{failed} FAILED' if failed else str(passed or '-'))
        print(f'{number}  {text:{width}}' + ''.join(f'  {cell:>8}' for cell in cells))
    for number, column in results:
        print(f'{number} is tested ({column}) but not in rules.txt')
    sys.exit(1 if failures or results else 0)


if __name__ == '__main__':
    main()
