#include "callmgr/sap_registry.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/aesa.h"
#include "base/limits.h"

namespace vcp::callmgr {

namespace {

template <typename T>
bool Agree(const std::optional<T>& one, const std::optional<T>& other) {
  return !one || !other || *one == *other;
}

std::optional<uint8_t> Smaller(const std::optional<uint8_t>& caller,
                               const std::optional<uint8_t>& listener) {
  if (!caller || !listener) return caller;
  return std::min(*caller, *listener);
}

bool Speak(const std::optional<BroadbandLowLayer::Layer2>& one,
           const std::optional<BroadbandLowLayer::Layer2>& other) {
  if (!one || !other) return !one && !other;
  return one->protocol == other->protocol && one->user_information == other->user_information &&
         Agree(one->mode, other->mode) && Agree(one->q933_use, other->q933_use);
}

bool Speak(const std::optional<BroadbandLowLayer::Layer3>& one,
           const std::optional<BroadbandLowLayer::Layer3>& other) {
  if (!one || !other) return !one && !other;
  return one->protocol == other->protocol && one->user_information == other->user_information &&
         one->initial_protocol == other->initial_protocol && one->snap == other->snap &&
         Agree(one->mode, other->mode);
}

// How well a listener fits a call; the smallest is the best. Nothing: not at all.
struct Fit {
  bool takes_any_high = true;
  bool takes_any_low = true;
  uint8_t caller_index = 0;
  uint8_t listener_index = 0;
  std::optional<BroadbandLowLayer> low_layer = {};

  auto rank() const {
    return std::tuple(takes_any_high, takes_any_low, caller_index, listener_index);
  }
};

std::optional<Fit> FitLowLayers(const BroadbandLowLayers& listener,
                                const BroadbandLowLayers& caller) {
  if (listener.empty()) return Fit();
  for (uint8_t wanted = 0; wanted < caller.size(); ++wanted) {
    for (uint8_t offered = 0; offered < listener.size(); ++offered) {
      std::optional<BroadbandLowLayer> agreed = Negotiate(listener[offered], caller[wanted]);
      if (agreed) {
        return Fit{.takes_any_low = false,
                   .caller_index = wanted,
                   .listener_index = offered,
                   .low_layer = std::move(agreed)};
      }
    }
  }
  return std::nullopt;
}

std::optional<Fit> FitLayers(const LayerInformation& listener, const LayerInformation& caller) {
  if (listener.high && listener.high != caller.high) return std::nullopt;
  std::optional<Fit> fit = FitLowLayers(listener.low, caller.low);
  if (fit) fit->takes_any_high = !listener.high;
  return fit;
}

}  // namespace

SapKey MakeSapKey(const Address& address, const LayerInformation& layers) {
  SapKey key{.address = NormalForm(address), .layers = layers};
  if (key.address.type == AddressType::kNsap) key.selector = SelectorOf(key.address);
  return key;
}

std::optional<BroadbandLowLayer> Negotiate(const BroadbandLowLayer& listener,
                                           const BroadbandLowLayer& caller) {
  if (!Speak(listener.layer2, caller.layer2) || !Speak(listener.layer3, caller.layer3)) {
    return std::nullopt;
  }
  BroadbandLowLayer agreed = caller;
  if (agreed.layer2) {
    agreed.layer2->window = Smaller(caller.layer2->window, listener.layer2->window);
  }
  if (agreed.layer3) {
    agreed.layer3->window = Smaller(caller.layer3->window, listener.layer3->window);
    agreed.layer3->packet_size_log2 =
        Smaller(caller.layer3->packet_size_log2, listener.layer3->packet_size_log2);
  }
  return agreed;
}

size_t SapRegistry::PlaceHash::operator()(const Place& place) const {
  const std::string_view octets(reinterpret_cast<const char*>(place.address.bytes.data()),
                                place.address.bytes.size());
  const size_t rest = static_cast<size_t>(place.address.type) << 16 |
                      static_cast<size_t>(place.selector ? *place.selector : 0x100);
  return std::hash<std::string_view>()(octets) ^ rest * 0x9e3779b97f4a7c15;
}

SapRegistry::Place SapRegistry::PlaceOf(const Address& address, std::optional<uint8_t> selector) {
  const bool is_aesa = address.type == AddressType::kNsap;
  return {is_aesa ? WithSelector(address, 0) : address, selector};
}

void SapRegistry::CountAddress(const Address& address, int change) {
  const auto found = at_address_.try_emplace(PlaceOf(address, std::nullopt)).first;
  found->second += static_cast<uint32_t>(change);
  if (found->second == 0) at_address_.erase(found);
}

Status SapRegistry::Add(circuit::SapHandle sap, const SapKey& key) {
  if (Validate(key.layers) != Status::kSuccess) return Status::kInvalidData;
  if (NormalForm(key.address) != key.address) return Status::kInvalidData;
  if (key.selector && key.address.type == AddressType::kE164) return Status::kInvalidData;
  if (keys_.contains(sap)) return Status::kInvalidData;
  const Place place = PlaceOf(key.address, key.selector);
  std::vector<Listener>& group = groups_[place];
  const auto is_same = [&](const Listener& listener) { return listener.layers == key.layers; };
  if (std::ranges::any_of(group, is_same)) return Status::kInvalidData;
  if (group.size() == kMaxSapsPerAddress) return Status::kResources;
  group.push_back({sap, key.layers});
  keys_.emplace(sap, place);
  CountAddress(key.address, 1);
  return Status::kSuccess;
}

bool SapRegistry::Remove(circuit::SapHandle sap) {
  const auto found = keys_.find(sap);
  if (found == keys_.end()) return false;
  const auto group = groups_.find(found->second);
  std::erase_if(group->second, [&](const Listener& listener) { return listener.sap == sap; });
  if (group->second.empty()) groups_.erase(group);
  CountAddress(found->second.address, -1);
  keys_.erase(found);
  return true;
}

SapMatch SapRegistry::Find(const Address& called, const LayerInformation& layers) const {
  const SapKey wanted = MakeSapKey(called, {});
  const Place exact = PlaceOf(wanted.address, wanted.selector);
  const Place any_selector = PlaceOf(wanted.address, std::nullopt);
  SapMatch match;
  if (at_address_.contains(any_selector)) {
    match.outcome = SapOutcome::kIncompatible;
  }
  const Place places[] = {exact, any_selector, PlaceOf(Address(), wanted.selector),
                          PlaceOf(Address(), std::nullopt)};
  for (const Place& place : places) {
    const auto group = groups_.find(place);
    if (group == groups_.end()) continue;
    match.outcome = SapOutcome::kIncompatible;
    std::optional<Fit> best;
    for (const Listener& listener : group->second) {
      std::optional<Fit> fit = FitLayers(listener.layers, layers);
      if (!fit || (best && best->rank() <= fit->rank())) continue;
      best = std::move(fit);
      match.sap = listener.sap;
    }
    if (!best) continue;
    match.outcome = SapOutcome::kMatched;
    match.low_layer = best->low_layer;
    if (!best->takes_any_low) match.low_layer_index = best->caller_index;
    return match;
  }
  return match;
}

}  // namespace vcp::callmgr
