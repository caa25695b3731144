"""What applications and atmsigd say to each other: struct atmsvc_msg of <linux/atmsvc.h>, in which
the kernel used to carry the application's wishes down and the network's answers up.
"""

import ctypes
import enum

AF_ATMSVC = 20
AAL5 = 5
ADDRESS_OCTETS = 20

CATEGORIES = ('none', 'ubr', 'cbr', 'vbr', 'abr', 'any')
BHLI_TYPES = ('none', 'iso', 'user', 'profile', 'vendor')


class Kind(enum.IntEnum):
    """enum atmsvc_msg_type, as far as point-to-point calls go."""

    CONNECT = 2
    ACCEPT = 3
    REJECT = 4
    LISTEN = 5
    OKAY = 6
    ERROR = 7
    INDICATE = 8
    CLOSE = 9


class TrafficParameters(ctypes.Structure):
    """struct atm_trafprm; what only ABR uses stays zero."""

    _fields_ = [('category', ctypes.c_ubyte), ('max_pcr', ctypes.c_int), ('pcr', ctypes.c_int),
                ('min_pcr', ctypes.c_int), ('max_cdv', ctypes.c_int), ('max_sdu', ctypes.c_int),
                ('of_abr', ctypes.c_uint * 4)]


class Bhli(ctypes.Structure):
    _fields_ = [('type', ctypes.c_ubyte), ('size', ctypes.c_ubyte), ('octets', ctypes.c_ubyte * 8)]


class Blli(ctypes.Structure):
    _fields_ = [('l2_protocol', ctypes.c_ubyte), ('l2_octets', ctypes.c_ubyte * 2),
                ('l3_protocol', ctypes.c_ubyte), ('l3_octets', ctypes.c_ubyte * 6)]


class SapStructure(ctypes.Structure):
    _fields_ = [('bhli', Bhli), ('blli', Blli * 3)]


class PvcAddress(ctypes.Structure):
    _fields_ = [('family', ctypes.c_ushort), ('gap', ctypes.c_ushort),
                ('interface', ctypes.c_short), ('vpi', ctypes.c_short), ('vci', ctypes.c_int)]


class SvcAddress(ctypes.Structure):
    _fields_ = [('family', ctypes.c_ushort), ('gap', ctypes.c_ushort),
                ('private', ctypes.c_ubyte * ADDRESS_OCTETS), ('public', ctypes.c_char * 13),
                ('join_type', ctypes.c_char), ('join_id', ctypes.c_uint)]


class QosParameters(ctypes.Structure):
    _fields_ = [('transmit', TrafficParameters), ('receive', TrafficParameters),
                ('aal', ctypes.c_ubyte)]


class Message(ctypes.Structure):
    """`socket` and `listener` are numbers that the application chose for its sockets."""

    _fields_ = [('kind', ctypes.c_int), ('socket_octets', ctypes.c_ubyte * 8),
                ('listener_octets', ctypes.c_ubyte * 8), ('reply', ctypes.c_int),
                ('pvc', PvcAddress), ('local', SvcAddress), ('qos', QosParameters),
                ('sap', SapStructure), ('session', ctypes.c_uint), ('remote', SvcAddress)]

    @property
    def socket(self):
        return int.from_bytes(bytes(self.socket_octets), 'little')

    @classmethod
    def about(cls, kind, socket, listener=0):
        """With what atmsigd wants in every message: families, the only AAL, any traffic."""
        message = cls(kind=kind)
        message.socket_octets[:] = socket.to_bytes(8, 'little')
        message.listener_octets[:] = listener.to_bytes(8, 'little')
        message.local.family = message.remote.family = AF_ATMSVC
        message.qos.aal = AAL5
        message.qos.transmit.category = message.qos.receive.category = CATEGORIES.index('any')
        return message


def address_of(text):
    """20 octets of an ATM end system address from 40 hexadecimal digits."""
    octets = bytes.fromhex(text)
    if len(octets) != ADDRESS_OCTETS:
        raise ValueError(f'not an ATM address of 40 hexadecimal digits: {text}')
    return octets


def write_address(text, field):
    field.private[:] = address_of(text)


def read_address(field):
    return bytes(field.private).hex()


def write_traffic(traffic, field):
    """From {'category', 'pcr' (cells/s; 0 or none: the link's rate), 'max_sdu' (octets)}."""
    field.category = CATEGORIES.index(traffic['category'])
    field.pcr = field.max_pcr = traffic.get('pcr', 0)
    field.max_sdu = traffic.get('max_sdu', 0)


def read_traffic(field):
    return {'category': CATEGORIES[field.category], 'pcr': field.max_pcr, 'max_sdu': field.max_sdu}


def write_sap(sap, field):
    """From {'bhli': [TYPE, HEX], 'l2': [CODE, HEX], 'l3': [CODE, HEX]}: code points of the B-LLI
    element and the octets after them. What is left out matches everything.
    """
    if 'bhli' in sap:
        kind, octets = sap['bhli'][0], bytes.fromhex(sap['bhli'][1])
        field.bhli.type = BHLI_TYPES.index(kind)
        field.bhli.size = len(octets)
        field.bhli.octets[:len(octets)] = octets
    for layer in ('l2', 'l3'):
        if layer in sap:
            code, octets = sap[layer][0], bytes.fromhex(sap[layer][1])
            setattr(field.blli[0], f'{layer}_protocol', code)
            getattr(field.blli[0], f'{layer}_octets')[:len(octets)] = octets


def read_sap(field):
    """Octets that end in zeros lose these: nothing tells them from those that are not there."""
    sap = {}
    if field.bhli.type:
        octets = bytes(field.bhli.octets)[:field.bhli.size]
        sap['bhli'] = [BHLI_TYPES[field.bhli.type], octets.hex()]
    for layer in ('l2', 'l3'):
        code = getattr(field.blli[0], f'{layer}_protocol')
        if code:
            octets = bytes(getattr(field.blli[0], f'{layer}_octets')).rstrip(b'\0')
            sap[layer] = [code, octets.hex()]
    return sap
