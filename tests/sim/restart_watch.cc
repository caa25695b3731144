#include "restart_watch.h"

#include <optional>

#include "wire/sscop_pdu.h"

namespace vcp::sim {

namespace {

constexpr uint32_t kLostPercent = 30;

// Nothing: another PDU, or another message.
std::optional<wire::Message> RestartIn(const wire::SscopPdu& pdu) {
  constexpr size_t kTypeOctet = 5;
  if (pdu.type != wire::SscopType::kSd || pdu.body.size() <= kTypeOctet) return std::nullopt;
  const auto type = static_cast<wire::MessageType>(pdu.body[kTypeOctet]);
  if (type != wire::MessageType::kRestart && type != wire::MessageType::kRestartAcknowledge) {
    return std::nullopt;
  }
  wire::Message message;
  wire::ParseReport report;
  if (ParseMessage(pdu.body, &message, &report) != wire::HeaderError::kNone) return std::nullopt;
  return message;
}

bool IsOfAll(const wire::Message& message) {
  return message.restart && message.restart->restart_class == wire::RestartIndicator::Class::kAll;
}

// The connection is over, or begins anew, for who sends it and for whom it arrives: its messages
// may be lost, and who asked for a restart asks again, or has none any more.
bool IsReset(wire::SscopType type) {
  using wire::SscopType;
  return type == SscopType::kBgn || type == SscopType::kEnd || type == SscopType::kRs ||
         type == SscopType::kEr;
}

}  // namespace

void RestartWatch::OnSend(size_t from, std::span<uint8_t> pdu) {
  wire::SscopPdu parsed;
  if (wire::ParseSscopPdu(pdu, &parsed) != wire::SscopError::kNone) return;
  if (IsReset(parsed.type)) return Reset(from);
  const std::optional<wire::Message> message = RestartIn(parsed);
  if (!message) return;
  const auto [seen, is_new] = seen_.emplace(std::pair(from, parsed.n_s), false);
  if (is_new) seen->second = Decide(from, *message);
  if (seen->second) pdu[0] = 0;  // A protocol that nobody speaks.
}

// What the end sends from now on is numbered anew.
void RestartWatch::Reset(size_t end) {
  asked_[end].of_all = false;
  std::erase_if(seen_, [end](const auto& seen) { return seen.first.first == end; });
}

bool RestartWatch::Decide(size_t from, const wire::Message& message) {
  const bool is_question = message.type == wire::MessageType::kRestart;
  Asked& asked = asked_[is_question ? from : 1 - from];
  if (is_question && IsOfAll(message)) asked.of_all = true;
  const Character& character = environment_->character;
  if (!environment_->busy || character.is_calm || asked.has_lost_one) return false;
  asked.has_lost_one = environment_->Chance(kLostPercent);
  if (asked.has_lost_one) environment_->Trace("  nobody will read ", ToString(message));
  return asked.has_lost_one;
}

void RestartWatch::OnArrival(size_t from, std::span<const uint8_t> pdu) {
  wire::SscopPdu parsed;
  if (wire::ParseSscopPdu(pdu, &parsed) != wire::SscopError::kNone) return;
  if (IsReset(parsed.type)) return Reset(1 - from);
  const std::optional<wire::Message> message = RestartIn(parsed);
  if (!message || message->type != wire::MessageType::kRestartAcknowledge) return;
  Asked& asked = asked_[1 - from];
  asked.has_lost_one = false;
  if (IsOfAll(*message)) asked.of_all = false;
}

std::string RestartWatch::Unanswered() const {
  for (size_t end = 0; end < asked_.size(); ++end) {
    if (asked_[end].of_all) return "the RESTART of end " + std::to_string(end) + " has no answer";
  }
  return {};
}

}  // namespace vcp::sim
