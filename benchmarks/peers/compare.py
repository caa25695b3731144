#!/usr/bin/env python3
"""vcplane beside `dpdk-testpmd io` over net_memif, in one run on two CPUs.

Both sides alike: the daemon polls on CPU 1, its client on CPU 0; a window of 512 messages, bursts
of 32; every payload byte is written before sending and read on return. vcplane carries each message
on one of 1000 circuits of a loopback port, copying; testpmd looks nothing up. Then round trips, one
message at a time.

Rounds alternate (ABBA, then BAAB), and only figures of one round are divided by one another. A
side's rate in a round is the median of 20 ms slices. A round is void when a thread that carries
messages waited for its CPU more than sides.MAX_WAIT of the time, on either side, or when the
machine's own speed between its two CPUs, measured before and after, changed by more than a fifth.
Reported are medians of the rounds' ratios, with the smallest and the
largest. Too many void rounds, or too much time, end it without a verdict, and with status 1.
"""

import argparse
import functools
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import machine
import sides

HUGEPAGES_WANTED = 512
MAX_FLOOR_CHANGE = 1.2


def floor_ns(build):
    """One descriptor there and back between the CPUs: what nothing on this machine can beat."""
    with machine.running([build / 'benchmarks/path/floor'], stdout=subprocess.PIPE) as process:
        said, _ = process.communicate(timeout=sides.START_SECONDS)
    return json.loads(said)['p50']


def why_void(floors, found):
    """One line, or ''."""
    disturbed = [name for name, ones in found.items()
                 if any(one['waited'] > sides.MAX_WAIT for one in ones)]
    if disturbed:
        return f'something took CPU time from {" and ".join(disturbed)}'
    if max(floors) > MAX_FLOOR_CHANGE * min(floors):
        return f'the machine changed: floor {floors[0]:.0f} ns before, {floors[1]:.0f} after'
    return ''


def run_round(number, size, pair, floor):
    """Both sides twice, in turn; the mean of each side's two."""
    ours, peer = pair
    order = [ours, peer, peer, ours] if number % 2 == 0 else [peer, ours, ours, peer]
    found = {ours.name: [], peer.name: []}
    floors = [floor()]
    for side in order:
        found[side.name].append(side.measure(size))
    floors.append(floor())
    means = {name: {key: statistics.mean(one[key] for one in ones) for key in ones[0]
                    if ones[0][key] is not None}
             for name, ones in found.items()}
    return {'size': size, 'floor_ns': floors, 'void': why_void(floors, found), **means}


def progress(number, one):
    ours, peer = one['vcplane'], one['testpmd']
    void = f'; void: {one["void"]}' if one['void'] else ''
    print(f'round {number}, {one["size"]} B: {ours["messages_per_second"] / 1e6:.2f} and '
          f'{peer["messages_per_second"] / 1e6:.2f} Mmsg/s, '
          f'{ours["p50"]:.0f} and {peer["p50"]:.0f} ns{void}', file=sys.stderr, flush=True)


def measure_all(options, pair, floor):
    """Rounds of each size in turn until all have enough clean ones. Returns the rounds, and why
    they are not enough, or ''.
    """
    results = []

    def missing(size):
        clean = sum(one['size'] == size and not one['void'] for one in results)
        return options.rounds - clean
    try:
        with machine.time_limit(options.max_seconds):
            while sizes := [size for size in options.sizes if missing(size) > 0]:
                for size in sizes:
                    number = sum(one['size'] == size for one in results)
                    results.append(run_round(number, size, pair, floor))
                    progress(len(results), results[-1])
                if sum(bool(one['void']) for one in results) > options.max_void:
                    return results, 'too many rounds were void'
    except machine.OutOfTime:
        return results, f'{options.max_seconds:.0f} s are over'
    return results, ''


def row(label, rounds, key, unit, digits):
    medians = [statistics.median(one[name][key] for one in rounds) / unit
               for name in ('vcplane', 'testpmd')]
    ratios = sorted(one['vcplane'][key] / one['testpmd'][key] for one in rounds)
    return (f'| {label} | {medians[0]:.{digits}f} | {medians[1]:.{digits}f} | '
            f'{statistics.median(ratios):.2f} [{ratios[0]:.2f}..{ratios[-1]:.2f}] |')


