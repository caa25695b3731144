// The addresses under which clients of a call manager can be called, as clients ask for them by
// OID: what all have in common, and aliases that a client added for itself (C111). Pure.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "circuit/oids.h"
#include "circuit/types.h"

namespace vcp::circuit {

// An address in an OID: type, length, two zeros, and 20 octets, zero behind the length.
inline constexpr size_t kOidAddressBytes = 24;
void AppendAddress(const Address& address, std::vector<uint8_t>* bytes);
// False when the bytes are none.
bool ParseOidAddress(std::span<const uint8_t> bytes, Address* address);

class AddressBook {
 public:
  explicit AddressBook(std::vector<Address> common = {}) : common_(std::move(common)) {}

  static bool IsAbout(Oid oid) {
    return oid == Oid::kAddAddress || oid == Oid::kDeleteAddress || oid == Oid::kGetAddresses;
  }
  // By the client of this AF. An answer is the number of addresses, the number that follow, and so
  // many addresses. kInvalidData: no address; kInUse: has it already; kNotFound; kResources:
  // kMaxAliasesPerAf; and as CheckOid. After a change the client is to be told.
  Status Handle(AfHandle af, const OidRequest& request, OidAnswer* answer);
  void Forget(AfHandle af) { aliases_.erase(af); }

 private:
  Status Add(AfHandle af, const Address& address);
  Status Delete(AfHandle af, const Address& address);

  const std::vector<Address> common_;
  std::unordered_map<AfHandle, std::vector<Address>> aliases_;
};

}  // namespace vcp::circuit
