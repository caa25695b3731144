#include "callmgr/call_elements.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "callmgr/wire_values.h"
#include "qos/flow_mapping.h"
#include "qos/sdu_size.h"
#include "wire/cause.h"
#include "wire/party_address.h"

namespace vcp::callmgr {

namespace {

using circuit::CallParameters;
using wire::CauseValue;

// --- rates --------------------------------------------------------------------------------------

struct Rate {
  std::optional<uint64_t> qos::CellRates::*cells;
  std::optional<uint32_t> wire::CellRates::*standard;
  std::optional<uint64_t> wire::BitRates::*wide;
};
constexpr Rate kRates[] = {
    {&qos::CellRates::peak_clp0, &wire::CellRates::peak_clp0, &wire::BitRates::peak_clp0},
    {&qos::CellRates::peak, &wire::CellRates::peak, &wire::BitRates::peak},
    {&qos::CellRates::sustained_clp0, &wire::CellRates::sustained_clp0,
     &wire::BitRates::sustained_clp0},
    {&qos::CellRates::sustained, &wire::CellRates::sustained, &wire::BitRates::sustained},
    {&qos::CellRates::minimum, &wire::CellRates::minimum, &wire::BitRates::minimum},
};

void WriteRates(const qos::CellRates& rates, wire::CellRates* standard, wire::BitRates* wide) {
  for (const Rate& rate : kRates) {
    const std::optional<uint64_t>& cells = rates.*rate.cells;
    if (!cells) continue;
    standard->*rate.standard = qos::StandardRate(*cells);
    wide->*rate.wide = qos::WideBitsPerSecond(*cells);
  }
  if (rates.burst_clp0) standard->burst_clp0 = qos::StandardRate(*rates.burst_clp0);
  if (rates.burst) standard->burst = qos::StandardRate(*rates.burst);
}

// False: the wide rates contradict the standard ones.
bool ReadRates(const wire::CellRates& standard, const wire::BitRates& wide, qos::CellRates* rates) {
  for (const Rate& rate : kRates) {
    const std::optional<uint32_t>& cells = standard.*rate.standard;
    if (!cells) continue;
    rates->*rate.cells = qos::ExactRate(*cells, wide.*rate.wide);
    if (!(rates->*rate.cells)) return false;
  }
  rates->burst_clp0 = standard.burst_clp0;
  rates->burst = standard.burst;
  return true;
}

void WriteDescriptor(const qos::TrafficDescriptor& descriptor, wire::Message* message) {
  wire::TrafficDescriptor& standard = message->traffic.emplace();
  wire::WideRates wide;
  WriteRates(descriptor.forward.rates, &standard.forward, &wide.forward);
  WriteRates(descriptor.backward.rates, &standard.backward, &wide.backward);
  standard.best_effort = descriptor.best_effort;
  const wire::TrafficOptions options{.forward_frame_discard = descriptor.forward.frame_discard,
                                     .backward_frame_discard = descriptor.backward.frame_discard,
                                     .forward_tagging = descriptor.forward.tagging,
                                     .backward_tagging = descriptor.backward.tagging};
  if (options != wire::TrafficOptions()) standard.options = options;
  if (descriptor.forward.desired_minimum || descriptor.backward.desired_minimum) {
    const uint64_t forward = descriptor.forward.desired_minimum.value_or(0);
    const uint64_t backward = descriptor.backward.desired_minimum.value_or(0);
    message->minimum_desired_rate = {
        {.forward = qos::StandardRate(forward), .backward = qos::StandardRate(backward)}};
    wide.forward.minimum = qos::WideBitsPerSecond(forward);
    wide.backward.minimum = qos::WideBitsPerSecond(backward);
  }
  // A best-effort peak promises nothing, so the standard element says enough; and some peers refuse
  // a message for an element that they do not know, whatever its action says.
  const bool promises = !descriptor.best_effort || wide.forward.minimum || wide.backward.minimum;
  if (wide != wire::WideRates() && promises) message->wide_rates = wide;
}

// What a best-effort peak means that the standard element does not hold, with no wide rate beside
// it: it stands for none.
struct OpenPeaks {
  uint64_t forward;
  uint64_t backward;
};

// The port's, which is no limit; nor is what a slower one than that does not reach.
OpenPeaks OpenPeaksOf(const LinkCapacity& link) {
  const uint64_t peak = std::max(link.cells_per_second, qos::kMaxStandardRate);
  return {peak, peak};
}

void OpenPeak(const wire::CellRates& standard, const wire::BitRates& wide, uint64_t open,
              qos::CellRates* rates) {
  if (standard.peak == qos::kMaxStandardRate && !wide.peak) rates->peak = open;
}

// The element beside a UBR descriptor. False: its rates contradict each other.
bool ReadMinimum(const wire::MinimumDesiredRate& minimum, const wire::WideRates& wide,
                 qos::TrafficDescriptor* descriptor) {
  descriptor->forward.desired_minimum = qos::ExactRate(minimum.forward, wide.forward.minimum);
  descriptor->backward.desired_minimum = qos::ExactRate(minimum.backward, wide.backward.minimum);
  return descriptor->forward.desired_minimum && descriptor->backward.desired_minimum;
}

// Nothing: rates that contradict each other.
std::optional<qos::TrafficDescriptor> ReadDescriptor(const wire::Message& message,
                                                     const OpenPeaks& open_peaks) {
  if (!message.traffic) return std::nullopt;
  const wire::TrafficDescriptor& standard = *message.traffic;
  const wire::WideRates wide = message.wide_rates.value_or(wire::WideRates());
  qos::TrafficDescriptor descriptor{.best_effort = standard.best_effort};
  if (!ReadRates(standard.forward, wide.forward, &descriptor.forward.rates) ||
      !ReadRates(standard.backward, wide.backward, &descriptor.backward.rates)) {
    return std::nullopt;
  }
  if (standard.best_effort) {
    OpenPeak(standard.forward, wide.forward, open_peaks.forward, &descriptor.forward.rates);
    OpenPeak(standard.backward, wide.backward, open_peaks.backward, &descriptor.backward.rates);
  }
  if (standard.options) {
    descriptor.forward.frame_discard = standard.options->forward_frame_discard;
    descriptor.backward.frame_discard = standard.options->backward_frame_discard;
    descriptor.forward.tagging = standard.options->forward_tagging;
    descriptor.backward.tagging = standard.options->backward_tagging;
  }
  if (message.minimum_desired_rate &&
      !ReadMinimum(*message.minimum_desired_rate, wide, &descriptor)) {
    return std::nullopt;
  }
  return descriptor;
}

wire::BearerCapability ToElement(const qos::Bearer& bearer, bool multipoint) {
  return {.bearer_class = static_cast<wire::BearerClass>(bearer.bearer_class),
          .transfer_capability = bearer.transfer_capability,
          .multipoint = multipoint};
}

// --- SDU sizes ----------------------------------------------------------------------------------

// A bound on delay that nobody keeps is not promised.
bool BoundsDelay(const qos::FlowSpec& flow) {
  if (flow.service_type == qos::ServiceType::kNoTraffic) return false;
  return flow.latency_us != qos::kUnspecified || flow.delay_variation_us != qos::kUnspecified;
}

// The size that a direction of a flow spec asks for.
Status FitSdu(const qos::FlowSpec& flow, uint32_t media_flags, uint32_t limit,
              uint32_t* sdu_bytes) {
  *sdu_bytes = 0;
  if (flow.service_type == qos::ServiceType::kNoTraffic) return Status::kSuccess;
  *sdu_bytes = limit;
  if (flow.max_sdu_size_bytes == qos::kUnspecified) return Status::kSuccess;
  const bool fits = flow.max_sdu_size_bytes <= limit;
  if (!fits && (media_flags & circuit::kRoundDownFlow) == 0) return Status::kInvalidData;
  if (fits) *sdu_bytes = static_cast<uint32_t>(flow.max_sdu_size_bytes);
  return Status::kSuccess;
}

// The contract holds the policed size, in cells; only who asked for it has it in bytes.
qos::FlowSpec FlowOf(const qos::AtmTraffic& traffic, uint32_t sdu_bytes,
                     const qos::FlowSpec& asked) {
  const uint64_t policed = asked.minimum_policed_size_bytes;
  return qos::ToFlowSpec(traffic, sdu_bytes, policed <= sdu_bytes ? policed : qos::kUnspecified);
}

// Whether a contract holds all that a flow asks for.
bool Holds(const qos::AtmTraffic& traffic, const qos::FlowSpec& flow) {
  const auto sdu_bytes = static_cast<uint32_t>(flow.max_sdu_size_bytes);
  const std::optional<qos::AtmTraffic> asked =
      qos::ToAtmTraffic(flow, {.max_sdu_bytes = sdu_bytes});
  if (!asked) return false;
  const bool reserves = traffic.category() != qos::ServiceCategory::kUbr &&
                        traffic.category() != qos::ServiceCategory::kAbr;
  const uint64_t minimum = reserves ? traffic.sustained() : traffic.rates.minimum.value_or(0);
  return asked->peak() <= traffic.peak() && asked->sustained() <= traffic.sustained() &&
         asked->rates.minimum.value_or(0) <= minimum &&
         (traffic.burst() == 0 || asked->burst() <= traffic.burst());
}

// A flow as it was asked for, and as it is given in what that leaves open; but for the bucket, for
// a peak that is reserved needs none.
qos::FlowSpec Completed(const qos::FlowSpec& asked, const qos::FlowSpec& given) {
  qos::FlowSpec flow = asked;
  flow.max_sdu_size_bytes = given.max_sdu_size_bytes;
  flow.minimum_policed_size_bytes = given.minimum_policed_size_bytes;
  uint64_t& rate = flow.token_rate_bytes_per_second;
  uint64_t& peak = flow.peak_bandwidth_bytes_per_second;
  if (peak == qos::kUnspecified) peak = given.peak_bandwidth_bytes_per_second;
  const bool has_rate = given.token_rate_bytes_per_second != qos::kUnspecified;
  if (rate == qos::kUnspecified && has_rate) {
    rate = std::min(given.token_rate_bytes_per_second, peak);
  }
  return flow;
}

// False: what is given is not what was asked for. A direction without traffic is not asked for, or
// has no place in a multipoint call.
bool Keep(const qos::AtmTraffic& traffic, const qos::FlowSpec& asked, bool rounds_up,
          qos::FlowSpec* given) {
  if (traffic.is_zero()) return true;
  const qos::FlowSpec kept = Completed(asked, *given);
  if (!rounds_up && Holds(traffic, kept)) *given = kept;
  return qos::IsAsAsked(asked, *given);
}

wire::AalParameters Aal5(const CallTerms& terms) {
  return {.type = wire::AalType::k5,
          .forward_max_sdu_bytes = static_cast<uint16_t>(terms.forward_sdu_bytes),
          .backward_max_sdu_bytes = static_cast<uint16_t>(terms.backward_sdu_bytes),
          .sscs = uint8_t{0}};
}

// Where there is traffic there are SDUs.
bool HasSduSizes(const CallTerms& terms) {
  return (terms.contract.forward.is_zero() || terms.forward_sdu_bytes != 0) &&
         (terms.contract.backward.is_zero() || terms.backward_sdu_bytes != 0);
}

bool HasUsableSdus(const CallTerms& offered, const CallTerms& agreed) {
  return qos::IsUsableSdu(offered.forward_sdu_bytes, agreed.forward_sdu_bytes) &&
         qos::IsUsableSdu(offered.backward_sdu_bytes, agreed.backward_sdu_bytes);
}

bool HoldsSdus(const CallTerms& terms) {
  return qos::HoldsSdu(terms.contract.forward, terms.forward_sdu_bytes) &&
         qos::HoldsSdu(terms.contract.backward, terms.backward_sdu_bytes);
}

bool IsAtMost(uint64_t bytes, uint64_t offered) {
  return bytes == qos::kUnspecified || bytes <= offered;
}

bool IsAtMost(const qos::FlowSpec& lowered, const qos::FlowSpec& offered) {
  return lowered.service_type == offered.service_type &&
         IsAtMost(lowered.token_rate_bytes_per_second, offered.token_rate_bytes_per_second) &&
         IsAtMost(lowered.token_bucket_size_bytes, offered.token_bucket_size_bytes) &&
         IsAtMost(lowered.peak_bandwidth_bytes_per_second, offered.peak_bandwidth_bytes_per_second);
}

bool IsAtMost(const std::optional<uint64_t>& lowered, const std::optional<uint64_t>& value) {
  return !lowered || (value && *lowered <= *value);
}

bool IsAtMost(const qos::AtmTraffic& lowered, const qos::AtmTraffic& traffic) {
  return lowered.category() == traffic.category() && lowered.peak() <= traffic.peak() &&
         lowered.sustained() <= traffic.sustained() && lowered.burst() <= traffic.burst() &&
         IsAtMost(lowered.rates.minimum, traffic.rates.minimum);
}

bool HaveSameOptions(const qos::TrafficDescriptor& one, const qos::TrafficDescriptor& other) {
  const auto are_same = [](const auto& here, const auto& there) {
    return here.tagging == there.tagging && here.frame_discard == there.frame_discard;
  };
  return are_same(one.forward, other.forward) && are_same(one.backward, other.backward);
}

// False: one of them is no rate that the call has.
bool TakeOver(const qos::CellRates& from, qos::CellRates* to) {
  const auto take = [](const std::optional<uint64_t>& rate, std::optional<uint64_t>* into) {
    if (!rate) return true;
    if (!*into) return false;
    *into = rate;
    return true;
  };
  for (const Rate& rate : kRates) {
    if (!take(from.*rate.cells, &(to->*rate.cells))) return false;
  }
  return take(from.burst, &to->burst) && take(from.burst_clp0, &to->burst_clp0);
}

// The terms of `before` with the rates of a message that carries nothing else. Nothing when they
// are no contract, another service, do not hold the SDUs, or open a direction that has none.
std::optional<CallTerms> ChangedTerms(const CallTerms& before, const OpenPeaks& open_peaks,
                                      const wire::Message& message) {
  const std::optional<qos::TrafficDescriptor> change = ReadDescriptor(message, open_peaks);
  if (!change) return std::nullopt;
  qos::TrafficDescriptor descriptor = qos::DescriptorOf(before.contract);
  const bool same_service = change->best_effort == descriptor.best_effort &&
                            (!message.traffic->options || HaveSameOptions(*change, descriptor));
  if (!same_service || !TakeOver(change->forward.rates, &descriptor.forward.rates) ||
      !TakeOver(change->backward.rates, &descriptor.backward.rates)) {
    return std::nullopt;
  }
  const std::optional<qos::AtmContract> contract =
      qos::Classify(qos::BearerOf(before.contract), descriptor);
  if (!contract) return std::nullopt;
  const bool opens_direction =
      (before.contract.forward.is_zero() && !contract->forward.is_zero()) ||
      (before.contract.backward.is_zero() && !contract->backward.is_zero());
  CallTerms after = before;
  after.contract = *contract;
  if (opens_direction || !HoldsSdus(after)) return std::nullopt;
  return after;
}

// As much of the traffic as was offered: smaller SDUs need more cells for as many bytes.
void Limit(const qos::AtmTraffic& offered, qos::AtmTraffic* traffic) {
  if (traffic->conformance != offered.conformance) return;
  const auto limit = [](const std::optional<uint64_t>& to, std::optional<uint64_t>* rate) {
    if (*rate && to) *rate = std::min(**rate, *to);
  };
  for (const Rate& rate : kRates) limit(offered.rates.*rate.cells, &(traffic->rates.*rate.cells));
  limit(offered.rates.burst_clp0, &traffic->rates.burst_clp0);
  limit(offered.rates.burst, &traffic->rates.burst);
}

}  // namespace

// --- terms --------------------------------------------------------------------------------------

Status TermsOf(const CallParameters& params, CallEnd end, bool multipoint, const LinkCapacity& link,
               CallTerms* terms) {
  qos::FlowSpec forward = params.call_manager->transmit;
  qos::FlowSpec backward = params.call_manager->receive;
  if (end == CallEnd::kCallee) std::swap(forward, backward);
  const uint32_t media_flags =
      params.media ? params.media->flags : circuit::MediaParameters().flags;
  const bool transmits = (media_flags & circuit::kTransmitVc) != 0;
  const bool receives = (media_flags & circuit::kReceiveVc) != 0;
  const bool goes_forward = end == CallEnd::kCaller ? transmits : receives;
  const bool goes_backward = !multipoint && (end == CallEnd::kCaller ? receives : transmits);
  if (!goes_forward) forward.service_type = qos::ServiceType::kNoTraffic;
  if (!goes_backward) backward.service_type = qos::ServiceType::kNoTraffic;
  const bool has_specific = !params.call_manager->specific.bytes.empty() ||
                            (params.media && !params.media->specific.bytes.empty());
  if (has_specific || BoundsDelay(forward) || BoundsDelay(backward)) return Status::kNotSupported;
  if ((media_flags & circuit::kRoundDownFlow) != 0) {
    const uint64_t line_bytes_per_second = link.cells_per_second * qos::kCellPayloadBytes;
    qos::LimitRates(line_bytes_per_second, &forward);
    qos::LimitRates(line_bytes_per_second, &backward);
  }
  const uint32_t limit = std::min(link.max_sdu_bytes, kMaxSduBytes);
  Status status = FitSdu(forward, media_flags, limit, &terms->forward_sdu_bytes);
  if (status == Status::kSuccess) {
    status = FitSdu(backward, media_flags, limit, &terms->backward_sdu_bytes);
  }
  if (status != Status::kSuccess) return status;
  const std::optional<qos::AtmContract> contract =
      qos::ToAtmContract(forward, backward, {terms->forward_sdu_bytes, link.cells_per_second},
                         {terms->backward_sdu_bytes, link.cells_per_second});
  if (!contract) return Status::kInvalidData;
  terms->contract = *contract;
  return Status::kSuccess;
}

Status AnswerTerms(const CallParameters& answer, bool multipoint, const LinkCapacity& link,
                   const CallParameters& offer, const CallTerms& offered, CallTerms* terms) {
  const Status status = TermsOf(answer, CallEnd::kCallee, multipoint, link, terms);
  if (status != Status::kSuccess) return status;
  const circuit::CallManagerParameters& asked = *answer.call_manager;
  if (IsAtMost(asked.receive, offer.call_manager->receive)) {
    Limit(offered.contract.forward, &terms->contract.forward);
  }
  if (IsAtMost(asked.transmit, offer.call_manager->transmit)) {
    Limit(offered.contract.backward, &terms->contract.backward);
  }
  const bool is_less = IsAtMost(*terms, offered) && HasUsableSdus(offered, *terms);
  return is_less ? Status::kSuccess : Status::kFailure;
}

void FillInFlows(const CallTerms& terms, CallEnd end, CallParameters* params) {
  if (!params->call_manager) params->call_manager.emplace();
  if (!params->media) params->media.emplace();
  const bool is_caller = end == CallEnd::kCaller;
  qos::FlowSpec& transmit = params->call_manager->transmit;
  qos::FlowSpec& receive = params->call_manager->receive;
  qos::FlowSpec& forward = is_caller ? transmit : receive;
  qos::FlowSpec& backward = is_caller ? receive : transmit;
  forward = FlowOf(terms.contract.forward, terms.forward_sdu_bytes, forward);
  backward = FlowOf(terms.contract.backward, terms.backward_sdu_bytes, backward);
  uint32_t& flags = params->media->flags;
  flags &= ~uint32_t{circuit::kTransmitVc | circuit::kReceiveVc};
  if (transmit.service_type != qos::ServiceType::kNoTraffic) flags |= circuit::kTransmitVc;
  if (receive.service_type != qos::ServiceType::kNoTraffic) flags |= circuit::kReceiveVc;
}

void AnswerFlows(const CallTerms& terms, CallEnd end, CallParameters* params) {
  const qos::FlowSpec transmit = params->call_manager->transmit;
  const qos::FlowSpec receive = params->call_manager->receive;
  FillInFlows(terms, end, params);
  const bool is_caller = end == CallEnd::kCaller;
  const bool rounds_up = (params->media->flags & circuit::kRoundUpFlow) != 0;
  const bool keeps_transmit = Keep(is_caller ? terms.contract.forward : terms.contract.backward,
                                   transmit, rounds_up, &params->call_manager->transmit);
  const bool keeps_receive = Keep(is_caller ? terms.contract.backward : terms.contract.forward,
                                  receive, rounds_up, &params->call_manager->receive);
  params->flags &= ~uint32_t{circuit::kCallParametersChanged};
  if (!keeps_transmit || !keeps_receive) params->flags |= circuit::kCallParametersChanged;
}

bool IsAtMost(const CallTerms& lowered, const CallTerms& terms) {
  return lowered.forward_sdu_bytes <= terms.forward_sdu_bytes &&
         lowered.backward_sdu_bytes <= terms.backward_sdu_bytes &&
         IsAtMost(lowered.contract.forward, terms.contract.forward) &&
         IsAtMost(lowered.contract.backward, terms.contract.backward);
}

// --- calls made here ----------------------------------------------------------------------------

void WriteParty(const CallParameters& asked, const CallTerms& terms,
                const std::optional<Address>& calling, wire::Message* party) {
  const circuit::CallManagerParameters& wanted = *asked.call_manager;
  party->aal = Aal5(terms);
  party->called = wire::ToPartyNumber(wanted.called);
  if (wanted.calling.type != AddressType::kNone) {
    party->calling.emplace().number = wire::ToPartyNumber(wanted.calling);
  } else if (calling) {
    party->calling.emplace().number = wire::ToPartyNumber(*calling);
  }
  if (wanted.layers.high) party->high_layer = ToElement(*wanted.layers.high);
  for (const BroadbandLowLayer& layer : wanted.layers.low) {
    VCP_CHECK(party->low_layer.Append(ToElement(layer)));
  }
  if (party->low_layer.size() > 1) party->repeat.emplace();
}

void WriteSetup(const CallParameters& asked, const CallTerms& terms,
                const std::optional<Address>& calling, bool multipoint, wire::Message* setup) {
  WriteParty(asked, terms, calling, setup);
  setup->bearer = ToElement(qos::BearerOf(terms.contract), multipoint);
  WriteDescriptor(qos::DescriptorOf(terms.contract), setup);
  setup->qos.emplace();
  if (multipoint) setup->endpoint.emplace();
}

uint8_t AgreedTerms(const CallTerms& asked, const wire::Message& connect, CallTerms* agreed) {
  *agreed = asked;
  if (connect.aal) {
    const wire::AalParameters& aal = *connect.aal;
    agreed->forward_sdu_bytes = aal.forward_max_sdu_bytes.value_or(asked.forward_sdu_bytes);
    agreed->backward_sdu_bytes = aal.backward_max_sdu_bytes.value_or(asked.backward_sdu_bytes);
  }
  if (asked.contract.forward.is_zero()) agreed->forward_sdu_bytes = asked.forward_sdu_bytes;
  if (asked.contract.backward.is_zero()) agreed->backward_sdu_bytes = asked.backward_sdu_bytes;
  if (!HasUsableSdus(asked, *agreed)) return CauseValue::kAalNotSupported;
  if (connect.traffic) {
    // What it leaves open is as it was asked for, where that was more than 24 bits.
    const OpenPeaks open_peaks{std::max(asked.contract.forward.peak(), qos::kMaxStandardRate),
                               std::max(asked.contract.backward.peak(), qos::kMaxStandardRate)};
    const std::optional<CallTerms> changed = ChangedTerms(*agreed, open_peaks, connect);
    if (!changed) return CauseValue::kUnsupportedTraffic;
    *agreed = *changed;
  }
  return IsAtMost(*agreed, asked) ? 0 : CauseValue::kInvalidElement;
}

// --- calls offered here -------------------------------------------------------------------------

uint8_t ReadTerms(const wire::Message& setup, const LinkCapacity& link, CallTerms* terms) {
  const std::optional<qos::TrafficDescriptor> descriptor = ReadDescriptor(setup, OpenPeaksOf(link));
  if (!descriptor || !setup.bearer) return CauseValue::kUnsupportedTraffic;
  const std::optional<qos::AtmContract> contract =
      qos::Classify({.bearer_class = static_cast<uint8_t>(setup.bearer->bearer_class),
                     .transfer_capability = setup.bearer->transfer_capability},
                    *descriptor);
  if (!contract) return CauseValue::kUnsupportedTraffic;
  terms->contract = *contract;
  const uint32_t limit = std::min(link.max_sdu_bytes, kMaxSduBytes);
  uint32_t forward = contract->forward.is_zero() ? 0 : limit;
  uint32_t backward = contract->backward.is_zero() ? 0 : limit;
  if (setup.aal) {
    if (setup.aal->type != wire::AalType::k5) return CauseValue::kAalNotSupported;
    if (forward != 0) forward = setup.aal->forward_max_sdu_bytes.value_or(limit);
    if (backward != 0) backward = setup.aal->backward_max_sdu_bytes.value_or(limit);
  }
  const std::optional<uint32_t> agreed_forward = qos::NegotiateSdu(forward, limit);
  const std::optional<uint32_t> agreed_backward = qos::NegotiateSdu(backward, limit);
  if (!agreed_forward || !agreed_backward) return CauseValue::kAalNotSupported;
  terms->forward_sdu_bytes = *agreed_forward;
  terms->backward_sdu_bytes = *agreed_backward;
  if (!HasSduSizes(*terms)) return CauseValue::kAalNotSupported;
  return HoldsSdus(*terms) ? 0 : CauseValue::kUnsupportedTraffic;
}

bool BoundsQuality(const wire::Message& offer) {
  using Delay = wire::TransitDelay;
  using Qos = wire::ExtendedQos;
  const auto bounds = [](const auto& value, auto any) { return value.value_or(any) != any; };
  if (offer.transit_delay && bounds(offer.transit_delay->maximum_ms, Delay::kAnyMaximum)) {
    return true;
  }
  if (!offer.extended_qos) return false;
  return std::ranges::any_of(std::array{offer.extended_qos->forward, offer.extended_qos->backward},
                             [&](const Qos::Direction& direction) {
                               return bounds(direction.acceptable_delay_variation_us,
                                             Qos::kAnyDelayVariation) ||
                                      bounds(direction.acceptable_loss_ratio, Qos::kAnyLossRatio);
                             });
}

CallParameters OfferOf(const wire::Message& setup, const CallTerms& terms) {
  CallParameters offer;
  FillInFlows(terms, CallEnd::kCallee, &offer);
  circuit::CallManagerParameters& offered = *offer.call_manager;
  offered.called = wire::ToAddress(*setup.called).value_or(Address());
  if (setup.calling) offered.calling = wire::ToAddress(setup.calling->number).value_or(Address());
  if (setup.high_layer) offered.layers.high = ToLayer(*setup.high_layer);
  for (const wire::LowLayerInfo& layer : setup.low_layer) {
    VCP_CHECK(offered.layers.low.Append(ToLayer(layer)));
  }
  return offer;
}

void WriteConnect(const wire::Message& setup, const CallTerms& offered, const CallTerms& agreed,
                  const std::optional<BroadbandLowLayer>& low_layer, wire::Message* connect) {
  if (setup.aal) connect->aal = Aal5(agreed);
  if (agreed.contract != offered.contract) WriteTraffic(agreed.contract, connect);
  if (low_layer) VCP_CHECK(connect->low_layer.Append(ToElement(*low_layer)));
}

// --- changes ------------------------------------------------------------------------------------

Status KeepSduSizes(const CallTerms& terms, CallParameters* asked) {
  const uint32_t media_flags =
      asked->media ? asked->media->flags : circuit::MediaParameters().flags;
  const auto keep = [&](uint32_t way, uint32_t sdu_bytes, qos::FlowSpec* flow) {
    uint64_t& size = flow->max_sdu_size_bytes;
    const bool has_traffic =
        (media_flags & way) != 0 && flow->service_type != qos::ServiceType::kNoTraffic;
    if (!has_traffic || size == sdu_bytes) return true;
    const uint32_t rounding = size > sdu_bytes ? circuit::kRoundDownFlow : circuit::kRoundUpFlow;
    if (size != qos::kUnspecified && (media_flags & rounding) == 0) return false;
    size = sdu_bytes;
    return true;
  };
  circuit::CallManagerParameters& flows = *asked->call_manager;
  const bool keeps = keep(circuit::kTransmitVc, terms.forward_sdu_bytes, &flows.transmit) &&
                     keep(circuit::kReceiveVc, terms.backward_sdu_bytes, &flows.receive);
  return keeps ? Status::kSuccess : Status::kInvalidData;
}

void WriteTraffic(const qos::AtmContract& contract, wire::Message* message) {
  qos::TrafficDescriptor descriptor = qos::DescriptorOf(contract);
  descriptor.forward.desired_minimum.reset();
  descriptor.backward.desired_minimum.reset();
  WriteDescriptor(descriptor, message);
}

std::optional<CallTerms> ReadChange(const CallTerms& before, const LinkCapacity& link,
                                    const wire::Message& modify) {
  return ChangedTerms(before, OpenPeaksOf(link), modify);
}

}  // namespace vcp::callmgr
