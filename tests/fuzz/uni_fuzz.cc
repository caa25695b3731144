#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <set>
#include <span>
#include <vector>

#include "base/check.h"
#include "testing/fuzz_input.h"
#include "testing/uni_messages.h"
#include "testing/uni_side.h"

// A peer, a call manager and a SAAL that do anything in any order. Input: one octet for the role,
// then steps of one octet each, with what they need after it:
//
//   0-3    a message: call, type, instruction, size of the elements, elements
//   4      a SETUP with all that it must have: call, size of more elements, those
//   5      any octets: size, octets
//   6      a request: kind, call, party
//   7      time: its logarithm
//   8      the SAAL goes, 9 it comes back, 10 it is reset
//
// The call manager hears of each call once when it begins and once when it ends, and at the end
// nothing is left.
namespace vcp::signaling {
namespace {

using Input = testing::FuzzInput;
using Kind = UniIndication::Kind;

class Run {
 public:
  explicit Run(Input input)
      : input_(input), role_(input_.Take() % 2 == 0 ? Role::kUser : Role::kNetwork), side_(role_) {
    side_.on_indication = [this](const UniIndication& what) { Hear(what); };
    side_.Up();
  }

  void Go() {
    while (!input_.done()) {
      Step();
      std::erase_if(lingering_, [this](uint32_t call) { return !IsThere(call); });
      VCP_CHECK(calls_.size() + lingering_.size() == side_.link().call_count());
      VCP_CHECK(side_.link().calls_in_setup() <= side_.link().call_count());
      side_.sent.clear();
      side_.told.clear();
    }
    side_.link().Stop(side_.now_ns());
    side_.CarryOut();
    side_.Advance(1);
    side_.link().OnReleased(side_.now_ns());
    side_.CarryOut();
    VCP_CHECK(side_.link().call_count() == 0);
    VCP_CHECK(side_.connections.taken.empty());
    VCP_CHECK(!side_.link().NextDeadlineNs());
    VCP_CHECK(begun_ == ended_);
  }

 private:
  void Hear(const UniIndication& what) {
    if (what.kind == Kind::kSetup) {
      ++begun_;
      VCP_CHECK(calls_.insert(what.call.value()).second);
    }
    if (what.kind == Kind::kRelease || what.kind == Kind::kReleaseConfirm) {
      ++ended_;
      VCP_CHECK(calls_.contains(what.call.value()));
      calls_.erase(what.call.value());
      // A call in state 11 or 12 is over for the call manager, and still there.
      lingering_.insert(what.call.value());
    }
  }

  bool IsThere(uint32_t call) {
    return side_.link().StateOf(CallHandle::FromValue(call)) != UniState::kNull;
  }

  void Step() {
    const uint8_t step = input_.Take() % 11;
    switch (step) {
      case 4:
        return side_.Receive(Setup());
      case 5:
        return side_.Receive(input_.TakeSpan(input_.Take()));
      case 6:
        return Request();
      case 7:
        return side_.Advance(uint64_t{1} << input_.Take() % 40);
      case 8:
        return side_.Down();
      case 9:
      case 10:
        return side_.Established();
      default:
        return side_.Receive(Message(static_cast<uint8_t>(input_.Take()), {}));
    }
  }

  // Half of the references are ours, half the peer's; few, so that they are met again.
  std::vector<uint8_t> Message(uint8_t type, std::vector<uint8_t> elements) {
    const uint8_t call = input_.Take();
    const uint8_t instruction = input_.Take();
    const std::span<const uint8_t> more = input_.TakeSpan(input_.Take());
    elements.insert(elements.end(), more.begin(), more.end());
    std::vector<uint8_t> message = {9,
                                    3,
                                    static_cast<uint8_t>(call & 0x80),
                                    0,
                                    static_cast<uint8_t>(call & 0x0f),
                                    type,
                                    static_cast<uint8_t>(0x80 | instruction)};
    message.push_back(static_cast<uint8_t>(elements.size() >> 8));
    message.push_back(static_cast<uint8_t>(elements.size()));
    message.insert(message.end(), elements.begin(), elements.end());
    return message;
  }

  std::vector<uint8_t> Setup() {
    wire::Message setup = testing::SetupElements(input_.Take() % 2 == 0);
    if (role_ == Role::kUser) setup.connection = testing::Connection(next_vci_++);
    std::array<uint8_t, kMaxSignalingBytes> octets;
    const size_t size = EmitMessage(setup, octets);
    return Message(static_cast<uint8_t>(wire::MessageType::kSetup),
                   {octets.begin() + wire::kMessageHeaderBytes, octets.begin() + size});
  }

  void Request() {
    wire::Message elements = testing::SetupElements(input_.Take() % 2 == 0);
    if (input_.Take() % 4 == 0) {
      elements = {};
      elements.traffic = testing::Rates(1, 2);
    }
    UniRequest request;
    request.kind = static_cast<UniRequest::Kind>(input_.Take() % UniRequest::kKindCount);
    const uint8_t which = input_.Take();
    request.call = Call(which);
    request.party = input_.Take() % 4;
    request.cause = side_.link().LocalCause(16);
    request.confirm = which % 2 == 0;
    request.restart_class = static_cast<wire::RestartIndicator::Class>(which % 3);
    request.connection = {0, static_cast<uint16_t>(64 + which % 8)};
    const bool may_carry = request.kind == UniRequest::Kind::kSetup ||
                           request.kind == UniRequest::Kind::kAddParty ||
                           request.kind == UniRequest::Kind::kModify;
    if (may_carry) request.elements = &elements;
    const UniReply reply = side_.link().Handle(request, side_.now_ns());
    if (request.kind == UniRequest::Kind::kSetup && reply.status == Status::kSuccess) {
      ++begun_;
      VCP_CHECK(calls_.insert(reply.call.value()).second);
    }
    side_.CarryOut();
  }

  // One that is known, or was.
  CallHandle Call(uint8_t which) {
    const std::set<uint32_t>& from = which % 4 == 0 && !lingering_.empty() ? lingering_ : calls_;
    if (from.empty()) return {};
    return CallHandle::FromValue(*std::next(from.begin(), which % from.size()));
  }

  Input input_;
  const Role role_;
  testing::UniSide side_;
  std::set<uint32_t> calls_;
  std::set<uint32_t> lingering_;
  uint64_t begun_ = 0;
  uint64_t ended_ = 0;
  uint16_t next_vci_ = 64;
};

}  // namespace
}  // namespace vcp::signaling

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using vcp::signaling::Input;
  using vcp::signaling::Run;
  Run(Input({data, std::min<size_t>(size, 2000)})).Go();
  return 0;
}
