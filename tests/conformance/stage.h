// Where the conformance tests play: two hosts, west and east, joined by a cable, each with a
// loopback port besides; the same tests over each call manager, by applications attached to real
// daemons and by clients in the test's own process. Daemons, and the call managers outside them,
// are started once, and again when a test ended one; after each test nothing is held any more.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app.h"
#include "external_manager.h"
#include "external_process.h"
#include "in_process.h"
#include "testing/daemon_process.h"
#include "vcplane.h"

namespace vcp::conformance {

inline constexpr char kLoopPort[] = "loop0";
inline constexpr char kCablePort[] = "cable0";
inline constexpr char kPvcDestination[] = "+358777";  // of the PVCs far/0 and far/1
inline constexpr int kLines = 64;                     // that two applications can be joined by
inline constexpr uint32_t kPortSduBytes = 1492;       // of both ports

class Stage {
 public:
  static Stage& Get();

  // Starts what does not run. False: what went wrong is in the log.
  bool Start();
  testing::DaemonProcess& west() { return west_; }
  testing::DaemonProcess& east() { return east_; }
  // The cable carries frames, and both ends' signaling is up.
  bool WaitForCable();
  // Starts the call managers outside the daemons, if they do not run.
  bool StartManagers();
  // Others beside them, until they are ended.
  bool StartOtherManagers();
  void EndOtherManagers();
  ExternalProcess& west_manager() { return west_manager_; }
  ExternalProcess& east_manager() { return east_manager_; }

 private:
  Stage();

  testing::TemporaryFolder folder_;
  testing::DaemonProcess west_;
  testing::DaemonProcess east_;
  ExternalProcess west_manager_;
  ExternalProcess east_manager_;
  ExternalProcess others_[2];
};

// No client, VC or call, and no PVC in use, is left in the daemon.
::testing::AssertionResult HoldsNothing(testing::DaemonProcess& daemon);

// Lines are PVCs by these names and labels, the same at both ends.
std::string LineName(int line);
uint32_t LabelOf(int line);

// The same rates and sizes in both directions.
vcp_call_params WithRate(vcp_call_params params, uint64_t bytes_per_second);

// How two clients reach each other.
struct Medium {
  std::string_view name;
  const char* port;
  uint32_t family;
  bool by_address;  // otherwise by a PVC's name, on both ends
  bool is_local;    // both on one host
};

// LoopbackMcm: calls by address inside one daemon.
inline constexpr Medium kLoopback{"Mcm", kLoopPort, VCP_AF_Q2931, true, true};
// UniCallManager: calls by address between two daemons, by signaling on the cable.
inline constexpr Medium kUni{"Uni", kCablePort, VCP_AF_Q2931, true, false};
// An application that is a call manager, at each end of the cable.
inline constexpr Medium kExternal{"External", kCablePort, ExternalManager::kFamily, true, false};
// PvcCallManager: an operator's circuits between two daemons.
inline constexpr Medium kPvc{"Pvc", kCablePort, VCP_AF_PVC, false, false};

inline void PrintTo(const Medium& medium, std::ostream* out) { *out << medium.name; }

// What the clients are.
enum class Where : uint8_t { kAttached, kInProcess };

// One column of the conformance table.
struct Column {
  Where where;
  Medium medium;
};

inline std::string NameOf(const Column& column) {
  return std::string(column.where == Where::kAttached ? "Attached" : "InProcess") +
         std::string(column.medium.name);
}
inline void PrintTo(const Column& column, std::ostream* out) { *out << NameOf(column); }

std::vector<Column> ColumnsOf(std::initializer_list<Where> wheres,
                              std::initializer_list<Medium> media);
inline constexpr std::initializer_list<Where> kEverywhere = {Where::kInProcess, Where::kAttached};

// The two ends of one call, connected.
struct Call {
  int line = 0;
  vcp_vc caller = 0;
  vcp_vc callee = 0;
};

class StageTest : public ::testing::Test {
 protected:
  explicit StageTest(const Column& column) : column_(column) {}
  void SetUp() override;
  void TearDown() override;

  enum class Side : uint8_t { kCaller, kCallee };

  Stage& stage() { return Stage::Get(); }
  const Medium& medium() const { return column_.medium; }
  bool is_attached() const { return column_.where == Where::kAttached; }
  // By signaling, which carries rates in cells and no other parameters as they are.
  bool IsUni() const { return medium().name == kUni.name; }
  // Where clients are attached.
  testing::DaemonProcess& CallerDaemon() {
    return medium().is_local ? stage().east() : stage().west();
  }
  testing::DaemonProcess& CalleeDaemon() { return stage().east(); }
  testing::DaemonProcess& DaemonOf(Side side) {
    return side == Side::kCaller ? CallerDaemon() : CalleeDaemon();
  }
  InProcessWorld& world() { return *world_; }
  InProcessHost* HostOf(Side side) {
    return side == Side::kCallee || medium().is_local ? &world_->east() : &world_->west();
  }

