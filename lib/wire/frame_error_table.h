#pragma once

// Why a frame was refused, once each: X(constant, drop counter's name, meaning for a user). The
// order is the counters' order; append.
#define VCP_FRAME_ERROR_TABLE(X)                                                                  \
  X(kTruncated, "rx_truncated", "frame ends inside its headers")                                  \
  X(kNotMpls, "rx_not_mpls", "frame of another protocol: neither MPLS nor one VLAN tag and MPLS") \
  X(kReservedLabel, "rx_label_reserved", "label below 16, which MPLS keeps for itself")           \
  X(kStackTooDeep, "rx_label_stack", "a VC's label is not the bottom of its label stack")         \
  X(kHopLimit, "rx_hop_limit", "label's time to live is used up")                                 \
  X(kBadControlWord, "rx_control_word", "no data control word (VCCV messages are not for us)")    \
  X(kOamCell, "rx_oam_cell", "ATM management cell, which nobody here handles")                    \
  X(kLengthMissing, "rx_length_missing", "short frame that does not tell data from padding")      \
  X(kLengthTooBig, "rx_length_too_big", "length field says more than the frame holds")            \
  X(kLengthTooSmall, "rx_length_too_small", "length field leaves more behind than padding")       \
  X(kEmpty, "rx_empty", "SDU without a byte")
