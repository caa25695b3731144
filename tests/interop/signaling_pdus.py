"""As much of SSCOP (Q.2110) and Q.2931 as a spectator needs: what kind of PDU it is, about which
call, and for what cause. Everything is read where it should stand, nothing is believed.
"""

import typing

# Q.2110 table 7: bits 4 to 1 of a PDU's fourth octet from the end.
SSCOP_TYPES = {1: 'BGN', 2: 'BGAK', 3: 'END', 4: 'ENDAK', 5: 'RS', 6: 'RSAK', 7: 'BGREJ', 8: 'SD',
               9: 'ER', 10: 'POLL', 11: 'STAT', 12: 'USTAT', 13: 'UD', 14: 'MD', 15: 'ERAK'}

# Q.2931 table 4-2, Q.2971 and Q.2963.1.
MESSAGE_TYPES = {
    0x01: 'ALERTING', 0x02: 'CALL PROCEEDING', 0x03: 'PROGRESS', 0x05: 'SETUP', 0x07: 'CONNECT',
    0x0f: 'CONNECT ACKNOWLEDGE', 0x46: 'RESTART', 0x4d: 'RELEASE', 0x4e: 'RESTART ACKNOWLEDGE',
    0x5a: 'RELEASE COMPLETE', 0x6e: 'NOTIFY', 0x75: 'STATUS ENQUIRY', 0x7d: 'STATUS',
    0x80: 'ADD PARTY', 0x81: 'ADD PARTY ACKNOWLEDGE', 0x82: 'ADD PARTY REJECT',
    0x83: 'DROP PARTY', 0x84: 'DROP PARTY ACKNOWLEDGE', 0x88: 'MODIFY REQUEST',
    0x89: 'MODIFY ACKNOWLEDGE', 0x8a: 'MODIFY REJECT', 0x8b: 'CONNECTION AVAILABLE'}

PROTOCOL, CALL_REFERENCE_OCTETS, HEADER_OCTETS, ELEMENT_HEADER_OCTETS = 0x09, 3, 9, 4
CAUSE = 0x08


class Signal(typing.NamedTuple):
    """A PDU, and the Q.2931 message that it carries, if any. `from_chooser`: it comes from the side
    that chose the call reference.
    """

    pdu: str
    message: str = ''
    call_reference: int = 0
    from_chooser: bool = True
    cause: int | None = None


def cause_in(elements):
    """Of the first cause element, if there is one."""
    while len(elements) >= ELEMENT_HEADER_OCTETS:
        size = int.from_bytes(elements[2:4], 'big')
        contents = elements[ELEMENT_HEADER_OCTETS:ELEMENT_HEADER_OCTETS + size]
        if elements[0] == CAUSE and len(contents) >= 2:
            return contents[1] & 0x7f
        elements = elements[ELEMENT_HEADER_OCTETS + size:]
    return None


def decode(pdu):
    if len(pdu) < 4:
        return Signal('short')
    kind = SSCOP_TYPES.get(pdu[-4] & 0x0f, 'unknown')
    if kind not in ('SD', 'UD'):
        return Signal(kind)
    padding = pdu[-4] >> 6
    message = pdu[:len(pdu) - 4 - padding]
    if len(message) < HEADER_OCTETS or message[:2] != bytes((PROTOCOL, CALL_REFERENCE_OCTETS)):
        return Signal(kind, 'unknown')
    reference = int.from_bytes(message[2:5], 'big')
    return Signal(kind, MESSAGE_TYPES.get(message[5], f'{message[5]:#04x}'),
                  reference & 0x7fffff, reference >> 23 == 0, cause_in(message[HEADER_OCTETS:]))
