#pragma once

// What SSCOP tells layer management (MAA-ERROR, Q.2110 Annex A), once each: X(constant, code,
// "name", meaning for a user). A to M are PDUs that do not fit the state.
#define VCP_MAA_ERROR_TABLE(X)                                                                 \
  X(kUnexpectedSd, 'A', "unexpected_sd", "SD in a state without data transfer")                \
  X(kUnexpectedBgn, 'B', "unexpected_bgn", "repeated BGN while recovering or resynchronizing") \
  X(kUnexpectedBgak, 'C', "unexpected_bgak", "BGAK that answers no BGN of ours")               \
  X(kUnexpectedBgrej, 'D', "unexpected_bgrej", "BGREJ that answers no BGN of ours")            \
  X(kUnexpectedEnd, 'E', "unexpected_end", "END in a state that has no use for it")            \
  X(kUnexpectedEndak, 'F', "unexpected_endak", "ENDAK that answers no END of ours")            \
  X(kUnexpectedPoll, 'G', "unexpected_poll", "POLL in a state without data transfer")          \
  X(kUnexpectedStat, 'H', "unexpected_stat", "STAT in a state without data transfer")          \
  X(kUnexpectedUstat, 'I', "unexpected_ustat", "USTAT in a state without data transfer")       \
  X(kUnexpectedRs, 'J', "unexpected_rs", "RS in a state that cannot resynchronize")            \
  X(kUnexpectedRsak, 'K', "unexpected_rsak", "RSAK that answers no RS of ours")                \
  X(kUnexpectedEr, 'L', "unexpected_er", "ER in a state that cannot recover")                  \
  X(kUnexpectedErak, 'M', "unexpected_erak", "ERAK that answers no ER of ours")                \
  X(kNoAnswer, 'O', "no_answer", "BGN, END, RS or ER sent MaxCC times without an answer")      \
  X(kNoResponse, 'P', "no_response", "Timer_NO-RESPONSE: no STAT for too long")                \
  X(kBadSequence, 'Q', "bad_sequence", "N(S) of an SD or a POLL that cannot be")               \
  X(kBadPollSequence, 'R', "bad_poll_sequence", "N(PS) of a STAT that no POLL had")            \
  X(kBadStat, 'S', "bad_stat", "STAT that acknowledges or misses what cannot be")              \
  X(kBadUstat, 'T', "bad_ustat", "USTAT that acknowledges or misses what cannot be")           \
  X(kBadLength, 'U', "bad_length", "PDU of no known type, or of a wrong length")               \
  X(kRetransmissions, 'V', "retransmissions", "SDs sent again")                                \
  X(kCreditLost, 'W', "credit_lost", "the peer takes no more SDs for now")                     \
  X(kCreditRegained, 'X', "credit_regained", "the peer takes SDs again")
