// Group 10: data.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "stage.h"

namespace vcp::conformance {
namespace {

// A list of buffers, each of segments with these texts.
using Buffers = std::vector<std::vector<std::string>>;

// Its segments, filled; all of the application's memory is the library's.
std::vector<vcp_segment> Fill(App* app, const Buffers& buffers) {
  size_t count = 0;
  for (const auto& buffer : buffers) count += buffer.size();
  std::vector<vcp_segment> segments(count);
  EXPECT_EQ(vcp_send_alloc(app->client(), segments.data(), count), count);
  size_t next = 0;
  for (const auto& buffer : buffers) {
    for (const std::string& text : buffer) {
      vcp_segment& segment = segments[next++];
      std::memcpy(segment.data, text.data(), text.size());
      segment.size_bytes = static_cast<uint32_t>(text.size());
    }
    if (!buffer.empty()) segments[next - 1].flags = VCP_SEGMENT_END_OF_BUFFER;
  }
  return segments;
}

vcp_send_list ListOf(vcp_vc vc, const std::vector<vcp_segment>& segments, uint64_t cookie) {
  return {.vc = vc,
          .segment_count = static_cast<uint32_t>(segments.size()),
          .segments = segments.data(),
          .cookie = cookie,
          .cancel_id = 0};
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string whole;
  for (const std::string& part : parts) whole += part;
  return whole;
}

// The status with which a list is refused; its segments are freed.
vcp_status TrySubmit(App* app, vcp_vc vc, const Buffers& buffers) {
  const std::vector<vcp_segment> segments = Fill(app, buffers);
  const vcp_send_list list = ListOf(vc, segments, 1);
  vcp_status why = VCP_SUCCESS;
  EXPECT_EQ(vcp_submit(app->client(), &list, 1, &why), 0u);
  vcp_send_free(app->client(), segments.data(), segments.size());
  return why;
}

TEST_P(AttachedOverEach, C117_ListsOfBuffersOfSegmentsArriveInOrder) {
  const std::vector<Buffers> wanted = {
      {{"one segment"}},
      {{"two ", "segments"}, {"a second buffer"}},
      {{"a", "b", "c", "d", "e", "f", "g", "h"}, {std::string(1000, 'i'), "j"}, {"k"}},
      Buffers(64, {"one of sixty-four"}),
  };
  MakeBoth();
  const Call call = Connect(0);
  std::vector<std::vector<vcp_segment>> segments;
  std::vector<vcp_send_list> lists;
  for (const Buffers& buffers : wanted) segments.push_back(Fill(&caller(), buffers));
  for (size_t i = 0; i < wanted.size(); ++i) {
    lists.push_back(ListOf(call.caller, segments[i], i + 1));
  }
  vcp_status why = VCP_FAILURE;
  ASSERT_EQ(vcp_submit(caller().client(), lists.data(), lists.size(), &why), lists.size());
  EXPECT_EQ(why, VCP_SUCCESS);
  vcp_flush(caller().client());
  for (const Buffers& buffers : wanted) {
    for (const auto& buffer : buffers) EXPECT_EQ(callee_->Receive().bytes, Joined(buffer));
  }
  std::vector<uint64_t> cookies;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const vcp_completion completion = caller_->Completion();
    EXPECT_EQ(completion.status, VCP_SUCCESS) << vcp_status_name(completion.status);
    EXPECT_EQ(completion.vc, call.caller);
    cookies.push_back(completion.cookie);
  }
  std::sort(cookies.begin(), cookies.end());
  EXPECT_EQ(cookies, (std::vector<uint64_t>{1, 2, 3, 4}));
  EXPECT_FALSE(callee_->HasSdu());
}

TEST_P(AttachedOverEach, C118_C119_EveryListCompletesOnce) {
  constexpr size_t kSends = 5000;
  constexpr size_t kWindow = 1000;  // the callee has slots for more
  MakeBoth();
  const Call call = Connect(0);
  std::vector<int> completed(kSends, 0);
  size_t sent = 0;
  size_t done = 0;
  for (size_t arrived = 0; arrived < kSends; ++arrived) {
    for (; sent < std::min(kSends, arrived + kWindow); ++sent) {
      const std::string text = std::to_string(sent);
      const vcp_status status =
          vcp_send(caller().client(), call.caller, text.data(), text.size(), sent);
      if (status == VCP_BACK_PRESSURED) break;
      ASSERT_EQ(status, VCP_SUCCESS) << vcp_status_name(status);
    }
    vcp_flush(caller().client());
    ASSERT_EQ(callee_->Receive().bytes, std::to_string(arrived));
    for (caller_->Take(); caller_->HasCompletion(); ++done) {
      const vcp_completion completion = caller_->Completion();
      ASSERT_EQ(completion.status, VCP_SUCCESS) << vcp_status_name(completion.status);
      ++completed.at(completion.cookie);
    }
  }
  for (; done < kSends; ++done) ++completed.at(caller_->Completion().cookie);
  EXPECT_EQ(completed, std::vector<int>(kSends, 1));
  EXPECT_FALSE(caller_->HasCompletion());
  EXPECT_FALSE(callee_->HasSdu());
}

TEST_P(AttachedOverEach, C119_WhenAllSegmentsAreOutSendersWait) {
  MakeBoth();
  const Call call = Connect(0);
  uint32_t sent = 0;
  while (vcp_send(caller().client(), call.caller, "x", 1, sent) == VCP_SUCCESS) ++sent;
  EXPECT_EQ(sent, vcp_send_slots(caller().client()));
  EXPECT_EQ(vcp_send(caller().client(), call.caller, "x", 1, 0), VCP_BACK_PRESSURED);
  vcp_segment segment;
  EXPECT_EQ(vcp_send_alloc(caller().client(), &segment, 1), 0u);
  for (uint32_t i = 0; i < sent; ++i) EXPECT_EQ(caller_->Completion().status, VCP_SUCCESS);
  for (uint32_t i = 0; i < sent; ++i) callee_->Receive();
  caller_->SendAndComplete(call.caller, "and on");
  EXPECT_EQ(callee_->Receive().bytes, "and on");
}

TEST_P(AttachedOverEach, C092_AnSduThatIsTooBigIsRefused) {
  MakeBoth();
  const Call call = Connect(0);
  const uint32_t largest = vcp_max_sdu_bytes(caller().client());
  ASSERT_GE(largest, kPortSduBytes);
  EXPECT_EQ(caller_->Send(call.caller, std::string(kPortSduBytes + 1, 'x')), VCP_INVALID_LENGTH);
  EXPECT_EQ(
      TrySubmit(&caller(), call.caller, {{"fine"}, {std::string(kPortSduBytes, 'x'), "too much"}}),
      VCP_INVALID_LENGTH);
  EXPECT_FALSE(caller_->HasCompletion());
  const std::string most(kPortSduBytes, 'y');
  caller_->SendAndComplete(call.caller, most);
  EXPECT_EQ(callee_->Receive().bytes, most);
}

TEST_P(AttachedOverEach, C117_ListsThatAreNoneAreRefused) {
  MakeBoth();
  const Call call = Connect(0);
  App* app = &caller();
  EXPECT_EQ(app->Send(call.caller, ""), VCP_INVALID_LENGTH);
  EXPECT_EQ(TrySubmit(app, call.caller, {}), VCP_INVALID_LENGTH);
  EXPECT_EQ(TrySubmit(app, call.caller, {{""}}), VCP_INVALID_LENGTH);
  EXPECT_EQ(TrySubmit(app, call.caller, {{"full"}, {"", ""}}), VCP_INVALID_LENGTH);
  EXPECT_EQ(TrySubmit(app, call.caller, {std::vector<std::string>(9, "x")}), VCP_INVALID_LENGTH);
  EXPECT_EQ(TrySubmit(app, call.caller, Buffers(65, {"x"})), VCP_INVALID_LENGTH);
  EXPECT_EQ(TrySubmit(app, 4711, {{"x"}}), VCP_INVALID_HANDLE);

  char mine[] = "not the library's";
  const std::vector<vcp_segment> foreign = {{.data = mine, .size_bytes = 5, .flags = 0}};
  vcp_send_list list = ListOf(call.caller, foreign, 1);
  vcp_status why = VCP_SUCCESS;
  EXPECT_EQ(vcp_submit(app->client(), &list, 1, &why), 0u);
  EXPECT_EQ(why, VCP_INVALID_DATA);

  // Twice in one list, and again after it was submitted.
  std::vector<vcp_segment> segments = Fill(app, {{"once"}});
  segments.push_back(segments[0]);
  list = ListOf(call.caller, segments, 1);
  EXPECT_EQ(vcp_submit(app->client(), &list, 1, &why), 0u);
  EXPECT_EQ(why, VCP_INVALID_DATA);
  segments.pop_back();
  const std::array<vcp_send_list, 2> same = {ListOf(call.caller, segments, 1),
                                             ListOf(call.caller, segments, 2)};
  EXPECT_EQ(vcp_submit(app->client(), same.data(), same.size(), &why), 1u);
  EXPECT_EQ(why, VCP_INVALID_DATA);
  vcp_flush(app->client());
  EXPECT_EQ(callee_->Receive().bytes, "once");
  EXPECT_EQ(app->Completion().cookie, 1u);
  EXPECT_FALSE(callee_->HasSdu());
}

TEST_P(AttachedOverEach, C121_ShortSdusArriveAsLongAsTheyWere) {
  MakeBoth();
  const Call call = Connect(0);
  for (size_t size = 1; size <= 70; ++size) {
    std::string text(size, 'a');
    for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (size + i) % 26);
    caller_->SendAndComplete(call.caller, text);
    EXPECT_EQ(callee_->Receive().bytes, text);
  }
}

