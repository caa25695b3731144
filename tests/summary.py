#!/usr/bin/env python3
"""Adds up what `meson test` left in build folders; the last line is `N passed, N failed`.

usage: summary.py FOLDER...   (below build/)

Counts single cases where a test program reports them. A program that crashes, leaks or hangs fails
once, whatever its cases said. A folder without results failed to build.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree


def cases_of(report, test):
    """The single cases that a test program reported, by outcome."""
    passed, skipped, failed = [], [], []
    for suite in report.iter('testsuite'):
        if f'{suite.get("name")}.'.startswith(f'vcplane.{test}.'):
            for case in suite.iter('testcase'):
                name = f'{test}: {case.get("classname")}.{case.get("name")}'
                if case.find('failure') is not None or case.find('error') is not None:
                    failed.append(name)
                elif case.find('skipped') is not None:
                    skipped.append(name)
                else:
                    passed.append(name)
    return passed, skipped, failed


def results(folder):
    """Names of what passed, was skipped, and failed."""
    logs = pathlib.Path('build') / folder / 'meson-logs'
    if not (logs / 'testlog.json').exists():
        return [], [], ['build']
    report = xml.etree.ElementTree.parse(logs / 'testlog.junit.xml')
    passed, skipped, failed = [], [], []
    for line in (logs / 'testlog.json').read_text(encoding='utf-8').splitlines():
        outcome = json.loads(line)
        name, result = outcome['name'], outcome['result']
        passed_cases, skipped_cases, failed_cases = cases_of(report, name)
        skipped += skipped_cases
        if result == 'OK':
            passed += passed_cases or ([] if skipped_cases else [name])
        elif result == 'SKIP':
            skipped.append(name)
        else:
            passed += passed_cases
            failed += failed_cases or [f'{name} ({result})']
    return passed, skipped, failed


def main():
    passed_count, failed_count = 0, 0
    for folder in sys.argv[1:]:
        passed, skipped, failed = results(folder)
        print(f'{folder}: {len(passed)} passed, {len(failed)} failed, {len(skipped)} skipped')
        for outcome, names in (('failed', failed), ('skipped', skipped)):
            for name in names:
                print(f'  {outcome}: {name}')
        passed_count += len(passed)
        failed_count += len(failed)
    print(f'{passed_count} passed, {failed_count} failed')
    sys.exit(1 if failed_count or not passed_count else 0)


if __name__ == '__main__':
    main()
