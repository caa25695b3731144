// PDUs of SSCOP (Q.2110 clause 7). SSCOP is a trailer protocol: a PDU is read from its end, and
// whoever hands one over must have taken off any link padding before.
//
//   body | 0 to 3 octets of padding | trailer words | pad length (2) R S type (4) | 24-bit number
//
// Numbers N(S), N(PS), N(R) and N(MR) are modulo 2^24, N(SQ) is modulo 2^8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "wire/big_endian.h"
#include "wire/sscop_pdu_table.h"

namespace vcp::wire {

enum class SscopType : uint8_t {
#define VCP_SSCOP_PDU(constant, code, name, body, words, second, last) constant = code,
  VCP_SSCOP_PDU_TABLE(VCP_SSCOP_PDU)
#undef VCP_SSCOP_PDU
};
inline constexpr size_t kSscopTypeCount = 16;  // Codes are 1 to 15.
std::string_view SscopTypeName(SscopType type);

enum class SscopError : uint8_t {
  kNone,
#define VCP_SSCOP_PDU_ERROR(constant, name, meaning) constant,
  VCP_SSCOP_PDU_ERROR_TABLE(VCP_SSCOP_PDU_ERROR)
#undef VCP_SSCOP_PDU_ERROR
};
std::string_view SscopErrorName(SscopError error);
std::string_view SscopErrorMeaning(SscopError error);

inline constexpr uint32_t kSscopNumberMask = 0xff'ffff;
inline constexpr size_t kSscopWordBytes = 4;
inline constexpr size_t kMaxSscopTrailerBytes = 3 * kSscopWordBytes;
inline constexpr size_t kMaxSscopPaddingBytes = 3;

// A PDU as values; which of them a type has, VCP_SSCOP_PDU_TABLE says. Does not own the body.
struct SscopPdu {
  SscopType type = SscopType::kBgn;
  bool by_sscop = false;  // END: SSCOP itself ends the connection, not its user.
  uint8_t n_sq = 0;       // Connection sequence number.
  uint32_t n_s = 0;       // Number of an SD; in a POLL, of the next SD that will be new.
  uint32_t n_ps = 0;      // Number of a POLL.
  uint32_t n_r = 0;       // The next SD that the receiver waits for.
  uint32_t n_mr = 0;      // The first SD that the receiver will not take: its credit.
  // SD, UD, MD: the SDU. BGN, BGAK, BGREJ, END, RS: user-to-user data. STAT, USTAT: list elements
  // of one word each, the first missing SD, the first received one after it, and so on in turn.
  std::span<const uint8_t> body{};

  size_t list_size() const { return body.size() / kSscopWordBytes; }
  uint32_t list_element(size_t i) const {
    return LoadBe32(body.data() + i * kSscopWordBytes) & kSscopNumberMask;
  }
};

// Checks the PDU's length against its type. `*pdu` is whole only when the answer is kNone; its body
// lies in `bytes`. Reserved bits are ignored.
[[nodiscard]] SscopError ParseSscopPdu(std::span<const uint8_t> bytes, SscopPdu* pdu);

// The octets that EmitSscopPdu writes.
size_t SscopPduBytes(const SscopPdu& pdu);

// Writes the PDU; its size, or 0 when `out` is too small. The body may already lie at its place.
size_t EmitSscopPdu(const SscopPdu& pdu, std::span<uint8_t> out);

// "POLL N(PS)=1 N(S)=4", "STAT N(PS)=1 N(MR)=30 N(R)=2 list 2,3,4", "SD N(S)=0 97 octets".
std::string ToString(const SscopPdu& pdu);

}  // namespace vcp::wire
