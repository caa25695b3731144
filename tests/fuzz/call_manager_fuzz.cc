#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "../sim/client.h"
#include "base/check.h"
#include "circuit/client_teardown.h"
#include "testing/fuzz_input.h"
#include "testing/uni_host.h"
#include "testing/uni_messages.h"
#include "testing/uni_peer.h"
#include "wire/party_address.h"

// A call manager with a peer that says anything, and with a client that keeps to the environment's
// rules and does anything within them (the simulator's, which keeps account of all it is told).
// Input: one octet for what the run is like, then steps of one octet each, with what they need
// after it:
//
//   0, 1   a message: type, call, instruction, size of the elements, elements
//   2      a SETUP with all that it must have: call, kind, size of other elements, which count
//          instead where they are the same, those
//   3      any octets: size, octets
//   4, 5   the peer answers the oldest message that it heard, as it should: how
//   6      the client does something: what, as a seed
//   7      time passes: its logarithm
//   8      the peer's SAAL goes or comes, or begins anew: which
//   9      the data path: whether it takes its time, and what it answers now
//
// In the end the peer behaves and the client leaves or dies, and then nothing is left.
namespace vcp::callmgr {
namespace {

using Input = testing::FuzzInput;
using wire::CallReference;
using wire::Message;
using wire::MessageType;

// What the run is like, by bits of its first octet.
constexpr uint8_t kIsNetwork = 1;
constexpr uint8_t kHasParties = 2;
constexpr uint8_t kHasChanges = 4;
constexpr uint8_t kDies = 8;  // the client, instead of leaving
constexpr uint8_t kFewLabels = 16;

const Address& ServerAddress() {
  static const Address address = *ParseAddress("+358401234567");
  return address;
}
// The called one of the recorded messages.
const Address& RecordedAddress() {
  static const Address address = *ParseAddress("47.0005.80.ffe100.0000.f215.1b57.0020480d0003.00");
  return address;
}

UniOptions OptionsOf(uint8_t kind) {
  UniOptions options = testing::UniHost::OptionsOf(
      (kind & kIsNetwork) != 0 ? signaling::Role::kNetwork : signaling::Role::kUser);
  if ((kind & kFewLabels) != 0) options.last_label = kMinDataLabel + 3;
  return options;
}

class Run {
 public:
  explicit Run(Input input)
      : input_(input),
        kind_(input_.Take()),
        environment_(kind_, std::getenv("VCP_FUZZ_TRACE") != nullptr),
        wire_(&environment_.clock, &environment_.timers, &environment_.random),
        peer_(wire_.end(1), &environment_.clock, &environment_.timers),
        host_(&environment_.clock, &environment_.timers) {
    environment_.character.mean_pause_ns = 1'000'000 * kNsPerSecond;  // It acts when it is told to.
    environment_.character.has_parties = (kind_ & kHasParties) != 0;
    environment_.character.has_changes = (kind_ & kHasChanges) != 0;
    environment_.character.peers_err = true;
    host_.AddLink(OptionsOf(kind_), wire_.end(0));
    client_ = std::make_unique<sim::Client>(
        &environment_, &host_.board, "client", 1,
        std::vector<sim::Door>{{.adapter = host_.ports.front().adapter,
                                .reachable = {RecordedAddress(), ServerAddress()}}},
        std::vector<Address>{ServerAddress(), RecordedAddress()});
    Settle();
  }
  ~Run() {
    client_.reset();
    teardown_.reset();
  }

  void Go() {
    while (!input_.done()) {
      Step();
      Settle();
      Check();
    }
    End();
  }

 private:
  void Step() {
    switch (input_.Take() % 10) {
      case 0:
      case 1:
        return Say(input_.Take(), {});
      case 2:
        return SaySetup();
      case 3:
        return peer_.Send(input_.TakeSpan(input_.Take()));
      case 4:
      case 5:
        return AnswerOldest(input_.Take());
      case 6:
        environment_.random.seed(input_.Take());
        return client_->Act();
      case 7:
        return Pass(uint64_t{1} << input_.Take() % 38);
      case 8:
        return input_.Take() % 2 == 0 ? peer_.Release() : peer_.Establish();
      default:
        return ServePlane(input_.Take());
    }
  }

  // --- the peer ---------------------------------------------------------------------------------

