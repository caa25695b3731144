#!/usr/bin/env python3
"""vcplane beside `dpdk-testpmd io` over net_memif, in one run on two CPUs.

Both sides alike: the daemon polls on CPU 1, its client on CPU 0; a window of 512 messages, bursts
of 32; every payload byte is written before sending and read on return. vcplane carries each message
on one of 1000 circuits of a loopback port, copying; testpmd looks nothing up. Then round trips, one
message at a time.

Rounds alternate (ABBA, then BAAB), and only figures of one round are divided by one another. A
round is void when something took CPU time from either side, or when the machine's own speed between
its two CPUs, measured before and after, changed by more than a fifth. Reported are medians of the
rounds' ratios, with the smallest and the largest.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile

WINDOW, BURST, VCS = 512, 32, 1000
MTU = 1600
HUGEPAGES = pathlib.Path('/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages')
HUGEPAGES_WANTED = 512
DEADLINE_SECONDS = 60
MAX_RUN_DELAY = 0.01
MAX_FLOOR_CHANGE = 1.2

VCPLANE_CONFIG = f'''[poll]
cpus = [1]
idle = "spin"
[memory]
hugepages = {{hugepages}}
[[port]]
name = "loop0"
device = "loopback"
mtu = {MTU}
[[pvc]]
name = "line"
port = "loop0"
label = 1000
count = {VCS}
'''


@contextlib.contextmanager
def hugepages():
    """Reserves some where that is possible and gives them back; yields whether there are any."""
    try:
        before = HUGEPAGES.read_text()
        if int(before) < HUGEPAGES_WANTED:
            HUGEPAGES.write_text(str(HUGEPAGES_WANTED))
    except OSError:
        yield False
        return
    try:
        yield int(HUGEPAGES.read_text()) >= HUGEPAGES_WANTED
    finally:
        HUGEPAGES.write_text(before)


def waiting_ns(pid):
    """How long the threads of a process were ready to run and did not, so far."""
    total = 0
    for path in pathlib.Path(f'/proc/{pid}/task').glob('*/schedstat'):
        with contextlib.suppress(OSError):
            total += int(path.read_text().split()[1])
    return total


class Client:
    """Runs a measuring client beside its daemon and sees whether either was disturbed."""

    def __init__(self, daemon_pid):
        self.daemon_pid = daemon_pid
        self.disturbed = False

    def run(self, seconds, *command):
        before = waiting_ns(self.daemon_pid)
        with subprocess.Popen(['taskset', '-c', '0', *map(str, command)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            waited = 0
            while True:
                waited = max(waited, waiting_ns(process.pid))
                try:
                    said, error = process.communicate(timeout=0.05)
                    break
                except subprocess.TimeoutExpired:
                    pass
        if process.returncode != 0:
            raise RuntimeError(f'{command[0]} failed: {error[-500:]}{said[-500:]}')
        waited = max(waited, waiting_ns(self.daemon_pid) - before)
        self.disturbed |= waited > MAX_RUN_DELAY * seconds * 1e9
        return json.loads(said.splitlines()[-1])


class Vcplane:
    """vcplaned with a loopback port, and vcperf."""

    name = 'vcplane'

    def __init__(self, build, folder, options):
        self.apps = build / 'apps'
        self.folder = folder
        self.options = options
        self.attach, self.operator = folder / 'vcp.sock', folder / 'operator.sock'
        self.config = folder / 'vcplaned.toml'
        self.config.write_text(VCPLANE_CONFIG.format(hugepages=str(options.hugepages).lower()))

    @contextlib.contextmanager
    def daemon(self):
        notify_path = self.folder / 'notify.sock'
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, \
                open(self.folder / 'vcplaned.log', 'w', encoding='utf-8') as log:
            notify.bind(str(notify_path))
            notify.settimeout(1)
            with subprocess.Popen(
                    [self.apps / 'vcplaned/vcplaned', '--config', self.config, '--attach-socket',
                     self.attach, '--operator-socket', self.operator], stdout=log, stderr=log,
                    env={**os.environ, 'NOTIFY_SOCKET': str(notify_path)}) as process:
                try:
                    while not self.is_ready(notify):
                        if process.poll() is not None:
                            log = (self.folder / 'vcplaned.log').read_text(encoding='utf-8')
                            raise RuntimeError(f'vcplaned did not start: {log}')
                    yield process.pid
                finally:
                    process.terminate()
                    notify_path.unlink()

    @staticmethod
    def is_ready(notify):
        with contextlib.suppress(TimeoutError):
            return b'READY=1' in notify.recv(4096)
        return False

    def vcperf(self, client, mode, seconds, *words):
        return client.run(seconds, self.apps / 'vcperf/vcperf', mode, '--attach', self.attach,
                          '--operator', self.operator, '--pvc', 'line', '--vcs', VCS, '--spin',
                          '--json', *words)

    def measure(self, size):
        with self.daemon() as pid:
            client = Client(pid)
            rate = self.vcperf(client, 'throughput', self.options.seconds, '--size', size,
                               '--seconds', self.options.seconds, '--batch', BURST, '--window',
                               WINDOW)
            trips = self.vcperf(client, 'latency', 0.1, '--size', size, '--count',
                                self.options.round_trips)
        return {'messages_per_second': rate['messages_per_second'],
                'cycles_per_message': rate['poll_core_cycles_per_message'],
                'p50': trips['round_trip_ns']['p50'], 'p99': trips['round_trip_ns']['p99'],
                'p99.9': trips['round_trip_ns']['p99.9'], 'disturbed': client.disturbed}


class Testpmd:
    """dpdk-testpmd io over net_memif, and memif_client."""

    name = 'testpmd'

    def __init__(self, build, folder, options):
        self.client = build / 'benchmarks/peers/memif_client'
        self.folder = folder
        self.options = options
        # --no-huge and --in-memory exclude each other.
        memory = ['--in-memory'] if options.hugepages else ['--no-huge', '--no-shconf']
        self.eal = ['-n', '1', '--no-pci', '--no-telemetry', '-m', '256', *memory]
        self.socket = folder / 'memif.sock'

    def vdev(self, role):
        return f'--vdev=net_memif0,role={role},id=0,socket={self.socket},socket-abstract=no'

    @contextlib.contextmanager
    def daemon(self):
        self.socket.unlink(missing_ok=True)
        with subprocess.Popen(
                ['stdbuf', '-oL', 'dpdk-testpmd', '-l', '0,1', '--file-prefix=peer', *self.eal,
                 self.vdev('server'), '--', '--port-topology=loop', '--forward-mode=io',
                 '--nb-cores=1', '--rxd=1024', '--txd=1024', '--auto-start',
                 '--total-num-mbufs=16384'],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True) as process:
            try:
                said = ''
                for line in process.stdout:
                    said += line
                    if 'Press enter' in line:
                        break
                else:
                    raise RuntimeError(f'testpmd did not start: {said}')
                yield process.pid
            finally:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.communicate('\n', timeout=DEADLINE_SECONDS)
                process.kill()

    def measure(self, size):
        with self.daemon() as pid:
            client = Client(pid)
            found = client.run(self.options.seconds, self.client, '-l', '0',
                               '--file-prefix=peerclient', *self.eal, self.vdev('client'), '--',
                               '--size', size, '--vcs', VCS, '--window', WINDOW, '--burst', BURST,
                               '--seconds', self.options.seconds, '--round-trips',
                               self.options.round_trips)
        if found['lost'] or found['corrupted']:
            raise RuntimeError(f'testpmd lost or changed messages: {found}')
        return {'messages_per_second': found['messages_per_second'], **found['round_trip_ns'],
                'disturbed': client.disturbed}


def floor_ns(build):
    said = subprocess.run([build / 'benchmarks/path/floor'], capture_output=True, check=True)
    return json.loads(said.stdout)['p50']


def run_round(number, size, ours, peer, build):
    """Both sides twice, in turn; the mean of each side's two."""
    order = [ours, peer, peer, ours] if number % 2 == 0 else [peer, ours, ours, peer]
    found = {ours.name: [], peer.name: []}
    floors = [floor_ns(build)]
    for side in order:
        found[side.name].append(side.measure(size))
    floors.append(floor_ns(build))
    void = any(one['disturbed'] for ones in found.values() for one in ones)
    void |= max(floors) > MAX_FLOOR_CHANGE * min(floors)
    means = {name: {key: statistics.mean(one[key] for one in ones) for key in ones[0]
                    if key != 'disturbed' and ones[0][key] is not None}
             for name, ones in found.items()}
    return {'size': size, 'floor_ns': floors, 'void': void, **means}


