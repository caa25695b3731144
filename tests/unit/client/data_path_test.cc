#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "client/vcplane.h"
#include "fake_daemon.h"

namespace vcp::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint32_t kChannelVc = 0x100001;
constexpr uint16_t kWhole = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList;

class DataPathTest : public ClientTest {
 protected:
  DataPathTest() : af_(OpenAf(0x500)), vc_(Connect(af_, kChannelVc)) {}

  std::vector<vcp_segment> Allocate(size_t count) {
    std::vector<vcp_segment> segments(count);
    segments.resize(vcp_send_alloc(client_, segments.data(), count));
    return segments;
  }
  static void Write(vcp_segment* segment, std::string_view text) {
    std::memcpy(segment->data, text.data(), text.size());
    segment->size_bytes = static_cast<uint32_t>(text.size());
  }
  vcp_send_list ListOf(const std::vector<vcp_segment>& segments, uint64_t cookie) const {
    return {.vc = vc_,
            .segment_count = static_cast<uint32_t>(segments.size()),
            .segments = segments.data(),
            .cookie = cookie,
            .cancel_id = 0};
  }
  vcp_status Refusal(const vcp_send_list& list) {
    vcp_status why = VCP_SUCCESS;
    EXPECT_EQ(vcp_submit(client_, &list, 1, &why), 0u);
    return why;
  }
  // Cookies of `count` sends at most.
  std::vector<uint64_t> TakeCompletions(vcp_status status = VCP_SUCCESS, size_t count = 1000) {
    std::vector<vcp_completion> room(count);
    room.resize(vcp_completions(client_, room.data(), count));
    std::vector<uint64_t> cookies;
    for (const vcp_completion& completion : room) {
      EXPECT_EQ(completion.status, status);
      EXPECT_EQ(completion.vc, vc_);
      cookies.push_back(completion.cookie);
    }
    return cookies;
  }
  std::vector<vcp_received> Receive(size_t count = 1000) {
    std::vector<vcp_received> room(count);
    room.resize(vcp_receive(client_, room.data(), count));
    return room;
  }
  static std::string TextOf(const vcp_received& received) {
    return {static_cast<const char*>(received.data), received.size_bytes};
  }

  const vcp_af af_;
  const vcp_vc vc_;
};

// --- segments ------------------------------------------------------------------------------------

TEST_F(DataPathTest, GivesSegmentsInAddressOrderAndSkipsThoseHeld) {
  std::vector<vcp_segment> segments = Allocate(kSegments + 1);
  ASSERT_EQ(segments.size(), kSegments);
  for (size_t i = 1; i < segments.size(); ++i) EXPECT_LT(segments[i - 1].data, segments[i].data);
  for (const vcp_segment& segment : segments) EXPECT_EQ(segment.size_bytes, kMaxSdu);
  EXPECT_THAT(Allocate(1), IsEmpty());
  const vcp_segment held = segments[3];
  segments.erase(segments.begin() + 3);
  vcp_send_free(client_, segments.data(), segments.size());
  vcp_send_free(client_, segments.data(), segments.size());  // twice is once
  const std::vector<vcp_segment> again = Allocate(1000);
  EXPECT_EQ(again.size(), kSegments - 1);
  for (const vcp_segment& segment : again) EXPECT_NE(segment.data, held.data);
}

TEST_F(DataPathTest, SendsFromSegments) {
  std::vector<vcp_segment> segments = Allocate(1);
  Write(&segments[0], "hello");
  const vcp_send_list list = ListOf(segments, 77);
  vcp_status why = VCP_FAILURE;
  ASSERT_EQ(vcp_submit(client_, &list, 1, &why), 1u);
  EXPECT_EQ(why, VCP_SUCCESS);
  EXPECT_THAT(daemon_.TakeSubmissions(), IsEmpty());  // before vcp_flush
  vcp_flush(client_);
  const auto submissions = daemon_.TakeSubmissions();
  ASSERT_EQ(submissions.size(), 1u);
  EXPECT_EQ(submissions[0].channel_vc, kChannelVc);
  EXPECT_EQ(submissions[0].flags, kWhole);
  EXPECT_EQ(daemon_.PayloadOf(submissions[0]), "hello");
  EXPECT_THAT(TakeCompletions(), IsEmpty());
  daemon_.Complete(submissions[0].cookie, VCP_SUCCESS);
  daemon_.Publish();
  EXPECT_THAT(TakeCompletions(), ElementsAre(77));
  EXPECT_EQ(Allocate(1000).size(), kSegments);
}