  // One of the call manager's calls that the peer has heard of, or one by its number: few, so that
  // they are met again.
  CallReference Reference(uint8_t which) const {
    if ((which & 0x80) != 0 && !heard_calls_.empty()) {
      return heard_calls_[(which & 0x3f) % heard_calls_.size()];
    }
    return {.to_allocator = (which & 0x40) != 0, .value = which & 0x0fu};
  }

  // With the elements that the input has, and then those.
  void Say(uint8_t type, std::span<const uint8_t> more) {
    const CallReference call = Reference(input_.Take());
    const uint8_t instruction = input_.Take();
    const std::span<const uint8_t> elements = input_.TakeSpan(input_.Take());
    const size_t size = elements.size() + more.size();
    std::vector<uint8_t> octets = {wire::kSignalingProtocol,
                                   3,
                                   static_cast<uint8_t>(call.to_allocator ? 0x80 : 0),
                                   static_cast<uint8_t>(call.value >> 8),
                                   static_cast<uint8_t>(call.value),
                                   type,
                                   static_cast<uint8_t>(0x80 | instruction),
                                   static_cast<uint8_t>(size >> 8),
                                   static_cast<uint8_t>(size)};
    octets.insert(octets.end(), elements.begin(), elements.end());
    octets.insert(octets.end(), more.begin(), more.end());
    peer_.Send(octets);
  }

  void SaySetup() {
    const uint8_t kind = input_.Take();
    Message setup = testing::SetupElements((kind & 1) != 0);
    setup.called = wire::ToPartyNumber((kind & 2) != 0 ? ServerAddress() : RecordedAddress());
    if ((kind_ & kIsNetwork) == 0) setup.connection = testing::Connection(next_vci_++);
    std::array<uint8_t, kMaxSignalingBytes> octets;
    const size_t size = EmitMessage(setup, octets);
    const auto elements = std::span<const uint8_t>(octets).first(size);
    Say(static_cast<uint8_t>(MessageType::kSetup), elements.subspan(wire::kMessageHeaderBytes));
  }

  void AnswerOldest(uint8_t how) {
    const std::optional<Message> heard = peer_.TakeReceived();
    if (!heard) return;
    environment_.Trace("peer heard ", ToString(*heard));
    CallReference call = heard->call;
    call.to_allocator = !call.to_allocator;
    if (heard->type == MessageType::kSetup && heard_calls_.size() < kMaxHeardCalls) {
      heard_calls_.push_back(call);
    }
    std::optional<Message> answer = AnswerTo(*heard, call, how);
    if (!answer) return;
    answer->endpoint = heard->endpoint;
    if (answer->endpoint) answer->endpoint->to_allocator = !heard->endpoint->to_allocator;
    peer_.Send(*answer);
  }

  std::optional<Message> AnswerTo(const Message& heard, CallReference call, uint8_t how) {
    switch (heard.type) {
      case MessageType::kSetup: {
        constexpr std::array kAnswers = {MessageType::kConnect, MessageType::kCallProceeding,
                                         MessageType::kAlerting, MessageType::kReleaseComplete};
        Message answer = testing::WithCause(kAnswers[how % kAnswers.size()], call, 17);
        if (answer.type != MessageType::kReleaseComplete) {
          answer.cause = {};
          answer.connection = heard.connection;
          if (!answer.connection) answer.connection = testing::Connection(next_vci_++);
        }
        return answer;
      }
      case MessageType::kConnect:
        return testing::NewMessage(MessageType::kConnectAcknowledge, call);
      case MessageType::kRelease:
        return testing::NewMessage(MessageType::kReleaseComplete, call);
      case MessageType::kAddParty:
        return how % 2 == 0 ? testing::NewMessage(MessageType::kAddPartyAcknowledge, call)
                            : testing::WithCause(MessageType::kAddPartyReject, call, 17);
      case MessageType::kDropParty:
        return testing::WithCause(MessageType::kDropPartyAcknowledge, call, 16);
      case MessageType::kModifyRequest:
        return how % 2 == 0 ? testing::NewMessage(MessageType::kModifyAcknowledge, call)
                            : testing::WithCause(MessageType::kModifyReject, call, 37);
      case MessageType::kStatusEnquiry:
        return testing::StatusMessage(call, how % 16, 30);
      case MessageType::kRestart: {
        Message answer = heard;
        answer.type = MessageType::kRestartAcknowledge;
        answer.call = call;
        return answer;
      }
      default:
        return std::nullopt;
    }
  }

