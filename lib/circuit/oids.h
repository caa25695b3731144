// Requests between the drivers of the environment: queries and sets of objects (environment
// section 9), with NDIS's numbers as its public documentation has them. Values are little-endian.
// Values only; who asks whom is Switchboard::RequestOid's matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "circuit/types.h"

namespace vcp::circuit {

// X(constant, number, NAME, access, presence, size). Access: kQuery, kSet. Presence: kMandatory of
// every miniport, kOptional, kCallManager: between client and call manager. Size in bytes of what
// is asked or set; 0: it varies; 48: a counter, 4 or 8. Ascending.
#define VCP_OID_TABLE(X)                                                                           \
  X(kSupportedList, 0x00010101, "OID_GEN_CO_SUPPORTED_LIST", kQuery, kMandatory, 0)                \
  X(kHardwareStatus, 0x00010102, "OID_GEN_CO_HARDWARE_STATUS", kQuery, kMandatory, 4)              \
  X(kMediaSupported, 0x00010103, "OID_GEN_CO_MEDIA_SUPPORTED", kQuery, kMandatory, 0)              \
  X(kMediaInUse, 0x00010104, "OID_GEN_CO_MEDIA_IN_USE", kQuery, kMandatory, 0)                     \
  X(kLinkSpeed, 0x00010107, "OID_GEN_CO_LINK_SPEED", kQuery, kMandatory, 8)                        \
  X(kVendorId, 0x0001010C, "OID_GEN_CO_VENDOR_ID", kQuery, kMandatory, 4)                          \
  X(kVendorDescription, 0x0001010D, "OID_GEN_CO_VENDOR_DESCRIPTION", kQuery, kMandatory, 0)        \
  X(kDriverVersion, 0x00010110, "OID_GEN_CO_DRIVER_VERSION", kQuery, kMandatory, 2)                \
  X(kProtocolOptions, 0x00010112, "OID_GEN_CO_PROTOCOL_OPTIONS", kSet, kMandatory, 4)              \
  X(kMacOptions, 0x00010113, "OID_GEN_CO_MAC_OPTIONS", kQuery, kMandatory, 4)                      \
  X(kMediaConnectStatus, 0x00010114, "OID_GEN_CO_MEDIA_CONNECT_STATUS", kQuery, kMandatory, 4)     \
  X(kVendorDriverVersion, 0x00010116, "OID_GEN_CO_VENDOR_DRIVER_VERSION", kQuery, kMandatory, 4)   \
  X(kSupportedGuids, 0x00010117, "OID_GEN_CO_SUPPORTED_GUIDS", kQuery, kOptional, 0)               \
  X(kXmitPdusOk, 0x00020101, "OID_GEN_CO_XMIT_PDUS_OK", kQuery, kMandatory, 48)                    \
  X(kRcvPdusOk, 0x00020102, "OID_GEN_CO_RCV_PDUS_OK", kQuery, kMandatory, 48)                      \
  X(kXmitPdusError, 0x00020103, "OID_GEN_CO_XMIT_PDUS_ERROR", kQuery, kMandatory, 48)              \
  X(kRcvPdusError, 0x00020104, "OID_GEN_CO_RCV_PDUS_ERROR", kQuery, kMandatory, 48)                \
  X(kRcvPdusNoBuffer, 0x00020105, "OID_GEN_CO_RCV_PDUS_NO_BUFFER", kQuery, kMandatory, 48)         \
  X(kMinimumLinkSpeed, 0x00020120, "OID_GEN_CO_MINIMUM_LINK_SPEED", kQuery, kMandatory, 8)         \
  X(kBytesXmit, 0x00020201, "OID_GEN_CO_BYTES_XMIT", kQuery, kOptional, 48)                        \
  X(kBytesRcv, 0x00020207, "OID_GEN_CO_BYTES_RCV", kQuery, kOptional, 48)                          \
  X(kRcvCrcError, 0x0002020D, "OID_GEN_CO_RCV_CRC_ERROR", kQuery, kOptional, 48)                   \
  X(kTransmitQueueLength, 0x0002020E, "OID_GEN_CO_TRANSMIT_QUEUE_LENGTH", kQuery, kOptional, 48)   \
  X(kGetTimeCaps, 0x0002020F, "OID_GEN_CO_GET_TIME_CAPS", kQuery, kOptional, 8)                    \
  X(kGetNetcardTime, 0x00020210, "OID_GEN_CO_GET_NETCARD_TIME", kQuery, kOptional, 8)              \
  X(kNetcardLoad, 0x00020211, "OID_GEN_CO_NETCARD_LOAD", kQuery, kOptional, 48)                    \
  X(kBytesXmitOutstanding, 0x00020221, "OID_GEN_CO_BYTES_XMIT_OUTSTANDING", kQuery, kOptional, 48) \
  X(kAtmNearestFlow, 0x08010207, "OID_ATM_GET_NEAREST_FLOW", kQuery, kOptional, 136)               \
  X(kAddPvc, 0xFE000001, "OID_CO_ADD_PVC", kSet, kCallManager, 0)                                  \
  X(kDeletePvc, 0xFE000002, "OID_CO_DELETE_PVC", kSet, kCallManager, 0)                            \
  X(kAddAddress, 0xFE000004, "OID_CO_ADD_ADDRESS", kSet, kCallManager, 24)                         \
  X(kDeleteAddress, 0xFE000005, "OID_CO_DELETE_ADDRESS", kSet, kCallManager, 24)                   \
  X(kGetAddresses, 0xFE000006, "OID_CO_GET_ADDRESSES", kQuery, kCallManager, 0)                    \
  X(kAddressChange, 0xFE000007, "OID_CO_ADDRESS_CHANGE", kSet, kCallManager, 0)                    \
  X(kSignalingEnabled, 0xFE000008, "OID_CO_SIGNALING_ENABLED", kSet, kCallManager, 0)              \
  X(kSignalingDisabled, 0xFE000009, "OID_CO_SIGNALING_DISABLED", kSet, kCallManager, 0)            \
  X(kAfClose, 0xFE00000A, "OID_CO_AF_CLOSE", kSet, kCallManager, 0)

enum class Oid : uint32_t {
#define VCP_OID(constant, number, name, access, presence, size) constant = number,
  VCP_OID_TABLE(VCP_OID)
#undef VCP_OID
};

// Those that begin so are not the environment's: what they say is between a call manager and its
// clients. NDIS leaves these numbers to drivers.
constexpr bool IsPrivate(Oid oid) { return static_cast<uint32_t>(oid) >> 24 == 0xFF; }

enum class OidAccess : uint8_t { kQuery, kSet };
enum class OidPresence : uint8_t { kMandatory, kOptional, kCallManager };
inline constexpr uint32_t kCounterSize = 48;

struct OidTraits {
  Oid oid;
  std::string_view name;
  OidAccess access;
  OidPresence presence;
  uint32_t size_bytes;
};
// The whole table, ascending.
std::span<const OidTraits> AllOids();
// Null for a number that is none, or a name.
const OidTraits* FindOid(Oid oid);
const OidTraits* FindOid(std::string_view name);

using OidHandle = Handle<struct OidTag>;

struct OidRequest {
  Oid oid{};
  OidAccess access = OidAccess::kQuery;
  std::vector<uint8_t> bytes = {};  // of a set; at most kMaxOidBytes
  uint32_t capacity_bytes = 0;      // of a query: what the asker can take
  uint32_t request_id = 0;          // the asker's, for a status indication about it
  uint64_t deadline_ns = 0;         // 0: none; see Switchboard::AbortOverdueOids
};

struct OidAnswer {
  std::vector<uint8_t> bytes = {};
  // kBufferTooShort: what would do (C105). kSuccess: what there is, which may be more than given.
  uint32_t bytes_needed = 0;
};

// Whom or what of the one that is asked, by its own contexts.
struct OidTarget {
  Context af = 0;
  std::optional<Context> vc = {};
  std::optional<Context> party = {};
};

// Answers of drivers. Each checks the capacity (C105).
Status AnswerOid(const OidRequest& request, std::span<const uint8_t> value, OidAnswer* answer);
Status AnswerOid32(const OidRequest& request, uint32_t value, OidAnswer* answer);
// A counter is 8 bytes long. Who has room for 4 only gets the lower half, unless the link is as
// fast as 1 Gbit/s, where those would soon mean nothing (C109).
Status AnswerOidCounter(const OidRequest& request, uint64_t value, uint64_t link_bits_per_second,
                        OidAnswer* answer);

// kInvalidOid: none that there is; kNotSupported: it cannot be queried, or set; kInvalidLength: a
// set of another size (C106).
Status CheckOid(const OidRequest& request);

// Little-endian bytes of values.
void AppendOid32(uint32_t value, std::vector<uint8_t>* bytes);
void AppendOid64(uint64_t value, std::vector<uint8_t>* bytes);
uint32_t ReadOid32(std::span<const uint8_t> bytes);
uint64_t ReadOid64(std::span<const uint8_t> bytes);

}  // namespace vcp::circuit