TEST_F(DataPathTest, ASegmentMayBeginLater) {
  std::vector<vcp_segment> segments = Allocate(1);
  segments[0].data = static_cast<char*>(segments[0].data) + 100;
  Write(&segments[0], "late");
  const vcp_send_list list = ListOf(segments, 1);
  ASSERT_EQ(vcp_submit(client_, &list, 1, nullptr), 1u);
  vcp_flush(client_);
  EXPECT_EQ(daemon_.PayloadOf(daemon_.TakeSubmissions().at(0)), "late");
}

// --- lists ---------------------------------------------------------------------------------------

TEST_F(DataPathTest, ListsOfBuffersOfSegmentsStayTogether) {  // C117
  std::vector<vcp_segment> segments = Allocate(5);
  for (size_t i = 0; i < segments.size(); ++i) Write(&segments[i], std::string(i + 1, 'x'));
  segments[1].flags = VCP_SEGMENT_END_OF_BUFFER;
  segments[2].flags = VCP_SEGMENT_END_OF_BUFFER;
  const vcp_send_list list = ListOf(segments, 9);
  ASSERT_EQ(vcp_submit(client_, &list, 1, nullptr), 1u);
  vcp_flush(client_);
  const auto submissions = daemon_.TakeSubmissions();
  ASSERT_EQ(submissions.size(), 5u);
  const uint16_t kEnd = shm::kSubmitEndOfBuffer;
  const std::vector<uint16_t> flags = {0, kEnd, kEnd, 0, kWhole};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(submissions[i].flags, flags[i]);
    EXPECT_EQ(submissions[i].length, i + 1);
    EXPECT_EQ(submissions[i].cookie, submissions[0].cookie);
  }
  daemon_.Complete(submissions[0].cookie, VCP_SUCCESS);
  daemon_.Publish();
  EXPECT_THAT(TakeCompletions(), ElementsAre(9));
  EXPECT_EQ(Allocate(1000).size(), kSegments);
}

TEST_F(DataPathTest, C118_ListsCompleteInAnyOrderAndOnce) {
  std::vector<shm::Submission> submissions;
  for (uint64_t cookie = 1; cookie <= 4; ++cookie) {
    ASSERT_EQ(vcp_send(client_, vc_, "x", 1, cookie), VCP_SUCCESS);
  }
  vcp_flush(client_);
  submissions = daemon_.TakeSubmissions();
  daemon_.Complete(submissions[2].cookie, VCP_SUCCESS);
  daemon_.Complete(submissions[0].cookie, VCP_SUCCESS);
  daemon_.Complete(submissions[0].cookie, VCP_SUCCESS);  // said twice, counted once
  daemon_.Complete(0x12345678, VCP_SUCCESS);             // never submitted
  daemon_.Publish();
  EXPECT_THAT(TakeCompletions(), ElementsAre(3, 1));
  daemon_.Complete(submissions[1].cookie, VCP_FAILURE);
  daemon_.Publish();
  EXPECT_THAT(TakeCompletions(VCP_FAILURE), ElementsAre(2));
  EXPECT_EQ(Allocate(1000).size(), kSegments - 1);
}

TEST_F(DataPathTest, RefusesAtTheCallAndTakesNothing) {
  std::vector<vcp_segment> segments = Allocate(9);
  for (vcp_segment& segment : segments) Write(&segment, "x");
  EXPECT_EQ(Refusal(ListOf({}, 1)), VCP_INVALID_LENGTH);
  EXPECT_EQ(Refusal(ListOf(segments, 1)), VCP_INVALID_LENGTH);  // nine segments in one buffer
  std::vector<vcp_segment> one = {segments[0]};
  one[0].size_bytes = 0;
  EXPECT_EQ(Refusal(ListOf(one, 1)), VCP_INVALID_LENGTH);
  one[0].size_bytes = kMaxSdu + 1;
  EXPECT_EQ(Refusal(ListOf(one, 1)), VCP_INVALID_LENGTH);
  one[0].size_bytes = 100'000;
  EXPECT_EQ(Refusal(ListOf(one, 1)), VCP_INVALID_DATA);
  std::vector<vcp_segment> two = {segments[0], segments[1]};
  two[0].size_bytes = two[1].size_bytes = kMaxSdu / 2 + 1;
  EXPECT_EQ(Refusal(ListOf(two, 1)), VCP_INVALID_LENGTH);
  two = {segments[0], segments[0]};
  EXPECT_EQ(Refusal(ListOf(two, 1)), VCP_INVALID_DATA);  // one segment twice
  char own[8] = "mine";
  two[1].data = own;
  EXPECT_EQ(Refusal(ListOf(two, 1)), VCP_INVALID_DATA);
  vcp_send_list list = ListOf(one, 1);
  list.vc = 0;
  EXPECT_EQ(Refusal(list), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_send(client_, vc_, "", 0, 1), VCP_INVALID_LENGTH);
  EXPECT_EQ(vcp_send(client_, vc_, std::string(kMaxSdu + 1, 'x').data(), kMaxSdu + 1, 1),
            VCP_INVALID_LENGTH);
  vcp_flush(client_);
  EXPECT_THAT(daemon_.TakeSubmissions(), IsEmpty());
  // All are still the application's.
  vcp_send_free(client_, segments.data(), segments.size());
  EXPECT_EQ(Allocate(1000).size(), kSegments);
}

