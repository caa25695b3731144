#!/usr/bin/env python3
"""What users and machines get wrong: one line with cause and fix, and nothing half started."""

import pathlib
import signal
import socket
import struct
import subprocess

from harness import LOOP_PORT, VCPERF, VCPLANED, Daemon, SmokeTest, main, pvc, run

VERSION_MISMATCH = 22


class Configuration(SmokeTest):

    def refuse(self, config, *parts, dev=True):
        """The daemon does not start, says why in one line, and leaves no socket behind."""
        daemon = Daemon(self.folder, config)
        command = daemon.command if dev else [w for w in daemon.command if w != '--dev']
        done = run(*command)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assert_one_line(done.stdout + done.stderr, *parts)
        self.assertFalse(daemon.attach.exists())
        self.assertFalse(daemon.operator.exists())

    def test_bad_toml(self):
        self.refuse('[[port]\nname = "a"\n', 'daemon.toml:1:')

    def test_unknown_key(self):
        self.refuse(LOOP_PORT + 'colour = "red"\n', 'daemon.toml:4:1:', 'colour', 'mtu')

    def test_unknown_section(self):
        self.refuse(LOOP_PORT + '[weather]\n', 'daemon.toml:4:', 'weather')

    def test_every_error_has_its_line(self):
        config = LOOP_PORT + 'mtu = 1\ncolour = "red"\n' + pvc('a', 3)
        done = run(VCPLANED, '--check-config', '--config', self.write(config))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 3, done.stderr)
        for line in done.stderr.splitlines():
            self.assertRegex(line, r'bad\.toml:\d+:\d+: ')

    def test_good_file(self):
        done = run(VCPLANED, '--check-config', '--config', self.write(LOOP_PORT))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, 'OK\n', ''))

    def write(self, config):
        path = self.folder / 'bad.toml'
        path.write_text(config, encoding='utf-8')
        return path

    def test_no_file(self):
        done = run(VCPLANED, '--dev', '--config', self.folder / 'none.toml')
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, 'none.toml', 'cannot be read')

    def test_empty_file(self):
        done = run(VCPLANED, '--check-config', '--config', self.write(''))
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, 'bad.toml:1:1: ', 'no [[port]]')

    def test_a_folder_is_no_file(self):
        done = run(VCPLANED, '--check-config', '--config', self.folder)
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, 'cannot be read')

    def test_bad_usage_in_one_line(self):
        for words in (['--bogus'], ['--config'], ['--dev', 'more']):
            done = run(VCPLANED, *words)
            self.assertEqual(done.returncode, 2, words)
            self.assert_one_line(done.stderr, 'vcplaned: ')

    def test_pvc_on_a_port_that_does_not_exist(self):
        self.refuse(LOOP_PORT + pvc('a', 100, port='lan7'), 'lan7', 'loop0')

    def test_interface_that_does_not_exist(self):
        self.refuse('[[port]]\nname = "lan0"\ndevice = "net_af_packet,iface=nosuch0"\n', 'lan0',
                    'nosuch0')

    def test_device_that_nobody_drives(self):
        self.refuse('[[port]]\nname = "lan0"\ndevice = "net_magic"\n', 'lan0', 'net_magic')

    def test_the_drivers_reason_is_named(self):
        for device, reason in (('net_memif,role=bogus', 'Unknown role: bogus'),
                               ('net_memif,socket=/nosuch/s,socket-abstract=no', 'directory'),
                               ('eth7', 'failed to parse device')):
            self.refuse(f'[[port]]\nname = "lan0"\ndevice = "{device}"\n', 'lan0', device, reason)

    def test_no_other_pci_device_is_touched(self):
        daemon = Daemon(self.folder, '[[port]]\nname = "lan0"\ndevice = "fffe:1f:1f.7"\n')
        done = run(*daemon.command, '--eal-log')
        self.assertEqual(done.returncode, 1)
        self.assertIn('lan0: no device "fffe:1f:1f.7"', done.stderr)
        self.assertNotIn('Probe PCI driver', done.stderr)

    def test_label_in_use(self):
        self.refuse(LOOP_PORT + pvc('a', 100, count=10) + '[[pvc]]\nname = "b"\nport = "loop0"\n'
                    'transmit_label = 90\nreceive_label = 105\n', '105', 'choose another')

    def test_no_hugepages(self):
        folders = pathlib.Path('/sys/kernel/mm/hugepages').glob('*/free_hugepages')
        if any(int(folder.read_text()) for folder in folders):
            self.skipTest('hugepages are free here')
        self.refuse(LOOP_PORT, 'hugepages', 'vm.nr_hugepages', '--dev', dev=False)


class Sockets(SmokeTest):

    def test_stale_socket_is_replaced(self):
        daemon = Daemon(self.folder, LOOP_PORT).start()
        daemon.end(signal.SIGKILL)
        self.assertTrue(daemon.attach.exists())
        daemon.start()
        self.assertEqual(daemon.vcctl('show', 'ports').returncode, 0)
        self.assertEqual(daemon.end(), 0)
        self.assertFalse(daemon.attach.exists())

    def test_second_daemon_on_the_same_socket(self):
        first = self.start()
        second = Daemon(self.folder, LOOP_PORT)
        done = run(*second.command)
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stdout + done.stderr, first.attach)
        self.assertEqual(first.vcctl('show', 'ports').returncode, 0)

    def test_a_file_in_the_sockets_place_is_kept(self):
        daemon = Daemon(self.folder, LOOP_PORT)
        daemon.attach.write_text('precious', encoding='utf-8')
        done = run(*daemon.command)
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stdout + done.stderr, daemon.attach)
        self.assertEqual(daemon.attach.read_text(encoding='utf-8'), 'precious')


class AnotherAbi(SmokeTest):
    """HELLO and its answer as they stand in lib/shm/attach_protocol.h."""

    HELLO = struct.Struct('<HHIIHHIIII64s')
    HELLO_REPLY = struct.Struct('<HHIIHHII104s192s')
    HELLO_TYPE, REPLY_BIT, MAGIC = 1, 0x8000, 0x41504356

    def test_client_is_told(self):
        daemon = self.start()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.settimeout(30)
            client.connect(str(daemon.attach))
            client.send(self.HELLO.pack(self.HELLO_TYPE, self.HELLO.size, 1, self.MAGIC, 99, 0,
                                        self.HELLO.size, 0, 0, 0, b'future'))
            reply = self.HELLO_REPLY.unpack(client.recv(4096))
        self.assertEqual(reply[3], VERSION_MISMATCH)
        self.assertNotEqual(reply[4], 99)
        self.assert_one_line(reply[9].split(b'\0')[0].decode(), '99')

    def test_library_says_so(self):
        path = self.folder / 'future.sock'
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as daemon:
            daemon.bind(str(path))
            daemon.listen()
            daemon.settimeout(30)
            process = subprocess.Popen([str(VCPERF), 'latency', '--attach', str(path), '--pvc',
                                        'a'], stderr=subprocess.PIPE, text=True)
            connection, _ = daemon.accept()
            with connection:
                connection.settimeout(30)
                hello = self.HELLO.unpack(connection.recv(4096))
                reason = b'daemon speaks ABI 99.0; install its libvcplane'
                connection.send(self.HELLO_REPLY.pack(
                    self.HELLO_TYPE | self.REPLY_BIT, self.HELLO_REPLY.size, hello[2],
                    VERSION_MISMATCH, 99, 0, self.HELLO_REPLY.size, 0, b'', reason))
                _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3)
        self.assert_one_line(said, '99')


if __name__ == '__main__':
    main()
