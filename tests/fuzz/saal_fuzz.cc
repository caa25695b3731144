#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "signaling/saal.h"
#include "testing/fuzz_input.h"
#include "wire/sscop_pdu.h"

namespace vcp::signaling {
namespace {

using Input = testing::FuzzInput;
using wire::SscopPdu;
using wire::SscopType;

SscopConfig Config(Input* input) {
  const uint8_t bits = input->Take();
  SscopConfig config = {.max_stat = 3, .window = 8, .max_transmit_sdus = 8};
  config.carrier_may_repeat = (bits & 1) != 0;
  config.accepts_repeated_bgn_when_idle = (bits & 2) != 0;
  config.first_number = (bits & 4) != 0 ? wire::kSscopNumberMask - 2 : 0;
  return config;
}

// A SAAL with a hostile peer, a restless user and a clock that jumps.
class Fuzzed {
 public:
  explicit Fuzzed(Input* input) : input_(input), config_(Config(input)), saal_(config_) {}

  void Step() {
    switch (input_->Take() % 8) {
      case 0:
        (void)saal_.EstablishRequest(now_ns_);
        break;
      case 1:
        (void)saal_.ReleaseRequest(now_ns_);
        break;
      case 2:
        (void)saal_.DataRequest(input_->TakeSpan(input_->Take() % 8), now_ns_);
        break;
      case 3:
        (void)saal_.UnitDataRequest(input_->TakeSpan(input_->Take() % 8), now_ns_);
        break;
      case 4:
        now_ns_ += input_->Take() * (100 * kNsPerMs);
        saal_.OnTimer(now_ns_);
        break;
      case 5:
        saal_.SetUserTakesData(input_->Take() % 2 == 0);
        break;
      case 6: {
        const std::span<const uint8_t> bytes = input_->TakeSpan(input_->Take());
        const std::vector<uint8_t> exact(bytes.begin(), bytes.end());
        saal_.OnPdu(exact, now_ns_);
        Check();  // While the PDU is here.
        break;
      }
      default:
        LikelyPdu();
    }
    Check();
  }

 private:
  uint32_t Number() {
    return (config_.first_number + input_->Take() % 16) & wire::kSscopNumberMask;
  }

  // One whose numbers are not far from where they may be.
  void LikelyPdu() {
    SscopPdu pdu = {.type = static_cast<SscopType>(1 + input_->Take() % 15),
                    .n_sq = static_cast<uint8_t>(input_->Take() % 4),
                    .n_s = Number(),
                    .n_ps = Number(),
                    .n_r = Number(),
                    .n_mr = Number()};
    std::array<uint8_t, 6 * wire::kSscopWordBytes> list;
    const bool is_sdu = pdu.type == SscopType::kSd || pdu.type == SscopType::kUd;
    if (is_sdu) {
      pdu.body = input_->TakeSpan(input_->Take() % 8);
    } else if (pdu.type == SscopType::kStat || pdu.type == SscopType::kUstat) {
      const size_t elements = pdu.type == SscopType::kUstat ? 2 : input_->Take() % 7;
      for (size_t i = 0; i < elements; ++i) wire::StoreBe32(Number(), &list[4 * i]);
      pdu.body = std::span(list).first(4 * elements);
    }
    std::vector<uint8_t> bytes(wire::SscopPduBytes(pdu));
    VCP_CHECK(wire::EmitSscopPdu(pdu, bytes) == bytes.size());
    saal_.OnPdu(bytes, now_ns_);
    Check();
  }

  void Check() {
    saal_.CarryOut([](const SaalAction& action) {
      unsigned sum = 0;
      for (const uint8_t byte : action.bytes) sum += byte;  // They can be read.
      VCP_CHECK(sum <= 255 * action.bytes.size());
      if (action.kind != SaalAction::Kind::kSendPdu) return;
      SscopPdu pdu;
      VCP_CHECK(wire::ParseSscopPdu(action.bytes, &pdu) == wire::SscopError::kNone);
    });
    const bool idle = saal_.sscop_state() == SscopState::kIdle;
    VCP_CHECK(idle == (saal_.state() == SaalState::kReleased));
    // What SSCOP leaves to its user is answered at once, and only a connection takes time.
    VCP_CHECK(saal_.sscop_state() != SscopState::kIncomingConnection);
    VCP_CHECK(saal_.sscop_state() != SscopState::kIncomingResynchronization);
    VCP_CHECK(saal_.sscop_state() != SscopState::kIncomingRecovery);
    VCP_CHECK(saal_.sscop_state() != SscopState::kRecoveryResponse);
    VCP_CHECK(idle == !saal_.NextDeadlineNs().has_value());
  }

  Input* const input_;
  const SscopConfig config_;
  Saal saal_;
  uint64_t now_ns_ = kNsPerSecond;
};

}  // namespace
}  // namespace vcp::signaling

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vcp::signaling::Input input({data, size});
  vcp::signaling::Fuzzed fuzzed(&input);
  while (!input.done()) fuzzed.Step();
  return 0;
}