TEST_P(AttachedOverEach, C121_EveryByteAndSizeArrives) {
  MakeBoth();
  const Call call = Connect(0);
  for (size_t size = 71; size <= kPortSduBytes; size += 49) {
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(size * 31 + i);
    caller_->SendAndComplete(call.caller, bytes);
    EXPECT_EQ(callee_->Receive().bytes, bytes);
    callee_->SendAndComplete(call.callee, bytes);
    EXPECT_EQ(caller_->Receive().bytes, bytes);
  }
}

TEST_P(AttachedOverEach, C123_ASenderDoesNotHearItself) {
  MakeBoth();
  const Call call = Connect(0);
  for (int i = 0; i < 20; ++i) {
    caller_->SendAndComplete(call.caller, "not back");
    EXPECT_EQ(callee_->Receive().bytes, "not back");
  }
  caller_->ExpectNothing();
  EXPECT_FALSE(caller_->HasSdu());
}

TEST_P(AttachedOverEach, C124_ReceivesAreReturnedSinglyInAnyOrder) {
  constexpr size_t kSlots = 64;
  MakeCaller();
  callee_ = std::make_unique<App>(CalleeDaemon(), 0, kSlots);
  callee_af_ = callee_->OpenAf(medium().port, medium().family);
  const Call one = Connect(0);
  const Call other = Connect(1);
  // Several times as many as there are slots, half of which are always held by someone.
  std::vector<Sdu> held;
  size_t next = 0;
  const auto text = [](size_t i) { return "number " + std::to_string(i); };
  for (size_t i = 0; i < 4 * kSlots; ++i) {
    caller_->SendAndComplete(i % 2 == 0 ? one.caller : other.caller, text(i));
    held.push_back(callee_->ReceiveHeld());
    EXPECT_EQ(held.back().vc, i % 2 == 0 ? one.callee : other.callee);
    EXPECT_EQ(held.back().bytes, text(i));
    if (held.size() <= kSlots / 2) continue;
    next = (next * 7 + 5) % held.size();
    const Sdu sdu = held[next];
    EXPECT_EQ(std::string(static_cast<const char*>(sdu.raw.data), sdu.raw.size_bytes), sdu.bytes)
        << "while it was held";
    callee_->Return(sdu);
    callee_->Return(sdu);  // twice is once
    held.erase(held.begin() + static_cast<ptrdiff_t>(next));
  }
  for (const Sdu& sdu : held) {
    EXPECT_EQ(std::string(static_cast<const char*>(sdu.raw.data), sdu.raw.size_bytes), sdu.bytes);
    callee_->Return(sdu);
  }
  End(one);
  End(other);
}

