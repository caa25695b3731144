// Where the conformance tests play: two real daemons, west and east, joined by a memif cable, each
// with a loopback port besides; and the same tests over each call manager. Daemons are started
// once, and again when a test ended one; after each test they hold nothing any more.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "app.h"
#include "testing/daemon_process.h"
#include "vcplane.h"

namespace vcp::conformance {

inline constexpr char kLoopPort[] = "loop0";
inline constexpr char kCablePort[] = "cable0";
inline constexpr int kLines = 64;                // that two applications can be joined by
inline constexpr uint32_t kPortSduBytes = 1492;  // of both ports

class Stage {
 public:
  static Stage& Get();

  // Starts what does not run. False: what went wrong is in the log.
  bool Start();
  testing::DaemonProcess& west() { return west_; }
  testing::DaemonProcess& east() { return east_; }
  // The cable carries frames, and both ends' signaling is up.
  bool WaitForCable();

 private:
  Stage();

  testing::TemporaryFolder folder_;
  testing::DaemonProcess west_;
  testing::DaemonProcess east_;
};

// No client, VC or call, and no PVC in use, is left in the daemon.
::testing::AssertionResult HoldsNothing(testing::DaemonProcess& daemon);

// How two applications reach each other: one column of the conformance table.
struct Medium {
  const char* name;
  const char* port;
  uint32_t family;
  bool by_address;  // otherwise by a PVC's name, on both ends
  bool is_local;    // both on one daemon
};

// LoopbackMcm: calls by address inside one daemon.
inline constexpr Medium kLoopback{"Loopback", kLoopPort, VCP_AF_Q2931, true, true};
// UniCallManager: calls by address between two daemons, by signaling on the cable.
inline constexpr Medium kUni{"Uni", kCablePort, VCP_AF_Q2931, true, false};
// PvcCallManager: an operator's circuits between two daemons.
inline constexpr Medium kPvc{"Pvc", kCablePort, VCP_AF_PVC, false, false};

inline void PrintTo(const Medium& medium, std::ostream* out) { *out << medium.name; }

// The two ends of one call, connected.
struct Call {
  int line = 0;
  vcp_vc caller = 0;
  vcp_vc callee = 0;
};

class StageTest : public ::testing::Test {
 protected:
  explicit StageTest(Medium medium) : medium_(medium) {}
  void SetUp() override;
  void TearDown() override;

  Stage& stage() { return Stage::Get(); }
  const Medium& medium() const { return medium_; }
  testing::DaemonProcess& CallerDaemon() {
    return medium_.is_local ? stage().east() : stage().west();
  }
  testing::DaemonProcess& CalleeDaemon() { return stage().east(); }

  // Attached, the family opened.
  void MakeCaller();
  void MakeCallee();
  void MakeBoth() {
    MakeCaller();
    MakeCallee();
  }
  // Lines are numbered 0 to kLines - 1; each is an address, or a PVC.
  vcp_call_params CallOn(int line) const;
  vcp_sap_params SapOn(int line) const;
  // What a call on a line where nobody is ends with.
  vcp_status NobodyThere() const { return medium_.by_address ? VCP_NOT_FOUND : VCP_FAILURE; }

  // A call that the callee was offered and has not answered. Where calls are made by address, the
  // caller's waits for the answer; a PVC's other end has nothing to do with it.
  struct Offer {
    int line = 0;
    vcp_sap sap = 0;
    vcp_vc callee = 0;
    vcp_vc caller = 0;
    vcp_event event{};
  };
  Offer MakeOffer(int line);
  Offer MakeOffer(int line, const vcp_call_params& params);
  // Both ends connected.
  Call Accept(const Offer& offer);
  Call Connect(int line) { return Accept(MakeOffer(line)); }
  // What the caller has to do with a callee that listens: a VC of its own, and a call under way.
  vcp_vc StartCall(int line, uint64_t cookie);

  // The caller hears that its call is over, because the callee closed, or because an operator
  // deleted the PVC; returns the reason.
  vcp_status LoseCall(const Call& call);
  // The caller's side closed and its VC deleted; then the callee's.
  void End(const Call& call);
  // What is deleted here is added again at the latest after the test.
  void DeletePvc(testing::DaemonProcess* daemon, int line);
  void RestorePvcs();

  std::unique_ptr<App> caller_;
  std::unique_ptr<App> callee_;
  vcp_af caller_af_ = 0;
  vcp_af callee_af_ = 0;

 private:
  const Medium medium_;
  std::vector<std::pair<testing::DaemonProcess*, int>> deleted_pvcs_;
};

// Rules that hold over every call manager,
class OverEach : public StageTest, public ::testing::WithParamInterface<Medium> {
 protected:
  OverEach() : StageTest(GetParam()) {}
};
// over those that find the other side by its address,
class ByAddress : public StageTest, public ::testing::WithParamInterface<Medium> {
 protected:
  ByAddress() : StageTest(GetParam()) {}
};
// and those that only one of them has.
class OverLoopback : public StageTest {
 protected:
  OverLoopback() : StageTest(kLoopback) {}
};
class OverUni : public StageTest {
 protected:
  OverUni() : StageTest(kUni) {}
};
class OverPvc : public StageTest {
 protected:
  OverPvc() : StageTest(kPvc) {}
};

}  // namespace vcp::conformance
