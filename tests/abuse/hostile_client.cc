// Hostile applications that need a process of their own. The first argument says which:
//
//   die SOCKET PVC ADDRESS STEPS   lives through so many steps of a life, then SIGKILL (L1)
//   scribble SOCKET PVC SEED       writes nonsense over its region, then SIGKILL (L2)
//   flood SOCKET ADDRESS           calls and sends for ever (L3)
//   echo SOCKET ADDRESS            takes one call and sends back what comes (L5)
//   reopen SOCKET                  becomes nobody and tries to write what is not its to write (A10)
//
// Exits 0 when its sin was as expected, 1 when it was not, 2 when it did not even come to it.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "client_life.h"
#include "testing/raw_client.h"

namespace vcp::abuse {
namespace {

using testing::CallTo;
using testing::NewRequest;
using testing::RawClient;
using Arguments = std::span<char*>;

constexpr unsigned kMostSeconds = 120;  // nobody outlives a test that hangs
constexpr uint32_t kCallFamily = 1;
constexpr uid_t kNobody = 65534;

enum Outcome { kAsExpected = 0, kNotAsExpected = 1, kDidNotCome = 2 };

int Die(Arguments arguments) {
  ClientLife life(arguments[0], arguments[1], arguments[2]);
  const std::string wrong = life.Live(std::strtoul(arguments[3], nullptr, 10));
  if (wrong.empty()) raise(SIGKILL);
  std::fprintf(stderr, "could not %s\n", wrong.c_str());
  return kDidNotCome;
}

// Dies in the middle of writing: sends in flight, receives held, the region full of nonsense.
int Scribble(Arguments arguments) {
  RawClient client(arguments[0]);
  if (client.Attach() != Status::kSuccess) return kDidNotCome;
  const uint32_t vc = client.OpenPvc(arguments[1]);
  if (vc == 0) return kDidNotCome;
  for (uint32_t i = 0; i < 64; ++i) client.Stage(vc, "before the nonsense", i);
  client.Publish();
  std::mt19937_64 random(std::strtoul(arguments[2], nullptr, 10));
  const uint64_t words = 1 + random() % (client.layout().up_size_bytes / sizeof(uint64_t));
  for (uint64_t i = 0; i < words; ++i) {
    const uint64_t at = random() % (client.layout().up_size_bytes / sizeof(uint64_t));
    const uint64_t word = random();
    std::memcpy(client.up() + at * sizeof word, &word, sizeof word);
  }
  client.Ring();
  raise(SIGKILL);
  return kDidNotCome;
}

uint32_t Call(RawClient* client, std::string_view address) {
  auto request = NewRequest<shm::MakeCall>(shm::MessageType::kMakeCall);
  request.vc = client->CreateVc(client->OpenAf(kCallFamily));
  request.params = CallTo(address);
  const auto reply = client->Ask<shm::CallReply>(request);
  return reply.status == static_cast<uint32_t>(Status::kSuccess) ? request.vc : 0;
}

// As many as it may, numbered, until somebody ends it.
int Flood(Arguments arguments) {
  RawClient client(arguments[0]);
  if (client.Attach() != Status::kSuccess) return kDidNotCome;
  const uint32_t vc = Call(&client, arguments[1]);
  if (vc == 0) return kDidNotCome;
  uint64_t sent = 0;
  uint64_t completed = 0;
  const auto completes = [&] {
    completed += client.completions.size();
    client.completions.clear();
    return sent - completed < client.layout().submit_capacity;
  };
  while (client.TakeUntil(completes)) {
    for (; sent - completed < client.layout().submit_capacity; ++sent) {
      std::string sdu(64, static_cast<char>(sent));
      std::memcpy(sdu.data(), &sent, sizeof sent);
      client.Stage(vc, sdu);
    }
    client.Publish();
  }
  return kAsExpected;
}

// What it holds is returned before the echo goes out: who hears the echo knows that.
int Echo(Arguments arguments) {
  RawClient client(arguments[0]);
  if (client.Attach({.receive_slots = 64}, "echo") != Status::kSuccess) return kDidNotCome;
  if (client.RegisterSap(client.OpenAf(kCallFamily), arguments[1]) == 0) return kDidNotCome;
  const auto call = client.WaitFor<shm::IncomingCall>(shm::MessageType::kIncomingCall);
  if (!call) return kDidNotCome;
  auto answer = NewRequest<shm::AnswerCall>(shm::MessageType::kAnswerCall);
  answer.vc = call->vc;
  answer.params = CallTo(arguments[1]);
  if (client.Ask<shm::SimpleReply>(answer).status != 0) return kDidNotCome;
  while (client.TakeUntil([&] { return !client.received.empty(); })) {
    for (const RawClient::Received& one : client.received) client.Stage(one.vc, one.sdu);
    client.received.clear();
    client.completions.clear();
    client.Publish();
  }
  return kAsExpected;
}

bool CanOpenForWriting(int fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const UniqueFd opened(open(path.c_str(), O_RDWR | O_CLOEXEC));
  return static_cast<bool>(opened);
}

int Reopen(Arguments arguments) {
  RawClient client(arguments[0]);
  if (client.Attach() != Status::kSuccess) return kDidNotCome;
  if (setgid(kNobody) != 0 || setuid(kNobody) != 0) return kDidNotCome;
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // else /proc would refuse, and prove nothing
  const bool opened = CanOpenForWriting(client.region_fd(shm::kDownRegionFd)) ||
                      CanOpenForWriting(client.region_fd(shm::kUpRegionFd));
  return opened ? kNotAsExpected : kAsExpected;
}

int Main(Arguments arguments) {
  struct Sin {
    std::string_view name;
    size_t arguments;
    int (*commit)(Arguments arguments);
  };
  constexpr Sin kSins[] = {{"die", 4, Die},
                           {"scribble", 3, Scribble},
                           {"flood", 2, Flood},
                           {"echo", 2, Echo},
                           {"reopen", 1, Reopen}};
  alarm(kMostSeconds);
  for (const Sin& sin : kSins) {
    if (arguments.size() != sin.arguments + 2 || arguments[1] != sin.name) continue;
    return sin.commit(arguments.subspan(2));
  }
  std::fprintf(stderr, "no such sin\n");
  return kDidNotCome;
}

}  // namespace
}  // namespace vcp::abuse

int main(int argc, char** argv) { return vcp::abuse::Main({argv, static_cast<size_t>(argc)}); }