TEST_F(DataPathTest, StopsAtTheFirstListThatIsRefused) {
  std::vector<vcp_segment> segments = Allocate(3);
  for (vcp_segment& segment : segments) Write(&segment, "x");
  segments[1].size_bytes = 0;
  std::vector<vcp_send_list> lists;
  for (size_t i = 0; i < 3; ++i) {
    lists.push_back(ListOf(segments, i));
    lists[i].segments = &segments[i];
    lists[i].segment_count = 1;
  }
  vcp_status why;
  EXPECT_EQ(vcp_submit(client_, lists.data(), 3, &why), 1u);
  EXPECT_EQ(why, VCP_INVALID_LENGTH);
  vcp_flush(client_);
  EXPECT_EQ(daemon_.TakeSubmissions().size(), 1u);
}

TEST_F(DataPathTest, ASegmentInFlightIsNotTheApplications) {
  std::vector<vcp_segment> segments = Allocate(1);
  Write(&segments[0], "x");
  const vcp_send_list list = ListOf(segments, 1);
  ASSERT_EQ(vcp_submit(client_, &list, 1, nullptr), 1u);
  EXPECT_EQ(Refusal(list), VCP_INVALID_DATA);
  vcp_send_free(client_, segments.data(), 1);
  EXPECT_EQ(Allocate(1000).size(), kSegments - 1);
}

// Bursts of any size do what single sends do, over many laps of every ring (R10).
TEST_F(DataPathTest, BurstsOfEverySize) {
  std::mt19937 random(1);
  std::vector<size_t> sizes = {1, 31, 32, 33, kSegments - 1, kSegments, kSegments + 1, kSlots + 1};
  for (int i = 0; i < 200; ++i) sizes.push_back(1 + random() % (kSegments + 2));
  uint64_t next = 0, expected = 0;
  for (const size_t size : sizes) {
    const size_t taken = std::min<size_t>(size, kSegments);
    for (size_t i = 0; i < size; ++i) {
      const std::string text = std::to_string(next);
      const vcp_status status = vcp_send(client_, vc_, text.data(), text.size(), next);
      ASSERT_EQ(status, i < taken ? VCP_SUCCESS : VCP_BACK_PRESSURED);
      if (status == VCP_SUCCESS) ++next;
    }
    vcp_flush(client_);
    const auto submissions = daemon_.TakeSubmissions();
    ASSERT_EQ(submissions.size(), taken);
    for (size_t i = 0; i < taken; ++i) {
      ASSERT_EQ(daemon_.PayloadOf(submissions[i]), std::to_string(expected + i));
      daemon_.Complete(submissions[i].cookie, VCP_SUCCESS);
    }
    daemon_.Publish();
    const std::vector<uint64_t> cookies = TakeCompletions();
    ASSERT_EQ(cookies.size(), taken);
    for (const uint64_t cookie : cookies) ASSERT_EQ(cookie, expected++);
  }
}