// An application may share its client out among threads, of which one at a time uses it. Then SDUs
// of one VC are in the hands of several at once, while more come.
TEST_P(AttachedOverEach, C127_SdusOfOneVcAreHandledSideBySide) {
  constexpr uint32_t kSdus = 1000;  // the callee has slots for more
  constexpr int kWaitMs = 10;
  constexpr int kWaits = 2000;  // for nothing, and the test has failed
  MakeBoth();
  const Call call = Connect(0);
  std::mutex client_is_used;
  std::vector<int> handled(kSdus, 0);
  std::atomic<uint32_t> count = 0;
  std::atomic<bool> failed = false;
  const auto handle = [&] {
    std::array<vcp_received, 8> held;
    int waits = 0;
    while (count < kSdus && !failed) {
      size_t taken = 0;
      {
        const std::lock_guard lock(client_is_used);
        const bool idle = vcp_wait(callee().client(), kWaitMs) == VCP_TIMED_OUT;
        if (idle && ++waits == kWaits) failed = true;
        taken = vcp_receive(callee().client(), held.data(), held.size());
      }
      for (size_t i = 0; i < taken; ++i) {
        const std::string text(static_cast<const char*>(held[i].data), held[i].size_bytes);
        const size_t number = std::strtoul(text.c_str(), nullptr, 10);
        failed = failed || held[i].vc != call.callee || number >= kSdus || ++handled[number] != 1;
      }
      {
        const std::lock_guard lock(client_is_used);
        vcp_return(callee().client(), held.data(), taken);
        vcp_flush(callee().client());
      }
      count += static_cast<uint32_t>(taken);
    }
  };
  std::array<std::thread, 2> threads;
  for (std::thread& thread : threads) thread = std::thread(handle);
  for (uint32_t i = 0; i < kSdus && !HasFailure() && !failed; ++i) {
    caller_->SendAndComplete(call.caller, std::to_string(i) + std::string(i % 900, '.'));
  }
  if (HasFailure()) failed = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(failed);
  EXPECT_EQ(handled, std::vector<int>(kSdus, 1));
  callee_->ExpectNothing();
}

