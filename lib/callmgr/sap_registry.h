// Who takes calls on a link: its SAPs, and which of them a SETUP is for (signaling 4.4). An exact
// address beats a wildcard, a SAP that names its layers beats one that takes any. A native E.164
// number is the same address as its AESA with selector 0 (signaling 4.1). A lookup costs four
// probes and the SAPs that share the address. Control thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/layer_information.h"
#include "base/status.h"
#include "circuit/types.h"

namespace vcp::callmgr {

struct SapKey {
  Address address;                       // in its normal form (base/aesa.h), but for the selector
                                         // octet, which is not looked at; none: any
  std::optional<uint8_t> selector = {};  // nothing: any; numbers that are no AESA have none
  LayerInformation layers = {};          // nothing: any

  friend bool operator==(const SapKey&, const SapKey&) = default;
};

// The key of a SAP that wants exactly this address, selector and all; the wildcard at no address.
SapKey MakeSapKey(const Address& address, const LayerInformation& layers);

// What a listener and a caller agree on (Q.2931 annex C): the caller's layer with the smaller
// windows and packet size of the two. Nothing when they speak different protocols.
std::optional<BroadbandLowLayer> Negotiate(const BroadbandLowLayer& listener,
                                           const BroadbandLowLayer& caller);

enum class SapOutcome : uint8_t {
  kMatched,
  kNoSuchAddress,  // cause 1: nobody is at that address
  kIncompatible,   // cause 88: somebody is, who speaks something else
};

struct SapMatch {
  SapOutcome outcome = SapOutcome::kNoSuchAddress;
  circuit::SapHandle sap = {};
  // Which of the caller's low layers was chosen, and as what it goes back in CONNECT; nothing when
  // the caller gave none or the SAP takes any.
  std::optional<uint8_t> low_layer_index = {};
  std::optional<BroadbandLowLayer> low_layer = {};
};

class SapRegistry {
 public:
  // kInvalidData: malformed layers or address, or the same key is registered (C21, C22).
  // kResources: as many SAPs as limits.h allows share the address.
  Status Add(circuit::SapHandle sap, const SapKey& key);
  // False when there was no such SAP.
  bool Remove(circuit::SapHandle sap);

  SapMatch Find(const Address& called, const LayerInformation& layers) const;

  size_t size() const { return keys_.size(); }

 private:
  // What SAPs of one group share; an AESA's selector octet is zero here.
  struct Place {
    Address address;
    std::optional<uint8_t> selector;
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct PlaceHash {
    size_t operator()(const Place& place) const;
  };
  struct Listener {
    circuit::SapHandle sap;
    LayerInformation layers;
  };

  static Place PlaceOf(const Address& address, std::optional<uint8_t> selector);
  // Adds to the SAPs at an address, whatever their selector.
  void CountAddress(const Address& address, int change);

  std::unordered_map<Place, std::vector<Listener>, PlaceHash> groups_;  // oldest first
  std::unordered_map<Place, uint32_t, PlaceHash> at_address_;
  std::unordered_map<circuit::SapHandle, Place> keys_;
};

}  // namespace vcp::callmgr