// Lists of random shape, completed in random order: everything comes out once, whole and in order.
TEST_F(DataPathTest, RandomListsCompletedAtRandom) {
  std::mt19937 random(2);
  std::vector<uint32_t> in_flight;
  std::set<uint64_t> awaited;
  uint64_t next = 1;
  for (int round = 0; round < 3000; ++round) {
    std::vector<vcp_segment> segments = Allocate(1 + random() % 12);
    for (size_t i = 0; i < segments.size(); ++i) {
      Write(&segments[i], std::to_string(next));
      if (i % 8 == 7 || random() % 3 == 0) segments[i].flags = VCP_SEGMENT_END_OF_BUFFER;
    }
    if (!segments.empty()) {
      const vcp_send_list list = ListOf(segments, next);
      ASSERT_EQ(vcp_submit(client_, &list, 1, nullptr), 1u);
      awaited.insert(next++);
    }
    vcp_flush(client_);
    for (const shm::Submission& submission : daemon_.TakeSubmissions()) {
      ASSERT_EQ(daemon_.PayloadOf(submission), std::to_string(next - 1));
      if (submission.flags == kWhole) in_flight.push_back(submission.cookie);
    }
    std::shuffle(in_flight.begin(), in_flight.end(), random);
    for (size_t count = random() % 4; count > 0 && !in_flight.empty(); --count) {
      daemon_.Complete(in_flight.back(), VCP_SUCCESS);
      in_flight.pop_back();
    }
    daemon_.Publish();
    for (const uint64_t cookie : TakeCompletions()) ASSERT_EQ(awaited.erase(cookie), 1u);
    ASSERT_EQ(awaited.size(), in_flight.size());
  }
}

// --- cancelling ----------------------------------------------------------------------------------

TEST_F(DataPathTest, CancelsWhatHasTheId) {  // C122
  std::vector<vcp_segment> segments = Allocate(4);
  std::vector<vcp_send_list> lists;
  for (size_t i = 0; i < 4; ++i) {
    Write(&segments[i], "x");
    lists.push_back({.vc = vc_,
                     .segment_count = 1,
                     .segments = &segments[i],
                     .cookie = i,
                     .cancel_id = i % 2 == 0 ? 5u : 6u});
  }
  ASSERT_EQ(vcp_submit(client_, lists.data(), 4, nullptr), 4u);
  EXPECT_EQ(vcp_cancel_sends(client_, vc_, 0), VCP_INVALID_DATA);
  EXPECT_EQ(vcp_cancel_sends(client_, 0, 5), VCP_INVALID_HANDLE);
  ASSERT_EQ(vcp_cancel_sends(client_, vc_, 5), VCP_SUCCESS);
  const auto submissions = daemon_.TakeSubmissions();
  ASSERT_EQ(submissions.size(), 6u);
  for (size_t i : {4, 5}) {
    EXPECT_EQ(submissions[i].flags, shm::kSubmitCancel);
    EXPECT_EQ(submissions[i].channel_vc, kChannelVc);
    EXPECT_EQ(submissions[i].offset, submissions[i == 4 ? 0 : 2].cookie);
  }
  daemon_.Complete(submissions[0].cookie, VCP_SEND_ABORTED);
  daemon_.Complete(submissions[4].cookie, VCP_SUCCESS);
  daemon_.Publish();
  EXPECT_THAT(TakeCompletions(VCP_SEND_ABORTED), ElementsAre(0));
  daemon_.Complete(submissions[2].cookie, VCP_SUCCESS);  // it had left already
  daemon_.Complete(submissions[5].cookie, VCP_NOT_FOUND);
  daemon_.Publish();
  EXPECT_THAT(TakeCompletions(), ElementsAre(2));
}

// When every segment waits, cancels find room one after the other.
TEST_F(DataPathTest, CancelsAFullHouse) {
  std::vector<vcp_segment> segments = Allocate(kSegments);
  for (vcp_segment& segment : segments) {
    Write(&segment, "x");
    const vcp_send_list list = {
        .vc = vc_, .segment_count = 1, .segments = &segment, .cookie = 1, .cancel_id = 5};
    ASSERT_EQ(vcp_submit(client_, &list, 1, nullptr), 1u);
  }
  vcp_flush(client_);
  const auto lists = daemon_.TakeSubmissions();
  ASSERT_EQ(lists.size(), kSegments);
  ASSERT_EQ(vcp_cancel_sends(client_, vc_, 5), VCP_SUCCESS);
  std::set<uint32_t> cancelled;
  for (int turn = 0; turn < 64 && cancelled.size() < lists.size(); ++turn) {
    const auto cancels = daemon_.TakeSubmissions();
    ASSERT_FALSE(cancels.empty());
    for (const shm::Submission& cancel : cancels) {
      ASSERT_EQ(cancel.flags, shm::kSubmitCancel);
      ASSERT_TRUE(cancelled.insert(cancel.offset).second);
      daemon_.Complete(cancel.offset, VCP_SEND_ABORTED);
      daemon_.Complete(cancel.cookie, VCP_SUCCESS);
    }
    daemon_.Publish();
    EXPECT_EQ(TakeCompletions(VCP_SEND_ABORTED).size(), cancels.size());
    vcp_flush(client_);
  }
  EXPECT_EQ(cancelled.size(), lists.size());
  EXPECT_EQ(Allocate(1000).size(), kSegments);
}