  std::unique_ptr<Player> NewPlayer(Side side);
  // The next line of the call manager outside the caller's daemon, and its end.
  std::string WhatTheManagerSays();
  void KillTheManager();
  // Until the test ends.
  bool StartOtherManagers();
  // No client, call or VC is left on that side's host.
  ::testing::AssertionResult HoldsNothingAt(Side side);
  // Attached, the family opened.
  void MakeCaller();
  void MakeCallee();
  void MakeBoth() {
    MakeCaller();
    MakeCallee();
  }
  // Whether the call manager keeps clients' addresses.
  bool HasAddresses() const { return medium().by_address; }
  bool IsExternal() const { return medium().name == kExternal.name; }
  // What "show ports" says of the medium's port; "" for what it does not.
  std::string PortField(testing::DaemonProcess& daemon, const std::string& field) const;
  uint64_t LinkBitsPerSecond();
  // Lines are numbered 0 to kLines - 1; each is an address, or a PVC.
  vcp_call_params CallOn(int line) const;
  vcp_sap_params SapOn(int line) const;
  // What a call on a line where nobody is ends with.
  vcp_status NobodyThere() const { return medium().by_address ? VCP_NOT_FOUND : VCP_FAILURE; }
  // What the switchboard says of a handle that is none where the environment names a status; the
  // library knows its handles itself.
  vcp_status NoHandle() const { return is_attached() ? VCP_INVALID_HANDLE : VCP_FAILURE; }
  // Nothing may be sent on the VC now.
  static void ExpectNoSending(Player* player, vcp_vc vc, vcp_status status) {
    const vcp_status sent = player->Send(vc, "not now");
    EXPECT_STREQ(vcp_status_name(sent), vcp_status_name(status));
  }

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
  // The offer has ended: an answer is refused by the library, and changes nothing below it.
  void ExpectAnswerComesTooLate(vcp_vc callee) {
    const vcp_status status = callee_->AcceptCall(callee);
    EXPECT_EQ(status, is_attached() ? VCP_INVALID_STATE : VCP_SUCCESS);
    callee_->ExpectNothing();
  }
  // Both ends connected.
  Call Accept(const Offer& offer);
  Call Connect(int line) { return Accept(MakeOffer(line)); }
  // A call of the caller's on a PVC of this rate, which is the operator's to add and delete.
  vcp_vc CallPaced(const char* rate);
  void DeletePaced() { CallerDaemon().Ask("pvc delete paced"); }
  // What the caller has to do with a callee that listens: a VC of its own, and a call under way.
  vcp_vc StartCall(int line, uint64_t cookie);

  // The caller hears that its call is over, because the callee closed, or because an operator
  // deleted the PVC; returns the reason.
  vcp_status LoseCall(const Call& call);
  // The caller's side closed and its VC deleted; then the callee's.
  void End(const Call& call);
  // What is deleted here is added again at the latest after the test.
  void DeletePvc(Side side, int line);
  void RestorePvcs();

  std::unique_ptr<Player> caller_;
  std::unique_ptr<Player> callee_;
  vcp_af caller_af_ = 0;
  vcp_af callee_af_ = 0;

 private:
  const Column column_;
  std::unique_ptr<InProcessWorld> world_;
  std::vector<std::pair<Side, int>> deleted_pvcs_;
};

// Rules that hold over every call manager,
class OverEach : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  OverEach() : StageTest(GetParam()) {}
};
// over those that find the other side by its address,
class ByAddress : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  ByAddress() : StageTest(GetParam()) {}
};
// those with further parties, those that carry parameters as they are,
class WithParties : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  WithParties() : StageTest(GetParam()) {}
};
class Verbatim : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  Verbatim() : StageTest(GetParam()) {}
};
// and over one only.
class OverMcm : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  OverMcm() : StageTest(GetParam()) {}
};
class OverExternal : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  OverExternal() : StageTest(GetParam()) {}
};
class OverUni : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  OverUni() : StageTest(GetParam()) {}
};
class OverPvc : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  OverPvc() : StageTest(GetParam()) {}
};

// Rules that need a look behind what applications can see.
class InProcessOverEach : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  InProcessOverEach() : StageTest(GetParam()) {}
  InProcessHost& CallerHost() { return medium().is_local ? world().east() : world().west(); }
};

// Rules that only the C ABI can show, or that are the data path's: by applications.
class AttachedTest : public StageTest {
 protected:
  explicit AttachedTest(const Medium& medium) : StageTest({Where::kAttached, medium}) {}

  App& caller() { return static_cast<App&>(*caller_); }
  App& callee() { return static_cast<App&>(*callee_); }
};
class AttachedOverEach : public AttachedTest, public ::testing::WithParamInterface<Medium> {
 protected:
  AttachedOverEach() : AttachedTest(GetParam()) {}
};
class AttachedByAddress : public AttachedTest, public ::testing::WithParamInterface<Medium> {
 protected:
  AttachedByAddress() : AttachedTest(GetParam()) {}
};
class AttachedOverMcm : public AttachedTest {
 protected:
  AttachedOverMcm() : AttachedTest(kLoopback) {}
};
class AttachedOverUni : public AttachedTest {
 protected:
  AttachedOverUni() : AttachedTest(kUni) {}
};
class AttachedOverPvc : public AttachedTest {
 protected:
  AttachedOverPvc() : AttachedTest(kPvc) {}
};

}  // namespace vcp::conformance
