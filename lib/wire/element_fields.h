#pragma once

#include <cstdint>
#include <type_traits>

#include "wire/elements.h"

// Elements made of sub-fields, an identifier before each value: which there are, in the order in
// which they are sent. Decoding, encoding and printing all walk these lists:
//
//   visit(SubField, member)
//
// A member is a std::optional, or a bool for an identifier without a value.
namespace vcp::wire {

struct SubField {
  uint8_t id;
  uint8_t value_bytes;
  const char* name;
};

// Any type of which `T` is the plain one: lists serve both constant values and others.
template <typename Value, typename T>
concept Is = std::is_same_v<std::remove_const_t<Value>, T>;

template <Is<AalParameters> Aal, typename Visit>
void VisitFields(Aal& aal, Visit visit) {
  if (aal.type == AalType::k1) {
    visit(SubField{0x85, 1, "subtype"}, aal.subtype);
    visit(SubField{0x86, 1, "rate"}, aal.rate);
    visit(SubField{0x87, 2, "multiplier"}, aal.rate_multiplier);
    visit(SubField{0x88, 1, "clock recovery"}, aal.clock_recovery);
    visit(SubField{0x89, 1, "error correction"}, aal.error_correction);
    visit(SubField{0x8a, 2, "block"}, aal.block_bytes);
    visit(SubField{0x8b, 1, "partial fill"}, aal.partial_fill_bytes);
  } else if (aal.type == AalType::k34 || aal.type == AalType::k5) {
    visit(SubField{0x8c, 2, "forward"}, aal.forward_max_sdu_bytes);
    visit(SubField{0x81, 2, "backward"}, aal.backward_max_sdu_bytes);
    if (aal.type == AalType::k34) visit(SubField{0x82, 4, "mids"}, aal.multiplexing_ids);
    visit(SubField{0x83, 1, "mode"}, aal.mode);
    visit(SubField{0x84, 1, "sscs"}, aal.sscs);
  }
}

// What cells and bits have in common: the rates.
template <typename Traffic, typename Visit>
void VisitRates(Traffic& traffic, uint8_t value_bytes, Visit visit) {
  auto both = [&](uint8_t id, const char* forward_name, const char* backward_name, auto member) {
    visit(SubField{id, value_bytes, forward_name}, traffic.forward.*member);
    visit(SubField{static_cast<uint8_t>(id + 1), value_bytes, backward_name},
          traffic.backward.*member);
  };
  using Rates = std::remove_cvref_t<decltype(traffic.forward)>;
  both(0x82, "forward pcr0", "backward pcr0", &Rates::peak_clp0);
  both(0x84, "forward pcr", "backward pcr", &Rates::peak);
  both(0x88, "forward scr0", "backward scr0", &Rates::sustained_clp0);
  both(0x90, "forward scr", "backward scr", &Rates::sustained);
  both(0x92, "forward mcr", "backward mcr", &Rates::minimum);
}

template <Is<TrafficDescriptor> Traffic, typename Visit>
void VisitFields(Traffic& traffic, Visit visit) {
  VisitRates(traffic, 3, visit);
  visit(SubField{0xa0, 3, "forward mbs0"}, traffic.forward.burst_clp0);
  visit(SubField{0xa1, 3, "backward mbs0"}, traffic.backward.burst_clp0);
  visit(SubField{0xb0, 3, "forward mbs"}, traffic.forward.burst);
  visit(SubField{0xb1, 3, "backward mbs"}, traffic.backward.burst);
  visit(SubField{0xbe, 0, "best effort"}, traffic.best_effort);
  visit(SubField{0xbf, 1, "options"}, traffic.options);
}

template <Is<WideRates> Wide, typename Visit>
void VisitFields(Wide& rates, Visit visit) {
  VisitRates(rates, 8, visit);
}

template <Is<AbrSetup> Abr, typename Visit>
void VisitFields(Abr& abr, Visit visit) {
  visit(SubField{0xc2, 3, "forward icr"}, abr.forward.initial_rate);
  visit(SubField{0xc3, 3, "backward icr"}, abr.backward.initial_rate);
  visit(SubField{0xc4, 3, "forward tbe"}, abr.forward.transient_exposure);
  visit(SubField{0xc5, 3, "backward tbe"}, abr.backward.transient_exposure);
  visit(SubField{0xc6, 3, "fixed round trip"}, abr.fixed_round_trip_us);
  visit(SubField{0xc8, 1, "forward rif"}, abr.forward.rate_increase_factor);
  visit(SubField{0xc9, 1, "backward rif"}, abr.backward.rate_increase_factor);
  visit(SubField{0xca, 1, "forward rdf"}, abr.forward.rate_decrease_factor);
  visit(SubField{0xcb, 1, "backward rdf"}, abr.backward.rate_decrease_factor);
}

template <Is<AbrAdditional> Abr, typename Visit>
void VisitFields(Abr& abr, Visit visit) {
  visit(SubField{0xc2, 4, "forward"}, abr.forward);
  visit(SubField{0xc3, 4, "backward"}, abr.backward);
}

template <Is<TransitDelay> Delay, typename Visit>
void VisitFields(Delay& delay, Visit visit) {
  visit(SubField{0x01, 2, "cumulative"}, delay.cumulative_ms);
  visit(SubField{0x03, 2, "maximum"}, delay.maximum_ms);
  visit(SubField{0x0a, 0, "network generated"}, delay.network_generated);
}

template <Is<ExtendedQos> Qos, typename Visit>
void VisitFields(Qos& qos, Visit visit) {
  visit(SubField{0x94, 3, "forward cdv"}, qos.forward.acceptable_delay_variation_us);
  visit(SubField{0x95, 3, "backward cdv"}, qos.backward.acceptable_delay_variation_us);
  visit(SubField{0x96, 3, "forward cumulative cdv"}, qos.forward.cumulative_delay_variation_us);
  visit(SubField{0x97, 3, "backward cumulative cdv"}, qos.backward.cumulative_delay_variation_us);
  visit(SubField{0xa2, 1, "forward clr"}, qos.forward.acceptable_loss_ratio);
  visit(SubField{0xa3, 1, "backward clr"}, qos.backward.acceptable_loss_ratio);
}

}  // namespace vcp::wire
