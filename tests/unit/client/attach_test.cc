#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/status.h"
#include "client/data_path.h"
#include "client/vcplane.h"
#include "fake_daemon.h"

namespace vcp::client {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// A daemon that does as the test says while vcp_attach blocks.
class AttachTest : public testing::Test {
 protected:
  AttachTest() { params_.socket_path = daemon_.path().c_str(); }
  ~AttachTest() override { vcp_detach(client_); }

  vcp_status AttachTo(std::function<void()> daemon) {
    std::thread thread([&] {
      daemon_.Accept();
      hello_ = daemon_.TakeHello();
      daemon();
    });
    const vcp_status status = vcp_attach(&params_, &client_);
    thread.join();
    return status;
  }

  FakeDaemon daemon_;
  vcp_attach_params params_ = VCP_ATTACH_PARAMS_INIT;
  vcp_client* client_ = nullptr;
  shm::Hello hello_{};
};

TEST_F(AttachTest, SaysWhatTheApplicationWants) {
  params_.name = "an application";
  params_.max_sdu_bytes = 900;
  params_.send_slots = 128;
  params_.receive_slots = 64;
  ASSERT_EQ(AttachTo([this] { daemon_.Welcome(); }), VCP_SUCCESS);
  EXPECT_EQ(hello_.magic, shm::kAttachMagic);
  EXPECT_EQ(hello_.abi_major, shm::kAbiMajor);
  EXPECT_EQ(hello_.struct_size, sizeof hello_);
  EXPECT_STREQ(hello_.name, "an application");
  EXPECT_EQ(hello_.max_sdu_bytes, 900u);
  EXPECT_EQ(hello_.send_slots, 128u);
  EXPECT_EQ(hello_.receive_slots, 64u);
  EXPECT_EQ(vcp_max_sdu_bytes(client_), 900u);
  EXPECT_EQ(vcp_send_slots(client_), 127u);  // one descriptor is kept for cancels
}

TEST_F(AttachTest, FindsTheDaemonByTheEnvironment) {
  setenv("VCPLANE_SOCKET", daemon_.path().c_str(), 1);
  params_.socket_path = nullptr;
  EXPECT_EQ(AttachTo([this] { daemon_.Welcome(); }), VCP_SUCCESS);
  unsetenv("VCPLANE_SOCKET");
}

TEST_F(AttachTest, NamesItselfAfterTheProgramAndSoThatItCanBePrinted) {
  ASSERT_EQ(AttachTo([this] { daemon_.Welcome(); }), VCP_SUCCESS);
  EXPECT_STREQ(hello_.name, "client_test");
  vcp_detach(client_);
  client_ = nullptr;
  const std::string name = "bell\a" + std::string(100, 'x');
  params_.name = name.c_str();
  ASSERT_EQ(AttachTo([this] { daemon_.Welcome(); }), VCP_SUCCESS);
  EXPECT_EQ(std::string(hello_.name), "bell?" + std::string(58, 'x'));
}

TEST_F(AttachTest, DetachingHangsUp) {
  ASSERT_EQ(AttachTo([this] { daemon_.Welcome(); }), VCP_SUCCESS);
  vcp_detach(client_);
  client_ = nullptr;
  EXPECT_TRUE(daemon_.SeesHangUp());
  vcp_detach(nullptr);
}

// --- refusals: one line that names the cause and the way out -------------------------------------

TEST_F(AttachTest, NobodyThere) {
  daemon_.StopListening();
  EXPECT_EQ(vcp_attach(&params_, &client_), VCP_DISCONNECTED);
  EXPECT_THAT(vcp_last_error(), AllOf(HasSubstr(daemon_.path()), HasSubstr("start vcplaned")));
  EXPECT_EQ(client_, nullptr);
}

TEST_F(AttachTest, ImpossiblePath) {
  const std::string path(200, 'x');
  params_.socket_path = path.c_str();
  EXPECT_EQ(vcp_attach(&params_, &client_), VCP_INVALID_DATA);
  EXPECT_THAT(vcp_last_error(), HasSubstr("longer"));
}

TEST_F(AttachTest, AnotherAbi) {
  EXPECT_EQ(AttachTo([this] {
              auto reply = daemon_.NewHelloReply(VCP_VERSION_MISMATCH, "said by the daemon");
              reply.abi_major = 9;
              reply.abi_minor = 4;
              daemon_.Answer(reply, false);
            }),
            VCP_VERSION_MISMATCH);
  EXPECT_THAT(vcp_last_error(), AllOf(HasSubstr("speaks ABI 1.3"), HasSubstr("speaks 9.4"),
                                      HasSubstr("from one release")));
}

TEST_F(AttachTest, RefusedWithAReason) {
  EXPECT_EQ(AttachTo([this] {
              daemon_.Answer(daemon_.NewHelloReply(VCP_RESOURCES, "no memory for it"), false);
            }),
            VCP_RESOURCES);
  EXPECT_THAT(vcp_last_error(), HasSubstr("no memory for it"));
}

TEST_F(AttachTest, EvictedInsteadOfGreeted) {
  EXPECT_EQ(AttachTo([this] {
              shm::Evicted evicted{};
              evicted.status = VCP_RESOURCES;
              std::strcpy(evicted.reason, "too many clients");
              daemon_.Send(shm::MessageType::kEvicted, evicted);
            }),
            VCP_RESOURCES);
  EXPECT_THAT(vcp_last_error(), HasSubstr("too many clients"));
}

TEST_F(AttachTest, HungUpOnWithoutAWord) {
  EXPECT_EQ(AttachTo([this] { daemon_.HangUp(); }), VCP_DISCONNECTED);
  EXPECT_THAT(vcp_last_error(), HasSubstr("closed the connection"));
}

TEST_F(AttachTest, SomebodyElseAnswers) {
  EXPECT_EQ(AttachTo([this] { daemon_.SendBytes("hi", 2); }), VCP_PROTOCOL_ERROR);
  EXPECT_THAT(vcp_last_error(), HasSubstr("no vcplane daemon"));
}

TEST_F(AttachTest, MemoryThatDoesNotComeAlongOrCannotBe) {
  EXPECT_EQ(AttachTo([this] { daemon_.Answer(daemon_.NewHelloReply(VCP_SUCCESS, ""), false); }),
            VCP_RESOURCES);
  EXPECT_EQ(AttachTo([this] {
              daemon_.Welcome();  // for the descriptors; a second answer is not looked at
            }),
            VCP_SUCCESS);
}

TEST(LayoutTest, OnlyWhatFitsIsUsable) {
  const shm::ChannelLayout good = shm::LayOut({}, 1492);
  ASSERT_TRUE(DataPath::IsUsable(good));
  const auto refused = [&](auto change) {
    shm::ChannelLayout bad = good;
    change(bad);
    return !DataPath::IsUsable(bad);
  };
  EXPECT_TRUE(refused([](auto& l) { l.submit_capacity = 0; }));
  EXPECT_TRUE(refused([](auto& l) { l.submit_capacity += 1; }));
  EXPECT_TRUE(refused([](auto& l) { l.complete_capacity /= 2; }));
  EXPECT_TRUE(refused([](auto& l) { l.return_capacity /= 2; }));
  EXPECT_TRUE(refused([](auto& l) { l.send_slot_count = 0; }));
  EXPECT_TRUE(refused([](auto& l) { l.send_slot_count = ~0u; }));
  EXPECT_TRUE(refused([](auto& l) { l.send_slot_bytes = 100; }));
  EXPECT_TRUE(refused([](auto& l) { l.max_sdu_bytes = l.send_slot_bytes + 1; }));
  EXPECT_TRUE(refused([](auto& l) { l.up_size_bytes = l.up_payload_offset; }));
  EXPECT_TRUE(refused([](auto& l) { l.down_receive_offset = l.down_size_bytes - 8; }));
  EXPECT_TRUE(refused([](auto& l) { l.up_payload_offset = ~uint64_t{0}; }));
}

// --- parameters of other versions ----------------------------------------------------------------

TEST_F(AttachTest, ParametersOfAnotherSize) {
  struct Newer {
    vcp_attach_params known;
    uint64_t unknown;
  } newer = {params_, 0};
  params_.struct_size = sizeof params_ - 1;
  EXPECT_EQ(vcp_attach(&params_, &client_), VCP_INVALID_LENGTH);

  daemon_.StopListening();
  newer.known.struct_size = sizeof newer;
  EXPECT_EQ(vcp_attach(&newer.known, &client_), VCP_DISCONNECTED);  // as far as it could get
  newer.unknown = 1;
  EXPECT_EQ(vcp_attach(&newer.known, &client_), VCP_NOT_SUPPORTED);
}

TEST(StatusTest, NumbersAndNamesAreTheEnvironments) {
#define NAMED(name) \
  { VCP_##name, #name }
  const std::vector<std::pair<vcp_status, std::string_view>> all = {
      NAMED(SUCCESS),          NAMED(PENDING),
      NAMED(FAILURE),          NAMED(RESOURCES),
      NAMED(INVALID_DATA),     NAMED(INVALID_LENGTH),
      NAMED(NOT_SUPPORTED),    NAMED(NOT_ACCEPTED),
      NAMED(CLOSING),          NAMED(CLOSED),
      NAMED(INVALID_OID),      NAMED(BUFFER_TOO_SHORT),
      NAMED(NOT_RECOGNIZED),   NAMED(PAUSED),
      NAMED(SEND_ABORTED),     NAMED(RESET_IN_PROGRESS),
      NAMED(REQUEST_ABORTED),  NAMED(INVALID_STATE),
      NAMED(INVALID_HANDLE),   NAMED(DISCONNECTED),
      NAMED(BACK_PRESSURED),   NAMED(TIMED_OUT),
      NAMED(VERSION_MISMATCH), NAMED(NO_SUCH_PORT),
      NAMED(NOT_FOUND),        NAMED(IN_USE),
      NAMED(TOO_BIG),          NAMED(ACCESS_DENIED),
      NAMED(PROTOCOL_ERROR)};
#undef NAMED
  for (const auto& [status, name] : all) {
    EXPECT_EQ(vcp_status_name(status), name);
    EXPECT_EQ(vcp_status_meaning(status), StatusMeaning(static_cast<Status>(status)));
  }
  // A status that the table gets and the header does not is noticed here.
  EXPECT_STREQ(vcp_status_name(static_cast<vcp_status>(all.size())), "UNKNOWN_STATUS");
}

}  // namespace
}  // namespace vcp::client
