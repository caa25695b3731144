#!/usr/bin/env python3
"""vcctl against a real daemon: what it shows, changes, and says when it cannot."""

import json
import socket
import struct

from harness import LOOP_PORT, VCCTL, SmokeTest, main, pvc, run

TOPICS = ('ports', 'clients', 'afs', 'saps', 'vcs', 'calls', 'pvcs', 'counters', 'cores')


class Shows(SmokeTest):

    def test_every_topic_as_table_and_as_json(self):
        daemon = self.start(LOOP_PORT + pvc('line', 1000, count=3))
        serving = self.serve(daemon, '--pvc', 'line')
        self.assertIsNotNone(serving)
        for topic in TOPICS:
            table = daemon.vcctl('show', topic)
            self.assertEqual((table.returncode, table.stderr), (0, ''), topic)
            lines = table.stdout.splitlines()
            self.assertGreater(len(lines), 1, topic)
            self.assertEqual(lines[0], lines[0].upper(), topic)
            self.assertGreaterEqual(len(daemon.rows(topic)), 1, topic)

    def test_what_there_is(self):
        daemon = self.start(LOOP_PORT + pvc('line', 1000, count=3))
        self.serve(daemon, '--pvc', 'line')
        self.measure_none_lost(daemon)
        self.assertEqual(daemon.rows('ports')[0]['name'], 'loop0')
        self.assertEqual([row['name'] for row in daemon.rows('clients')], ['vcperf'])
        self.assertEqual([row['pvc'] for row in daemon.rows('saps')], ['line'])
        names = sorted(row['name'] for row in daemon.rows('pvcs'))
        self.assertEqual(names, ['line/0', 'line/1', 'line/2'])
        self.assertIn('10 Gbit/s', daemon.vcctl('show', 'ports').stdout)
        meanings = {row['name']: row['meaning'] for row in daemon.rows('counters')}
        self.assertTrue(all(meanings.values()))

    def measure_none_lost(self, daemon):
        drops = [row for row in daemon.rows('counters') if row['drop'] and row['value']]
        self.assertEqual(drops, [])

    def test_as_many_frames_as_were_asked_for(self):
        daemon = self.start('[memory]\nframes = 65536\n' + LOOP_PORT)
        pool = json.loads(daemon.vcctl('show', 'cores', '--json').stdout)['pools'][0]
        self.assertEqual((pool['pool'], pool['size']), ('frames', 65536))
        self.assertGreater(pool['free'], 60000)
        self.assertIn('65,536', daemon.vcctl('show', 'cores').stdout)

    def test_empty_tables_say_so(self):
        daemon = self.start()
        for topic in ('clients', 'afs', 'saps', 'vcs', 'calls', 'parties', 'pvcs', 'links', 'sscop',
                      'routes', 'cac'):
            self.assert_one_line(daemon.vcctl('show', topic).stdout, 'no ')

    def test_counters_without_zeros_and_with(self):
        daemon = self.start()
        some = daemon.vcctl('show', 'counters').stdout
        self.assertGreater(len(daemon.vcctl('show', 'counters', '--all').stdout), len(some))


class Pvcs(SmokeTest):

    def test_added_used_and_deleted(self):
        daemon = self.start()
        added = daemon.vcctl('pvc', 'add', 'line', '--port', 'loop0', '--label', '500')
        self.assertEqual((added.returncode, added.stderr), (0, ''))
        figures = self.measure(daemon, 'latency', '--pvc', 'line', '--count', '10')
        self.assertEqual(figures['round_trips'], 10)
        self.assertEqual(daemon.vcctl('pvc', 'delete', 'line').returncode, 0)
        self.assertEqual(daemon.rows('pvcs'), [])

    def test_group_and_single_labels(self):
        daemon = self.start()
        daemon.vcctl('pvc', 'add', 'many', '--port', 'loop0', '--label', '500', '--count', '20')
        daemon.vcctl('pvc', 'add', 'there', '--port', 'loop0', '--transmit-label', '900',
                     '--receive-label', '901')
        rows = {row['name']: row for row in daemon.rows('pvcs')}
        self.assertEqual(len(rows), 21)
        self.assertEqual(rows['many/19']['transmit_label'], 519)
        self.assertEqual(rows['there']['receive_label'], 901)
        self.assertEqual(daemon.vcctl('pvc', 'delete', 'many').returncode, 0)
        self.assertEqual([row['name'] for row in daemon.rows('pvcs')], ['there'])

    def test_rates_and_destination(self):
        daemon = self.start()
        added = daemon.vcctl('pvc', 'add', 'line', '--port', 'loop0', '--label', '500', '--rate',
                             '10Mbit', '--peak', '20Mbit', '--burst', '3000', '--max-sdu', '700',
                             '--destination', '+358401234567')
        self.assertEqual((added.returncode, added.stderr), (0, ''))
        self.assertEqual([(row['max_sdu_bytes'], row['destination'])
                          for row in daemon.rows('pvcs')], [(700, '+358401234567')])

    def test_refused_in_one_line(self):
        daemon = self.start(LOOP_PORT + pvc('line', 500))
        add = ('pvc', 'add', 'other', '--port')
        for words, expected in (
                ((*add, 'loop9', '--label', '501'), 'loop9'),
                ((*add, 'loop0', '--label', '500'), '500'),
                ((*add, 'loop0', '--label', '17'), '17'),
                (('pvc', 'add', 'line', '--port', 'loop0', '--label', '502'), 'line'),
                ((*add, 'loop0', '--label', '501', '--rate', '5'), 'rate'),
                ((*add, 'loop0', '--label', '501', '--rate', '5Mbit', '--peak', '1Mbit'), 'peak'),
                (('pvc', 'delete', 'nobody'), 'nobody')):
            done = daemon.vcctl(*words)
            self.assertEqual(done.returncode, 1, words)
            self.assert_one_line(done.stderr, 'vcctl: ', expected)
        self.assertEqual(len(daemon.rows('pvcs')), 1)

    def test_bad_usage_in_one_line(self):
        for words in (['show'], ['show', 'weather'], ['pvc', 'add'], ['pvc', 'add', 'a b'],
                      ['pvc', 'add', 'a', '--port', 'p'],
                      ['pvc', 'add', 'a', '--port', 'p', '--label', '1048576'],
                      ['pvc', 'add', 'a', '--port', 'p', '--transmit-label', '70']):
            done = run(VCCTL, *words)
            self.assertEqual(done.returncode, 2, words)
            self.assert_one_line(done.stderr, 'vcctl: ')


