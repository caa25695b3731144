// The attach protocol: fixed-layout little-endian messages over a SOCK_SEQPACKET unix socket, one
// message a packet. A request carries a non-zero request id and is answered exactly once by a reply
// of the same type with kReplyBit set; events carry request id 0. Handles are the daemon's, per
// client, 0 is null. Reserved fields and unused bytes are zero; a receiver refuses others. Strings
// are NUL-terminated within their array. The client passes no descriptors; the daemon passes three
// with the HELLO reply, in the order of ChannelFd.
//
// Minor versions append: a message begins as in every version before, so its first bytes are a
// whole message of version 1.0, and what is not there reads as zero. A daemon serves older clients,
// a client asks an older daemon for nothing that it does not know.
#pragma once

#include <cstdint>

#include "shm/channel_abi.h"

namespace vcp::shm {

inline constexpr uint32_t kAttachMagic = 0x41504356;  // "VCPA"
inline constexpr uint32_t kMaxMessageBytes = 4096;
inline constexpr uint32_t kMaxNameBytes = 64;  // with the NUL
inline constexpr uint32_t kMaxSpecificBytesAbi = 512;
inline constexpr uint32_t kMaxCloseDataBytes = 128;
inline constexpr uint32_t kMaxOidBytesAbi = 512;

enum class MessageType : uint16_t {
  // requests
  kHello = 1,
  kOpenAf = 2,
  kCloseAf = 3,
  kNotifyCloseAfComplete = 4,
  kRegisterSap = 5,
  kDeregisterSap = 6,
  kCreateVc = 7,
  kDeleteVc = 8,
  kMakeCall = 9,
  kAnswerCall = 10,
  kCloseCall = 11,
  kVcCounters = 12,
  kAddParty = 13,  // from here on since 1.1
  kDropParty = 14,
  kModifyCallQoS = 15,
  kOid = 16,  // from here on, and what call managers say, since 1.2
  kWatchStatus = 17,
  kNameVc = 18,  // from here on since 1.3, as OIDs of call managers
  kCancelOid = 19,
  // requests of a call manager, beside those above
  kCmRegisterFamily = 32,
  kCmDeregisterFamily = 33,
  kCmNotifyCloseAf = 34,
  kCmCreateVc = 35,
  kCmCreateOwnVc = 36,
  kCmDeleteVc = 37,
  kCmActivateVc = 38,
  kCmDeactivateVc = 39,
  kCmIncomingCall = 40,
  kCmCallConnected = 41,
  kCmIncomingCloseCall = 42,
  kCmIncomingDropParty = 43,
  kCmCallQoSChange = 44,
  kCmComplete = 45,
  kCmCompleteOid = 46,
  kCmTellClients = 47,
  kCmSetOid = 48,
  kCmNameVc = 49,  // the message and its reply are NAME VC's
  // events
  kAfRegistered = 64,
  kNotifyCloseAf = 65,
  kIncomingCall = 66,
  kCallConnected = 67,
  kIncomingCloseCall = 68,
  kVcDeleted = 69,
  kEvicted = 70,  // the daemon's last word to a client that broke the rules
  kIncomingDropParty = 71,
  kIncomingCallQoSChange = 72,
  kStatusIndicated = 73,
  // What clients ask of a call manager: all but the last five await its kCmComplete.
  kCmOpenAf = 96,
  kCmCloseAf = 97,
  kCmRegisterSap = 98,
  kCmDeregisterSap = 99,
  kCmMakeCall = 100,
  kCmCloseCall = 101,
  kCmAddParty = 102,
  kCmDropParty = 103,
  kCmModifyCallQoS = 104,
  kCmVcCreated = 105,
  kCmVcDeleted = 106,
  kCmFamilyClosed = 107,
  kCmOid = 108,  // awaits kCmCompleteOid
  kCmOidAborted = 109,
};
inline constexpr uint16_t kReplyBit = 0x8000;

enum ChannelFd { kUpRegionFd, kDownRegionFd, kDoorbellFd, kChannelFdCount };

struct MessageHeader {
  uint16_t type;
  uint16_t size_bytes;  // of the whole message
  uint32_t request_id;
};
static_assert(sizeof(MessageHeader) == 8);

struct AddressAbi {
  uint8_t type;  // vcp::AddressType
  uint8_t length;
  uint8_t reserved[2];
  uint8_t bytes[20];
};
struct SpecificAbi {
  uint32_t type;
  uint32_t length;
  uint8_t bytes[kMaxSpecificBytesAbi];
};
struct FlowSpecAbi {
  uint64_t token_rate_bytes_per_second;
  uint64_t token_bucket_size_bytes;
  uint64_t peak_bandwidth_bytes_per_second;
  uint64_t latency_us;
  uint64_t delay_variation_us;
  uint64_t max_sdu_size_bytes;
  uint64_t minimum_policed_size_bytes;
  uint32_t service_type;
  uint32_t reserved;
};
// circuit::Cause; value 0: none.
struct CauseAbi {
  uint8_t value;
  uint8_t location;
  uint8_t diagnostic_length;
  uint8_t reserved;
  uint8_t diagnostics[28];
};
struct HighLayerAbi {
  uint8_t present;
  uint8_t type;  // vcp::HighLayerType
  uint8_t length;
  uint8_t reserved;
  uint8_t bytes[8];
};
// What of a LowLayerAbi is there; the rest is zero.
enum LowLayerField : uint16_t {
  kLayer1 = 0x1,
  kLayer2 = 0x2,
  kLayer2Mode = 0x4,
  kLayer2Q933Use = 0x8,
  kLayer2Window = 0x10,
  kLayer2UserInformation = 0x20,
  kLayer3 = 0x40,
  kLayer3Mode = 0x80,
  kLayer3PacketSize = 0x100,
  kLayer3Window = 0x200,
  kLayer3UserInformation = 0x400,
  kLayer3InitialProtocol = 0x800,
  kLayer3Snap = 0x1000,
};
struct LowLayerAbi {
  uint16_t present;  // LowLayerField
  uint8_t layer1_protocol;
  uint8_t layer2_protocol;
  uint8_t layer2_mode;
  uint8_t layer2_q933_use;
  uint8_t layer2_window;
  uint8_t layer2_user_information;
  uint8_t layer3_protocol;
  uint8_t layer3_mode;
  uint8_t layer3_packet_size_log2;
  uint8_t layer3_window;
  uint8_t layer3_user_information;
  uint8_t layer3_initial_protocol;
  uint16_t snap_protocol;
  uint32_t snap_oui;
};
struct LayersAbi {
  HighLayerAbi high;
  uint32_t low_count;
  LowLayerAbi low[3];
};
struct SapAbi {
  AddressAbi address;
  char pvc_name[kMaxNameBytes];
  SpecificAbi specific;
  LayersAbi layers;
};
struct CallParametersAbi {
  uint32_t flags;
  uint8_t has_call_manager;
  uint8_t has_media;
  uint8_t reserved[2];
  FlowSpecAbi transmit;
  FlowSpecAbi receive;
  AddressAbi called;
  AddressAbi calling;
  SpecificAbi call_manager_specific;
  uint32_t media_flags;
  uint32_t receive_priority;
  uint32_t receive_size_hint;
  uint32_t reserved2;
  char pvc_name[kMaxNameBytes];
  SpecificAbi media_specific;
  LayersAbi layers;  // the call manager's, too
  uint32_t reserved3;
};

// --- requests and their replies -----------------------------------------------------------------
struct Hello {
  MessageHeader header;
  uint32_t magic;
  uint16_t abi_major;
  uint16_t abi_minor;
  uint32_t struct_size;
  uint32_t max_sdu_bytes;  // 0: the largest of the daemon's ports
  uint32_t send_slots;     // 0: the daemon's default; clamped to its limits
  uint32_t receive_slots;
  char name[kMaxNameBytes];
};
// Comes with the channel's descriptors. The client maps its memory before it asks for anything:
// with its first request the up region is sealed, and cannot be mapped writable any more.
struct HelloReply {
  MessageHeader header;
  uint32_t status;
  uint16_t abi_major;  // the daemon's, also when refused
  uint16_t abi_minor;
  uint32_t struct_size;
  uint32_t client_id;
  ChannelLayout layout;
  char reason[192];  // one line for a person when refused
};
struct OpenAf {
  MessageHeader header;
  char adapter[kMaxNameBytes];  // empty: the first that has the family
  uint32_t family;              // 0: the first that there is
  uint32_t reserved;
  AddressAbi toward;  // not none: the adapter that leads there, and `adapter` is empty
};
struct CloseAf {
  MessageHeader header;
  uint32_t af;
  uint32_t reserved;
};
struct NotifyCloseAfComplete {
  MessageHeader header;
  uint32_t af;
  uint32_t status;
};
struct RegisterSap {
  MessageHeader header;
  uint32_t af;
  uint32_t reserved;
  SapAbi sap;
};
struct DeregisterSap {
  MessageHeader header;
  uint32_t sap;
  uint32_t reserved;
};
struct CreateVc {
  MessageHeader header;
  uint32_t af;
  uint32_t reserved;
};
struct DeleteVc {
  MessageHeader header;
  uint32_t vc;
  uint32_t reserved;
};
struct MakeCall {
  MessageHeader header;
  uint32_t vc;
  uint32_t multipoint;  // 1: with a party, which the reply names
  CallParametersAbi params;
};
struct AnswerCall {  // kSuccess accepts, anything else rejects
  MessageHeader header;
  uint32_t vc;
  uint32_t status;
  CallParametersAbi params;
  CauseAbi cause;  // of a rejection
};
struct CloseCall {
  MessageHeader header;
  uint32_t vc;
  uint32_t data_length;
  uint8_t data[kMaxCloseDataBytes];
  CauseAbi cause;
};
struct AddParty {
  MessageHeader header;
  uint32_t vc;
  uint32_t reserved;
  CallParametersAbi params;
};
struct DropParty {
  MessageHeader header;
  uint32_t party;
  uint32_t data_length;
  uint8_t data[kMaxCloseDataBytes];
  CauseAbi cause;
};
struct ModifyCallQoS {
  MessageHeader header;
  uint32_t vc;
  uint32_t reserved;
  CallParametersAbi params;
};
struct VcCountersRequest {
  MessageHeader header;
  uint32_t vc;
  uint32_t reserved;
};

// A name for management, made of a base.
struct NameVc {
  MessageHeader header;
  uint32_t vc;
  uint32_t reserved;
  char base[kMaxNameBytes];
};

// An OID of a port's miniport or, with an AF, of its call manager.
struct OidRequest {
  MessageHeader header;
  char adapter[kMaxNameBytes];  // empty with an AF
  uint32_t af;
  uint32_t vc;     // 0: of all
  uint32_t party;  // with an AF
  uint32_t oid;
  uint32_t is_set;      // 1: data is what to set
  uint32_t length;      // of it, or of what a query can take
  uint32_t timeout_ms;  // 0: the daemon's
  uint32_t reserved;
  uint8_t data[kMaxOidBytesAbi];
};
// Nobody waits for an OID any more: its reply comes at once, REQUEST_ABORTED, and then this one's.
// NOT_FOUND: no OID of this client's awaits its reply under that id.
struct CancelOid {
  MessageHeader header;
  uint32_t request;
  uint32_t reserved;
};
// Status indications, and what call managers tell, come from now on, or no longer.
struct WatchStatus {
  MessageHeader header;
  uint32_t on;
  uint32_t reserved;
};

// Answers every request but HELLO, VC COUNTERS, OID, and those of CallReply and CmVcReply. `handle`
// is what the request made, or was about.
struct SimpleReply {
  MessageHeader header;
  uint32_t status;
  uint32_t handle;
};
// Answers MAKE CALL, ADD PARTY and MODIFY CALL QOS; a call manager's ACTIVATE VC and INCOMING CALL.
struct CallReply {
  MessageHeader header;
  uint32_t status;
  uint32_t vc;
  CallParametersAbi params;
  uint32_t party;  // the one that joined
  uint32_t reserved;
  CauseAbi cause;  // of a failure
};
struct VcCountersReply {
  MessageHeader header;
  uint32_t status;
  uint32_t vc;
  uint64_t transmitted_sdus;
  uint64_t transmitted_bytes;
  uint64_t received_sdus;
  uint64_t received_bytes;
  uint64_t transmit_drops;  // since 1.3, as the next one
  uint64_t receive_drops;
};
struct NameVcReply {
  MessageHeader header;
  uint32_t status;
  uint32_t vc;
  char name[kMaxNameBytes];
};
struct OidReply {
  MessageHeader header;
  uint32_t status;
  uint32_t oid;
  uint32_t bytes_needed;  // more than there was room for: BUFFER_TOO_SHORT
  uint32_t length;
  uint8_t data[kMaxOidBytesAbi];
};

// --- events -------------------------------------------------------------------------------------
struct AfRegistered {
  MessageHeader header;
  char adapter[kMaxNameBytes];
  uint32_t family;
  uint32_t max_sdu_bytes;
};
struct NotifyCloseAf {
  MessageHeader header;
  uint32_t af;
  uint32_t reserved;
};
struct IncomingCall {
  MessageHeader header;
  uint32_t sap;
  uint32_t vc;
  CallParametersAbi params;
};
struct CallConnected {
  MessageHeader header;
  uint32_t vc;
  uint32_t reserved;
};
struct IncomingCloseCall {
  MessageHeader header;
  uint32_t vc;
  uint32_t status;
  uint32_t data_length;
  uint8_t data[kMaxCloseDataBytes];
  CauseAbi cause;
};
struct IncomingDropParty {
  MessageHeader header;
  uint32_t vc;
  uint32_t party;
  uint32_t status;
  uint32_t data_length;
  uint8_t data[kMaxCloseDataBytes];
  CauseAbi cause;
};
struct IncomingCallQoSChange {
  MessageHeader header;
  uint32_t vc;
  uint32_t reserved;
  CallParametersAbi params;
};
// A port's status, as a whole or of a VC; with an AF, what its call manager says (an OID's number).
struct StatusIndicated {
  MessageHeader header;
  char adapter[kMaxNameBytes];
  uint32_t af;
  uint32_t vc;
  uint32_t code;
  uint32_t request;  // of this client's OID that it is about; 0: none
  uint32_t length;
  uint32_t reserved;
  uint8_t data[128];
};
struct VcDeleted {
  MessageHeader header;
  uint32_t vc;
  uint32_t reserved;
};
struct Evicted {
  MessageHeader header;
  uint32_t status;
  char reason[124];
};

static_assert(sizeof(AddressAbi) == 24 && sizeof(SpecificAbi) == 520 && sizeof(FlowSpecAbi) == 64);
static_assert(sizeof(CauseAbi) == 32 && sizeof(HighLayerAbi) == 12 && sizeof(LowLayerAbi) == 20);
static_assert(sizeof(LayersAbi) == 76);
static_assert(sizeof(SapAbi) == 608 + 76);
static_assert(sizeof(CallParametersAbi) == 1304 + 80);
static_assert(sizeof(Hello) == 96);
static_assert(sizeof(HelloReply) == 320);
static_assert(sizeof(OpenAf) == 104 && sizeof(RegisterSap) == 700);
static_assert(sizeof(MakeCall) == 1400 && sizeof(AnswerCall) == 1432);
static_assert(sizeof(AddParty) == 1400 && sizeof(ModifyCallQoS) == 1400);
static_assert(sizeof(CloseCall) == 176 && sizeof(DropParty) == 176);
static_assert(sizeof(CallReply) == 1440);
static_assert(sizeof(IncomingCall) == 1400 && sizeof(IncomingCallQoSChange) == 1400);
static_assert(sizeof(IncomingCloseCall) == 180 && sizeof(IncomingDropParty) == 184);
static_assert(sizeof(CallReply) <= kMaxMessageBytes);
static_assert(sizeof(NameVc) == 80 && sizeof(NameVcReply) == 80);
static_assert(sizeof(OidRequest) == 616 && sizeof(OidReply) == 536);
static_assert(sizeof(StatusIndicated) == 224);

// What a request had in version 1.0; 0: it was none.
template <typename Request>
inline constexpr uint16_t kFirstBytes = sizeof(Request);
template <>
inline constexpr uint16_t kFirstBytes<OpenAf> = 80;
template <>
inline constexpr uint16_t kFirstBytes<RegisterSap> = 624;
template <>
inline constexpr uint16_t kFirstBytes<MakeCall> = 1320;
template <>
inline constexpr uint16_t kFirstBytes<AnswerCall> = 1320;
template <>
inline constexpr uint16_t kFirstBytes<CloseCall> = 144;
template <>
inline constexpr uint16_t kFirstBytes<AddParty> = 0;
template <>
inline constexpr uint16_t kFirstBytes<DropParty> = 0;
template <>
inline constexpr uint16_t kFirstBytes<ModifyCallQoS> = 0;
template <>
inline constexpr uint16_t kFirstBytes<OidRequest> = 0;
template <>
inline constexpr uint16_t kFirstBytes<WatchStatus> = 0;
template <>
inline constexpr uint16_t kFirstBytes<NameVc> = 0;
template <>
inline constexpr uint16_t kFirstBytes<CancelOid> = 0;

}  // namespace vcp::shm
