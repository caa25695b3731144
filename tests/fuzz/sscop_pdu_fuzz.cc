#include <cstdint>
#include <vector>

#include "base/check.h"
#include "wire/sscop_pdu.h"

// Any bytes may be refused; what is accepted lies inside them and survives emit and parse.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vcp::wire;
  SscopPdu pdu;
  if (ParseSscopPdu({data, size}, &pdu) != SscopError::kNone) return 0;
  VCP_CHECK(pdu.body.data() == data && pdu.body.size() <= size);

  std::vector<uint8_t> copy(SscopPduBytes(pdu));
  VCP_CHECK(EmitSscopPdu(pdu, copy) == copy.size() && copy.size() <= size);
  SscopPdu again;
  VCP_CHECK(ParseSscopPdu(copy, &again) == SscopError::kNone);
  VCP_CHECK(ToString(again) == ToString(pdu) && again.body.size() == pdu.body.size());
  return 0;
}
