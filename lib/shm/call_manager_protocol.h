// What the attach protocol has for applications that are call managers; attach_protocol.h has the
// rules, and the types' numbers.
#pragma once

#include <cstdint>

#include "shm/attach_protocol.h"

namespace vcp::shm {

// --- requests of a call manager -----------------------------------------------------------------
// Handles are the daemon's, per call manager: families that it registered, AFs that clients opened,
// their SAPs, VCs and parties.
struct CmRegisterFamily {
  MessageHeader header;
  char adapter[kMaxNameBytes];
  uint32_t family;
  uint32_t options;  // CmFamilyOption, since 1.3
};
// What a family's call manager does beyond what each does.
enum CmFamilyOption : uint32_t {
  kAnswersOids = 0x1,  // without it clients that ask by OID are told NOT_SUPPORTED at once
};
// NOTIFY CLOSE AF, CREATE VC: an AF. DEREGISTER FAMILY, CREATE OWN VC: a family. DELETE VC,
// DEACTIVATE VC, CALL CONNECTED: a VC.
struct CmHandle {
  MessageHeader header;
  uint32_t handle;
  uint32_t reserved;
};
struct CmActivateVc {
  MessageHeader header;
  uint32_t vc;
  uint32_t transmit_label;
  uint32_t receive_label;
  uint8_t has_peer_mac;  // 0: MPLS-TP's group address
  uint8_t peer_mac[6];
  uint8_t reserved[5];
  CallParametersAbi params;
};
// INCOMING CALL, on a SAP; CALL QOS CHANGE, without one.
struct CmCall {
  MessageHeader header;
  uint32_t vc;
  uint32_t sap;
  CallParametersAbi params;
};
// INCOMING CLOSE CALL: a VC's. INCOMING DROP PARTY: a party's.
struct CmEnd {
  MessageHeader header;
  uint32_t handle;
  uint32_t status;
  uint32_t data_length;
  uint8_t data[kMaxCloseDataBytes];
  CauseAbi cause;
};
struct CmComplete {
  MessageHeader header;
  uint32_t operation;
  uint32_t status;
  CallParametersAbi params;  // of MAKE CALL, ADD PARTY and MODIFY CALL QOS
  CauseAbi cause;            // of a failure of these
};
// Of a query its answer, whose length may be more than was asked for, or is what would do:
// BUFFER_TOO_SHORT.
struct CmCompleteOid {
  MessageHeader header;
  uint32_t operation;
  uint32_t status;
  uint32_t length;
  uint32_t reserved;
  uint8_t data[kMaxOidBytesAbi];
};
// Every client of a family is told; one of OIDs ADDRESS_CHANGE, SIGNALING_ENABLED and _DISABLED.
struct CmTellClients {
  MessageHeader header;
  uint32_t family;
  uint32_t oid;
};
// One client's, of an AF. With OID_CO_AF_CLOSE the reply comes when the client has closed, or would
// not.
struct CmSetOid {
  MessageHeader header;
  uint32_t af;
  uint32_t vc;  // 0: none
  uint32_t oid;
  uint32_t length;
  uint8_t data[kMaxOidBytesAbi];
};
// Answers CREATE VC and CREATE OWN VC.
struct CmVcReply {
  MessageHeader header;
  uint32_t status;
  uint32_t vc;
  uint32_t channel_vc;  // of an own VC: its name in the channel
  uint32_t reserved;
};

// --- events for a call manager ------------------------------------------------------------------
// OPEN AF: `handle` the AF, `other` its family. CLOSE AF, DEREGISTER SAP: what it says. VC CREATED:
// a VC, and the AF. VC DELETED.
struct CmOperation {
  MessageHeader header;
  uint32_t operation;  // 0: nothing to answer
  uint32_t handle;
  uint32_t other;
  uint32_t reserved;
};
struct CmSapOperation {
  MessageHeader header;
  uint32_t operation;
  uint32_t af;
  uint32_t sap;
  uint32_t reserved;
  SapAbi sap_content;
};
// MAKE CALL, ADD PARTY, MODIFY CALL QOS.
struct CmCallOperation {
  MessageHeader header;
  uint32_t operation;
  uint32_t vc;
  uint32_t party;  // 0: none
  uint32_t reserved;
  CallParametersAbi params;
};
struct CmOidOperation {
  MessageHeader header;
  uint32_t operation;
  uint32_t af;
  uint32_t vc;     // 0: none
  uint32_t party;  // 0: none
  uint32_t oid;
  uint32_t is_set;
  uint32_t length;  // of the data to set, or what the asker can take
  uint32_t reserved;
  uint8_t data[kMaxOidBytesAbi];
};
// CLOSE CALL, DROP PARTY.
struct CmEndOperation {
  MessageHeader header;
  uint32_t operation;
  uint32_t vc;
  uint32_t party;
  uint32_t data_length;
  uint8_t data[kMaxCloseDataBytes];
  CauseAbi cause;
};

static_assert(sizeof(CmOidOperation) == 552 && sizeof(CmCompleteOid) == 536);
static_assert(sizeof(CmRegisterFamily) == 80 && sizeof(CmActivateVc) == 1416);
static_assert(sizeof(CmCall) == 1400 && sizeof(CmEnd) == 180 && sizeof(CmComplete) == 1432);
static_assert(sizeof(CmSapOperation) == 708 && sizeof(CmCallOperation) == 1408);
static_assert(sizeof(CmEndOperation) == 184 && sizeof(CmSetOid) == 536);

// Nothing of this was there in version 1.0.
template <>
inline constexpr uint16_t kFirstBytes<CmRegisterFamily> = 0;
template <>
inline constexpr uint16_t kFirstBytes<CmHandle> = 0;
template <>
inline constexpr uint16_t kFirstBytes<CmActivateVc> = 0;
template <>
inline constexpr uint16_t kFirstBytes<CmCall> = 0;
template <>
inline constexpr uint16_t kFirstBytes<CmEnd> = 0;
template <>
inline constexpr uint16_t kFirstBytes<CmComplete> = 0;
template <>
inline constexpr uint16_t kFirstBytes<CmCompleteOid> = 0;
template <>
inline constexpr uint16_t kFirstBytes<CmTellClients> = 0;
template <>
inline constexpr uint16_t kFirstBytes<CmSetOid> = 0;

}  // namespace vcp::shm
