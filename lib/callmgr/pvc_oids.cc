#include "callmgr/pvc_oids.h"

#include <algorithm>
#include <string>

#include "circuit/address_book.h"

namespace vcp::callmgr {
namespace {

constexpr size_t kNameBytes = 64;

// Empty when it is none.
std::string ReadName(std::span<const uint8_t> bytes) {
  const auto end = std::ranges::find(bytes, 0);
  if (end == bytes.end() || std::any_of(end, bytes.end(), [](uint8_t b) { return b != 0; })) {
    return {};
  }
  const bool printable =
      std::all_of(bytes.begin(), end, [](uint8_t b) { return b > 32 && b < 127; });
  return printable ? std::string(bytes.begin(), end) : std::string();
}

qos::FlowSpec FlowOf(std::span<const uint8_t> bytes) {
  qos::FlowSpec flow;
  flow.token_rate_bytes_per_second = circuit::ReadOid64(bytes);
  flow.max_sdu_size_bytes = circuit::ReadOid64(bytes.subspan(8));
  return flow;
}

// Zeros: none.
bool ReadDestination(std::span<const uint8_t> bytes, Address* destination) {
  const bool none = std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; });
  return none || circuit::ParseOidAddress(bytes, destination);
}

Status Add(std::string_view adapter, std::span<const uint8_t> bytes, PvcList* pvcs) {
  if (bytes.size() != kPvcOidBytes) return Status::kInvalidLength;
  Pvc pvc{.name = ReadName(bytes.first(kNameBytes)), .adapter = std::string(adapter)};
  if (pvc.name.empty() || bytes[72] > 1 || bytes[79] != 0) return Status::kInvalidData;
  pvc.labels = {circuit::ReadOid32(bytes.subspan(64)), circuit::ReadOid32(bytes.subspan(68))};
  if (bytes[72] == 1) std::copy_n(bytes.begin() + 73, 6, pvc.peer_mac.emplace().begin());
  pvc.transmit = pvc.receive = FlowOf(bytes.subspan(80, 16));
  if (qos::Validate(pvc.transmit, true) != Status::kSuccess) return Status::kInvalidData;
  if (!ReadDestination(bytes.subspan(96), &pvc.destination)) return Status::kInvalidData;
  return pvcs->AddByClient(pvc);
}

}  // namespace

std::vector<uint8_t> MakePvcOid(const Pvc& pvc) {
  std::vector<uint8_t> bytes(pvc.name.begin(), pvc.name.end());
  bytes.resize(kNameBytes);
  circuit::AppendOid32(pvc.labels.transmit, &bytes);
  circuit::AppendOid32(pvc.labels.receive, &bytes);
  bytes.push_back(pvc.peer_mac ? 1 : 0);
  const auto mac = pvc.peer_mac.value_or(std::array<uint8_t, 6>{});
  bytes.insert(bytes.end(), mac.begin(), mac.end());
  bytes.push_back(0);
  circuit::AppendOid64(pvc.transmit.token_rate_bytes_per_second, &bytes);
  circuit::AppendOid64(pvc.transmit.max_sdu_size_bytes, &bytes);
  circuit::AppendAddress(pvc.destination, &bytes);
  return bytes;
}

Status HandlePvcOid(std::string_view adapter, const circuit::OidRequest& request, PvcList* pvcs) {
  const Status checked = circuit::CheckOid(request);
  if (checked != Status::kSuccess) return checked;
  if (request.oid == circuit::Oid::kAddPvc) return Add(adapter, request.bytes, pvcs);
  if (request.bytes.size() != kNameBytes) return Status::kInvalidLength;
  const Status deleted = pvcs->DeleteByClient(adapter, ReadName(request.bytes));
  // Its user closes it; who deleted it has done its part.
  return deleted == Status::kPending ? Status::kSuccess : deleted;
}

}  // namespace vcp::callmgr