  // --- time, and the data path ------------------------------------------------------------------

  void Settle() {
    for (bool moved = true; moved;) {
      moved = environment_.timers.RunDue(environment_.now_ns()) != 0;
      moved |= !plane_is_slow_ && !host_.plane.commands.empty();
      if (!plane_is_slow_) host_.plane.AnswerAll();
      environment_.clock.Advance(1);
    }
  }

  void Pass(uint64_t ns) {
    const uint64_t until_ns = environment_.now_ns() + ns;
    TimerQueue& timers = environment_.timers;
    while (timers.NextDeadlineNs().value_or(until_ns + 1) <= until_ns) {
      environment_.clock.now_ns = std::max(environment_.now_ns(), *timers.NextDeadlineNs());
      Settle();
    }
    environment_.clock.now_ns = std::max(environment_.now_ns(), until_ns);
  }

  void ServePlane(uint8_t how) {
    plane_is_slow_ = (how & 1) != 0;
    for (uint8_t due = how >> 4; due > 0 && !host_.plane.commands.empty(); --due) {
      const bool fails = (how & 2) != 0 && host_.plane.commands.front().kind ==
                                               testing::FakeVcProgrammer::Kind::kActivate;
      host_.plane.Answer(fails ? Status::kResources : Status::kSuccess);
    }
  }

  // --- what must be true ------------------------------------------------------------------------

  void Check() {
    if (!environment_.failure().empty()) std::cerr << environment_.failure() << std::endl;
    VCP_CHECK(environment_.failure().empty());
    const signaling::UniLink& uni = host_.manager().signaling().uni();
    VCP_CHECK(uni.calls_in_setup() <= uni.call_count());
  }

  bool IsOver() const {
    const bool client_is_over = teardown_ != nullptr ? teardown_is_done_ : client_->HasLeft();
    return client_is_over && host_.manager().holdings() == UniCallManager::Holdings{} &&
           host_.manager().signaling().uni().call_count() == 0 &&
           !host_.manager().signaling().uni().NextDeadlineNs();
  }

  void End() {
    environment_.Trace("the end");
    environment_.busy = false;
    plane_is_slow_ = false;
    peer_.Establish();
    if ((kind_ & kDies) != 0) {
      teardown_ = std::make_unique<circuit::ClientTeardown>(&host_.board, client_.get());
      client_.reset();
      teardown_->Start([this] { teardown_is_done_ = true; });
    } else {
      client_->Leave();
    }
    for (uint64_t waited_ns = 0; !IsOver(); waited_ns += kNsPerSecond) {
      VCP_CHECK(waited_ns < kMaxRestlessNs);
      if (client_ != nullptr && !client_->HasLeft()) client_->Act();
      while (!peer_.received.empty()) AnswerOldest(3);
      Pass(kNsPerSecond);
      Check();
    }
    const UniCallManager& manager = host_.manager();
    VCP_CHECK(manager.transmit_admission().size() == 0);
    VCP_CHECK(manager.receive_admission().size() == 0);
    VCP_CHECK(host_.plane.active.empty());
    VCP_CHECK(host_.board.LiveObjectCount() == 2);  // The adapter and the call manager's binding.
  }

  static constexpr size_t kMaxHeardCalls = 64;
  // Longer than any chain of timers, as in the simulator.
  static constexpr uint64_t kMaxRestlessNs = 2000 * kNsPerSecond;

  Input input_;
  const uint8_t kind_;
  sim::Environment environment_;
  testing::LossyWire wire_;
  testing::UniPeer peer_;
  testing::UniHost host_;
  std::unique_ptr<sim::Client> client_;
  std::unique_ptr<circuit::ClientTeardown> teardown_;
  bool teardown_is_done_ = false;
  bool plane_is_slow_ = false;
  std::vector<CallReference> heard_calls_;
  uint16_t next_vci_ = 64;
};

}  // namespace
}  // namespace vcp::callmgr

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using vcp::callmgr::Input;
  using vcp::callmgr::Run;
  Run(Input({data, std::min<size_t>(size, 2000)})).Go();
  return 0;
}
