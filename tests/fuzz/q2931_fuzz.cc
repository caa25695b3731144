#include <array>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "wire/message.h"
#include "wire/message_view.h"

namespace vcp::wire {
namespace {

// What the cursor shows lies inside the message, element after element.
void CheckElements(std::span<const uint8_t> octets) {
  MessageView view;
  if (MessageView::Parse(octets, &view) != HeaderError::kNone) return;
  const uint8_t* at = octets.data() + kMessageHeaderBytes;
  ElementCursor cursor = view.elements();
  while (std::optional<RawElement> element = cursor.Next()) {
    if (element->contents.empty()) continue;
    VCP_CHECK(element->contents.data() >= at + kElementHeaderBytes);
    at = element->contents.data() + element->contents.size();
    VCP_CHECK(at <= octets.data() + octets.size());
  }
}

void CheckMissing(const Message& message, const ParseReport& report) {
  ParseReport checked = report;
  CheckMandatory(message, {true, true, true, true}, &checked);
  for (const ElementError& error : checked.errors) {
    VCP_CHECK(!ToString(error).empty());
    VCP_CHECK(error.kind != ElementErrorKind::kMissing || !message.Has(*error.element));
  }
}

}  // namespace
}  // namespace vcp::wire

// Any octets may be refused or reported. What was understood survives emit and parse.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vcp::wire;
  Message message;
  ParseReport report;
  CheckElements({data, size});
  if (ParseMessage({data, size}, &message, &report) != HeaderError::kNone) return 0;
  CheckMissing(message, report);
  VCP_CHECK(!ToString(message).empty());

  std::array<uint8_t, vcp::kMaxSignalingBytes> copy;
  size_t copy_bytes = EmitMessage(message, copy);
  VCP_CHECK(copy_bytes != 0);
  Message again;
  ParseReport clean;
  VCP_CHECK(ParseMessage({copy.data(), copy_bytes}, &again, &clean) == HeaderError::kNone);
  VCP_CHECK(clean.clean() && again == message);
  return 0;
}