def table(results, sizes):
    lines = ['| | vcplane | testpmd io, net_memif | ratio, median [min..max] |',
             '|---|---|---|---|']
    for size in sizes:
        rounds = [one for one in results if one['size'] == size and not one['void']]
        if not rounds:
            continue
        gigabits = 1e9 / 8 / size
        lines += [row(f'{size} B echo, Mmsg/s', rounds, 'messages_per_second', 1e6, 2),
                  row(f'{size} B echo, Gbit/s', rounds, 'messages_per_second', gigabits, 2),
                  row(f'{size} B round trip p50, us', rounds, 'p50', 1e3, 3),
                  row(f'{size} B round trip p99, us', rounds, 'p99', 1e3, 3),
                  row(f'{size} B round trip p99.9, us', rounds, 'p99.9', 1e3, 3)]
    return '\n'.join(lines)


def remarks(results, options):
    clean = [one for one in results if not one['void']]
    lines = [f'{sides.VCS} VCs, window {sides.WINDOW}, bursts of {sides.BURST}, '
             f'{options.seconds:g} s each; '
             f'{"hugepages" if options.hugepages else "no hugepages (both sides)"}.',
             f'Clean rounds: {len(clean)} of {len(results)}.']
    if not clean:
        return '\n'.join(lines)
    floor = statistics.median(ns for one in clean for ns in one['floor_ns'])
    lines.append(f'Floor, one descriptor there and back: {floor / 1e3:.3f} us.')
    cycles = [one['vcplane']['cycles_per_message'] for one in clean
              if one['size'] == options.sizes[0] and 'cycles_per_message' in one['vcplane']]
    if cycles:
        lines.append(f'Poll core: {statistics.median(cycles):.0f} time stamp counter cycles for '
                     f'each {options.sizes[0]}-byte message, sent and received.')
    return '\n'.join(lines)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('--rounds', type=int, default=6, help='clean rounds wanted for each size')
    parser.add_argument('--max-void', type=int, default=6, help='void rounds that are too many')
    parser.add_argument('--max-seconds', type=float, default=300, help='for all of it')
    parser.add_argument('--seconds', type=float, default=1.0, help='of throughput, each time')
    parser.add_argument('--round-trips', type=int, default=100000)
    parser.add_argument('--sizes', type=lambda text: [int(size) for size in text.split(',')],
                        default=[64, 1500])
    parser.add_argument('--json', type=pathlib.Path, help='where to write every round')
    parser.add_argument('--no-hugepages', action='store_true')
    return parser.parse_args()


def check_machine():
    if os.cpu_count() < 2:
        sys.exit('compare: this needs two CPUs')
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        sys.exit('compare: run it without real-time priority; what spins would starve the kernel')
    if shutil.which('dpdk-testpmd') is None:
        sys.exit('compare: dpdk-testpmd is missing; run scripts/setup.sh test')


def compare(options, janitor):
    folder = pathlib.Path(tempfile.mkdtemp(prefix='vcp-bench-'))
    janitor.remove(folder)
    options.hugepages = (not options.no_hugepages and
                         machine.reserve_hugepages(janitor, HUGEPAGES_WANTED))
    pair = [side(options.build, folder, options) for side in (sides.Vcplane, sides.Testpmd)]
    results, why_not = measure_all(options, pair, functools.partial(floor_ns, options.build))
    print(f'{table(results, options.sizes)}\n\n{remarks(results, options)}')
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + '\n', encoding='utf-8')
    if why_not:
        sys.exit(f'compare: no verdict: {why_not}; give it a machine where nothing else runs')


def main():
    options = parse()
    check_machine()
    machine.die_with_parent()
    janitor = machine.Janitor()
    machine.end_on_signals()
    try:
        compare(options, janitor)
    except RuntimeError as error:
        sys.exit(f'compare: {error}')
    finally:
        janitor.finish()


if __name__ == '__main__':
    main()
