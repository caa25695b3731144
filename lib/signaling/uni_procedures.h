// The procedures of UNI call control: what a message, a request or a timer does in a state. Each
// file has its own part; uni_tables.cc says which function is for which states. A procedure may end
// the call, after which `call` is gone. Internal to UNI call control.
#pragma once

#include <cstdint>
#include <span>

#include "signaling/uni_core.h"
#include "wire/message_view.h"

namespace vcp::signaling {

struct UniReceived {
  const wire::Message& message;  // Elements with errors are not in it.
  const UniVerdict& verdict;
};

using MessageProcedure = void (*)(UniCore&, UniCall&, const UniReceived&);
using PartyProcedure = void (*)(UniCore&, UniCall&, UniParty&, const UniReceived&);
using RequestProcedure = UniReply (*)(UniCore&, UniCall&, const UniRequest&);

// --- uni_tables.cc. Null: the message, or the request, does not fit the state.

// Whether call control has any use for messages of this type.
bool IsUsed(wire::MessageType type);
MessageProcedure FindProcedure(Role role, wire::MessageType type, const UniCall& call);
PartyProcedure FindPartyProcedure(wire::MessageType type, PartyState state);
RequestProcedure FindProcedure(Role role, UniRequest::Kind kind, UniState state);

// --- uni_receive.cc

void ReceiveMessage(UniCore& link, std::span<const uint8_t> octets);

// --- uni_setup.cc: from Null to Active

// The states of a call of which we sent SETUP, or received it.
UniState SetupState(Role role, bool is_ours);
UniState ProceedingState(Role role, bool is_ours);
UniState AlertingState(Role role, bool is_ours);
// The first party of a call.
void AddFirstParty(UniCall& call, PartyState state);
// The connection that the peer's first response names is the call's. False when that cannot be: the
// call is being released.
bool TakeConnection(UniCore& link, UniCall& call, const wire::Message& message);

void OnSetup_InNull(UniCore& link, const wire::MessageView& view, std::span<const uint8_t> octets);
void OnCallProceeding_InSetupSent(UniCore& link, UniCall& call, const UniReceived& received);
void OnAlerting_BeforeAlerting(UniCore& link, UniCall& call, const UniReceived& received);
void OnConnect_BeforeActive(UniCore& link, UniCall& call, const UniReceived& received);
void OnConnectAck_InConnectRequest(UniCore& link, UniCall& call, const UniReceived& received);
void OnConnectAck_InActive(UniCore& link, UniCall& call, const UniReceived& received);
// Network's side: the caller is ready, by CONNECT ACKNOWLEDGE or by what stands for it.
void CompleteSetup(UniCore& link, UniCall& call, const wire::Message* message = nullptr);

UniReply RequestSetup_InNull(UniCore& link, const UniRequest& request);
UniReply RequestProceeding_InSetupReceived(UniCore& link, UniCall& call, const UniRequest& request);
UniReply RequestAlerting_BeforeAlerting(UniCore& link, UniCall& call, const UniRequest& request);
UniReply RequestConnect_BeforeConnect(UniCore& link, UniCall& call, const UniRequest& request);
UniReply RequestSetupComplete_AfterConnect(UniCore& link, UniCall& call, const UniRequest& request);

void OnT301(UniCore& link, UniCall& call);
void OnT303(UniCore& link, UniCall& call);
void OnT310(UniCore& link, UniCall& call);
void OnT313(UniCore& link, UniCall& call);

// --- uni_clear.cc

void OnRelease_InAnyState(UniCore& link, UniCall& call, const UniReceived& received);
void OnRelease_InReleaseRequest(UniCore& link, UniCall& call, const UniReceived& received);
void OnRelease_InReleaseIndication(UniCore& link, UniCall& call, const UniReceived& received);
void OnReleaseComplete_InAnyState(UniCore& link, UniCall& call, const UniReceived& received);

UniReply RequestRelease_InSetupReceived(UniCore& link, UniCall& call, const UniRequest& request);
UniReply RequestRelease_InAnyState(UniCore& link, UniCall& call, const UniRequest& request);
UniReply RequestRelease_InReleaseIndication(UniCore& link, UniCall& call,
                                            const UniRequest& request);
UniReply RequestReleaseResponse_InReleaseRequest(UniCore& link, UniCall& call,
                                                 const UniRequest& request);

void OnT308(UniCore& link, UniCall& call);

// --- uni_notify.cc

void OnNotify_InAnyState(UniCore& link, UniCall& call, const UniReceived& received);
UniReply RequestNotify_InAnyState(UniCore& link, UniCall& call, const UniRequest& request);

// --- uni_status.cc; see uni_status.h

void OnStatus_InAnyState(UniCore& link, UniCall& call, const UniReceived& received);
void OnStatusEnquiry_InAnyState(UniCore& link, UniCall& call, const UniReceived& received);
UniReply RequestStatusEnquiry_InAnyState(UniCore& link, UniCall& call, const UniRequest& request);
void OnT322(UniCore& link, UniCall& call);

// --- uni_restart.cc

void OnRestart(UniCore& link, const UniReceived& received);
void OnRestartAck(UniCore& link, const UniReceived& received);
// What the peer has to say of our restart.
void OnRestartStatus(UniCore& link, const UniReceived& received);
UniReply RequestRestart(UniCore& link, const UniRequest& request);
UniReply RequestRestartResponse(UniCore& link);
void OnT316(UniCore& link);
void OnT317(UniCore& link);
// The calls that a restart concerns have ended.
void OnRestartCleared(UniCore& link, UniRestart& restart);
// The SAAL was reset: ours, or its answer, may be lost.
void RepeatRestart(UniCore& link);
// The SAAL is gone, and with it every restart.
void AbandonRestarts(UniCore& link);

// --- uni_sweep.cc

// Begins a walk over all calls; what does not fit into one piece follows by timer.
void StartSweep(UniCore& link, const UniSweep& sweep);
void ContinueSweep(UniCore& link);
void FinishSweep(UniCore& link);

// --- uni_party.cc, uni_party_requests.cc: Q.2971

// ADD PARTY and what follows it, in a call that has parties. `receive` found nothing wrong.
void OnPartyMessage(UniCore& link, UniCall& call, const UniReceived& received);
void RejectParty(UniCore& link, UniCall& call, const wire::Message& message,
                 const UniVerdict& verdict);
void OnAddParty_InNull(UniCore& link, UniCall& call, const UniReceived& received);
void OnPartyAlerting_InAddInitiated(UniCore& link, UniCall& call, UniParty& party,
                                    const UniReceived& received);
void OnAddPartyAck_BeforeActive(UniCore& link, UniCall& call, UniParty& party,
                                const UniReceived& received);
void OnAddPartyReject_BeforeActive(UniCore& link, UniCall& call, UniParty& party,
                                   const UniReceived& received);
void OnDropParty_InAnyState(UniCore& link, UniCall& call, UniParty& party,
                            const UniReceived& received);
void OnDropParty_InDropInitiated(UniCore& link, UniCall& call, UniParty& party,
                                 const UniReceived& received);
void OnDropPartyAck_InAnyState(UniCore& link, UniCall& call, UniParty& party,
                               const UniReceived& received);
void OnDropPartyAck_InDropInitiated(UniCore& link, UniCall& call, UniParty& party,
                                    const UniReceived& received);
void OnT397(UniCore& link, UniCall& call, UniParty& party);
void OnT398(UniCore& link, UniCall& call, UniParty& party);
void OnT399(UniCore& link, UniCall& call, UniParty& party);
// The SAAL is gone: parties that are not active end, and the call with the last one.
void ClearInactiveParties(UniCore& link, UniCall& call);

UniReply RequestAddParty(UniCore& link, UniCall& call, const UniRequest& request);
UniReply RequestPartyAlerting(UniCore& link, UniCall& call, const UniRequest& request);
UniReply RequestAddPartyAck(UniCore& link, UniCall& call, const UniRequest& request);
UniReply RequestAddPartyReject(UniCore& link, UniCall& call, const UniRequest& request);
UniReply RequestDropParty(UniCore& link, UniCall& call, const UniRequest& request);

// --- uni_modify.cc: Q.2963.1

void OnModifyRequest_InActive(UniCore& link, UniCall& call, const UniReceived& received);
void OnModifyAck_InModifyRequest(UniCore& link, UniCall& call, const UniReceived& received);
void OnModifyReject_InModifyRequest(UniCore& link, UniCall& call, const UniReceived& received);
void OnConnectionAvailable_InActive(UniCore& link, UniCall& call, const UniReceived& received);
UniReply RequestModify_InActive(UniCore& link, UniCall& call, const UniRequest& request);
UniReply RequestModifyAck_InModifyReceived(UniCore& link, UniCall& call, const UniRequest& request);
UniReply RequestModifyReject_InModifyReceived(UniCore& link, UniCall& call,
                                              const UniRequest& request);
UniReply RequestConnectionAvailable_InActive(UniCore& link, UniCall& call,
                                             const UniRequest& request);
void OnT360(UniCore& link, UniCall& call);
void OnT361(UniCore& link, UniCall& call);

}  // namespace vcp::signaling
