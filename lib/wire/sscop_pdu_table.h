#pragma once

// The PDUs of Q.2110, once each: X(constant, code, "NAME", body, words, second, last). A PDU is its
// body, perhaps padded, then a trailer of `words` 32-bit words. `last` and `second` are what the
// last word and the one before it carry; STAT has a third, N(PS), before those.
#define VCP_SSCOP_PDU_TABLE(X)                                \
  X(kBgn, 1, "BGN", kUserToUser, 2, kNsq, kNmr)               \
  X(kBgak, 2, "BGAK", kUserToUser, 2, kReserved, kNmr)        \
  X(kEnd, 3, "END", kUserToUser, 2, kReserved, kReserved)     \
  X(kEndak, 4, "ENDAK", kEmpty, 2, kReserved, kReserved)      \
  X(kRs, 5, "RS", kUserToUser, 2, kNsq, kNmr)                 \
  X(kRsak, 6, "RSAK", kEmpty, 2, kReserved, kNmr)             \
  X(kBgrej, 7, "BGREJ", kUserToUser, 2, kReserved, kReserved) \
  X(kSd, 8, "SD", kInformation, 1, kReserved, kNs)            \
  X(kEr, 9, "ER", kEmpty, 2, kNsq, kNmr)                      \
  X(kPoll, 10, "POLL", kEmpty, 2, kNps, kNs)                  \
  X(kStat, 11, "STAT", kList, 3, kNmr, kNr)                   \
  X(kUstat, 12, "USTAT", kTwoElements, 2, kNmr, kNr)          \
  X(kUd, 13, "UD", kInformation, 1, kReserved, kReserved)     \
  X(kMd, 14, "MD", kInformation, 1, kReserved, kReserved)     \
  X(kErak, 15, "ERAK", kEmpty, 2, kReserved, kNmr)

// Why a PDU was refused: X(constant, "name", "meaning"). Q.2110 reports each as MAA-ERROR U.
#define VCP_SSCOP_PDU_ERROR_TABLE(X)                                  \
  X(kTooShort, "too_short", "PDU without the trailer of its type")    \
  X(kNotAligned, "not_aligned", "length that is no multiple of four") \
  X(kUnknownType, "unknown_type", "type code that no PDU has")        \
  X(kTooLong, "too_long", "more octets than the PDU's type has")      \
  X(kBadPadding, "bad_padding", "pad length beyond the octets that are there")