def ratio(rounds, key):
    return sorted(one['vcplane'][key] / one['testpmd'][key] for one in rounds)


def row(label, rounds, key, unit, digits):
    sides = [statistics.median(one[name][key] for one in rounds) / unit
             for name in ('vcplane', 'testpmd')]
    ratios = ratio(rounds, key)
    return (f'| {label} | {sides[0]:.{digits}f} | {sides[1]:.{digits}f} | '
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
    clean = [one for one in results if not one['void']] or results
    cycles = [one['vcplane']['cycles_per_message'] for one in clean
              if one['size'] == options.sizes[0] and 'cycles_per_message' in one['vcplane']]
    floor = statistics.median(ns for one in clean for ns in one['floor_ns'])
    lines = [f'{VCS} VCs, window {WINDOW}, bursts of {BURST}, {options.seconds} s each; '
             f'{"hugepages" if options.hugepages else "no hugepages (both sides)"}.',
             f'Clean rounds: {sum(not one["void"] for one in results)} of {len(results)}. '
             f'Floor, one descriptor there and back: {floor / 1e3:.3f} us.']
    if cycles:
        lines.append(f'Poll core: {statistics.median(cycles):.0f} time stamp counter cycles for '
                     f'each {options.sizes[0]}-byte message, sent and received.')
    return '\n'.join(lines)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('--rounds', type=int, default=6, help='clean rounds wanted for each size')
    parser.add_argument('--seconds', type=float, default=1.0)
    parser.add_argument('--round-trips', type=int, default=100000)
    parser.add_argument('--sizes', type=lambda text: [int(size) for size in text.split(',')],
                        default=[64, 1500])
    parser.add_argument('--json', type=pathlib.Path, help='where to write every round')
    parser.add_argument('--no-hugepages', action='store_true')
    return parser.parse_args()


def measure_all(options, folder):
    ours = Vcplane(options.build, folder, options)
    peer = Testpmd(options.build, folder, options)
    results = []
    for size in options.sizes:
        clean = 0
        for number in range(2 * options.rounds):
            one = run_round(number, size, ours, peer, options.build)
            results.append(one)
            clean += not one['void']
            print(f'{size} B, round {number + 1}: '
                  f'{one["vcplane"]["messages_per_second"] / 1e6:.2f} and '
                  f'{one["testpmd"]["messages_per_second"] / 1e6:.2f} Mmsg/s, '
                  f'{one["vcplane"]["p50"]:.0f} and {one["testpmd"]["p50"]:.0f} ns'
                  f'{", void" if one["void"] else ""}', file=sys.stderr)
            if clean == options.rounds:
                break
    return results


def main():
    options = parse()
    if os.cpu_count() < 2:
        sys.exit('compare: this needs two CPUs')
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        sys.exit('compare: run it without real-time priority; what spins would starve the kernel')
    if shutil.which('dpdk-testpmd') is None:
        sys.exit('compare: dpdk-testpmd is missing; run scripts/setup.sh test')
    nothing = contextlib.nullcontext(False)
    with (nothing if options.no_hugepages else hugepages()) as options.hugepages, \
            tempfile.TemporaryDirectory(prefix='vcp-bench-') as folder:
        results = measure_all(options, pathlib.Path(folder))
    print(table(results, options.sizes))
    print()
    print(remarks(results, options))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + '\n', encoding='utf-8')
    if sum(not one['void'] for one in results) < len(options.sizes) * options.rounds / 2:
        sys.exit('compare: too many rounds were disturbed for a verdict; give it a quiet machine')


if __name__ == '__main__':
    main()