class Oids(SmokeTest):

    def start_with_traffic(self):
        daemon = self.start(LOOP_PORT + pvc('line', 1000))
        self.measure(daemon, 'latency', '--pvc', 'line', '--count', '10')
        return daemon

    def get(self, daemon, name, *words):
        """The value as JSON, after it was printed in a line or more, which may be empty."""
        plain = daemon.vcctl('oid', 'get', 'loop0', name, *words)
        self.assertEqual((plain.returncode, plain.stderr), (0, ''), name)
        self.assertTrue(plain.stdout.endswith('\n'), name)
        return json.loads(daemon.vcctl('oid', 'get', 'loop0', name, *words, '--json').stdout)[
            'value']

    def test_each_is_answered_or_refused_in_one_line(self):
        daemon = self.start_with_traffic()
        listed = json.loads(daemon.vcctl('oid', 'list', '--json').stdout)['oids']
        self.assertEqual(len(daemon.vcctl('oid', 'list').stdout.splitlines()), len(listed))
        supported = self.get(daemon, 'SUPPORTED_LIST')
        for oid in listed:
            name, by_number = oid['name'], f'0x{oid["number"]:08x}'
            is_supported = name in supported  # a loopback port knows of no CRC errors
            if oid['presence'] != 'optional':
                self.assertEqual(is_supported, oid['presence'] == 'mandatory', name)
            needs_vc = name == 'OID_ATM_GET_NEAREST_FLOW'
            if name == 'OID_CO_GET_ADDRESSES':  # of a call manager; see test_of_call_managers
                continue
            if is_supported and oid['access'] == 'get' and not needs_vc:
                self.assertIsNotNone(self.get(daemon, name), name)
                self.assertEqual(type(self.get(daemon, by_number)), type(self.get(daemon, name)))
                refused = daemon.vcctl('oid', 'set', 'loop0', name, '1')
            else:
                refused = daemon.vcctl('oid', 'get', 'loop0', name)
            self.assertEqual(refused.returncode, 1, name)
            self.assert_one_line(refused.stderr, 'vcctl: ', name)

    def test_values(self):
        daemon = self.start_with_traffic()
        speed = self.get(daemon, 'LINK_SPEED')
        self.assertEqual(speed, {'outbound': 100_000_000, 'inbound': 100_000_000})
        self.assertGreaterEqual(self.get(daemon, 'XMIT_PDUS_OK'), 10)
        self.assertGreaterEqual(self.get(daemon, 'BYTES_RCV'), self.get(daemon, 'RCV_PDUS_OK'))
        for name in ('XMIT_PDUS_ERROR', 'RCV_PDUS_ERROR', 'TRANSMIT_QUEUE_LENGTH',
                     'BYTES_XMIT_OUTSTANDING', 'HARDWARE_STATUS', 'MEDIA_CONNECT_STATUS'):
            self.assertEqual(self.get(daemon, name), 0, name)
        before = self.get(daemon, 'GET_NETCARD_TIME')
        self.assertGreater(self.get(daemon, 'GET_NETCARD_TIME'), before)

    def test_of_one_vc(self):
        daemon = self.start(LOOP_PORT + pvc('line', 1000))
        self.serve(daemon, '--pvc', 'line')
        vc = str(daemon.rows('vcs')[0]['handle'])
        self.assertEqual(self.get(daemon, 'XMIT_PDUS_OK', '--vc', vc), 0)
        nearest = self.get(daemon, 'OID_ATM_GET_NEAREST_FLOW', '--vc', vc)
        self.assertEqual(len(nearest), 2 * 136)
        refused = daemon.vcctl('oid', 'get', 'loop0', 'XMIT_PDUS_OK', '--vc', '77')
        self.assertEqual(refused.returncode, 1)
        self.assert_one_line(refused.stderr, 'vcctl: ')

    def test_what_is_set(self):
        daemon = self.start()
        done = daemon.vcctl('oid', 'set', 'loop0', 'PROTOCOL_OPTIONS', '1')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        for words in (('PROTOCOL_OPTIONS', '0xffffffff'), ('PROTOCOL_OPTIONS', 'one'),
                      ('WEATHER', '1')):
            refused = daemon.vcctl('oid', 'set', 'loop0', *words)
            self.assertEqual(refused.returncode, 1, words)
            self.assert_one_line(refused.stderr, 'vcctl: ')


    def test_of_call_managers(self):
        daemon = self.start()
        name = b'line'.ljust(64, b'\0')
        added = name + struct.pack('<IIB7xQQ24x', 1000, 1001, 0, (1 << 64) - 1, 1492)
        for _ in range(2):  # the client that asks is gone each time, and what it added is not
            done = daemon.vcctl('oid', 'set', 'loop0', 'OID_CO_ADD_PVC', added.hex())
            self.assertEqual(len(daemon.rows('afs')), 0)
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, 'vcctl: ', 'OID_CO_ADD_PVC')
        self.assertEqual([(row['name'], row['transmit_label'], row['receive_label'])
                          for row in daemon.rows('pvcs')], [('line', 1000, 1001)])
        self.assertEqual(self.get(daemon, 'OID_CO_GET_ADDRESSES'), [])
        for words, part in ((('set', 'loop0', 'OID_CO_ADD_PVC', '5'), 'hexadecimal'),
                            (('set', 'loop0', 'OID_CO_ADD_PVC', 'ff'), 'OID_CO_ADD_PVC'),
                            (('set', 'loop0', 'OID_CO_ADD_ADDRESS', 'ff'), 'vcp_oid_set'),
                            (('set', 'loop0', 'OID_CO_AF_CLOSE', 'ff'), 'tells its clients'),
                            (('get', 'loop0', 'OID_CO_GET_ADDRESSES', '--vc', '7'), 'vc'),
                            (('get', 'loop0', 'XMIT_PDUS_OK', '--family', '7'), 'family'),
                            (('get', 'loop0', 'OID_CO_GET_ADDRESSES', '--family', '7'),
                             'OID_CO_GET_ADDRESSES')):
            refused = daemon.vcctl('oid', *words)
            self.assertEqual(refused.returncode, 1, words)
            self.assert_one_line(refused.stderr, 'vcctl: ', part)
        done = daemon.vcctl('oid', 'set', 'loop0', 'OID_CO_DELETE_PVC', name.hex())
        self.assertEqual((done.returncode, done.stderr, daemon.rows('pvcs')), (0, '', []))


