// Whatever SAPs come and go, a call finds the one that looking at all of them would find.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <vector>

#include "callmgr/sap_registry.h"

namespace vcp::callmgr {
namespace {

using circuit::SapHandle;

// Few of everything, so that chance makes SAPs meet.
struct Words {
  uint8_t where = 0;
  uint8_t high = 0;
  std::vector<uint8_t> lows = {};
};

const char* const kPlaces[] = {
    "47.0005.80.ffe100.0000.f215.1b57.0020480d0001.00",
    "47.0005.80.ffe100.0000.f215.1b57.0020480d0001.01",
    "47.0005.80.ffe100.0000.f215.1b57.0020480d0002.01",
    "+358",
    "45.000000000000358f.00000000.000000000000.00",  // the same
    "45.000000000000358f.00000000.000000000000.05",
    "+0358",
};

constexpr size_t kNumber = 3;
constexpr size_t kNumberAsAesa = 4;
constexpr uint8_t kWheres = std::size(kPlaces) + 4;

// One number, however it is written.
Words Normal(Words words) {
  if (words.where == kNumber) words.where = kNumberAsAesa;
  return words;
}

rc::Gen<Words> AnyWords() {
  return rc::gen::apply(
      [](uint8_t where, uint8_t high, std::vector<uint8_t> lows) {
        if (lows.size() > BroadbandLowLayers::kCapacity) lows.resize(BroadbandLowLayers::kCapacity);
        return Words{where, high, lows};
      },
      rc::gen::inRange<uint8_t>(0, kWheres), rc::gen::inRange<uint8_t>(0, 3),
      rc::gen::container<std::vector<uint8_t>>(rc::gen::inRange<uint8_t>(0, 6)));
}

LayerInformation LayersOf(const Words& words) {
  LayerInformation layers;
  if (words.high != 0) {
    layers.high = BroadbandHighLayer{HighLayerType::kUserSpecific, 1, {words.high}};
  }
  for (uint8_t low : words.lows) {
    BroadbandLowLayer layer{.layer2 = BroadbandLowLayer::Layer2{.protocol = kLayer2User}};
    layer.layer2->user_information = static_cast<uint8_t>(low / 2);
    layer.layer2->window = static_cast<uint8_t>(1 + low % 2);
    RC_ASSERT(layers.low.Append(layer));
  }
  return layers;
}

SapKey KeyOf(const Words& words) {
  const LayerInformation layers = LayersOf(words);
  if (words.where < std::size(kPlaces))
    return MakeSapKey(*ParseAddress(kPlaces[words.where]), layers);
  if (words.where == std::size(kPlaces)) {
    return {.address = *ParseAddress(kPlaces[0]), .layers = layers};
  }
  if (words.where == std::size(kPlaces) + 1) {
    return {.address = {}, .selector = 0, .layers = layers};
  }
  if (words.where == std::size(kPlaces) + 2) {
    return {.address = {}, .selector = 1, .layers = layers};
  }
  return {.address = {}, .layers = layers};
}

bool IsAtHost(const SapKey& key, const Address& called) {
  return key.address.type == called.type &&
         std::equal(called.bytes.begin(), called.bytes.end() - 1, key.address.bytes.begin());
}

// Smaller is better: the rules of signaling 4.4, one after the other, then age.
using Rank = std::tuple<bool, bool, bool, bool, int, int, uint32_t>;

std::optional<Rank> RankOf(const SapKey& key, const Address& called, const LayerInformation& layers,
                           uint32_t age) {
  const bool any_address = key.address == Address();
  if (!any_address && !IsAtHost(key, called)) return std::nullopt;
  const bool is_aesa = called.type == AddressType::kNsap;
  if (key.selector && (!is_aesa || *key.selector != called.bytes[19])) return std::nullopt;
  if (key.layers.high && key.layers.high != layers.high) return std::nullopt;
  int caller_index = 0;
  int listener_index = 0;
  if (!key.layers.low.empty()) {
    caller_index = -1;
    for (size_t i = 0; i < layers.low.size() && caller_index < 0; ++i) {
      for (size_t j = 0; j < key.layers.low.size() && caller_index < 0; ++j) {
        if (!Negotiate(key.layers.low[j], layers.low[i])) continue;
        caller_index = static_cast<int>(i);
        listener_index = static_cast<int>(j);
      }
    }
    if (caller_index < 0) return std::nullopt;
  }
  return Rank(any_address, !key.selector && is_aesa, !key.layers.high, key.layers.low.empty(),
              caller_index, listener_index, age);
}

RC_GTEST_PROP(SapRegistryProperty, FindsWhatLookingAtAllWouldFind, ()) {
  SapRegistry saps;
  std::map<uint32_t, SapKey> model;
  const auto steps = *rc::gen::container<std::vector<Words>>(AnyWords());
  uint32_t next = 1;
  for (const Words& words : steps) {
    const SapKey key = KeyOf(Normal(words));
    const auto is_same = [&](const auto& entry) { return entry.second == key; };
    const auto twin = std::ranges::find_if(model, is_same);
    const SapHandle handle(next, 1);
    const Status status = saps.Add(handle, KeyOf(words));
    RC_ASSERT(status == (twin == model.end() ? Status::kSuccess : Status::kInvalidData));
    if (twin == model.end()) {
      model.emplace(next++, key);
    } else {
      RC_ASSERT(saps.Remove(SapHandle(twin->first, 1)));
      model.erase(twin);
    }
    RC_ASSERT(saps.size() == model.size());
  }

  Words call = *AnyWords();
  call.where %= std::size(kPlaces);
  const Address asked = *ParseAddress(kPlaces[call.where]);
  const Address called = *ParseAddress(kPlaces[Normal(call).where]);
  const LayerInformation layers = LayersOf(call);
  std::optional<Rank> best;
  bool is_known = false;
  for (const auto& [age, key] : model) {
    is_known |= IsAtHost(key, called) || (key.address == Address() &&
                                          (!key.selector || (called.type == AddressType::kNsap &&
                                                             *key.selector == called.bytes[19])));
    const std::optional<Rank> rank = RankOf(key, called, layers, age);
    if (rank && (!best || *rank < *best)) best = rank;
  }
  const SapMatch match = saps.Find(asked, layers);
  if (best) {
    RC_ASSERT(match.outcome == SapOutcome::kMatched);
    RC_ASSERT(match.sap == SapHandle(std::get<6>(*best), 1));
    RC_ASSERT(match.low_layer_index.has_value() == !std::get<3>(*best));
    if (match.low_layer_index) RC_ASSERT(*match.low_layer_index == std::get<4>(*best));
  } else {
    RC_ASSERT(match.outcome == (is_known ? SapOutcome::kIncompatible : SapOutcome::kNoSuchAddress));
  }
}

}  // namespace
}  // namespace vcp::callmgr
