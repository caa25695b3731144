#include "circuit/types.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/limits.h"

namespace vcp::circuit {

namespace {

bool Fits(const SpecificParameters& specific) { return specific.bytes.size() <= kMaxSpecificBytes; }

// With the NUL that it has on its way through C.
bool FitsName(const std::string& name) { return name.size() < kMaxNameBytes; }

}  // namespace

Status ValidateBounds(const Sap& sap) {
  bool fits = sap.specific.bytes.size() <= kMaxSapBytes && FitsName(sap.pvc_name);
  return fits ? Validate(sap.layers) : Status::kInvalidLength;
}

Status ValidateBounds(const CallParameters& params) {
  bool fits = (!params.call_manager || Fits(params.call_manager->specific)) &&
              (!params.media || (Fits(params.media->specific) && FitsName(params.media->pvc_name)));
  if (!fits) return Status::kInvalidLength;
  return params.call_manager ? Validate(params.call_manager->layers) : Status::kSuccess;
}

CallParameters WithChange(CallParameters now, const CallParameters& asked) {
  constexpr uint32_t kRounding = kRoundDownFlow | kRoundUpFlow;
  now.call_manager->transmit = asked.call_manager->transmit;
  now.call_manager->receive = asked.call_manager->receive;
  if (asked.media) {
    now.media->flags = (now.media->flags & ~kRounding) | (asked.media->flags & kRounding);
  }
  return now;
}

bool TakeOwnMediaFlags(const CallParameters& answer, CallParameters* call) {
  constexpr uint32_t kCallees = kOwnMediaFlags & ~uint32_t{kReserveResources};
  const bool says_so = (answer.flags & kCallParametersChanged) != 0 && answer.media;
  if (!says_so || !call->media) return false;
  uint32_t& flags = call->media->flags;
  const uint32_t wanted = (flags & ~kCallees) | (answer.media->flags & kCallees);
  return std::exchange(flags, wanted) != wanted;
}

Status ValidateBounds(const Cause& cause) {
  if (cause.value > 127 || cause.location > 15) return Status::kInvalidData;
  if (cause.diagnostic_bytes > Cause::kMaxDiagnosticBytes) return Status::kInvalidData;
  if (cause.value == 0 && cause != Cause()) return Status::kInvalidData;
  const auto unused = std::span(cause.diagnostics).subspan(cause.diagnostic_bytes);
  const bool clear = std::ranges::all_of(unused, [](uint8_t octet) { return octet == 0; });
  return clear ? Status::kSuccess : Status::kInvalidData;
}

Status ValidateEnd(std::span<const uint8_t> close_data, const Cause& cause) {
  if (close_data.size() > kMaxCloseDataBytes) return Status::kInvalidLength;
  return ValidateBounds(cause);
}

Status ValidateCall(const CallParameters& params) {
  Status status = ValidateBounds(params);
  if (status != Status::kSuccess) return status;
  if ((params.flags & kBroadcastVc) != 0) return Status::kNotSupported;
  if (params.media && (params.media->flags & ~kSupportedMediaFlags) != 0) {
    return Status::kNotSupported;
  }
  if (!params.call_manager) return Status::kSuccess;
  status = qos::Validate(params.call_manager->transmit, /*sending=*/true);
  if (status != Status::kSuccess) return status;
  return qos::Validate(params.call_manager->receive, /*sending=*/false);
}

}  // namespace vcp::circuit
