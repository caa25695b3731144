// Calls in the environment's words and in signaling's: call parameters as information elements and
// back (signaling 3.6, 3.9, 3.10). Pure functions over values; `wire_values.h` has the single ones.
#pragma once

#include <cstdint>
#include <optional>

#include "circuit/types.h"
#include "qos/atm_traffic.h"
#include "wire/message.h"

namespace vcp::callmgr {

// What a call is about, in ATM's terms. Forward is away from the caller.
struct CallTerms {
  qos::AtmContract contract;
  uint32_t forward_sdu_bytes = 0;  // the largest; 0: no traffic that way
  uint32_t backward_sdu_bytes = 0;
  friend bool operator==(const CallTerms&, const CallTerms&) = default;
};

// What the port of a link can do.
struct LinkCapacity {
  uint32_t max_sdu_bytes = 0;
  uint64_t cells_per_second = 0;
};

// Which end of a call parameters belong to: a caller transmits forward.
enum class CallEnd : uint8_t { kCaller, kCallee };

// The terms that a client's flows ask for; with kRoundDownFlow sizes and rates beyond the port's
// are the port's. A multipoint call has nothing backward. kInvalidData: no such contract, or larger
// SDUs than the port takes. kNotSupported: bounds on delay, or parameters of the client's own,
// which the other end would never hear of.
Status TermsOf(const circuit::CallParameters& params, CallEnd end, bool multipoint,
               const LinkCapacity& link, CallTerms* terms);
// The terms of a callee's answer to `offer`, whose terms are `offered`. kFailure: they ask for
// more, or for SDUs smaller than a caller has to live with (signaling 3.6).
Status AnswerTerms(const circuit::CallParameters& answer, bool multipoint, const LinkCapacity& link,
                   const circuit::CallParameters& offer, const CallTerms& offered,
                   CallTerms* terms);
// The flows of `terms` as the client at that end has them; everything else stays.
void FillInFlows(const CallTerms& terms, CallEnd end, circuit::CallParameters* params);
// The same for a client that asked for the flows that `params` have: they stay as they are where
// the terms hold them, with what they leave open filled in, so that it reads what it asked for.
// With kRoundUpFlow it reads what the terms carry, which is rounded up to cells (C38). Marks what
// is not as it was asked for (C53, C84).
void AnswerFlows(const CallTerms& terms, CallEnd end, circuit::CallParameters* params);
// Whether `lowered` asks for no more than `terms`, in every respect.
bool IsAtMost(const CallTerms& lowered, const CallTerms& terms);

// --- calls made here ----------------------------------------------------------------------------

// What a SETUP and an ADD PARTY have in common. `calling`: who calls when the parameters do not
// say.
void WriteParty(const circuit::CallParameters& asked, const CallTerms& terms,
                const std::optional<Address>& calling, wire::Message* party);
void WriteSetup(const circuit::CallParameters& asked, const CallTerms& terms,
                const std::optional<Address>& calling, bool multipoint, wire::Message* setup);
// What the called side made of the terms, in CONNECT: it may only lower them, and SDUs not to less
// than a caller has to live with. 0, or the cause to give the call up with.
uint8_t AgreedTerms(const CallTerms& asked, const wire::Message& connect, CallTerms* agreed);

// --- calls offered here -------------------------------------------------------------------------

// The terms of a SETUP, SDUs clamped to the port. 0, or the cause to refuse it with.
uint8_t ReadTerms(const wire::Message& setup, const LinkCapacity& link, CallTerms* terms);
// Whether a SETUP or an ADD PARTY bounds delay, its variation or loss, which nobody here promises
// (cause 49). A class of quality names no bound.
bool BoundsQuality(const wire::Message& offer);
// What the called client is offered; of an ADD PARTY too.
circuit::CallParameters OfferOf(const wire::Message& setup, const CallTerms& terms);
// The elements of a CONNECT: SDU sizes when the SETUP had them, the contract where it was lowered.
void WriteConnect(const wire::Message& setup, const CallTerms& offered, const CallTerms& agreed,
                  const std::optional<BroadbandLowLayer>& low_layer, wire::Message* connect);

// --- changes ------------------------------------------------------------------------------------

// A change is one of rates: where its flows leave the SDU sizes of the call, `terms`, they have
// them again if they may be rounded to them. kInvalidData: they may not.
Status KeepSduSizes(const CallTerms& terms, circuit::CallParameters* asked);

// The traffic descriptor, for MODIFY REQUEST: rates only, the class stays (Q.2963.1 6.2).
void WriteTraffic(const qos::AtmContract& contract, wire::Message* message);
// The terms of `before` with the rates of a MODIFY REQUEST, which carries no SDU sizes. Nothing
// when they are no contract, others than the call has, do not hold the SDUs, or open a direction
// that has none.
std::optional<CallTerms> ReadChange(const CallTerms& before, const LinkCapacity& link,
                                    const wire::Message& modify);

}  // namespace vcp::callmgr
