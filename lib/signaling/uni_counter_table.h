#pragma once

// What a UniLink counts, once each: X(constant, "counter's name", meaning for a user).
#define VCP_UNI_COUNTER_TABLE(X)                                                                  \
  X(kCallsMade, "uni_calls_made", "calls made from here: SETUPs sent")                            \
  X(kCallsOffered, "uni_calls_offered", "calls offered by the peer: good SETUPs received")        \
  X(kCallsConnected, "uni_calls_connected", "calls of both kinds that came about")                \
  X(kCallsFailed, "uni_calls_failed", "calls of both kinds that ended before they came about")    \
  X(kMessagesIn, "uni_rx", "messages received")                                                   \
  X(kMessagesOut, "uni_tx", "messages sent")                                                      \
  X(kBadHeader, "uni_rx_bad_header", "messages ignored for their header")                         \
  X(kWhileDown, "uni_rx_link_down", "messages ignored because the link is not up")                \
  X(kBadGlobal, "uni_rx_bad_global", "messages that may not use the global call reference")       \
  X(kUnknownCall, "uni_rx_unknown_call", "messages for a call that does not exist")               \
  X(kUnknownParty, "uni_rx_unknown_party", "messages for a party that does not exist")            \
  X(kRepeatedSetup, "uni_rx_repeated_setup", "SETUP or ADD PARTY for a reference already in use") \
  X(kReflected, "uni_rx_reflected", "our own SETUP came back: the link is looped")                \
  X(kRefusedSetup, "uni_setup_refused", "SETUPs and ADD PARTYs refused: too many")                \
  X(kDroppedSetup, "uni_setup_dropped", "SETUPs and ADD PARTYs dropped unanswered: far too many") \
  X(kUnexpected, "uni_rx_unexpected", "messages that do not fit the state of their call")         \
  X(kUnknownType, "uni_rx_unknown_type", "messages of a type that is not used here")              \
  X(kMissingElements, "uni_rx_missing_elements",                                                  \
    "messages without an element that they must have")                                            \
  X(kBadElements, "uni_rx_bad_elements", "messages with elements that are not understood")        \
  X(kBadLength, "uni_rx_bad_length", "messages that are longer or shorter than they say")         \
  X(kStatusReports, "uni_rx_status_errors", "STATUS messages that report an error of ours")       \
  X(kIncompatibleStates, "uni_incompatible_states",                                               \
    "calls cleared because the two sides disagree")                                               \
  X(kTimeouts, "uni_timeouts", "answers that did not come in time")                               \
  X(kTooLong, "uni_tx_too_long", "messages not sent because they do not fit")
