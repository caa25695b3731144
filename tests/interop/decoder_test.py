#!/usr/bin/env python3
"""config/wireshark/vcplane.lua in tshark: frames made here, read by another program."""

import json
import pathlib
import shutil
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'smoke'))

from harness import SOURCE, SmokeTest, main, run  # noqa: E402 (found only now)

DECODER = SOURCE / 'config' / 'wireshark' / 'vcplane.lua'
GOLDEN = SOURCE / 'tests' / 'golden'
MACS_AND_TYPE = bytes.fromhex('020000000001020000000002' '8847')
ETHERNET = 1
SHORTEST_FRAME = 60
SIGNALING, DATA = 21, 1000


def golden(name):
    """The octets of each PDU of a recording."""
    lines = (GOLDEN / f'{name}.hex').read_text(encoding='utf-8').splitlines()
    return [bytes.fromhex(line.split()[2]) for line in lines if not line.startswith('#')]


def frame(label, sdu, flags=0, sequence=0):
    """As vcplane sends it, padded."""
    counted = len(sdu) + 4 if len(sdu) + 4 < 64 else 0
    whole = (MACS_AND_TYPE + struct.pack('>I', label << 12 | 0x1ff) +
             struct.pack('>BBH', flags, counted, sequence) + sdu)
    return whole + b'\xee' * (SHORTEST_FRAME - len(whole))


def pcap(frames):
    header = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, ETHERNET)
    return header + b''.join(struct.pack('<IIII', i, 0, len(one), len(one)) + one
                             for i, one in enumerate(frames))


class Decoder(SmokeTest):

    def setUp(self):
        super().setUp()
        if shutil.which('tshark') is None:
            self.skipTest('tshark is not installed')

    def decode(self, frames, *words):
        """What tshark sees of each frame: a tree of fields by layer."""
        path = self.folder / 'frames.pcap'
        path.write_bytes(pcap(frames))
        done = run('tshark', '-X', f'lua_script:{DECODER}', '-r', path, '-T', 'json', *words,
                   env={'HOME': str(self.folder)})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn('Lua', done.stderr)
        layers = [one['_source']['layers'] for one in json.loads(done.stdout)]
        self.assertEqual(len(layers), len(frames))
        return layers

    def test_a_conversation(self):
        """Every PDU of a recording, each in a frame of its own."""
        layers = self.decode([frame(SIGNALING, pdu) for pdu in golden('ngatm_p2mp')])
        self.assertTrue(all('sscop' in one for one in layers))
        messages = [one['q2931']['q2931.message_type'] for one in layers if 'q2931' in one]
        # SETUP, CALL PROCEEDING, CONNECT, CONNECT ACKNOWLEDGE, twice; a party; RELEASE.
        self.assertEqual([int(text, 16) for text in messages],
                         [0x05, 0x02, 0x07, 0x0f, 0x05, 0x02, 0x07, 0x0f, 0x80, 0x81, 0x83, 0x84,
                          0x4d, 0x5a])

    def test_padding_comes_off(self):
        poll = bytes.fromhex('000000010a000007')
        layers, = self.decode([frame(SIGNALING, poll, sequence=5)])
        word = layers['vcplane']['vcplane.control_word_tree']
        self.assertEqual((word['vcplane.length'], word['vcplane.sequence']), ('12', '5'))
        self.assertEqual(len(layers['vcplane']['vcplane.padding'].split(':')), 30)
        self.assertEqual(layers['sscop']['sscop.s'], '7')

    def test_frames_that_others_made(self):
        without_word, padded, long = self.decode(golden('pad'))
        self.assertNotIn('sscop', without_word)
        self.assertEqual(padded['sscop']['sscop.type'], '0x0a')
        self.assertEqual(int(long['q2931']['q2931.message_type'], 16), 0x05)

    def test_what_it_cannot_trust(self):
        poll = bytes.fromhex('000000010a000000')
        good = frame(SIGNALING, poll)
        word = len(MACS_AND_TYPE) + 4
        spoiled = [good[:word + 1] + bytes((length,)) + good[word + 2:] for length in (0, 3, 63)]
        spoiled.append(good[:word] + b'\x10' + good[word + 1:])
        for one in self.decode([*spoiled, good[:word + 2]]):
            self.assertNotIn('sscop', one)

    def test_a_cell_is_no_sscop(self):
        layers, = self.decode([frame(SIGNALING, bytes(53), flags=0x08)])
        self.assertIn('vcplane', layers)
        self.assertNotIn('sscop', layers)

    def test_data_labels(self):
        llc_snap_ip = golden('pw')[0]
        short = frame(DATA, bytes(range(16)))
        other = frame(70000, bytes(range(16)))
        layers = self.decode([llc_snap_ip, short, other])
        self.assertEqual(layers[0]['ip']['ip.src'], '10.0.0.1')
        self.assertEqual(layers[1]['data']['data.len'], '16')
        self.assertIn('pw.padding', layers[1])
        self.assertIn('mplspwatmcontrolword', layers[1])
        self.assertNotIn('mplspwatmcontrolword', layers[2])

    def test_other_labels_by_preference(self):
        poll = bytes.fromhex('000000010a000007')
        frames = [frame(label, poll) for label in (SIGNALING, 16, DATA, 70000)]
        layers = self.decode(frames, '-o', 'vcplane.signaling_label:16', '-o',
                             'vcplane.data_labels:65536-1048575')
        self.assertEqual(['sscop' in one for one in layers], [False, True, False, False])
        self.assertEqual(['mplspwatmcontrolword' in one for one in layers],
                         [False, False, False, True])


if __name__ == '__main__':
    main()
