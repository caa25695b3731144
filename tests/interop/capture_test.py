#!/usr/bin/env python3
"""The signaling of a whole demo, recorded on its cable, as tshark reads it.

Wireshark's dissector reads one octet past the end of some elements. It then sees a parameter that
is not there, and a malformed message where such an element is the last. Everything else that it
has to say is a mistake of ours.
"""

import json
import os
import pathlib
import shutil
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'smoke'))

from harness import BUILD, SOURCE, SmokeTest, main, run  # noqa: E402 (found only now)

DECODER = SOURCE / 'config' / 'wireshark' / 'vcplane.lua'
HEADER_BYTES = 14 + 4 + 4  # Ethernet, label, control word
CAUSE, AAL_PARAMETERS, TRAFFIC_DESCRIPTOR = 0x08, 0x58, 0x59
READ_PAST_THEIR_END = {CAUSE, AAL_PARAMETERS, TRAFFIC_DESCRIPTOR}
READ_THERE = {'Unknown AAL parameter', 'Unknown ATM traffic descriptor element'}
SETUP, CALL_PROCEEDING, CONNECT, CONNECT_ACKNOWLEDGE, RELEASE, RELEASE_COMPLETE = (
    0x05, 0x02, 0x07, 0x0f, 0x4d, 0x5a)
ADD_PARTY, ADD_PARTY_ACKNOWLEDGE, DROP_PARTY, DROP_PARTY_ACKNOWLEDGE = 0x80, 0x81, 0x83, 0x84
MODIFY_REQUEST, MODIFY_ACKNOWLEDGE, CONNECTION_AVAILABLE = 0x88, 0x89, 0x8b


def values_of(tree, key):
    """All values of a key, however deep."""
    if isinstance(tree, list):
        for one in tree:
            yield from values_of(one, key)
    elif isinstance(tree, dict):
        for name, value in tree.items():
            if name == key:
                yield from value if isinstance(value, list) else [value]
            yield from values_of(value, key)


def message_of(frame):
    """Q.2931's octets in a frame that carries an SD."""
    counted = frame[HEADER_BYTES - 3] & 0x3f
    sdu = frame[HEADER_BYTES:HEADER_BYTES + counted - 4] if counted else frame[HEADER_BYTES:]
    padding = sdu[-4] >> 6
    return sdu[:-4 - padding]


def elements(message):
    """Identifiers, in order."""
    at, found = 9, []
    while at < len(message):
        found.append(message[at])
        at += 4 + int.from_bytes(message[at + 2:at + 4], 'big')
    return found


@unittest.skipUnless(os.geteuid() == 0, 'needs root')
@unittest.skipUnless(shutil.which('tshark'), 'tshark is not installed')
class Recorded(SmokeTest):

    def record(self):
        """Frames' layers and octets."""
        capture = self.folder / 'signaling.pcapng'
        done = run(SOURCE / 'scripts' / 'demo.sh', '--build', BUILD, '--cable', 'af_packet',
                   '--vcs', '2', '--seconds', '0.3', '--count', '100', '--capture', capture)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = run('tshark', '-X', f'lua_script:{DECODER}', '-r', capture, '-T', 'json', '-x',
                   env={'HOME': str(self.folder)})
        self.assertEqual(done.returncode, 0, done.stderr)
        layers = [one['_source']['layers'] for one in json.loads(done.stdout)]
        return [(one, bytes.fromhex(one['frame_raw'][0])) for one in layers]

    def assert_no_complaint(self, layers, frame):
        """But for those that are Wireshark's own mistakes."""
        messages = [int(text, 16) for text in values_of(layers, 'q2931.message_type')]
        excused = set()
        if messages:
            message = message_of(frame)
            if not {AAL_PARAMETERS, TRAFFIC_DESCRIPTOR}.isdisjoint(elements(message)):
                excused |= READ_THERE
            if READ_PAST_THEIR_END.intersection(elements(message)[-1:]):
                excused |= {one for one in values_of(layers, '_ws.expert.message')
                            if 'alformed' in one}
        self.assertLessEqual(set(values_of(layers, '_ws.expert.message')), excused, layers)

    def test_tshark_understands_every_frame(self):
        seen = []
        for layers, frame in self.record():
            self.assertIn('sscop', layers)
            kinds = [int(text, 16) for text in values_of(layers['sscop'], 'sscop.type')]
            self.assertEqual(len(kinds), 1)
            self.assertIn(kinds[0], range(1, 16))
            self.assert_no_complaint(layers, frame)
            seen += [int(text, 16) for text in values_of(layers, 'q2931.message_type')]
        for one in (SETUP, CALL_PROCEEDING, CONNECT, CONNECT_ACKNOWLEDGE, RELEASE,
                    RELEASE_COMPLETE, ADD_PARTY, ADD_PARTY_ACKNOWLEDGE, DROP_PARTY,
                    DROP_PARTY_ACKNOWLEDGE, MODIFY_REQUEST, MODIFY_ACKNOWLEDGE,
                    CONNECTION_AVAILABLE):
            self.assertIn(one, seen)
        # Two times two calls, one whose rate changes and one of two leaves, each ended properly.
        self.assertEqual((seen.count(SETUP), seen.count(CONNECT_ACKNOWLEDGE),
                          seen.count(RELEASE), seen.count(RELEASE_COMPLETE)), (6, 6, 6, 6))


if __name__ == '__main__':
    main()
