// vcperf's judgement itself: what it calls lost, reordered, duplicated and corrupted is just that.
#include "accounts.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "payload.h"

namespace vcp::perf {
namespace {

using Message = std::vector<uint8_t>;

class AccountsTest : public testing::TestWithParam<size_t> {
 protected:
  Message Send(uint32_t vc = 0) {
    Message message(GetParam());
    accounts_.WriteNext(vc, message.data(), message.size());
    return message;
  }
  Accounts::Kind Read(const Message& message, uint32_t vc = 0) {
    MessageId id;
    return accounts_.Read(vc, message.data(), message.size(), GetParam(), &id);
  }

  Accounts accounts_{3};
};

TEST_P(AccountsTest, AllInOrderIsIntact) {
  for (int i = 0; i < 1000; ++i) {
    const uint32_t vc = i % 3;
    EXPECT_EQ(Read(Send(vc), vc), Accounts::Kind::kBooked);
  }
  EXPECT_TRUE(accounts_.AllIntact());
  EXPECT_EQ(accounts_.Received(), 1000u);
}

TEST_P(AccountsTest, MissingIsLost) {
  for (int i = 0; i < 200; ++i) {
    const Message message = Send();
    if (i % 10 != 5) Read(message);
  }
  EXPECT_EQ(accounts_.Lost(), 20u);
  EXPECT_EQ(accounts_.faults().reordered, 0u);
  EXPECT_FALSE(accounts_.AllIntact());
}

TEST_P(AccountsTest, LateIsReorderedAndNotLost) {
  const Message first = Send();
  const Message second = Send();
  const Message third = Send();
  Read(third);
  Read(first);
  Read(second);
  EXPECT_EQ(accounts_.Lost(), 0u);
  EXPECT_EQ(accounts_.faults().reordered, 2u);
  EXPECT_EQ(accounts_.faults().duplicated, 0u);
}

TEST_P(AccountsTest, VeryLateIsReorderedToo) {
  const Message first = Send();
  for (int i = 0; i < 500; ++i) Read(Send());
  Read(first);
  EXPECT_EQ(accounts_.Lost(), 0u);
  EXPECT_EQ(accounts_.faults().reordered, 1u);
}

TEST_P(AccountsTest, TwiceIsDuplicated) {
  std::vector<Message> messages;
  for (int i = 0; i < 100; ++i) messages.push_back(Send());
  for (const Message& message : messages) Read(message);
  Read(messages[99]);
  Read(messages[90]);
  Read(messages[0]);
  EXPECT_EQ(accounts_.faults().duplicated, 3u);
  EXPECT_EQ(accounts_.Received(), 100u);
  EXPECT_FALSE(accounts_.AllIntact());
}

TEST_P(AccountsTest, EveryChangedByteIsCorrupted) {
  const Message sent = Send();
  for (size_t i = 0; i < sent.size(); ++i) {
    Message message = sent;
    message[i] ^= 0x10;
    // In the first eight bytes a change names another message, whose pattern does not follow.
    if (i < kMinMessageBytes && sent.size() == kMinMessageBytes) continue;
    EXPECT_EQ(Read(message), Accounts::Kind::kCorrupted) << i;
  }
  EXPECT_EQ(accounts_.Received(), 0u);
}

TEST_P(AccountsTest, AnotherLengthOrVcIsCorrupted) {
  Message message = Send();
  EXPECT_EQ(Read(message, 1), Accounts::Kind::kCorrupted);
  message.pop_back();
  EXPECT_EQ(Read(message), Accounts::Kind::kCorrupted);
  EXPECT_EQ(Read({}), Accounts::Kind::kCorrupted);
}

TEST_P(AccountsTest, NeverSentIsCorrupted) {
  Accounts other(1);
  Message message(GetParam());
  for (int i = 0; i < 10; ++i) other.WriteNext(0, message.data(), message.size());
  Send();
  Read(message);
  EXPECT_EQ(accounts_.faults().corrupted, 1u);
  EXPECT_EQ(accounts_.Received(), 0u);
}

TEST_P(AccountsTest, ProbesAreInNoAccount) {
  Message probe(GetParam());
  Accounts::WriteProbe(2, probe.data(), probe.size());
  EXPECT_EQ(Accounts::ClaimedVc(probe.data(), probe.size()), 2u);
  EXPECT_EQ(Read(probe, 2), Accounts::Kind::kProbe);
  EXPECT_TRUE(accounts_.AllIntact());
  EXPECT_EQ(accounts_.Received(), 0u);
}

TEST_P(AccountsTest, UnsentDoesNotCount) {
  Read(Send());
  Send();
  accounts_.Unsend(0);
  EXPECT_EQ(Read(Send()), Accounts::Kind::kBooked);
  EXPECT_TRUE(accounts_.AllIntact());
}

TEST(Payload, WritesNothingBehindItsEnd) {
  for (size_t size = kMinMessageBytes; size < 200; ++size) {
    std::array<uint8_t, 208> room;
    room.fill(0xaa);
    WriteMessage(room.data(), size, {1, 2});
    for (size_t i = size; i < room.size(); ++i) ASSERT_EQ(room[i], 0xaa) << size;
    MessageId id;
    EXPECT_TRUE(ReadMessage(room.data(), size, &id));
    EXPECT_EQ(id.vc, 1u);
    EXPECT_EQ(id.sequence, 2u);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, AccountsTest, testing::Values(8, 13, 64, 1492));

}  // namespace
}  // namespace vcp::perf
