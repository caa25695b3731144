#pragma once

// Every status, once: X(constant, number, NAME, meaning for a user). The numbers are the C ABI's
// (vcp_status): append, never renumber.
#define VCP_STATUS_TABLE(X)                                                                       \
  X(kSuccess, 0, "SUCCESS", "done")                                                               \
  X(kPending, 1, "PENDING", "accepted; the outcome comes later as a completion")                  \
  X(kFailure, 2, "FAILURE", "failed for a reason that no other status names")                     \
  X(kResources, 3, "RESOURCES", "out of memory, slots, labels or another bounded resource")       \
  X(kInvalidData, 4, "INVALID_DATA", "a parameter has a value that is not allowed")               \
  X(kInvalidLength, 5, "INVALID_LENGTH", "a parameter or buffer has the wrong length")            \
  X(kNotSupported, 6, "NOT_SUPPORTED", "this operation or option is not supported here")          \
  X(kNotAccepted, 7, "NOT_ACCEPTED", "the other side refused")                                    \
  X(kClosing, 8, "CLOSING", "the object is being closed")                                         \
  X(kClosed, 9, "CLOSED", "the object is closed")                                                 \
  X(kInvalidOid, 10, "INVALID_OID", "no such object identifier")                                  \
  X(kBufferTooShort, 11, "BUFFER_TOO_SHORT", "the answer does not fit in the buffer given")       \
  X(kNotRecognized, 12, "NOT_RECOGNIZED", "nobody here understands this request")                 \
  X(kPaused, 13, "PAUSED", "the port is paused")                                                  \
  X(kSendAborted, 14, "SEND_ABORTED", "the send was given up before it reached the wire")         \
  X(kResetInProgress, 15, "RESET_IN_PROGRESS", "the port is being reset; try again after it")     \
  X(kRequestAborted, 16, "REQUEST_ABORTED", "the request was given up before it was carried out") \
  X(kInvalidState, 17, "INVALID_STATE", "the object's state does not allow this operation now")   \
  X(kInvalidHandle, 18, "INVALID_HANDLE", "the handle names no object that exists")               \
  X(kDisconnected, 19, "DISCONNECTED", "the connection to the daemon is gone")                    \
  X(kBackPressured, 20, "BACK_PRESSURED", "no room now; try again when some has been completed")  \
  X(kTimedOut, 21, "TIMED_OUT", "no answer came in time")                                         \
  X(kVersionMismatch, 22, "VERSION_MISMATCH", "library and daemon speak different versions")      \
  X(kNoSuchPort, 23, "NO_SUCH_PORT", "no port has this name")                                     \
  X(kNotFound, 24, "NOT_FOUND", "nothing has this name or address")                               \
  X(kInUse, 25, "IN_USE", "already taken by somebody else")                                       \
  X(kTooBig, 26, "TOO_BIG", "larger than the limit agreed on")                                    \
  X(kAccessDenied, 27, "ACCESS_DENIED", "this user may not do that")                              \
  X(kProtocolError, 28, "PROTOCOL_ERROR", "the other side broke the protocol")
