#include "circuit/oids.h"

#include <algorithm>
#include <array>

#include "base/limits.h"

namespace vcp::circuit {
namespace {

constexpr auto kQuery = OidAccess::kQuery;
constexpr auto kSet = OidAccess::kSet;
constexpr auto kMandatory = OidPresence::kMandatory;
constexpr auto kOptional = OidPresence::kOptional;
constexpr auto kCallManager = OidPresence::kCallManager;

constexpr OidTraits kOids[] = {
#define VCP_OID(constant, number, name, access, presence, size) \
  {Oid::constant, name, access, presence, size},
    VCP_OID_TABLE(VCP_OID)
#undef VCP_OID
};
static_assert(std::ranges::is_sorted(kOids, {}, &OidTraits::oid));

constexpr uint64_t kNeedsLongCounters = 1'000'000'000;  // bit/s

}  // namespace

std::span<const OidTraits> AllOids() { return kOids; }

const OidTraits* FindOid(Oid oid) {
  const auto* found = std::ranges::lower_bound(kOids, oid, {}, &OidTraits::oid);
  return found != std::end(kOids) && found->oid == oid ? found : nullptr;
}

const OidTraits* FindOid(std::string_view name) {
  const auto* found = std::ranges::find(kOids, name, &OidTraits::name);
  return found != std::end(kOids) ? found : nullptr;
}

Status AnswerOid(const OidRequest& request, std::span<const uint8_t> value, OidAnswer* answer) {
  answer->bytes_needed = static_cast<uint32_t>(value.size());
  if (request.capacity_bytes < value.size()) return Status::kBufferTooShort;
  answer->bytes.assign(value.begin(), value.end());
  return Status::kSuccess;
}

Status AnswerOid32(const OidRequest& request, uint32_t value, OidAnswer* answer) {
  std::vector<uint8_t> bytes;
  AppendOid32(value, &bytes);
  return AnswerOid(request, bytes, answer);
}

Status AnswerOidCounter(const OidRequest& request, uint64_t value, uint64_t link_bits_per_second,
                        OidAnswer* answer) {
  std::vector<uint8_t> bytes;
  AppendOid64(value, &bytes);
  const bool short_will_do = link_bits_per_second < kNeedsLongCounters;
  if (request.capacity_bytes < 4 || request.capacity_bytes >= 8 || !short_will_do) {
    return AnswerOid(request, bytes, answer);
  }
  answer->bytes.assign(bytes.begin(), bytes.begin() + 4);
  answer->bytes_needed = 8;
  return Status::kSuccess;
}

Status CheckOid(const OidRequest& request) {
  const OidTraits* traits = FindOid(request.oid);
  if (traits == nullptr) return Status::kInvalidOid;
  if (traits->access != request.access) return Status::kNotSupported;
  const bool is_set = request.access == OidAccess::kSet;
  if (is_set && traits->size_bytes != 0 && request.bytes.size() != traits->size_bytes) {
    return Status::kInvalidLength;
  }
  return Status::kSuccess;
}

void AppendOid32(uint32_t value, std::vector<uint8_t>* bytes) {
  for (int shift = 0; shift < 32; shift += 8)
    bytes->push_back(static_cast<uint8_t>(value >> shift));
}

void AppendOid64(uint64_t value, std::vector<uint8_t>* bytes) {
  AppendOid32(static_cast<uint32_t>(value), bytes);
  AppendOid32(static_cast<uint32_t>(value >> 32), bytes);
}

uint32_t ReadOid32(std::span<const uint8_t> bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= uint32_t{bytes[i]} << (8 * i);
  return value;
}

uint64_t ReadOid64(std::span<const uint8_t> bytes) {
  return ReadOid32(bytes) | uint64_t{ReadOid32(bytes.subspan(4))} << 32;
}

}  // namespace vcp::circuit
