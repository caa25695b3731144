#include "wire/party_address.h"

#include "base/check.h"

namespace vcp::wire {

std::optional<Address> ToAddress(const PartyNumber& number) {
  if (number.plan == NumberPlan::kAesa && number.type == NumberType::kUnknown) {
    return MakeAddress(AddressType::kNsap, number.octets);
  }
  if (number.plan == NumberPlan::kE164 && number.type == NumberType::kInternational) {
    return MakeAddress(AddressType::kE164, number.octets);
  }
  return std::nullopt;
}

PartyNumber ToPartyNumber(const Address& address) {
  VCP_CHECK(address.type != AddressType::kNone);
  bool e164 = address.type == AddressType::kE164;
  PartyNumber number{.type = e164 ? NumberType::kInternational : NumberType::kUnknown,
                     .plan = e164 ? NumberPlan::kE164 : NumberPlan::kAesa};
  VCP_CHECK(number.octets.Assign(address.octets()));
  return number;
}

}  // namespace vcp::wire
