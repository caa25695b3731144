#include "wire/sscop_pdu.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"

namespace vcp::wire {
namespace {

enum class Body : uint8_t { kEmpty, kInformation, kUserToUser, kList, kTwoElements };
enum class Field : uint8_t { kReserved, kNs, kNps, kNr, kNmr, kNsq };

struct Layout {
  std::string_view name;  // Empty where no PDU has the code.
  Body body = Body::kEmpty;
  uint8_t words = 0;
  Field second = Field::kReserved;
  Field last = Field::kReserved;
};

constexpr std::array<Layout, kSscopTypeCount> kLayouts = [] {
  std::array<Layout, kSscopTypeCount> layouts;
#define VCP_SSCOP_PDU(constant, code, name, body, words, second, last) \
  layouts[code] = {name, Body::body, words, Field::second, Field::last};
  VCP_SSCOP_PDU_TABLE(VCP_SSCOP_PDU)
#undef VCP_SSCOP_PDU
  return layouts;
}();

const Layout& LayoutOf(SscopType type) { return kLayouts[static_cast<uint8_t>(type)]; }

constexpr uint32_t kBySscopBit = 0x1000'0000;

void SetField(Field field, uint32_t word, SscopPdu* pdu) {
  const uint32_t number = word & kSscopNumberMask;
  switch (field) {
    case Field::kReserved:
      break;
    case Field::kNs:
      pdu->n_s = number;
      break;
    case Field::kNps:
      pdu->n_ps = number;
      break;
    case Field::kNr:
      pdu->n_r = number;
      break;
    case Field::kNmr:
      pdu->n_mr = number;
      break;
    case Field::kNsq:
      pdu->n_sq = static_cast<uint8_t>(number);
  }
}

uint32_t GetField(Field field, const SscopPdu& pdu) {
  switch (field) {
    case Field::kNs:
      return pdu.n_s;
    case Field::kNps:
      return pdu.n_ps;
    case Field::kNr:
      return pdu.n_r;
    case Field::kNmr:
      return pdu.n_mr;
    case Field::kNsq:
      return pdu.n_sq;
    case Field::kReserved:
      break;
  }
  return 0;
}

bool IsPadded(Body body) { return body == Body::kInformation || body == Body::kUserToUser; }

size_t PaddingBytes(size_t body_bytes) { return -body_bytes % kSscopWordBytes; }

std::string_view FieldName(Field field) {
  constexpr std::array<std::string_view, 6> kNames = {
      "", " N(S)=", " N(PS)=", " N(R)=", " N(MR)=", " N(SQ)="};
  return kNames[static_cast<uint8_t>(field)];
}

std::string PrintField(Field field, const SscopPdu& pdu) {
  if (field == Field::kReserved) return "";
  return std::string(FieldName(field)) + std::to_string(GetField(field, pdu));
}

}  // namespace

std::string_view SscopTypeName(SscopType type) { return LayoutOf(type).name; }

std::string_view SscopErrorName(SscopError error) {
  switch (error) {
#define VCP_SSCOP_PDU_ERROR(constant, name, meaning) \
  case SscopError::constant:                         \
    return name;
    VCP_SSCOP_PDU_ERROR_TABLE(VCP_SSCOP_PDU_ERROR)
#undef VCP_SSCOP_PDU_ERROR
    case SscopError::kNone:
      break;
  }
  return "none";
}

std::string_view SscopErrorMeaning(SscopError error) {
  switch (error) {
#define VCP_SSCOP_PDU_ERROR(constant, name, meaning) \
  case SscopError::constant:                         \
    return meaning;
    VCP_SSCOP_PDU_ERROR_TABLE(VCP_SSCOP_PDU_ERROR)
#undef VCP_SSCOP_PDU_ERROR
    case SscopError::kNone:
      break;
  }
  return "a good PDU";
}

SscopError ParseSscopPdu(std::span<const uint8_t> bytes, SscopPdu* pdu) {
  if (bytes.size() < kSscopWordBytes) return SscopError::kTooShort;
  if (bytes.size() % kSscopWordBytes != 0) return SscopError::kNotAligned;
  const uint32_t last = LoadBe32(bytes.data() + bytes.size() - kSscopWordBytes);
  const Layout& layout = kLayouts[last >> 24 & 0x0f];
  if (layout.name.empty()) return SscopError::kUnknownType;
  const size_t trailer_bytes = layout.words * kSscopWordBytes;
  if (bytes.size() < trailer_bytes) return SscopError::kTooShort;

  size_t body_bytes = bytes.size() - trailer_bytes;
  if (layout.body == Body::kEmpty && body_bytes != 0) return SscopError::kTooLong;
  if (layout.body == Body::kTwoElements && body_bytes != 2 * kSscopWordBytes) {
    return body_bytes < 2 * kSscopWordBytes ? SscopError::kTooShort : SscopError::kTooLong;
  }
  if (IsPadded(layout.body)) {
    const size_t padding_bytes = last >> 30;
    if (padding_bytes > body_bytes) return SscopError::kBadPadding;
    body_bytes -= padding_bytes;
  }

  *pdu = {};
  pdu->type = static_cast<SscopType>(last >> 24 & 0x0f);
  pdu->by_sscop = pdu->type == SscopType::kEnd && (last & kBySscopBit) != 0;
  pdu->body = bytes.first(body_bytes);
  SetField(layout.last, last, pdu);
  const uint8_t* end = bytes.data() + bytes.size();
  if (layout.words >= 2) SetField(layout.second, LoadBe32(end - 2 * kSscopWordBytes), pdu);
  if (layout.words >= 3) SetField(Field::kNps, LoadBe32(end - 3 * kSscopWordBytes), pdu);
  return SscopError::kNone;
}

size_t SscopPduBytes(const SscopPdu& pdu) {
  return pdu.body.size() + PaddingBytes(pdu.body.size()) +
         LayoutOf(pdu.type).words * kSscopWordBytes;
}

size_t EmitSscopPdu(const SscopPdu& pdu, std::span<uint8_t> out) {
  const Layout& layout = LayoutOf(pdu.type);
  const size_t padding_bytes = PaddingBytes(pdu.body.size());
  VCP_CHECK(IsPadded(layout.body) || padding_bytes == 0);
  VCP_CHECK(layout.body != Body::kEmpty || pdu.body.empty());
  VCP_CHECK(layout.body != Body::kTwoElements || pdu.list_size() == 2);
  VCP_CHECK(((pdu.n_s | pdu.n_ps | pdu.n_r | pdu.n_mr) & ~kSscopNumberMask) == 0);
  const size_t size = SscopPduBytes(pdu);
  if (out.size() < size) return 0;

  uint8_t* at = out.data();
  if (!pdu.body.empty()) std::memmove(at, pdu.body.data(), pdu.body.size());
  at = std::fill_n(at + pdu.body.size(), padding_bytes, uint8_t{0});
  auto put = [&at](uint32_t word) {
    StoreBe32(word, at);
    at += kSscopWordBytes;
  };
  if (layout.words >= 3) put(pdu.n_ps);
  if (layout.words >= 2) put(GetField(layout.second, pdu));
  put(static_cast<uint32_t>(padding_bytes) << 30 | (pdu.by_sscop ? kBySscopBit : 0) |
      static_cast<uint32_t>(pdu.type) << 24 | GetField(layout.last, pdu));
  return size;
}

std::string ToString(const SscopPdu& pdu) {
  const Layout& layout = LayoutOf(pdu.type);
  std::string text(layout.name);
  if (layout.words >= 3) text += PrintField(Field::kNps, pdu);
  text += PrintField(layout.second, pdu) + PrintField(layout.last, pdu);
  if (pdu.by_sscop) text += " by SSCOP";
  if (layout.body == Body::kList || layout.body == Body::kTwoElements) {
    for (size_t i = 0; i < pdu.list_size(); ++i) {
      text += (i == 0 ? " list " : ",") + std::to_string(pdu.list_element(i));
    }
  } else if (layout.body == Body::kInformation || !pdu.body.empty()) {
    text += " " + std::to_string(pdu.body.size()) + " octets";
  }
  return text;
}

}  // namespace vcp::wire
