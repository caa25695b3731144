#include "daemon/listening_socket.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "daemon/acceptor.h"
#include "testing/fake_clock.h"

namespace vcp::daemon {
namespace {

class ListeningSocketTest : public ::testing::Test {
 protected:
  ListeningSocketTest() {
    char name[] = "/tmp/vcplane-test-XXXXXX";
    folder = mkdtemp(name);
    options = {.path = folder + "/sub/a.sock", .type = SOCK_SEQPACKET, .mode = 0640};
  }
  ~ListeningSocketTest() override { std::filesystem::remove_all(folder); }

  Status Open(std::unique_ptr<ListeningSocket>* socket) {
    error.clear();
    return ListeningSocket::Open(options, socket, &error);
  }
  UniqueFd Connect() {
    UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, options.path.c_str());
    if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fd.Reset();
    return fd;
  }

  std::string folder;
  ListenOptions options;
  std::string error;
};

TEST_F(ListeningSocketTest, ServesItsPathAndLeavesNothing) {
  std::unique_ptr<ListeningSocket> socket;
  ASSERT_EQ(Open(&socket), Status::kSuccess) << error;
  struct stat found {};
  ASSERT_EQ(stat(options.path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0640u);
  UniqueFd client = Connect();
  ASSERT_TRUE(static_cast<bool>(client));
  UniqueFd connection;
  EXPECT_EQ(socket->Accept(&connection), ListeningSocket::Accepted::kConnection);
  EXPECT_EQ(socket->Accept(&connection), ListeningSocket::Accepted::kNothing);
  socket.reset();
  EXPECT_TRUE(std::filesystem::is_empty(folder + "/sub"));
}

TEST_F(ListeningSocketTest, ALiveOneIsRefusedAndUnharmed) {
  std::unique_ptr<ListeningSocket> first;
  std::unique_ptr<ListeningSocket> second;
  ASSERT_EQ(Open(&first), Status::kSuccess);
  EXPECT_EQ(Open(&second), Status::kInUse);
  EXPECT_NE(error.find("another vcplaned"), std::string::npos) << error;
  EXPECT_TRUE(static_cast<bool>(Connect()));
}

TEST_F(ListeningSocketTest, WhatAKilledDaemonLeftIsTakenOver) {
  std::filesystem::create_directory(folder + "/sub");
  std::ofstream(options.path + ".lock");
  UniqueFd dead(socket(AF_UNIX, SOCK_SEQPACKET, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, options.path.c_str());
  ASSERT_EQ(bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  dead.Reset();
  std::unique_ptr<ListeningSocket> socket;
  ASSERT_EQ(Open(&socket), Status::kSuccess) << error;
  EXPECT_TRUE(static_cast<bool>(Connect()));
}

TEST_F(ListeningSocketTest, SomebodysFileIsNotRemoved) {
  std::filesystem::create_directory(folder + "/sub");
  std::ofstream(options.path) << "precious";
  std::unique_ptr<ListeningSocket> socket;
  EXPECT_EQ(Open(&socket), Status::kInUse);
  EXPECT_NE(error.find("is not a socket"), std::string::npos) << error;
  EXPECT_EQ(std::filesystem::file_size(options.path), 8u);
  EXPECT_FALSE(std::filesystem::exists(options.path + ".lock"));
}

TEST_F(ListeningSocketTest, APathTooLongAFolderTooDeepAGroupUnknown) {
  std::unique_ptr<ListeningSocket> socket;
  options.group = "no-such-group-anywhere";
  EXPECT_EQ(Open(&socket), Status::kNotFound);
  EXPECT_NE(error.find("groupadd"), std::string::npos) << error;
  EXPECT_TRUE(std::filesystem::is_empty(folder + "/sub"));
  options.path = folder + "/no/such/folder/a.sock";
  EXPECT_NE(Open(&socket), Status::kSuccess);
  EXPECT_NE(error.find("/no/such"), std::string::npos) << error;
  options.path = folder + "/" + std::string(200, 'a');
  EXPECT_EQ(Open(&socket), Status::kInvalidLength);
}

TEST_F(ListeningSocketTest, WithoutDescriptorsAcceptingRests) {  // H6
  testing::FakeClock clock;
  EventLoop loop(clock);
  DaemonCounters counters;
  std::unique_ptr<ListeningSocket> socket;
  ASSERT_EQ(Open(&socket), Status::kSuccess);
  int accepted = 0;
  Acceptor acceptor(&loop, std::move(socket), &counters, [&](UniqueFd) { ++accepted; });
  UniqueFd client = Connect();
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  setrlimit(RLIMIT_NOFILE, &none);
  for (int i = 0; i < 5; ++i) loop.Turn(0);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(accepted, 0);
  EXPECT_EQ(counters.Read(DaemonCounter::kAcceptPauses), 1u);
  loop.Turn(0);
  EXPECT_EQ(accepted, 0);  // still resting
  clock.Advance(kNsPerSecond);
  loop.Turn(0);
  loop.Turn(0);
  EXPECT_EQ(accepted, 1);
}

}  // namespace
}  // namespace vcp::daemon
