#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <vector>

#include "element_generators.h"
#include "wire/message.h"

namespace vcp::wire {
namespace {

using Octets = std::vector<uint8_t>;

constexpr std::array kTypes = {
#define VCP_MESSAGE(constant, type, name) MessageType::constant,
#define VCP_CONTENT(message, element, presence)
#include "wire/messages.def"
};

// Half of them are of the type that may carry everything.
rc::Gen<Message> AnyMessage() {
  return rc::gen::mapcat(rc::gen::oneOf(rc::gen::just(kUnknownType), rc::gen::elementOf(kTypes)),
                         [](MessageType type) { return AnyMessage(type); });
}

Octets Emit(const Message& message) {
  Octets out(kMaxSignalingBytes);
  out.resize(EmitMessage(message, out));
  return out;
}

RC_GTEST_PROP(MessageProperty, EmitAndParseGiveTheSameMessage, ()) {
  Message message = *AnyMessage();
  Octets octets = Emit(message);
  RC_ASSERT(!octets.empty());

  Message parsed;
  ParseReport report;
  RC_ASSERT(ParseMessage(octets, &parsed, &report) == HeaderError::kNone);
  RC_ASSERT(report.clean());
  RC_ASSERT(Emit(parsed) == octets);
  parsed.places.clear();
  RC_ASSERT(parsed == message);
}

// Elements may stand in any order, and the order survives.
RC_GTEST_PROP(MessageProperty, OrderAndInstructionsOfElementsSurvive, ()) {
  Message message = *AnyMessage();
  Message placed;
  ParseReport report;
  RC_ASSERT(ParseMessage(Emit(message), &placed, &report) == HeaderError::kNone);
  std::vector<ElementPlace> places(placed.places.begin(), placed.places.end());
  places = *rc::gen::map(rc::gen::arbitrary<uint32_t>(), [places](uint32_t seed) {
    std::vector<ElementPlace> shuffled = places;
    std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(seed));
    return shuffled;
  });
  std::map<Element, uint8_t> seen;  // Elements of one kind are told apart by their order only.
  for (ElementPlace& place : places) {
    place.index = seen[place.element]++;
    place.action =
        *rc::gen::element(ElementAction::kClearCall, ElementAction::kDiscardElement,
                          ElementAction::kDiscardElementAndReport, ElementAction::kDiscardMessage,
                          ElementAction::kDiscardMessageAndReport);
  }
  RC_ASSERT(placed.places.Assign(places));

  Message parsed;
  RC_ASSERT(ParseMessage(Emit(placed), &parsed, &report) == HeaderError::kNone);
  RC_ASSERT(report.clean());
  RC_ASSERT(parsed == placed);
}

// A message is written whole or not at all, and never beyond the buffer's end.
RC_GTEST_PROP(MessageProperty, BufferThatIsTooSmallGetsNothing, ()) {
  Message message = *AnyMessage();
  Octets octets = Emit(message);
  Octets small(*rc::gen::inRange<size_t>(0, octets.size()));
  RC_ASSERT(EmitMessage(message, small) == 0u);
  RC_ASSERT(EmitMessage(message, octets) == octets.size());
}

RC_GTEST_PROP(MessageProperty, CutOffAnywhereItIsRefusedOrReported, ()) {
  Octets octets = Emit(*AnyMessage());
  octets.resize(*rc::gen::inRange<size_t>(0, octets.size()));
  Message message;
  ParseReport report;
  if (ParseMessage(octets, &message, &report) == HeaderError::kNone) {
    RC_ASSERT(report.length_disagrees);
  } else {
    RC_ASSERT(octets.size() < kMessageHeaderBytes);
  }
}

}  // namespace
}  // namespace vcp::wire