TEST_P(AttachedOverEach, C122_ACancelCompletesNoListTwice) {
  constexpr size_t kLists = 100;
  MakeBoth();
  const Call call = Connect(0);
  for (size_t i = 0; i < kLists; ++i) {
    const std::vector<vcp_segment> segments = Fill(&caller(), {{std::to_string(i)}});
    vcp_send_list list = ListOf(call.caller, segments, i);
    list.cancel_id = i % 2 == 0 ? 5 : 6;
    ASSERT_EQ(vcp_submit(caller().client(), &list, 1, nullptr), 1u);
  }
  EXPECT_EQ(vcp_cancel_sends(caller().client(), call.caller, 5), VCP_SUCCESS);
  EXPECT_EQ(vcp_cancel_sends(caller().client(), call.caller, 0), VCP_INVALID_DATA);
  EXPECT_EQ(vcp_cancel_sends(caller().client(), 4711, 5), VCP_INVALID_HANDLE);
  size_t aborted = 0;
  std::vector<int> completed(kLists, 0);
  for (size_t i = 0; i < kLists; ++i) {
    const vcp_completion completion = caller_->Completion();
    ++completed.at(completion.cookie);
    if (completion.status == VCP_SUCCESS) continue;
    EXPECT_EQ(completion.status, VCP_SEND_ABORTED) << vcp_status_name(completion.status);
    EXPECT_EQ(completion.cookie % 2, 0u) << "of the other id";
    ++aborted;
  }
  EXPECT_EQ(completed, std::vector<int>(kLists, 1));
  for (size_t i = aborted; i < kLists; ++i) callee_->Receive();
  caller_->SendAndComplete(call.caller, "the end");
  EXPECT_EQ(callee_->Receive().bytes, "the end");
}

