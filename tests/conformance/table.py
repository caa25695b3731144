#!/usr/bin/env python3
"""Prints which of the environment's rules are tested, and where: one line per rule, with the tests
that carry its number, and writes the same as JSON. Fails when a test failed, when a rule has no
test anywhere, or when a column of it has neither a test nor a reason for having none.

usage: table.py BUILD_FOLDER   (in which `meson test` has just run)
"""

import collections
import json
import pathlib
import re
import sys
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).parent
WHERES = ('in-process', 'attached')
MEDIA = ('UNI', 'MCM', 'external', 'PVC')
MODULES = 'modules'
COLUMNS = tuple(f'{where}/{medium}' for where in WHERES for medium in MEDIA)
NUMBERS = range(1, 143)

LEGEND = """
Each number counts tests that passed; "2!": two failed; "-": no test; ".": does not apply or is held
elsewhere, conformance.json says why. "modules": tests of single modules with recording neighbours,
in tests/unit. "in-process": a client of the switchboard in the test's own process and time;
"attached": an application, by libvcplane, of a real vcplaned. UNI: the UNI call manager, by
signaling on a wire; MCM: the integrated one of a loopback port; ext: an application that is a call
manager; PVC: an operator's circuits. What is the data path's alone is in-process among the modules.
"""


def column_of(suite, case):
    """Which column a test case belongs to."""
    if not re.search(r'\bconformance\.', suite):
        return MODULES
    name = f'{case.get("classname")}.{case.get("name")}'
    where = 'in-process' if 'InProcess' in name else 'attached'
    medium = re.search(r'(Uni|Mcm|External|Pvc)(/|$|\.)', name).group(1)
    return f'{where}/{ {"Uni": "UNI", "Mcm": "MCM", "External": "external", "Pvc": "PVC"}[medium]}'


def read_results(folder):
    """By number and column: how many tests passed and how many did not."""
    results = collections.defaultdict(lambda: [0, 0])
    report = xml.etree.ElementTree.parse(folder / 'meson-logs' / 'testlog.junit.xml')
    for suite in report.iter('testsuite'):
        for case in suite.iter('testcase'):
            failed = case.find('failure') is not None or case.find('error') is not None
            for number in re.findall(r'C(\d{3})(?=_)', case.get('name')):
                results[int(number), column_of(suite.get('name'), case)][failed] += 1
    return results


def read_rules():
    """Headings and (number, text), in the file's order."""
    for line in (HERE / 'rules.txt').read_text(encoding='utf-8').splitlines():
        match = re.fullmatch(r'C(\d{3}) (.*)', line)
        yield (int(match.group(1)), match.group(2)) if match else line


def numbers_of(text):
    """'1-3,7' -> 1, 2, 3, 7"""
    for part in text.split(','):
        first, _, last = part.partition('-')
        yield from range(int(first), int(last or first) + 1)


def read_reasons():
    """By number and column, why there is no test; the first line that names a cell counts."""
    reasons = {}
    for line in (HERE / 'reasons.txt').read_text(encoding='utf-8').splitlines():
        if not line or line.startswith('#'):
            continue
        numbers, where, media, reason = line.split(None, 3)
        columns = [f'{one}/{medium}' for one in (WHERES if where == '*' else (where,))
                   for medium in (MEDIA if media == '*' else media.split(','))]
        assert set(columns) <= set(COLUMNS), line
        for number in numbers_of(numbers):
            for column in columns:
                reasons.setdefault((number, column), reason)
    return reasons


def cell_of(result, reason, in_modules):
    """What the JSON says of a cell; null when there is nothing to say."""
    if result != [0, 0]:
        return {'passed': result[0], 'failed': result[1]}
    if reason is None or (reason.endswith(MODULES) and not in_modules):
        return None
    return {'reason': reason}


def text_of(cell):
    if cell is None:
        return '-'
    if 'reason' in cell:
        return '.'
    return f'{cell["failed"]}!' if cell['failed'] else str(cell['passed'])


def row_of(number, text, results, reasons):
    def cell(column, in_modules):
        return cell_of(results.get((number, column), [0, 0]), reasons.get((number, column)),
                       in_modules)
    modules = cell(MODULES, False)
    cells = {column: cell(column, modules is not None) for column in COLUMNS}
    return {'number': number, 'rule': text, MODULES: modules, 'columns': cells}


def faults_of(row):
    """What is missing: a test of it anywhere, and a test or a reason in each column."""
    cells = row['columns']
    if not row[MODULES] and not any(cell and 'passed' in cell for cell in cells.values()):
        yield f'C{row["number"]:03} has no test'
        return
    for column, cell in cells.items():
        if cell is None:
            yield f'C{row["number"]:03} has neither a test nor a reason: {column}'


def cell_width(head):
    return 9 if head == MODULES else 6


def print_table(entries, width):
    heads = [MODULES] + [medium[:3] for _ in WHERES for medium in MEDIA]
    print(f'{"":{width + 15}}' + ''.join(f'{where:^24}' for where in WHERES))
    print(f'{"":{width + 6}}' + ''.join(f'{head:>{cell_width(head)}}' for head in heads))
    for entry in entries:
        if isinstance(entry, str):
            print(f'\n{entry}')
            continue
        cells = [entry[MODULES]] + [entry['columns'][column] for column in COLUMNS]
        texts = [f'{text_of(cell):>{cell_width(head)}}' for head, cell in zip(heads, cells)]
        print(f'C{entry["number"]:03}  {entry["rule"]:{width}} ' + ''.join(texts))
    print(LEGEND, end='')


def main():
    folder = pathlib.Path(sys.argv[1])
    results, reasons = read_results(folder), read_reasons()
    entries = [entry if isinstance(entry, str) else row_of(*entry, results, reasons)
               for entry in read_rules()]
    rows = [entry for entry in entries if not isinstance(entry, str)]
    print_table(entries, max(len(row['rule']) for row in rows))
    output = folder.parent / 'conformance.json'
    output.write_text(json.dumps(rows, indent=1) + '\n', encoding='utf-8')
    known = {row['number'] for row in rows}
    faults = [f'C{number:03} is not in rules.txt' for number in
              sorted(set(NUMBERS) | {number for number, _ in results}) if number not in known]
    faults += [fault for row in rows for fault in faults_of(row)]
    faults += [f'C{number:03} failed: {column}' for (number, column), (_, failed)
               in sorted(results.items()) if failed]
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == '__main__':
    main()