// Cancels stand in the ring, too: what is submitted after them finds it full, and overruns nothing.
TEST_F(DataPathTest, CancelsCountAgainstTheRing) {
  std::vector<vcp_segment> segments = Allocate(32);
  for (vcp_segment& segment : segments) {
    Write(&segment, "x");
    const vcp_send_list list = {
        .vc = vc_, .segment_count = 1, .segments = &segment, .cookie = 1, .cancel_id = 5};
    ASSERT_EQ(vcp_submit(client_, &list, 1, nullptr), 1u);
  }
  ASSERT_EQ(vcp_cancel_sends(client_, vc_, 5), VCP_SUCCESS);
  EXPECT_EQ(vcp_send(client_, vc_, "y", 1, 2), VCP_BACK_PRESSURED);
  std::vector<vcp_segment> more = Allocate(2);
  Write(&more[0], "z");
  EXPECT_EQ(Refusal(ListOf({more[0]}, 3)), VCP_BACK_PRESSURED);
  Write(&more[1], "z");
  EXPECT_EQ(Refusal(ListOf(more, 3)), VCP_BACK_PRESSURED);
  vcp_flush(client_);
  const auto submissions = daemon_.TakeSubmissions();
  ASSERT_EQ(submissions.size(), 64u);
  for (const shm::Submission& submission : submissions) {
    daemon_.Complete(submission.cookie, VCP_SUCCESS);
  }
  daemon_.Publish();
  EXPECT_EQ(TakeCompletions().size(), 32u);
  EXPECT_EQ(vcp_send(client_, vc_, "y", 1, 2), VCP_SUCCESS);
  const vcp_send_list list = ListOf(more, 3);
  EXPECT_EQ(vcp_submit(client_, &list, 1, nullptr), 1u);
}

// --- receiving -----------------------------------------------------------------------------------

TEST_F(DataPathTest, ReceivesAndReturnsSinglyInAnyOrder) {  // C124
  for (uint32_t slot = 0; slot < 3; ++slot) {
    daemon_.Deliver(slot, kChannelVc, "message " + std::to_string(slot));
  }
  EXPECT_THAT(Receive(), IsEmpty());
  daemon_.Publish();
  const std::vector<vcp_received> received = Receive(2);
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(TextOf(received[0]), "message 0");
  EXPECT_EQ(TextOf(received[1]), "message 1");
  EXPECT_EQ(received[1].vc, vc_);
  const std::vector<vcp_received> last = Receive();
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(TextOf(last[0]), "message 2");
  vcp_return(client_, last.data(), 1);
  EXPECT_THAT(daemon_.TakeReturns(), IsEmpty());  // before vcp_flush
  vcp_return(client_, &received[0], 1);
  vcp_return(client_, &received[0], 1);  // not held any more
  vcp_flush(client_);
  EXPECT_THAT(daemon_.TakeReturns(), ElementsAre(2, 0));
  vcp_received wrong = received[1];
  wrong.token ^= 0x10000;  // of another channel
  vcp_return(client_, &wrong, 1);
  wrong.token = received[1].token + 1000;
  vcp_return(client_, &wrong, 1);
  vcp_flush(client_);
  EXPECT_THAT(daemon_.TakeReturns(), IsEmpty());
}

TEST_F(DataPathTest, ReceivesOverManyLaps) {
  std::mt19937 random(3);
  uint32_t sent = 0, got = 0;
  for (int round = 0; round < 300; ++round) {
    const uint32_t count = random() % (kSlots + 1);
    for (uint32_t slot = 0; slot < count; ++slot) {
      daemon_.Deliver(slot, kChannelVc, std::to_string(sent++));
    }
    daemon_.Publish();
    const std::vector<vcp_received> received = Receive();
    ASSERT_EQ(received.size(), count);
    for (const vcp_received& one : received) ASSERT_EQ(TextOf(one), std::to_string(got++));
    vcp_return(client_, received.data(), received.size());
    vcp_flush(client_);
    ASSERT_EQ(daemon_.TakeReturns().size(), count);
  }
}

