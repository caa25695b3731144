// Clients that abuse the attach socket and the regions that come out of it (quality C.5, A).
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <vector>

#include "abuse_test.h"
#include "base/limits.h"
#include "client_life.h"
#include "hostile_process.h"

namespace vcp::abuse {
namespace {

using shm::MessageType;
using testing::BytesOf;
using testing::NewHello;
using testing::NewRequest;
using testing::RawClient;

class AttachAbuse : public AbuseTest {};

// --- A5: descriptors ----------------------------------------------------------------------------

TEST_F(AttachAbuse, A5_DescriptorsWithHello) {
  const std::vector<int> many(kFdsInOneMessage, STDERR_FILENO);
  for (const size_t count : {size_t{1}, size_t{2}, size_t{3}, kFdsInOneMessage}) {
    RawClient client(attach_socket());
    EXPECT_TRUE(client.Send(BytesOf(NewHello()), std::span(many).first(count)));
    EXPECT_EQ(client.WaitForEviction(), "a message carried file descriptors");
    ExpectCount("descriptors_refused", 1);
  }
}

TEST_F(AttachAbuse, A5_DescriptorsWithEveryMessage) {
  const std::vector<int> many(kFdsInOneMessage, STDERR_FILENO);
  for (int i = 0; i < kFdMessages; ++i) {
    auto client = AttachOne();
    auto request = NewRequest<shm::OpenAf>(MessageType::kOpenAf, 99);
    for (bool heard = true; heard;) heard = client->Send(BytesOf(request), many);
    EXPECT_EQ(client->WaitForEviction(), "a message carried file descriptors");
    ExpectCount("descriptors_refused", 1);
  }
}

// A pipe that the daemon held open would keep its reader waiting for ever.
TEST_F(AttachAbuse, A5_DescriptorsAreNotKept) {
  std::array<int, 2> ends;
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  auto client = AttachOne();
  const std::vector<int> many(kFdsInOneMessage, writer.get());
  EXPECT_TRUE(client->Send(BytesOf(NewRequest<shm::OpenAf>(MessageType::kOpenAf)), many));
  writer.Reset();
  char nothing;
  EXPECT_EQ(read(reader.get(), &nothing, 1), 0);
  EXPECT_EQ(client->WaitForEviction(), "a message carried file descriptors");
  ExpectCount("descriptors_refused", 1);
}

// --- A6: sizes ----------------------------------------------------------------------------------

void ExpectSound(const shm::ChannelLayout& layout) {
  for (const uint32_t capacity : {layout.submit_capacity, layout.complete_capacity,
                                  layout.receive_capacity, layout.return_capacity}) {
    EXPECT_TRUE(std::has_single_bit(capacity));
  }
  EXPECT_GE(layout.send_slot_count, kMinSlots);
  EXPECT_LE(layout.send_slot_count, kMaxSlots);
  EXPECT_GE(layout.receive_slot_count, kMinSlots);
  EXPECT_LE(layout.receive_slot_count, kMaxSlots);
  EXPECT_GE(layout.max_sdu_bytes, 1u);
  EXPECT_LE(layout.max_sdu_bytes, kMaxSduBytes);
  EXPECT_LE(layout.send_slot_count, layout.submit_capacity);
  EXPECT_LE(layout.submit_capacity, layout.complete_capacity);
  EXPECT_LE(layout.receive_slot_count, layout.receive_capacity);
  EXPECT_LE(layout.receive_slot_count, layout.return_capacity);
  EXPECT_GE(layout.send_slot_bytes, layout.max_sdu_bytes);
  EXPECT_GE(layout.receive_slot_bytes, layout.max_sdu_bytes);
  EXPECT_LE(sizeof(shm::RegionHeader), layout.up_submit_offset);
  EXPECT_LE(layout.up_submit_offset + uint64_t{layout.submit_capacity} * 16,
            layout.up_return_offset);
  EXPECT_LE(layout.up_return_offset + uint64_t{layout.return_capacity} * 8,
            layout.up_payload_offset);
  EXPECT_LE(layout.up_payload_offset + uint64_t{layout.send_slot_count} * layout.send_slot_bytes,
            layout.up_size_bytes);
  EXPECT_LE(layout.down_complete_offset + uint64_t{layout.complete_capacity} * 8,
            layout.down_receive_offset);
  EXPECT_LE(layout.down_receive_offset + uint64_t{layout.receive_capacity} * 16,
            layout.down_payload_offset);
  EXPECT_LE(
      layout.down_payload_offset + uint64_t{layout.receive_slot_count} * layout.receive_slot_bytes,
      layout.down_size_bytes);
}

uint64_t SizeOf(int fd) {
  struct stat found {};
  EXPECT_EQ(fstat(fd, &found), 0);
  return static_cast<uint64_t>(found.st_size);
}

TEST_F(AttachAbuse, A6_SizesOutOfAllBounds) {
  constexpr std::array<uint32_t, 10> kSizes = {
      0, 1, 3, 63, 64, kMaxSlots, kMaxSlots + 1, 0x7fffffff, 0x80000000, 0xffffffff};
  std::vector<shm::ChannelRequest> requests;
  for (const uint32_t size : kSizes) {
    requests.push_back({.max_sdu_bytes = size, .send_slots = 1, .receive_slots = 1});
    requests.push_back({.max_sdu_bytes = 1, .send_slots = size, .receive_slots = 1});
    requests.push_back({.max_sdu_bytes = 1, .send_slots = 1, .receive_slots = size});
    requests.push_back({.max_sdu_bytes = size, .send_slots = size, .receive_slots = size});
  }
  for (const shm::ChannelRequest& request : requests) {
    auto client = AttachOne(request);
    ExpectSound(client->layout());
    EXPECT_EQ(SizeOf(client->region_fd(shm::kUpRegionFd)), client->layout().up_size_bytes);
    EXPECT_EQ(SizeOf(client->region_fd(shm::kDownRegionFd)), client->layout().down_size_bytes);
    // The last byte of the last slot works, both ways.
    const uint32_t vc = client->OpenPvc(Pvc(1));
    ASSERT_NE(vc, 0u);
    *(client->up() + client->layout().up_size_bytes - 1) = 42;
    const auto last = static_cast<uint32_t>(client->payload_bytes() - 1);
    EXPECT_EQ(client->SubmitOne({.offset = last,
                                 .channel_vc = vc,
                                 .length = 1,
                                 .flags = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList}),
              Status::kSuccess);
    ASSERT_TRUE(client->TakeUntil([&] { return !client->received.empty(); }));
    EXPECT_EQ(client->received[0].sdu, "*");
    EXPECT_EQ(client->CloseCall(vc), Status::kSuccess);
    client.reset();
    WaitForBaseline();  // the largest are hundreds of megabytes
  }
}

// --- A7: indices --------------------------------------------------------------------------------

class Indices : public AttachAbuse {
 protected:
  // Every handle that differs from a good one in one bit, and the ends of the number range.
  static std::vector<uint32_t> WrongOnes(uint32_t good) {
    std::vector<uint32_t> wrong = {0, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff};
    for (int bit = 0; bit < 32; ++bit) wrong.push_back(good ^ uint32_t{1} << bit);
    return wrong;
  }
  template <typename Reply, typename Request>
  void ExpectRefused(RawClient& client, MessageType type, uint32_t Request::*field, uint32_t good) {
    for (const uint32_t handle : WrongOnes(good)) {
      auto request = NewRequest<Request>(type);
      request.*field = handle;
      if constexpr (requires { request.params; }) request.params = testing::CallTo(Pvc(1));
      const Reply reply = client.Ask<Reply>(request);
      EXPECT_EQ(static_cast<Status>(reply.status), Status::kInvalidHandle)
          << "type " << static_cast<int>(type) << " handle " << handle;
    }
  }
};

TEST_F(Indices, A7_HandlesThatAreNobodys) {
  auto client = AttachOne();
  const uint32_t af = client->OpenAf(1);
  const uint32_t sap = client->RegisterSap(af, "+4712");
  const uint32_t vc = client->CreateVc(af);
  ASSERT_TRUE(af != 0 && sap != 0 && vc != 0);
  using shm::SimpleReply;
  ExpectRefused<SimpleReply>(*client, MessageType::kCloseAf, &shm::CloseAf::af, af);
  ExpectRefused<SimpleReply>(*client, MessageType::kNotifyCloseAfComplete,
                             &shm::NotifyCloseAfComplete::af, af);
  ExpectRefused<SimpleReply>(*client, MessageType::kRegisterSap, &shm::RegisterSap::af, af);
  ExpectRefused<SimpleReply>(*client, MessageType::kDeregisterSap, &shm::DeregisterSap::sap, sap);
  ExpectRefused<SimpleReply>(*client, MessageType::kCreateVc, &shm::CreateVc::af, af);
  ExpectRefused<SimpleReply>(*client, MessageType::kDeleteVc, &shm::DeleteVc::vc, vc);
  ExpectRefused<shm::CallReply>(*client, MessageType::kMakeCall, &shm::MakeCall::vc, vc);
  ExpectRefused<SimpleReply>(*client, MessageType::kAnswerCall, &shm::AnswerCall::vc, vc);
  ExpectRefused<SimpleReply>(*client, MessageType::kCloseCall, &shm::CloseCall::vc, vc);
  ExpectRefused<shm::VcCountersReply>(*client, MessageType::kVcCounters,
                                      &shm::VcCountersRequest::vc, vc);
  const auto clients = Show("clients");
  EXPECT_EQ(clients.back()["afs"], 1);
  EXPECT_EQ(clients.back()["saps"], 1);
  EXPECT_EQ(clients.back()["vcs"], 1);
}

TEST_F(Indices, A7_FamiliesThatThereAreNot) {
  auto client = AttachOne();
  for (const uint32_t family : {2u, 0x10000u, 0x10001u, 0x80000001u, 0xffffffffu}) {
    EXPECT_EQ(client->OpenAf(family), 0u) << family;
  }
}

// --- A9: coming and going -----------------------------------------------------------------------

TEST_F(AttachAbuse, A9_AttachAndDetachAgainAndAgain) {
  for (int attached = 0; attached < AttachCycles();) {
    RawClient client(attach_socket());
    const Status status = client.Attach({.send_slots = 1, .receive_slots = 1});
    // Who went a moment ago may still have a place.
    ASSERT_TRUE(status == Status::kSuccess || status == Status::kResources);
    attached += status == Status::kSuccess ? 1 : 0;
  }
  AllowCount("too_many_of_user");
}

// Every two neighbouring messages, at the places where a client may be torn from the daemon.
TEST_F(AttachAbuse, A9_LeaveAtEveryMessageBoundary) {
  for (size_t steps = 1; steps <= ClientLife::StepCount(); ++steps) {
    ClientLife life(attach_socket(), Pvc(2), "+4713");
    EXPECT_EQ(life.Live(steps), "");
    life.client.reset();
    WaitForBaseline();
  }
  AllowCount("rx_no_client_buffer");
  AllowCount("rx_client_gone");
  AllowCount("rx_label_not_on_port");
  AllowCount("tx_aborted");
}

// --- A10, A11: regions --------------------------------------------------------------------------

// Nothing makes a mapping or a descriptor of the daemon's region writable.
void ExpectNotWritable(int fd, uint64_t size_bytes) {
  const auto size = static_cast<off_t>(size_bytes);
  const char byte = 1;
  EXPECT_EQ(mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
  EXPECT_EQ(pwrite(fd, &byte, 1, 0), -1);
  EXPECT_EQ(ftruncate(fd, 0), -1);
  EXPECT_EQ(ftruncate(fd, 2 * size), -1);
  EXPECT_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, size), -1);
  EXPECT_EQ(fallocate(fd, 0, 0, 2 * size), -1);
  EXPECT_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
  void* mapped = mmap(nullptr, size_bytes, PROT_READ, MAP_SHARED, fd, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  EXPECT_EQ(mprotect(mapped, size_bytes, PROT_READ | PROT_WRITE), -1);
  EXPECT_EQ(madvise(mapped, size_bytes, MADV_REMOVE), -1);
  EXPECT_EQ(munmap(mapped, size_bytes), 0);
}

TEST_F(AttachAbuse, A10_TheDownRegionCannotBeWritten) {
  auto client = AttachOne();
  const uint64_t size_bytes = client->layout().down_size_bytes;
  const int fd = client->region_fd(shm::kDownRegionFd);
  ExpectNotWritable(fd, size_bytes);
  // Opened anew by the same user, who may, it is no better.
  EXPECT_EQ(fchmod(fd, 0777), 0);
  const UniqueFd again(open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(static_cast<bool>(again));
  ExpectNotWritable(again.get(), size_bytes);
  const uint32_t vc = client->OpenPvc(Pvc(3));
  client->Stage(vc, "still there");
  client->Publish();
  ASSERT_TRUE(client->TakeUntil([&] { return !client->received.empty(); }));
  EXPECT_EQ(client->received[0].sdu, "still there");
}

TEST_F(AttachAbuse, A10_AnotherUserCannotOpenTheRegions) {
  if (geteuid() != 0) GTEST_SKIP() << "becoming another user needs root";
  HostileProcess nobody({"reopen", attach_socket()});
  EXPECT_EQ(nobody.Wait(), 0);
}

void ExpectFixedSize(int fd, uint64_t size_bytes) {
  const auto size = static_cast<off_t>(size_bytes);
  EXPECT_EQ(ftruncate(fd, 0), -1);
  EXPECT_EQ(ftruncate(fd, size - 4096), -1);
  EXPECT_EQ(ftruncate(fd, size + 4096), -1);
  EXPECT_EQ(fallocate(fd, 0, size, 4096), -1);
  EXPECT_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
}

bool PunchHole(const RawClient& client, uint64_t begin, uint64_t length) {
  return fallocate(client.region_fd(shm::kUpRegionFd), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                   static_cast<off_t>(begin), static_cast<off_t>(length)) == 0;
}

uint64_t HeldBytes(int fd) {
  struct stat found {};
  EXPECT_EQ(fstat(fd, &found), 0);
  return static_cast<uint64_t>(found.st_blocks) * 512;
}

// No page of a client's memory can be missing when the daemon reads it: what was taken away before
// the first request is there again after it, and then nothing can be taken away any more.
TEST_F(AttachAbuse, A11_NoHolesInMemoryThatIsRead) {
  auto client = AttachOne();
  const int fd = client->region_fd(shm::kUpRegionFd);
  const uint64_t size_bytes = client->layout().up_size_bytes;
  ExpectFixedSize(fd, size_bytes);
  ASSERT_TRUE(PunchHole(*client, 0, size_bytes));
  const uint32_t vc = client->OpenPvc(Pvc(4));
  ASSERT_NE(vc, 0u);
  EXPECT_EQ(HeldBytes(fd), size_bytes);
  const Meanwhile punching([&] {
    EXPECT_FALSE(PunchHole(*client, 0, size_bytes));
    EXPECT_NE(madvise(client->up(), size_bytes, MADV_REMOVE), 0);
  });
  const std::string sdu(1400, 'x');
  for (const For time(PunchTime()); time;) {
    for (int i = 0; i < 64; ++i) client->Stage(vc, sdu);
    client->Publish();
    ASSERT_TRUE(client->TakeUntil([&] { return client->received.size() == 64; }));
    for (const RawClient::Received& one : client->received) EXPECT_EQ(one.sdu, sdu);
    client->received.clear();
    client->completions.clear();
  }
}

// Nobody forbids a client the seal that keeps the daemon from setting its own.
TEST_F(AttachAbuse, A11_AClientThatSealsItsRegionItselfIsEvicted) {
  auto client = AttachOne();
  ASSERT_EQ(fcntl(client->region_fd(shm::kUpRegionFd), F_ADD_SEALS, F_SEAL_SEAL), 0);
  (void)client->OpenAf(0);
  EXPECT_EQ(client->WaitForEviction(), "it sealed its region itself");
  ExpectCount("protocol_errors", 1);
}

class ZeroedRing : public AttachAbuse {
 protected:
  void TearDown() override {
    client_.reset();
    AbuseTest::TearDown();
  }
  // Zeros mean "ready" on a ring's second lap: both rings are taken there first.
  void Start() {
    client_ = AttachOne();
    const uint32_t vc = client_->OpenPvc(Pvc(5));
    const uint32_t lap = client_->layout().submit_capacity;
    for (uint32_t sent = 0; sent < lap + 64; sent += 64) {
      for (int i = 0; i < 64; ++i) client_->Stage(vc, "second lap");
      client_->Publish();
      ASSERT_TRUE(client_->TakeUntil([&] { return client_->received.size() == sent + 64; }));
    }
    EXPECT_TRUE(
        Eventually([&] { return CountOf(client_->client_id(), "receives_outstanding") == 0; }));
  }
  void Zero(uint64_t begin, uint64_t end) {
    std::memset(client_->up() + begin, 0, end - begin);
    client_->Ring();
  }
  std::unique_ptr<RawClient> client_;
};

TEST_F(ZeroedRing, ASubmitRingFullOfZerosIsAListWithoutEnd) {
  Start();
  Zero(client_->layout().up_submit_offset, client_->layout().up_return_offset);
  EXPECT_EQ(client_->WaitForEviction(), "a buffer list without end");
  ExpectCount("evicted_by_data_path", 1);
}

TEST_F(ZeroedRing, AReturnRingFullOfZerosReturnsWhatIsNotHeld) {
  Start();
  Zero(client_->layout().up_return_offset, client_->layout().up_payload_offset);
  EXPECT_EQ(client_->WaitForEviction(), "returned slots that the client did not hold");
  ExpectCount("evicted_by_data_path", 1);
  ExpectCount("bad_return", kStrikes);
}

}  // namespace
}  // namespace vcp::abuse
