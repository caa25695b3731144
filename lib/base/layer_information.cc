#include "base/layer_information.h"

#include <algorithm>

namespace vcp {
namespace {

constexpr uint8_t kMaxProtocol = 0x1f;
constexpr size_t kVendorBytes = 7;
constexpr size_t kProfileBytes = 4;

bool IsAtMost(const std::optional<uint8_t>& field, uint8_t most) {
  return !field || *field <= most;
}

bool IsMode(const std::optional<uint8_t>& mode) { return !mode || *mode == 1 || *mode == 2; }

// Windows count from 1 (octets 6b and 7c).
bool IsWindow(const std::optional<uint8_t>& window) {
  return !window || (*window >= 1 && *window <= 0x7f);
}

bool IsValid(const BroadbandHighLayer& high) {
  const size_t size = high.size_bytes;
  if (size > BroadbandHighLayer::kMaxBytes) return false;
  const auto is_zero = [](uint8_t octet) { return octet == 0; };
  if (!std::all_of(high.bytes.begin() + size, high.bytes.end(), is_zero)) return false;
  return IsHighLayer(high.type, size);
}

bool IsValid(const BroadbandLowLayer::Layer2& layer) {
  return layer.protocol <= kMaxProtocol && IsMode(layer.mode) && IsAtMost(layer.q933_use, 3) &&
         IsWindow(layer.window) && IsAtMost(layer.user_information, 0x7f) &&
         (!layer.user_information || layer.protocol == kLayer2User);
}

bool IsValid(const BroadbandLowLayer::Layer3& layer) {
  if (layer.initial_protocol && layer.protocol != kLayer3Tr9577) return false;
  if (layer.snap && (layer.initial_protocol != kProtocolSnap || layer.snap->oui > 0xffffff)) {
    return false;
  }
  return layer.protocol <= kMaxProtocol && IsMode(layer.mode) &&
         IsAtMost(layer.packet_size_log2, 0xf) && IsWindow(layer.window) &&
         IsAtMost(layer.user_information, 0x7f) &&
         (!layer.user_information || layer.protocol == kLayer3User);
}

bool IsValid(const BroadbandLowLayer& low) {
  return IsAtMost(low.layer1_protocol, kMaxProtocol) && (!low.layer2 || IsValid(*low.layer2)) &&
         (!low.layer3 || IsValid(*low.layer3));
}

}  // namespace

bool IsHighLayer(HighLayerType type, size_t size_bytes) {
  switch (type) {
    case HighLayerType::kIso:
    case HighLayerType::kUserSpecific:
      return true;
    case HighLayerType::kProfile:
      return size_bytes == kProfileBytes;
    case HighLayerType::kVendor:
      return size_bytes == kVendorBytes;
  }
  return false;
}

Status Validate(const LayerInformation& layers) {
  const bool valid = (!layers.high || IsValid(*layers.high)) &&
                     std::all_of(layers.low.begin(), layers.low.end(),
                                 [](const BroadbandLowLayer& low) { return IsValid(low); });
  return valid ? Status::kSuccess : Status::kInvalidData;
}

}  // namespace vcp
