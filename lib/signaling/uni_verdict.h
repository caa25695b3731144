// What becomes of a message whose elements are not all as they should be (Q.2931 5.6.7, 5.6.8,
// 5.7.2; Q.2971 9.5.7). Internal to UNI call control.
#pragma once

#include <cstdint>

#include "base/bounded_list.h"
#include "wire/cause.h"
#include "wire/message.h"

namespace vcp::signaling {

using wire::CauseValue;
using Diagnostics = BoundedBytes<wire::Cause::kMaxDiagnosticsBytes>;

struct UniVerdict {
  enum class Action : uint8_t {
    kProcess,  // And afterwards, with a cause: STATUS.
    kDiscard,
    kReport,    // Discard it and say so.
    kClear,     // Clear the call, or the party that it is about.
    kUnusable,  // A mandatory element is not there, or not good: what that means, the message says.
  };
  Action action = Action::kProcess;
  uint8_t cause = 0;        // Zero: nothing to report.
  Diagnostics diagnostics;  // Elements by their ids.
};

UniVerdict Judge(const wire::Message& message, const wire::ParseReport& report);

}  // namespace vcp::signaling
