// Parties of point-to-multipoint calls: what the procedures of Q.2971 have in common. Internal to
// UNI call control.
#pragma once

#include "signaling/uni_core.h"

namespace vcp::signaling {

UniParty& InsertParty(UniCall& call, PartyId id, PartyState state);
void EraseParty(UniCore& link, UniCall& call, UniParty& party);
// Whether somebody besides `party` is in the call or on the way into it.
bool HasOtherParties(const UniCall& call, const UniParty* party);

void IndicateParty(UniCore& link, UniIndication::Kind kind, const UniCall& call,
                   const UniParty& party, const wire::Cause& cause, const wire::Message* message);
// DROP PARTY, its answer, or ADD PARTY REJECT.
void SendPartyCause(UniCore& link, wire::MessageType type, const UniCall& call, PartyId party,
                    const wire::Cause& cause, const wire::Message* elements);

// Sends DROP PARTY and waits for the answer.
void StartDrop(UniCore& link, UniCall& call, UniParty& party, const wire::Cause& cause,
               const wire::Message* elements);
// As that, for a reason of call control: the call manager is told. Without other parties the call
// is cleared.
void DropByLink(UniCore& link, UniCall& call, UniParty& party, const wire::Cause& cause);
// The party is over, and the call with the last one. The call manager is told unless it knows.
void LoseParty(UniCore& link, UniCall& call, UniParty& party, const wire::Cause& cause,
               const wire::Message* message);

}  // namespace vcp::signaling
