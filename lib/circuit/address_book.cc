#include "circuit/address_book.h"

#include <algorithm>

#include "base/limits.h"

namespace vcp::circuit {

void AppendAddress(const Address& address, std::vector<uint8_t>* bytes) {
  bytes->insert(bytes->end(), {static_cast<uint8_t>(address.type), address.size_bytes, 0, 0});
  bytes->insert(bytes->end(), address.bytes.begin(), address.bytes.end());
}

bool ParseOidAddress(std::span<const uint8_t> bytes, Address* address) {
  if (bytes.size() != kOidAddressBytes || bytes[2] != 0 || bytes[3] != 0) return false;
  if (bytes[0] > static_cast<uint8_t>(AddressType::kNsap)) return false;
  if (bytes[1] > Address::kNsapBytes) return false;
  const std::span<const uint8_t> octets = bytes.subspan(4);
  const auto made = MakeAddress(static_cast<AddressType>(bytes[0]), octets.first(bytes[1]));
  if (!made || made->type == AddressType::kNone) return false;
  *address = *made;
  return std::ranges::all_of(octets.subspan(bytes[1]), [](uint8_t octet) { return octet == 0; });
}

Status AddressBook::Handle(AfHandle af, const OidRequest& request, OidAnswer* answer) {
  const Status checked = CheckOid(request);
  if (checked != Status::kSuccess) return checked;
  if (request.oid != Oid::kGetAddresses) {
    Address address;
    if (!ParseOidAddress(request.bytes, &address)) return Status::kInvalidData;
    return request.oid == Oid::kAddAddress ? Add(af, address) : Delete(af, address);
  }
  std::vector<Address> all = common_;
  if (const auto own = aliases_.find(af); own != aliases_.end()) {
    all.insert(all.end(), own->second.begin(), own->second.end());
  }
  std::vector<uint8_t> bytes;
  AppendOid32(static_cast<uint32_t>(all.size()), &bytes);
  AppendOid32(static_cast<uint32_t>(all.size()), &bytes);
  for (const Address& address : all) AppendAddress(address, &bytes);
  return AnswerOid(request, bytes, answer);
}

Status AddressBook::Add(AfHandle af, const Address& address) {
  std::vector<Address>& own = aliases_[af];
  if (std::ranges::find(own, address) != own.end()) return Status::kInUse;
  if (own.size() == kMaxAliasesPerAf) return Status::kResources;
  own.push_back(address);
  return Status::kSuccess;
}

Status AddressBook::Delete(AfHandle af, const Address& address) {
  const auto own = aliases_.find(af);
  const bool was_there = own != aliases_.end() && std::erase(own->second, address) != 0;
  return was_there ? Status::kSuccess : Status::kNotFound;
}

}  // namespace vcp::circuit
