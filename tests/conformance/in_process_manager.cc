#include "in_process_manager.h"

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"

namespace vcp::conformance {
namespace {
constexpr dataplane::ChannelIndex kFirstChannel = 1'000'000;  // above those of players
}  // namespace

// Its messages reach the other one without a VC of its own.
class InProcessManager::Manager final : public ExternalManager {
 public:
  explicit Manager(InProcessManager* owner)
      : ExternalManager(&owner->client_, owner->port_, owner->first_, owner->family_),
        owner_(owner) {}

 private:
  void Say(const ExternalMessage& message) override {
    InProcessManager* peer = owner_->peer_;
    if (peer->manager_ != nullptr) peer->inbox_.push_back(message);
  }
  void OnFamily(vcp_cm_family) override { owner_->is_ready_ = true; }
  void Report(const std::string& line) override { owner_->lines_.push_back(line); }

  InProcessManager* const owner_;
};

InProcessManager::InProcessManager(circuit::Switchboard* board, const Clock* clock,
                                   const port::PortInfo& port, uint32_t first, uint32_t family)
    : clock_(clock),
      first_(first),
      family_(family),
      port_(port.name),
      loop_(*clock),
      server_({.loop = &loop_,
               .switchboard = board,
               .channels = &channels_,
               .plane = &channels_,
               .counters = &counters_},
              std::vector<daemon::AdapterEntry>{
                  {board->FindAdapter(port.name), port.name, port.max_sdu_bytes}}) {
  channels_.ports.push_back(port);
  channels_.next_index = kFirstChannel + family;
  Attach();
  manager_ = std::make_unique<Manager>(this);
}

InProcessManager::~InProcessManager() { Kill(); }

// That waits for the answer, which it is this thread's part to give.
void InProcessManager::Attach() {
  const std::string path = folder_.path() + "/attach";
  std::unique_ptr<daemon::ListeningSocket> socket;
  std::string error;
  VCP_CHECK(daemon::ListeningSocket::Open({.path = path, .type = SOCK_SEQPACKET}, &socket,
                                          &error) == Status::kSuccess);
  server_.Listen(std::move(socket));
  std::atomic<bool> done = false;
  vcplane::Status status = VCP_PENDING;
  std::thread attaching([&] {
    status = client_.Attach({.socket_path = path, .name = "manager", .reconnect = false});
    done = true;
  });
  while (!done) loop_.Turn(1);
  attaching.join();
  VCP_CHECK(status == VCP_SUCCESS);
}

bool InProcessManager::Turn() {
  loop_.Turn(0);
  bool moved = !channels_.removals.empty();
  channels_.AnswerAll();
  std::array<vcplane::Event, 8> room;
  while (manager_ != nullptr) {
    const std::span<vcplane::Event> events = client_.Poll(room);
    if (events.empty()) break;
    moved = true;
    for (const vcplane::Event& event : events) {
      if (manager_->OnEvent(event)) continue;
      Kill();
      break;
    }
  }
  for (; manager_ != nullptr && !inbox_.empty(); inbox_.pop_front()) {
    manager_->OnMessage(inbox_.front());
    moved = true;
  }
  return moved || NextDeadlineNs().value_or(~uint64_t{0}) <= clock_->NowNs();
}

std::string InProcessManager::ReadLine() {
  if (lines_.empty()) return "";
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

void InProcessManager::Kill() {
  manager_.reset();
  client_.Detach();
  inbox_.clear();
}

}  // namespace vcp::conformance
