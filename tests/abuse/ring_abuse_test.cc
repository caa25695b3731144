// Clients that lie in shared memory (quality C.5, R). tests/unit/dataplane has the same lies turn
// by turn; here they meet the real daemon, its poll core's thread and a bystander on the same port.
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <random>
#include <vector>

#include "abuse_test.h"
#include "base/limits.h"

namespace vcp::abuse {
namespace {

using testing::RawClient;

constexpr uint16_t kBufferEnd = shm::kSubmitEndOfBuffer;
constexpr uint16_t kWhole = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList;
constexpr uint32_t kWild = 0xfffffff0;

class RingAbuse : public AbuseTest {
 protected:
  void TearDown() override {
    liar_.reset();
    AbuseTest::TearDown();
  }
  // Attaches the liar, on a PVC that hears itself.
  void Start(int pvc, const shm::ChannelRequest& request = {}) {
    liar_ = AttachOne(request);
    vc_ = liar_->OpenPvc(Pvc(pvc));
    ASSERT_NE(vc_, 0u);
  }
  Status Submit(uint32_t offset, uint32_t length, uint32_t vc) {
    return liar_->SubmitOne({.offset = offset,
                             .channel_vc = vc,
                             .length = static_cast<uint16_t>(length),
                             .flags = kWhole});
  }
  Status Submit(uint32_t offset, uint32_t length) { return Submit(offset, length, vc_); }
  uint32_t PayloadBytes() const { return static_cast<uint32_t>(liar_->payload_bytes()); }
  bool TakeReceived(size_t count) {
    return liar_->TakeUntil([&] { return liar_->received.size() >= count; });
  }
  bool TakeCompletions(size_t count) {
    return liar_->TakeUntil([&] { return liar_->completions.size() >= count; });
  }
  uint64_t CountOfLiar(const std::string& counter) { return CountOf(liar_->client_id(), counter); }
  void ExpectEvicted(const std::string& reason) {
    EXPECT_EQ(liar_->WaitForEviction(), reason);
    ExpectCount("evicted_by_data_path", 1);
  }
  std::unique_ptr<RawClient> liar_;
  uint32_t vc_ = 0;
};

// --- R1: a second thread changes what the daemon reads -------------------------------------------

template <typename T>
void StoreInSlot(uint8_t* ring, uint32_t slot, size_t at, T value) {
  std::atomic_ref(*reinterpret_cast<T*>(ring + slot * shm::kDescriptorBytes<shm::Submission> + at))
      .store(value, std::memory_order_relaxed);
}

// Offset and length only: flags and the ready bit stay as they are.
void ToggleEverySlot(const RawClient& client, uint32_t turn) {
  constexpr size_t kOffsetAt = 0;
  constexpr size_t kLengthAt = 12;
  uint8_t* ring = client.up() + client.layout().up_submit_offset;
  for (uint32_t slot = 0; slot < client.layout().submit_capacity; ++slot) {
    const uint32_t choice = slot + turn;
    StoreInSlot<uint32_t>(ring, slot, kOffsetAt, (choice & 1) != 0 ? kWild : 0);
    StoreInSlot<uint16_t>(ring, slot, kLengthAt, (choice & 2) != 0 ? 0xffff : 64);
  }
}

TEST_F(RingAbuse, R1_OffsetAndLengthChangeWhileTheyAreRead) {
  for (const For time(ToggleTime()); time;) {
    Start(1, {.send_slots = 256});
    const uint32_t credit = liar_->layout().submit_capacity;
    uint64_t staged = 0;
    {
      const Meanwhile toggling(
          [&, turn = uint32_t{0}]() mutable { ToggleEverySlot(*liar_, turn++); });
      while (!liar_->IsEnded()) {
        for (; staged - liar_->completions.size() < credit; ++staged) liar_->Stage(vc_, "honest");
        liar_->Publish();
        liar_->Take();
      }
    }
    ExpectEvicted("submissions that point outside the client's memory");
    ExpectCount("tx_bad_descriptor", kStrikes);
    liar_.reset();
    WaitForBaseline();
  }
  AllowCount("tx_too_big");
  AllowCount("tx_aborted");
  AllowCount("rx_client_gone");
  AllowCount("rx_label_not_on_port");
}

// --- R3, R4, R5: offsets and lengths -------------------------------------------------------------

TEST_F(RingAbuse, R3_OffsetsBeyondTheRegion) {
  Start(1);
  EXPECT_EQ(Submit(PayloadBytes() - 8, 8), Status::kSuccess);
  EXPECT_EQ(Submit(PayloadBytes() - 8, 9), Status::kInvalidData);
  EXPECT_EQ(Submit(PayloadBytes() - 1, 1), Status::kSuccess);
  EXPECT_EQ(Submit(PayloadBytes(), 1), Status::kInvalidData);
  ASSERT_TRUE(TakeReceived(2));
  EXPECT_EQ(liar_->received.size(), 2u);
  ExpectCount("tx_bad_descriptor", 2);
}

TEST_F(RingAbuse, R4_OffsetAndLengthThatOverflow) {
  Start(1);
  EXPECT_EQ(Submit(0xfffffff0, 0x20), Status::kInvalidData);
  EXPECT_EQ(Submit(0xffffffff, 0xffff), Status::kInvalidData);
  EXPECT_EQ(Submit(0x80000000, 0x8000), Status::kInvalidData);
  EXPECT_EQ(Submit(0, 8), Status::kSuccess);
  ExpectCount("tx_bad_descriptor", 3);
}

TEST_F(RingAbuse, R5_WrongLengths) {
  Start(1);
  constexpr uint32_t kMaxSdu = 1492;  // MTU 1500 without label and control word
  EXPECT_EQ(Submit(0, 0), Status::kInvalidLength);
  EXPECT_EQ(Submit(0, kMaxSdu + 1), Status::kInvalidLength);
  EXPECT_EQ(Submit(0, 0xffff), Status::kInvalidLength);
  for (const uint32_t length : {1u, 2u, 13u, 14u, 63u, 64u, kMaxSdu}) {
    EXPECT_EQ(Submit(0, length), Status::kSuccess);
    ASSERT_TRUE(TakeReceived(1));
    EXPECT_EQ(liar_->received[0].sdu.size(), length);
    liar_->received.clear();
  }
  ExpectCount("tx_empty", 1);
  ExpectCount("tx_too_big", 2);
}

// --- R6: positions -------------------------------------------------------------------------------

// A ready descriptor behind one that is not: the daemon does not jump.
TEST_F(RingAbuse, R6_AHoleIsNotJumpedOver) {
  Start(1);
  liar_->Stage(vc_, "first", 1);  // held back by Publish
  liar_->Stage(vc_, "second", 2);
  liar_->Ring();
  WaitForTurns();
  liar_->Take();
  EXPECT_TRUE(liar_->completions.empty());
  EXPECT_EQ(CountOfLiar("submitted_lists"), 0u);
  liar_->Publish();
  ASSERT_TRUE(TakeReceived(2));
  EXPECT_EQ(liar_->received[0].sdu, "first");
  EXPECT_EQ(liar_->received[1].sdu, "second");
}

// What was taken once is not taken again, however often it is marked ready.
TEST_F(RingAbuse, R6_BackwardsIsNotTakenTwice) {
  Start(1);
  EXPECT_EQ(Submit(0, 8), Status::kSuccess);
  shm::RingWriter<shm::Submission> again(liar_->up() + liar_->layout().up_submit_offset,
                                         liar_->layout().submit_capacity);
  again.Stage({.channel_vc = vc_, .length = 8, .flags = kWhole});
  again.Publish();
  liar_->Ring();
  WaitForTurns();
  liar_->Take();
  EXPECT_EQ(liar_->completions.size(), 1u);
  EXPECT_EQ(CountOfLiar("submitted_lists"), 1u);
}

// Laps upon laps without looking at completions: who overruns the ring overruns only itself.
TEST_F(RingAbuse, R6_OverrunningTheRing) {
  Start(1, {.send_slots = 64, .receive_slots = 64});
  for (uint32_t i = 0; i < 64 * 1001; ++i) {
    liar_->Stage(vc_, "overrun", i);
    if (i % 65 == 64) liar_->Publish();
  }
  liar_->Publish();
  WaitForTurns();
  EXPECT_TRUE(
      Eventually([&] { return CountOfLiar("completed_lists") == CountOfLiar("submitted_lists"); }));
  EXPECT_LE(CountOfLiar("submitted_lists"), 64u * 1001);
  AllowCount("rx_no_client_buffer");
  AllowCount("rx_client_gone");
  AllowCount("rx_label_not_on_port");
}

TEST_F(RingAbuse, R6_ExactlyTheCapacityAtOnce) {
  Start(1, {.send_slots = 64});
  const uint32_t capacity = liar_->layout().submit_capacity;
  for (uint32_t i = 0; i < capacity; ++i) liar_->Stage(vc_, std::to_string(i + 1), i);
  liar_->Publish();
  ASSERT_TRUE(TakeReceived(capacity));
  for (uint32_t i = 0; i < capacity; ++i) {
    EXPECT_EQ(liar_->received[i].sdu, std::to_string(i + 1));
  }
}

// --- R7: lists without end -----------------------------------------------------------------------

TEST_F(RingAbuse, R7_AListWithoutEnd) {
  Start(1);
  for (uint32_t i = 0; i < 1000; ++i) liar_->StageRaw({.channel_vc = vc_, .length = 1});
  liar_->Publish();
  ExpectEvicted("a buffer list without end");
}

TEST_F(RingAbuse, R7_TooManySegmentsOrBuffers) {
  Start(1);
  for (uint32_t i = 0; i <= kMaxSegmentsPerBuffer; ++i) {
    const bool last = i == kMaxSegmentsPerBuffer;
    liar_->StageRaw({.channel_vc = vc_, .length = 1, .flags = last ? kWhole : uint16_t{0}});
  }
  for (uint32_t i = 0; i <= kMaxBuffersPerList; ++i) {
    const bool last = i == kMaxBuffersPerList;
    liar_->StageRaw({.channel_vc = vc_, .length = 1, .flags = last ? kWhole : kBufferEnd});
  }
  liar_->Publish();
  EXPECT_TRUE(TakeCompletions(2));
  for (const shm::Completion& completion : liar_->completions) {
    EXPECT_EQ(static_cast<Status>(completion.status), Status::kInvalidLength);
  }
  ASSERT_TRUE(TakeReceived(kMaxBuffersPerList));  // what was within the limit went out
  ExpectCount("tx_bad_list", 2);
}

// --- R8: the daemon's own words ------------------------------------------------------------------

// The daemon publishes no position that could be rewritten, and what it does publish lies where the
// client cannot write; what the client says of itself is no more than a wish to be woken.
TEST_F(RingAbuse, R8_RewritingHeadersAndTheDaemonsWords) {
  Start(1);
  EXPECT_EQ(mprotect(const_cast<uint8_t*>(liar_->down()), liar_->layout().down_size_bytes,
                     PROT_READ | PROT_WRITE),
            -1);
  const Meanwhile scribbling(
      [header = reinterpret_cast<uint32_t*>(liar_->up()), turn = uint32_t{0}]() mutable {
        for (size_t i = 0; i < sizeof(shm::RegionHeader) / sizeof(uint32_t); ++i) {
          std::atomic_ref(header[i]).store(++turn * 2654435761u);
        }
      });
  for (uint32_t i = 1; i <= 2000; ++i) {
    liar_->Stage(vc_, std::to_string(i), i);
    liar_->Publish();
    ASSERT_TRUE(TakeReceived(1));
    EXPECT_EQ(liar_->received[0].sdu, std::to_string(i));
    liar_->received.clear();
  }
}

// --- R9: bad ones among good ones ----------------------------------------------------------------

TEST_F(RingAbuse, R9_BadDescriptorsAmongGoodOnes) {
  Start(1);
  constexpr std::array<uint32_t, 3> kBad = {0, 15, 31};
  std::vector<std::string> good;
  for (uint32_t i = 0; i < 32; ++i) {
    if (std::find(kBad.begin(), kBad.end(), i) != kBad.end()) {
      liar_->StageRaw(
          {.offset = kWild, .channel_vc = vc_, .cookie = i, .length = 32, .flags = kWhole});
    } else {
      good.push_back("good " + std::to_string(i));
      liar_->Stage(vc_, good.back(), i);
    }
  }
  liar_->Publish();
  EXPECT_TRUE(TakeCompletions(32));
  ASSERT_TRUE(TakeReceived(good.size()));
  ASSERT_EQ(liar_->received.size(), good.size());
  for (size_t i = 0; i < good.size(); ++i) EXPECT_EQ(liar_->received[i].sdu, good[i]);
  ExpectCount("tx_bad_descriptor", kBad.size());
}

TEST_F(RingAbuse, R9_AllBadEndsInEviction) {
  Start(1);
  for (uint32_t i = 0; i < 4 * kStrikes; ++i) {
    liar_->StageRaw({.offset = kWild, .channel_vc = vc_, .length = 32, .flags = kWhole});
  }
  liar_->Publish();
  ExpectEvicted("submissions that point outside the client's memory");
  ExpectCount("tx_bad_descriptor", kStrikes);
}

// --- R10: bursts ---------------------------------------------------------------------------------

class Bursts : public RingAbuse {
 protected:
  // SDUs go out in one burst, each cut into random segments, several to a list as it comes.
  void StageRandomly(const std::vector<std::string>& sdus, std::mt19937* random) {
    uint32_t at = 0;
    uint32_t buffers = 0;
    for (size_t i = 0; i < sdus.size(); ++i) {
      std::string_view rest = sdus[i];
      for (uint32_t segments = 1; !rest.empty(); ++segments) {
        size_t length = segments == 4 ? rest.size() : 1 + (*random)() % rest.size();
        std::memcpy(liar_->channel().send_payload + at, rest.data(), length);
        const uint32_t offset = at;
        at += static_cast<uint32_t>(length);
        rest.remove_prefix(length);
        uint16_t flags = 0;
        if (rest.empty()) {
          const bool ends = ++buffers == 16 || (*random)() % 3 == 0 || i + 1 == sdus.size();
          flags = ends ? kWhole : kBufferEnd;
          lists_ += ends ? 1 : 0;
          if (ends) buffers = 0;
        }
        liar_->StageRaw({.offset = offset,
                         .channel_vc = vc_,
                         .length = static_cast<uint16_t>(length),
                         .flags = flags});
      }
    }
  }
  void ExpectEchoed(const std::vector<std::string>& sdus) {
    ASSERT_TRUE(TakeReceived(sdus.size()));
    ASSERT_EQ(liar_->received.size(), sdus.size());
    for (size_t i = 0; i < sdus.size(); ++i) EXPECT_EQ(liar_->received[i].sdu, sdus[i]);
    liar_->received.clear();
  }
  size_t lists_ = 0;
};

// As one by one: everything comes, whole and in order.
TEST_F(Bursts, R10_EveryBurstSizeIsAsOneByOne) {
  Start(1, {.send_slots = 1024});
  const uint32_t capacity = liar_->layout().submit_capacity;
  for (const uint32_t burst : {1u, 31u, 32u, 33u, 255u, 256u, 257u, capacity}) {
    std::vector<std::string> sdus;
    for (uint32_t i = 0; i < burst; ++i) sdus.push_back(std::string(1 + i % 700, 'a' + i % 26));
    for (const std::string& sdu : sdus) liar_->Stage(vc_, sdu);
    liar_->Publish();
    ExpectEchoed(sdus);
    EXPECT_TRUE(TakeCompletions(burst));
    EXPECT_EQ(liar_->completions.size(), burst);
    liar_->completions.clear();
  }
  // One more than the capacity is possible as soon as one has completed.
  std::vector<std::string> sdus(capacity + 1, "one too many");
  for (uint32_t i = 0; i < capacity; ++i) liar_->Stage(vc_, sdus[i]);
  liar_->Publish();
  EXPECT_TRUE(TakeCompletions(1));
  liar_->Stage(vc_, sdus.back());
  liar_->Publish();
  ExpectEchoed(sdus);
}

TEST_F(Bursts, R10_RandomListsAreAsOneByOne) {
  Start(1, {.send_slots = 1024});
  std::mt19937 random(10);
  for (int round = 0; round < RandomBursts(); ++round) {
    std::vector<std::string> sdus;
    const uint32_t count = 1 + random() % 250;
    for (uint32_t i = 0; i < count; ++i) {
      sdus.push_back(std::string(1 + random() % 1492, static_cast<char>(random())));
    }
    lists_ = 0;
    StageRandomly(sdus, &random);
    liar_->Publish();
    ExpectEchoed(sdus);
    EXPECT_TRUE(TakeCompletions(lists_));
    EXPECT_EQ(liar_->completions.size(), lists_);
    liar_->completions.clear();
  }
}

// --- R12: returns --------------------------------------------------------------------------------

class Returns : public RingAbuse {
 protected:
  void Return(uint32_t slot) {
    liar_->channel().returns.Stage({.slot = slot});
    liar_->Publish();
  }
};

TEST_F(Returns, R12_WrongReturns) {
  Start(1);
  EXPECT_EQ(Submit(0, 8), Status::kSuccess);
  ASSERT_TRUE(TakeReceived(1));  // and returned, from slot 0
  uint64_t lies = 0;
  for (const uint32_t slot : {0u, 1u, 2047u, 2048u, 0x10000u, 0x80000000u, 0xffffffffu}) {
    Return(slot);
    ++lies;
    EXPECT_TRUE(Eventually([&] { return CountOfLiar("bad_return") == lies; }));
  }
  EXPECT_TRUE(Eventually([&] { return CountOfLiar("receives_outstanding") == 0; }));
  // It is served as before.
  EXPECT_EQ(Submit(0, 8), Status::kSuccess);
  ASSERT_TRUE(TakeReceived(2));
  ExpectCount("bad_return", lies);
}

TEST_F(Returns, R12_ReturningAllTheTimeEndsInEviction) {
  Start(1);
  for (uint64_t i = 0; i < 4 * kStrikes; ++i) liar_->channel().returns.Stage({.slot = 5});
  liar_->Publish();
  ExpectEvicted("returned slots that the client did not hold");
  ExpectCount("bad_return", kStrikes);
}

// --- R13: whose VC it is -------------------------------------------------------------------------

class Ownership : public RingAbuse {
 protected:
  // Nothing of it leaves the daemon.
  void ExpectNotOwner(uint32_t vc) {
    EXPECT_EQ(Submit(0, 8, vc), Status::kInvalidState) << vc;
    ExpectCount("tx_not_owner", 1);
  }
};

TEST_F(Ownership, R13_VcsThatAreNotTheClients) {
  Start(1);
  auto other = AttachOne();
  std::vector<uint32_t> others;
  for (int i = 2; i < 6; ++i) others.push_back(other->OpenPvc(Pvc(i)));
  for (const uint32_t vc : others) {
    if (vc != vc_) ExpectNotOwner(vc);
  }
  for (const uint32_t vc : {0u, 0xffffu, 0x10000u, 0xfffffu, 0x7fffffffu, 0xffffffffu}) {
    ExpectNotOwner(vc);
  }
  for (int bit = 0; bit < 32; ++bit) {
    const uint32_t vc = vc_ ^ uint32_t { 1 } << bit;
    if (std::find(others.begin(), others.end(), vc) == others.end()) ExpectNotOwner(vc);
  }
  EXPECT_EQ(CountOfLiar("transmitted_sdus"), 0u);
  other->Take();
  EXPECT_TRUE(other->received.empty());
}

TEST_F(Ownership, R13_VcsBeforeAndAfterTheirCall) {
  Start(1);
  const uint32_t idle = liar_->CreateVc(liar_->OpenAf(1));
  ASSERT_NE(idle, 0u);
  ExpectNotOwner(idle);
  EXPECT_EQ(Submit(0, 8), Status::kSuccess);
  ASSERT_TRUE(TakeReceived(1));
  EXPECT_EQ(liar_->CloseCall(vc_), Status::kSuccess);
  ExpectNotOwner(vc_);
  EXPECT_EQ(CountOfLiar("transmitted_sdus"), 1u);
}

TEST_F(Ownership, R13_ImpossibleVcsEndInEviction) {
  Start(1);
  for (uint64_t i = 0; i < 4 * kStrikes; ++i) {
    liar_->StageRaw({.channel_vc = 0xfffff, .length = 8, .flags = kWhole});
  }
  liar_->Publish();
  ExpectEvicted("submissions on impossible VCs");
  ExpectCount("tx_not_owner", kStrikes);
}

// --- R15: chaos ----------------------------------------------------------------------------------

TEST_F(RingAbuse, R15_ScribblingOverTheWholeUpRegion) {
  std::mt19937_64 random(15);
  uint64_t rounds = 0;
  for (const For time(ChaosTime()); time; ++rounds) {
    Start(1, {.send_slots = 256, .receive_slots = 256});
    const uint64_t words = liar_->layout().up_size_bytes / sizeof(uint64_t);
    while (!liar_->IsEnded()) {
      for (uint64_t i = 0; i < words; ++i) {
        const uint64_t word = random();
        std::memcpy(liar_->up() + i * sizeof word, &word, sizeof word);
      }
      liar_->Ring();
    }
    ASSERT_NE(liar_->WaitForEviction(), "");
    liar_.reset();
    WaitForBaseline();
  }
  ExpectCount("evicted_by_data_path", rounds);
  for (const char* lie : {"tx_not_owner", "tx_bad_descriptor", "tx_bad_list", "tx_too_big",
                          "tx_empty", "tx_aborted", "bad_return"}) {
    AllowCount(lie);
  }
}

}  // namespace
}  // namespace vcp::abuse