TEST_F(DataPathTest, VcsKeepApart) {  // C49
  const vcp_vc other = Connect(af_, 0x200002);
  daemon_.Deliver(0, 0x200002, "other");
  daemon_.Deliver(1, kChannelVc, "first");
  daemon_.Publish();
  const std::vector<vcp_received> received = Receive();
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0].vc, other);
  EXPECT_EQ(received[1].vc, vc_);
  ASSERT_EQ(vcp_send(client_, other, "x", 1, 0), VCP_SUCCESS);
  vcp_flush(client_);
  EXPECT_EQ(daemon_.TakeSubmissions().at(0).channel_vc, 0x200002u);
}

TEST_F(DataPathTest, WhatNobodyWillLookAtIsReturned) {
  daemon_.Deliver(0, 0x300003, "on a VC that there is not");
  daemon_.Deliver(70, kChannelVc, "");  // nonsense
  daemon_.Deliver(2, kChannelVc, "good");
  daemon_.Publish();
  const std::vector<vcp_received> received = Receive();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(TextOf(received[0]), "good");
  vcp_flush(client_);
  EXPECT_THAT(daemon_.TakeReturns(), ElementsAre(0));
}

// --- the end of a call ---------------------------------------------------------------------------

TEST_F(DataPathTest, ACloseIsHeldBackUntilSendsAreCompleted) {  // C63
  ASSERT_EQ(vcp_send(client_, vc_, "last words", 10, 6), VCP_SUCCESS);
  ASSERT_EQ(vcp_close_call(client_, vc_, nullptr, 0, 7), VCP_PENDING);
  EXPECT_EQ(vcp_send(client_, vc_, "x", 1, 0), VCP_CLOSING);
  EXPECT_THAT(PollAll(), IsEmpty());
  EXPECT_FALSE(daemon_.HasRequest());
  daemon_.Complete(daemon_.TakeSubmissions().at(0).cookie, VCP_SUCCESS);
  daemon_.Publish();
  EXPECT_THAT(PollAll(), IsEmpty());
  daemon_.Reply(daemon_.Take<shm::CloseCall>(shm::MessageType::kCloseCall).header, VCP_SUCCESS,
                kChannelVc);
  TakeCompletion(VCP_EVENT_CLOSE_CALL_COMPLETE, 7, VCP_SUCCESS);
  EXPECT_THAT(TakeCompletions(), ElementsAre(6));
}

// The daemon waits for every message of a closing VC; the library returns those that nobody took.
TEST_F(DataPathTest, AClosingVcReceivesNothingAndHoldsNothing) {
  const vcp_vc other = Connect(af_, 0x200002);
  daemon_.Deliver(0, kChannelVc, "held");
  daemon_.Publish();
  const std::vector<vcp_received> held = Receive();
  daemon_.Deliver(1, kChannelVc, "not taken");
  daemon_.Deliver(2, 0x200002, "other's");
  daemon_.Publish();
  ASSERT_EQ(vcp_close_call(client_, vc_, nullptr, 0, 7), VCP_PENDING);
  EXPECT_THAT(PollAll(), IsEmpty());
  EXPECT_THAT(daemon_.TakeReturns(), ElementsAre(1));
  daemon_.Deliver(3, kChannelVc, "too late");
  daemon_.Deliver(4, 0x200002, "other's next");
  daemon_.Publish();
  EXPECT_THAT(PollAll(), IsEmpty());
  EXPECT_THAT(daemon_.TakeReturns(), ElementsAre(3));
  vcp_return(client_, held.data(), held.size());
  EXPECT_THAT(PollAll(), IsEmpty());
  EXPECT_THAT(daemon_.TakeReturns(), ElementsAre(0));

  const std::vector<vcp_received> rest = Receive();
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(TextOf(rest[0]), "other's");
  EXPECT_EQ(TextOf(rest[1]), "other's next");
  EXPECT_EQ(rest[0].vc, other);
}

TEST_F(DataPathTest, WhatCameBeforeTheOtherSideClosedIsStillReceived) {
  daemon_.Deliver(0, kChannelVc, "last");
  daemon_.Publish();
  shm::IncomingCloseCall close{};
  close.vc = kChannelVc;
  daemon_.Send(shm::MessageType::kIncomingCloseCall, close);
  TakeEvent(VCP_EVENT_INCOMING_CLOSE_CALL);
  EXPECT_EQ(Receive().size(), 1u);
}

}  // namespace
}  // namespace vcp::client
