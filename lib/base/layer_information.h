// What protocols speak over a VC, as calls and SAPs say it: broadband high and low layer
// information (Q.2931 4.5.8 and 4.5.9, codes included). Plain values; which of them match is the
// SAP registry's, how they travel is wire's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bounded_list.h"
#include "base/status.h"

namespace vcp {

enum class HighLayerType : uint8_t {
  kIso = 0,
  kUserSpecific = 1,
  kProfile = 2,  // UNI 3.0 only
  kVendor = 3,   // OUI (3 octets) and application identifier (4)
};
// Whether there is that type, and its information may be so long.
bool IsHighLayer(HighLayerType type, size_t size_bytes);

struct BroadbandHighLayer {
  static constexpr size_t kMaxBytes = 8;

  HighLayerType type = HighLayerType::kIso;
  uint8_t size_bytes = 0;
  std::array<uint8_t, kMaxBytes> bytes = {};  // Zero from size_bytes on.

  std::span<const uint8_t> octets() const { return {bytes.data(), size_bytes}; }
  friend bool operator==(const BroadbandHighLayer&, const BroadbandHighLayer&) = default;
};

// Protocols that others need by name; any 5-bit code may stand in `protocol`.
inline constexpr uint8_t kLayer2Llc = 0x0c;
inline constexpr uint8_t kLayer2User = 0x10;
inline constexpr uint8_t kLayer3Tr9577 = 0x0b;
inline constexpr uint8_t kLayer3User = 0x10;
inline constexpr uint8_t kProtocolIpv4 = 0xcc;  // initial protocol identifier
inline constexpr uint8_t kProtocolSnap = 0x80;  // the same; an OUI and a PID follow

struct BroadbandLowLayer {
  struct Layer2 {
    uint8_t protocol = 0;
    std::optional<uint8_t> mode = {};  // 1 normal, 2 extended
    std::optional<uint8_t> q933_use = {};
    std::optional<uint8_t> window = {};
    std::optional<uint8_t> user_information = {};
    friend bool operator==(const Layer2&, const Layer2&) = default;
  };
  struct Snap {
    uint32_t oui = 0;
    uint16_t protocol = 0;
    friend bool operator==(const Snap&, const Snap&) = default;
  };
  struct Layer3 {
    uint8_t protocol = 0;
    std::optional<uint8_t> mode = {};
    std::optional<uint8_t> packet_size_log2 = {};
    std::optional<uint8_t> window = {};
    std::optional<uint8_t> user_information = {};
    std::optional<uint8_t> initial_protocol = {};  // with kLayer3Tr9577
    std::optional<Snap> snap = {};                 // with kProtocolSnap
    friend bool operator==(const Layer3&, const Layer3&) = default;
  };

  std::optional<uint8_t> layer1_protocol = {};
  std::optional<Layer2> layer2 = {};
  std::optional<Layer3> layer3 = {};
  friend bool operator==(const BroadbandLowLayer&, const BroadbandLowLayer&) = default;
};

// In the order of the caller's preference.
using BroadbandLowLayers = BoundedList<BroadbandLowLayer, 3>;

struct LayerInformation {
  std::optional<BroadbandHighLayer> high = {};
  BroadbandLowLayers low = {};
  friend bool operator==(const LayerInformation&, const LayerInformation&) = default;
};

// kInvalidData when a field is wider than its element has room for, or stands where it cannot.
[[nodiscard]] Status Validate(const LayerInformation& layers);

}  // namespace vcp
