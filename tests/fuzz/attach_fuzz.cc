// Two applications say what the input says to one daemon, in whatever order. Each message of the
// input is a byte that chooses the speaker and how much of it is made right (below), a byte for the
// type, two for the length, and what follows the header. Whatever they say, the daemon lives, and
// when they are gone nothing of theirs is left.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "base/check.h"
#include "base/log.h"
#include "daemon/attach_server.h"
#include "miniport/loopback_mcm.h"
#include "testing/fake_channel_host.h"
#include "testing/fake_clock.h"
#include "testing/fake_vc_programmer.h"

namespace vcp::daemon {
namespace {

enum Choice : uint8_t {
  kSecondSpeaker = 0x1,
  kRawSize = 0x2,       // the header's size field is what the input says
  kRawRequestId = 0x4,  // so is its request id
  kNoHello = 0x8,       // of the first message: it is not preceded by one
  kSettle = 0x10,       // the data path answers before the next message
};

class Daemon {
 public:
  Daemon() {
    ConfigureLog({.sink = [](LogLevel, std::string_view) {}});
    port::PortInfo info{.name = "loop0", .driver = "loopback", .max_sdu_bytes = 64};
    mcm_ = std::make_unique<miniport::LoopbackMcm>(&switchboard_, &programmer_, 0, info);
    VCP_CHECK(mcm_->Start() == Status::kSuccess);
    idle_objects_ = switchboard_.LiveObjectCount();
    AttachParts parts{.loop = &loop_,
                      .switchboard = &switchboard_,
                      .channels = &plane_,
                      .plane = &plane_,
                      .counters = &counters_};
    std::vector<AdapterEntry> adapters = {{switchboard_.FindAdapter("loop0"), "loop0", 64}};
    server_ = std::make_unique<AttachServer>(parts, std::move(adapters));
  }

  UniqueFd Connect() {
    std::array<int, 2> ends;
    VCP_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends.data()) == 0);
    server_->OnConnection(UniqueFd(ends[0]));
    return UniqueFd(ends[1]);
  }
  void Turn() { loop_.Turn(0); }
  void Settle() {
    for (int i = 0; i < 4; ++i) {
      loop_.Turn(0);
      programmer_.AnswerAll();
      plane_.AnswerAll();
    }
  }
  void CheckEmpty() {
    Settle();
    VCP_CHECK(server_->session_count() == 0 && server_->departing_count() == 0);
    VCP_CHECK(switchboard_.LiveObjectCount() == idle_objects_);
    VCP_CHECK(programmer_.active.empty() && plane_.channels.empty());
    plane_.log.clear();
  }

 private:
  testing::FakeClock clock_;
  EventLoop loop_{clock_};
  circuit::Switchboard switchboard_;
  testing::FakeVcProgrammer programmer_;
  testing::FakeChannelHost plane_;
  DaemonCounters counters_;
  std::unique_ptr<miniport::LoopbackMcm> mcm_;
  std::unique_ptr<AttachServer> server_;
  size_t idle_objects_ = 0;
};

void Say(int fd, const std::vector<uint8_t>& bytes) {
  (void)!send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void SayHello(int fd) {
  auto hello = NewEvent<shm::Hello>(shm::MessageType::kHello);
  hello.header.request_id = 1;
  hello.magic = shm::kAttachMagic;
  hello.abi_major = shm::kAbiMajor;
  hello.struct_size = sizeof hello;
  hello.send_slots = hello.receive_slots = 1;  // as small as it gets
  const auto* bytes = reinterpret_cast<const uint8_t*>(&hello);
  Say(fd, {bytes, bytes + sizeof hello});
}

class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(data, size) {}
  bool empty() const { return rest_.size() < 4; }

  // The next message; what the input does not say is made right.
  std::vector<uint8_t> Next(uint8_t* choices, uint32_t request_id) {
    *choices = rest_[0];
    uint8_t type = rest_[1];
    size_t size = (rest_[2] | rest_[3] << 8) % (shm::kMaxMessageBytes + 64);
    rest_ = rest_.subspan(4);
    std::vector<uint8_t> message(std::max(size, sizeof(shm::MessageHeader)));
    size_t given = std::min(rest_.size(), message.size());
    std::copy_n(rest_.begin(), given, message.begin());
    rest_ = rest_.subspan(given);
    auto header = ReadMessage<shm::MessageHeader>(message);
    header.type = type;
    if ((*choices & kRawSize) == 0) header.size_bytes = static_cast<uint16_t>(message.size());
    if ((*choices & kRawRequestId) == 0) header.request_id = request_id;
    std::memcpy(message.data(), &header, sizeof header);
    return message;
  }

 private:
  std::span<const uint8_t> rest_;
};

}  // namespace
}  // namespace vcp::daemon

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vcp::daemon;
  static Daemon daemon;
  std::array<vcp::UniqueFd, 2> speakers = {daemon.Connect(), daemon.Connect()};
  Input input(data, size);
  if (size > 0 && (data[0] & kNoHello) == 0) {
    for (const vcp::UniqueFd& speaker : speakers) SayHello(speaker.get());
    daemon.Turn();
  }
  for (uint32_t request_id = 2; !input.empty() && request_id < 1000; ++request_id) {
    uint8_t choices = 0;
    std::vector<uint8_t> message = input.Next(&choices, request_id);
    Say(speakers[(choices & kSecondSpeaker) != 0 ? 1 : 0].get(), message);
    (choices & kSettle) != 0 ? daemon.Settle() : daemon.Turn();
  }
  for (vcp::UniqueFd& speaker : speakers) speaker.Reset();
  daemon.CheckEmpty();
  return 0;
}
