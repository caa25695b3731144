// STATUS and STATUS ENQUIRY: telling states, asking for them, comparing them
// (Q.2931 5.6.11, 5.6.12; Q.2971 9.5.9). Internal to UNI call control.
#pragma once

#include <cstdint>

#include "signaling/uni_core.h"

namespace vcp::signaling {

void SendStatus(UniCore& link, wire::CallReference reference, uint8_t state, uint8_t cause,
                const Diagnostics& diagnostics = {});
void SendStatus(UniCore& link, const UniCall& call, uint8_t cause,
                const Diagnostics& diagnostics = {});
// Of a party, which need not exist, and its call.
void SendPartyStatus(UniCore& link, UniCall& call, PartyId party, uint8_t cause,
                     const Diagnostics& diagnostics = {});

// The answer came, or is not needed any more.
void StopEnquiry(UniCore& link, UniCall& call);
// After the SAAL came back: asks for the state of every active call, a few at a time.
void StartAudit(UniCore& link);
void ContinueAudit(UniCore& link);

// Whether the peer may report `peer` of a call that is here in `ours`: its message may have crossed
// one of ours, unless it answers an enquiry.
bool AreCompatible(UniState ours, uint8_t peer, bool answers_enquiry);

}  // namespace vcp::signaling
