"""The two sides of the comparison: how each is started, driven and read."""

import contextlib
import json
import os
import socket
import subprocess

import machine

WINDOW, BURST, VCS = 512, 32, 1000
MTU = 1600
START_SECONDS = 30
MAX_WAIT = 0.03  # of the time, which is also the most that it can take off a rate

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


class Client:
    """Runs a measuring client beside its daemon, and sees whether something else took the CPUs of
    the two threads that carry the messages: the client's while it measured, by its own account, and
    the daemon's that polls. What else the daemon runs may wait: for the very client.
    """

    def __init__(self, daemon_pid, poll_thread):
        self.daemon = daemon_pid, poll_thread
        self.seconds = 0
        self.waited_ns = 0
        self.daemon_before = machine.thread_ns(*self.daemon)

    def run(self, *command):
        """Its last line, read."""
        with machine.running(['taskset', '-c', '0', *command], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE) as process:
            said, error = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f'{command[0]} failed: {error[-500:]}{said[-500:]}')
        found = json.loads(said.splitlines()[-1])
        self.seconds += found['seconds']
        self.waited_ns += found['waited_ns']
        return found

    @property
    def waited(self):
        """The larger of the two threads' shares of the time, 0 to 1."""
        ran, waited = (now - before for now, before in
                       zip(machine.thread_ns(*self.daemon), self.daemon_before))
        return max(self.waited_ns / 1e9 / self.seconds, waited / (ran + waited))


class Vcplane:
    """vcplaned with a loopback port, and vcperf."""

    name = 'vcplane'

    def __init__(self, build, folder, options):
        self.apps = build / 'apps'
        self.folder = folder
        self.options = options
        self.attach, self.operator = folder / 'vcp.sock', folder / 'operator.sock'
        self.config = folder / 'vcplaned.toml'
        self.config.write_text(VCPLANE_CONFIG.format(hugepages=str(options.hugepages).lower()),
                               encoding='utf-8')

    @contextlib.contextmanager
    def daemon(self):
        notify_path, log_path = self.folder / 'notify.sock', self.folder / 'vcplaned.log'
        notify_path.unlink(missing_ok=True)
        with contextlib.ExitStack() as stack:
            notify = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            notify.bind(str(notify_path))
            notify.settimeout(1)
            log = stack.enter_context(open(log_path, 'w', encoding='utf-8'))
            process = stack.enter_context(machine.running(
                [self.apps / 'vcplaned/vcplaned', '--config', self.config, '--attach-socket',
                 self.attach, '--operator-socket', self.operator], stdout=log, stderr=log,
                env={**os.environ, 'NOTIFY_SOCKET': str(notify_path)}))
            for _ in range(START_SECONDS):
                if self.is_ready(notify):
                    break
                if process.poll() is not None:
                    break
            else:
                raise RuntimeError(f'vcplaned was not ready after {START_SECONDS} s')
            if process.poll() is not None:
                raise RuntimeError(f'vcplaned ended: {log_path.read_text(encoding="utf-8")}')
            yield process.pid

    @staticmethod
    def is_ready(notify):
        with contextlib.suppress(TimeoutError):
            return b'READY=1' in notify.recv(4096)
        return False

    def vcperf(self, client, mode, *words):
        return client.run(self.apps / 'vcperf/vcperf', mode, '--attach', self.attach,
                          '--operator', self.operator, '--pvc', 'line', '--vcs', VCS, '--spin',
                          '--json', *words)

    def measure(self, size):
        with self.daemon() as pid:
            client = Client(pid, 'poll-0')
            rate = self.vcperf(client, 'throughput', '--size', size, '--seconds',
                               self.options.seconds, '--batch', BURST, '--window', WINDOW)
            trips = self.vcperf(client, 'latency', '--size', size, '--count',
                                self.options.round_trips)
            waited = client.waited
        return {'messages_per_second': rate['median_messages_per_second'],
                'cycles_per_message': rate['poll_core_cycles_per_message'],
                **{key: trips['round_trip_ns'][key] for key in ('p50', 'p99', 'p99.9')},
                'waited': waited}


class Testpmd:
    """dpdk-testpmd io over net_memif, and memif_client."""

    name = 'testpmd'

    def __init__(self, build, folder, options):
        self.client = build / 'benchmarks/peers/memif_client'
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
        with machine.running(
                ['stdbuf', '-oL', 'dpdk-testpmd', '-l', '0,1', '--file-prefix=peer', *self.eal,
                 self.vdev('server'), '--', '--port-topology=loop', '--forward-mode=io',
                 '--nb-cores=1', '--rxd=1024', '--txd=1024', '--auto-start',
                 '--total-num-mbufs=16384'],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT) as process:
            said = ''
            for line in process.stdout:
                said += line
                if 'Press enter' in line:
                    break
            else:
                raise RuntimeError(f'testpmd did not start: {said[-1000:]}')
            yield process.pid

    def measure(self, size):
        with self.daemon() as pid:
            client = Client(pid, 'rte-worker-1')
            found = client.run(self.client, '-l', '0',
                               '--file-prefix=peerclient', *self.eal, self.vdev('client'), '--',
                               '--size', size, '--vcs', VCS, '--window', WINDOW, '--burst', BURST,
                               '--seconds', self.options.seconds, '--round-trips',
                               self.options.round_trips)
            waited = client.waited
        if found['lost'] or found['corrupted']:
            raise RuntimeError(f'testpmd lost or changed messages: {found}')
        return {'messages_per_second': found['median_messages_per_second'],
                **found['round_trip_ns'], 'waited': waited}