class WithoutDaemon(SmokeTest):

    def test_says_what_to_start(self):
        nobody = self.folder / 'nobody.sock'
        done = run(VCCTL, '--operator', nobody, 'show', 'ports')
        self.assertEqual(done.returncode, 3)
        self.assert_one_line(done.stderr, 'no daemon answers', nobody, 'vcplaned')

    def test_something_else_answers(self):
        with socket.socket(socket.AF_UNIX) as listener:
            path = self.folder / 'else.sock'
            listener.bind(str(path))
            listener.listen()
            listener.settimeout(1)
            # A listener that never accepts still takes the request; doctor must not hang on it.
            done = run(VCCTL, '--operator', path, 'show', 'ports')
        self.assertEqual(done.returncode, 3)
        self.assert_one_line(done.stderr, 'did not answer', path)

    def test_doctor_works_without(self):
        done = run(VCCTL, '--operator', self.folder / 'nobody.sock', 'doctor')
        self.assertEqual(done.returncode, 0, done.stdout)
        for name in ('hugepages', 'IOMMU', 'clock source', 'RLIMIT_MEMLOCK', 'no daemon answers'):
            self.assertIn(name, done.stdout)

    def test_doctor_names_a_fix_for_all_that_is_not_ok(self):
        done = run(VCCTL, '--operator', self.folder / 'nobody.sock', 'doctor', '--json')
        for check in json.loads(done.stdout)['checks']:
            self.assertEqual(check['result'] == 'ok', check['fix'] == '', check)

    def test_doctor_asks_the_daemon(self):
        daemon = self.start()
        checks = json.loads(daemon.vcctl('doctor', '--json').stdout)['checks']
        names = [check['name'] for check in checks]
        self.assertIn('ABI', names)
        self.assertTrue(any(name.startswith('daemon: ') for name in names), names)


if __name__ == '__main__':
    main()
