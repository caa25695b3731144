#include "bystander.h"

#include <array>
#include <chrono>
#include <cstring>
#include <vector>

#include "limits.h"
#include "wait.h"

namespace vcp::abuse {
namespace {

constexpr auto kPace = std::chrono::milliseconds(1);

// Message `number`: its size and every byte follow from the number.
size_t SizeOf(uint64_t number) {
  constexpr uint64_t kStep = 397;  // prime, so that all sizes come up
  return kBystanderMinBytes + number * kStep % (kBystanderMaxBytes - kBystanderMinBytes + 1);
}

void Fill(uint64_t number, std::span<uint8_t> message) {
  std::memcpy(message.data(), &number, sizeof number);
  for (size_t i = sizeof number; i < message.size(); ++i) {
    message[i] = static_cast<uint8_t>(number * 31 + i);
  }
}

}  // namespace

Bystander::Bystander(const std::string& attach_socket, const std::string& pvc)
    : attach_socket_(attach_socket), pvc_(pvc), thread_([this] { Run(); }) {}

Bystander::~Bystander() {
  if (thread_.joinable()) Stop();
}

bool Bystander::WaitForMore(uint64_t messages) {
  const uint64_t wanted = received_.load() + messages;
  return Eventually([&] { return received_.load() >= wanted || failed_.load(); }) &&
         !failed_.load();
}

std::string Bystander::Stop() {
  stop_ = true;
  thread_.join();
  return error_;
}

bool Bystander::Fail(const std::string& what) {
  error_ = "bystander: " + what + " after " + std::to_string(received_.load()) + " of " +
           std::to_string(sent_) + " messages";
  failed_ = true;
  return false;
}

bool Bystander::Connect() {
  vcplane::Af af;
  vcplane::CallParams call = vcplane::NewCall();
  const bool connected =
      client_.Attach({.socket_path = attach_socket_, .name = "bystander", .reconnect = false}) ==
          VCP_SUCCESS &&
      client_.OpenAfWait(nullptr, VCP_AF_PVC, &af) == VCP_SUCCESS &&
      vcplane::SetPvc(pvc_, &call) == VCP_SUCCESS &&
      client_.MakeCallWait(af, call, &vc_) == VCP_SUCCESS;
  return connected || Fail("cannot connect, " + std::string(vcplane::LastError()));
}

bool Bystander::SendBurst() {
  std::array<uint8_t, kBystanderMaxBytes> message;
  for (size_t i = 0; i < kBystanderBurst; ++i) {
    const std::span whole(message.data(), SizeOf(sent_));
    Fill(sent_, whole);
    const vcplane::Status status = client_.Send(vc_, std::as_bytes(whole));
    if (status != VCP_SUCCESS) return Fail("send: " + std::string(vcplane::Name(status)));
    ++sent_;
  }
  client_.Flush();
  return true;
}

bool Bystander::ReceiveAll() {
  std::array<uint8_t, kBystanderMaxBytes> expected;
  vcplane::ReceivedBurst<kBystanderBurst> burst(client_);
  for (const vcplane::Received& message : burst) {
    const uint64_t number = received_.load();
    const std::span whole(expected.data(), SizeOf(number));
    Fill(number, whole);
    if (message.size_bytes != whole.size() ||
        std::memcmp(message.data, whole.data(), whole.size()) != 0) {
      return Fail("lost, reordered or changed message");
    }
    received_.store(number + 1);
  }
  std::array<vcplane::Completion, kBystanderBurst> completions;
  for (const vcplane::Completion& completion : client_.Completions(completions)) {
    if (completion.status != VCP_SUCCESS) return Fail("a send did not complete well");
  }
  std::array<vcplane::Event, 4> events;
  for (const vcplane::Event& event : client_.Poll(events)) {
    if (event.type != VCP_EVENT_AF_REGISTERED) {
      return Fail("event " + std::to_string(event.type) + " that nobody asked for");
    }
  }
  return true;
}

// Bursts with a breath between them, so that the poll core sleeps and is woken, too.
void Bystander::Run() {
  if (!Connect()) return;
  while (!stop_) {
    if (!SendBurst()) return;
    while (received_.load() < sent_) {
      if (!ReceiveAll()) return;
      if (received_.load() == sent_) break;
      if (client_.Wait(kPatience) == VCP_TIMED_OUT) {
        Fail("lost messages");
        return;
      }
    }
    (void)client_.Wait(kPace);
    if (!ReceiveAll()) return;
  }
  const vcplane::Status status = client_.CloseCallWait(vc_);
  if (status != VCP_SUCCESS) Fail("close: " + std::string(vcplane::Name(status)));
  client_.Detach();
}

}  // namespace vcp::abuse