// --- over the cable ------------------------------------------------------------------------------

// Stops the far daemon, so that the cable takes what fits in it and no more.
class Stopped {
 public:
  explicit Stopped(pid_t pid) : pid_(pid) {
    kill(pid_, SIGSTOP);
    waitpid(pid_, nullptr, WUNTRACED);  // for all of its threads
  }
  ~Stopped() { kill(pid_, SIGCONT); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

 private:
  const pid_t pid_;
};

TEST_F(AttachedOverPvc, C122_OnlyQueuedListsWithTheIdAreCancelled) {
  constexpr size_t kLists = 2000;  // more than a memif ring takes
  constexpr size_t kCancelled = 200;
  MakeBoth();
  const Call call = Connect(0);
  std::vector<int> completed(kLists, 0);
  size_t open = kLists;
  const auto take = [&](vcp_status status) {
    const vcp_completion completion = caller_->Completion();
    EXPECT_EQ(completion.status, status) << vcp_status_name(completion.status);
    ++completed.at(completion.cookie);
    --open;
    return completion.cookie;
  };
  {
    const Stopped east(stage().east().pid());
    for (size_t i = 0; i < kLists; ++i) {
      const std::vector<vcp_segment> segments = Fill(&caller(), {{std::to_string(i)}});
      vcp_send_list list = ListOf(call.caller, segments, i);
      list.cancel_id = i < kLists - kCancelled ? 1 : 2;
      ASSERT_EQ(vcp_submit(caller().client(), &list, 1, nullptr), 1u);
    }
    vcp_flush(caller().client());
    ASSERT_EQ(vcp_cancel_sends(caller().client(), call.caller, 2), VCP_SUCCESS);
    for (size_t aborted = 0; aborted < kCancelled && !HasFailure();) {
      const vcp_completion completion = caller_->Completion();
      ++completed.at(completion.cookie);
      --open;
      if (completion.cookie < kLists - kCancelled) {
        EXPECT_EQ(completion.status, VCP_SUCCESS) << vcp_status_name(completion.status);
      } else {
        EXPECT_EQ(completion.status, VCP_SEND_ABORTED) << vcp_status_name(completion.status);
        ++aborted;
      }
    }
    EXPECT_GT(open, 0u) << "the others wait";
  }
  while (open > 0 && !HasFailure()) take(VCP_SUCCESS);
  EXPECT_EQ(completed, std::vector<int>(kLists, 1));
  for (size_t i = 0; i < kLists - kCancelled && !HasFailure(); ++i) {
    EXPECT_EQ(callee_->Receive().bytes, std::to_string(i));
  }
}

TEST_F(AttachedOverPvc, C041_ACloseAbortsWhatTheCableDoesNotTake) {
  constexpr size_t kLists = 2000;
  MakeBoth();
  const Call call = Connect(0);
  std::vector<int> completed(kLists, 0);
  {
    const Stopped east(stage().east().pid());
    for (size_t i = 0; i < kLists; ++i) {
      ASSERT_EQ(vcp_send(caller().client(), call.caller, "stuck", 5, i), VCP_SUCCESS);
    }
    DeletePvc(Side::kCaller, call.line);
    caller_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_CLOSED);
    ASSERT_EQ(vcp_close_call(caller().client(), call.caller, nullptr, 0, 1), VCP_PENDING);
    EXPECT_EQ(caller_->Send(call.caller, "no more"), VCP_CLOSING);
  }
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 1);
  for (size_t i = 0; i < kLists && !HasFailure(); ++i) {
    const vcp_completion completion = caller_->Completion();
    EXPECT_TRUE(completion.status == VCP_SUCCESS || completion.status == VCP_SEND_ABORTED);
    ++completed.at(completion.cookie);
  }
  EXPECT_EQ(completed, std::vector<int>(kLists, 1));
}

}  // namespace
}  // namespace vcp::conformance
