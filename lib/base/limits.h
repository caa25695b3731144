#pragma once

#include <cstddef>
#include <cstdint>

// A bound for everything that a client, a peer or an operator can make us hold.
namespace vcp {

inline constexpr size_t kCacheLineBytes = 64;

// Attached applications. 64 clients x 256 SAPs = 16384 SAPs, and x 2 regions of 73 MiB at most = 9
// GiB of address space, populated only as far as it is used.
inline constexpr uint32_t kMaxClients = 64;
inline constexpr uint32_t kMaxClientsPerUid = 16;  // One user leaves room for three others.

// Ports of one daemon, and the cores that serve them: one bit each in a 32-bit and a 16-bit mask.
inline constexpr uint32_t kMaxPorts = 32;
inline constexpr uint32_t kMaxPollCores = 16;

// A binding joins a client with a port: 64 clients and as many in-daemon ones, on every port.
inline constexpr uint32_t kMaxBindings = 2 * kMaxClients * kMaxPorts;  // 4096
// Each call manager (UNI, loopback, PVC, one spare) opens its address family once per port, and
// every binding may open each of those.
inline constexpr uint32_t kMaxAfsPerPort = 4;
inline constexpr uint32_t kMaxAfs = kMaxBindings * kMaxAfsPerPort;  // 16384
inline constexpr uint32_t kMaxSapsPerClient = 256;
// OIDs of one binding without an answer, and status indications that wait for a binding's handler
// to return from one. What either carries: a PVC is the longest, the list of OIDs the next.
// 4096 bindings x 16 x 512 bytes = 32 MiB.
inline constexpr uint32_t kMaxOidsPerBinding = 16;
inline constexpr uint32_t kMaxQueuedStatuses = 16;
inline constexpr uint32_t kMaxOidBytes = 512;
inline constexpr uint32_t kMaxStatusBytes = 128;
// What clients may add to what the operator configured: PVCs of all of them together, and aliases
// of each open address family.
inline constexpr uint32_t kMaxPvcsByClients = 1024;
inline constexpr uint32_t kMaxAliasesPerAf = 16;
// SAPs of one link that share an address, or the wildcard: what a SETUP is compared with, at most
// four times (its address and any, its selector and any).
inline constexpr uint32_t kMaxSapsPerAddress = 256;

// Labels are 20 bits; 0-15 are reserved by MPLS, and 16-63 carry signaling and management.
inline constexpr uint32_t kLabelBits = 20;
inline constexpr uint32_t kLabelSpace = 1u << kLabelBits;
inline constexpr uint32_t kMinUsableLabel = 16;
inline constexpr uint32_t kMinDataLabel = 64;

// Routes of the daemon, and links to try for one prefix. A route of its own prefix has at most two
// trie nodes: 131072 x (2 x 48 + 24 + 16) bytes = 17 MiB.
inline constexpr uint32_t kMaxRoutes = 1u << 17;
inline constexpr uint32_t kMaxRoutesPerPrefix = 8;

// VCs: as many as one port has labels. The data path's table takes 2 x 64 bytes x 2^20 = 128 MiB
// per port when it is full; a client may hold a sixteenth.
inline constexpr uint32_t kMaxVcs = 1u << 20;
inline constexpr uint32_t kMaxVcsPerClient = 1u << 16;
inline constexpr uint32_t kMaxPvcs = 1u << 16;
// Leaves of a point-to-multipoint call: a client may have 256 calls of that size, or more and
// smaller ones, and all clients together as many leaves as there can be VCs.
inline constexpr uint32_t kMaxPartiesPerCall = 256;
inline constexpr uint32_t kMaxPartiesPerClient = 1u << 16;
inline constexpr uint32_t kMaxParties = 1u << 20;
// How often a client may ask for other parameters before it answers an offer.
inline constexpr uint32_t kMaxChangesPerOffer = 4;

// One SDU: 9180 octets of IP and 8 of LLC (RFC 2225) fit, rounded up to whole cache lines.
inline constexpr uint32_t kMaxSduBytes = 9216;
// The rate of a VC: 2^40 cells/s are 422 Tbit/s of payload. Summed over kMaxVcs they fit 2^60,
// times the octets of the largest frame 2^54: no product or sum of rates overflows 64 bits.
inline constexpr uint64_t kMaxCellsPerSecond = uint64_t{1} << 40;
// 8 segments x 64 buffers = 512 descriptors of 16 bytes = 8 KiB for the largest buffer list.
inline constexpr uint32_t kMaxSegmentsPerBuffer = 8;
inline constexpr uint32_t kMaxBuffersPerList = 64;
// Frames, and ends of lists, of which a poll core waits to hear from one port that they have left:
// twice what a port's ring takes of lists of one frame. Beyond that lists wait in their VC's queue.
// 2048 x 32 bytes = 64 KiB a port and core that sends there, touched only as far as used.
inline constexpr uint32_t kMaxUnconfirmedFrames = 2048;

// What parameters of variable size may carry: the longest information element is 128 octets, a SAP
// has at most four of them; call manager specific parameters the same.
inline constexpr uint32_t kMaxSapBytes = 512;
inline constexpr uint32_t kMaxSpecificBytes = 512;
inline constexpr uint32_t kMaxNameBytes = 64;
// What goes along with the end of a call: user-to-user information (Q.2957) has 128 octets.
inline constexpr uint32_t kMaxCloseDataBytes = 128;

// A signaling message is one SSCOP SDU of at most k = 4096 octets (Q.2130). Every element that a
// SETUP may carry, repeated as often as it may be, makes 40; the rest is room for what is not known
// here. No message has more than 16 mandatory elements.
inline constexpr uint32_t kMaxSignalingBytes = 4096;
inline constexpr uint32_t kMaxElementsPerMessage = 64;
inline constexpr uint32_t kMaxMandatoryElements = 16;

// A signaling link (one per port) keeps SDs until they are acknowledged, and those that arrived
// ahead of a lost one: (256 + 128) x 4112 bytes = 1.5 MiB, x 32 ports = 48 MiB, touched only as far
// as used.
inline constexpr uint32_t kMaxSscopTransmitSdus = 256;
inline constexpr uint32_t kMaxSscopWindow = 128;

// Calls of one signaling link, standing ones included: 131072 x (112 bytes of call, two index
// entries of 8 at most three quarters full, a timer of 24 while it is in setup) = 21 MiB, x 32
// ports = 660 MiB, touched only as far as used. A call in setup also keeps its SETUP, some 200
// octets and 4096 at most: 8192 x 4096 = 32 MiB. What concerns all calls is done in pieces of 1024,
// some 0.2 ms.
inline constexpr uint32_t kMaxCallsPerLink = 1u << 17;
inline constexpr uint32_t kMaxCallsInSetupPerLink = 8192;
// Of these, calls made here leave the last quarter to calls that the peer offers, and the other way
// round: 8192 - 2048 = 6144 each way. 16 clients of one user take 16 x 256 = 4096 of those made
// here and leave as many as 8 others may have; one that never answers takes a sixth of what the
// peer may offer. At 10 ms a set-up 256 at once are 25 600 calls per second (S2).
inline constexpr uint32_t kMaxCallsInSetupPerClient = 256;
inline constexpr uint32_t kMaxOffersPerClient = 1024;
inline constexpr uint32_t kMaxCallsPerTurn = 1024;
// STATUS ENQUIRY that wait for an answer while a link compares its calls with the peer's: what an
// SSCOP window of 128 takes without waiting.
inline constexpr uint32_t kMaxStatusEnquiries = 64;
// Parties of one call that were offered and not answered yet; beyond that cause 32.
inline constexpr uint32_t kMaxPendingParties = 64;

// Slots of a channel, each way. The default holds two windows of 512 messages twice over and costs
// 2048 x 1600 bytes = 3.2 MiB each way at an MTU of 1500; the most a client may ask for is
// 8192 x 9280 bytes = 73 MiB each way.
inline constexpr uint32_t kMinSlots = 64;
inline constexpr uint32_t kDefaultSlots = 2048;
inline constexpr uint32_t kMaxSlots = 8192;

}  // namespace vcp
