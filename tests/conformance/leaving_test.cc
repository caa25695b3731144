// Applications that end, without a word, in each state that one can be in: their partners hear of
// it, the daemon keeps nothing, and the next application finds everything free.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "base/unique_fd.h"
#include "stage.h"

namespace vcp::conformance {
namespace {

// A process of its own that does something when told, says so, and then waits for its end.
class Child {
 public:
  explicit Child(const std::function<bool()>& act) {
    int go[2];
    int done[2];
    EXPECT_EQ(pipe2(go, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(done, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(go[1]);
      char byte;
      if (read(go[0], &byte, 1) != 1) _exit(0);
      byte = act() ? 'y' : 'n';
      if (write(done[1], &byte, 1) != 1) _exit(1);
      while (true) pause();
    }
    go_.Reset(go[1]);
    done_.Reset(done[0]);
    close(go[0]);
    close(done[1]);
  }
  ~Child() { Kill(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void Go() { EXPECT_EQ(write(go_.get(), "g", 1), 1); }
  // Whether it got where it wanted; what failed in it is on standard output.
  bool IsThere() {
    char byte = 'n';
    return read(done_.get(), &byte, 1) == 1 && byte == 'y';
  }
  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  UniqueFd go_;
  UniqueFd done_;
};

enum class State {
  kAttached,
  kFamilyOpen,
  kListening,
  kVcMade,
  kCalling,
  kOffered,
  kConnectedCaller,
  kConnectedCallee,
  kSending,
  kHolding,
  kClosing,
  kPeerClosed
};

struct Leave {
  State state;
  const char* name;
  bool is_caller;
  bool in_call;  // which its partner has to be told of
};

constexpr Leave kLeaves[] = {
    {State::kAttached, "Attached", true, false},
    {State::kFamilyOpen, "FamilyOpen", true, false},
    {State::kListening, "Listening", false, false},
    {State::kVcMade, "VcMade", true, false},
    {State::kCalling, "Calling", true, true},
    {State::kOffered, "Offered", false, true},
    {State::kConnectedCaller, "ConnectedCaller", true, true},
    {State::kConnectedCallee, "ConnectedCallee", false, true},
    {State::kSending, "Sending", true, true},
    {State::kHolding, "Holding", false, true},
    {State::kClosing, "Closing", false, false},
    {State::kPeerClosed, "PeerClosed", false, false},
};

void PrintTo(const Leave& leave, std::ostream* out) { *out << leave.name; }

class Leaving : public AttachedTest,
                public ::testing::WithParamInterface<std::tuple<Medium, Leave>> {
 protected:
  Leaving() : AttachedTest(std::get<0>(GetParam())) {}
  const Leave& leave() const { return std::get<1>(GetParam()); }

  // --- in the child ------------------------------------------------------------------------------
  bool BeCaller();
  bool BeCallee();
  // --- in the parent -----------------------------------------------------------------------------
  void PartnerOfCaller(Child* child);
  void PartnerOfCallee(Child* child);
};

bool Leaving::BeCaller() {
  const State state = leave().state;
  if (state == State::kAttached) {
    caller_ = std::make_unique<App>(CallerDaemon());
    return !HasFailure();
  }
  MakeCaller();
  if (state == State::kFamilyOpen) return !HasFailure();
  if (state == State::kVcMade) {
    caller_->CreateVc(caller_af_);
    return !HasFailure();
  }
  const vcp_vc vc = StartCall(0, 1);
  if (state == State::kCalling) return !HasFailure();
  caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  if (state == State::kSending) {
    for (int i = 0; i < 1000; ++i) {
      EXPECT_EQ(vcp_send(caller().client(), vc, "in flight", 9, 0), VCP_SUCCESS);
    }
    vcp_flush(caller().client());
  }
  return !HasFailure();
}

bool Leaving::BeCallee() {
  const State state = leave().state;
  MakeCallee();
  callee_->RegisterSap(callee_af_, SapOn(0));
  if (state == State::kListening) return !HasFailure();
  const vcp_vc vc = callee_->Expect(VCP_EVENT_INCOMING_CALL).vc;
  if (state == State::kOffered) return !HasFailure();
  EXPECT_EQ(vcp_answer_call(callee().client(), vc, VCP_SUCCESS, nullptr), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  if (state == State::kHolding || state == State::kClosing) {
    callee_->ReceiveHeld();
    callee_->ReceiveHeld();
  }
  if (state == State::kClosing) {  // which waits for what it holds
    EXPECT_EQ(vcp_close_call(callee().client(), vc, nullptr, 0, 1), VCP_PENDING);
    callee_->ExpectNothing();
  }
  if (state == State::kPeerClosed) {
    callee_->SendAndComplete(vc, "close, please");
    callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL);
  }
  return !HasFailure();
}

void Leaving::PartnerOfCaller(Child* child) {
  MakeCallee();
  callee_->RegisterSap(callee_af_, SapOn(0));
  child->Go();
  if (!leave().in_call) {
    ASSERT_TRUE(child->IsThere());
    child->Kill();
    return;
  }
  const vcp_vc vc = callee_->Expect(VCP_EVENT_INCOMING_CALL).vc;
  if (leave().state != State::kCalling) {
    EXPECT_EQ(vcp_answer_call(callee().client(), vc, VCP_SUCCESS, nullptr), VCP_SUCCESS);
    callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  }
  ASSERT_TRUE(child->IsThere());
  child->Kill();
  if (medium().by_address) {
    EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL).vc, vc);
  }
  while (callee_->HasSdu()) callee_->Receive();
  callee_->CloseCall(vc);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, vc);
  callee_->ExpectNothing();
}

void Leaving::PartnerOfCallee(Child* child) {
  const State state = leave().state;
  MakeCaller();
  child->Go();
  if (state == State::kListening || (state == State::kOffered && !medium().by_address)) {
    ASSERT_TRUE(child->IsThere());
    child->Kill();
    return;
  }
  // The child listens; on a PVC, whose ends do not know of each other, it is in its call.
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  const char* const asked = medium().by_address ? "show saps" : "show calls";
  const char* const wanted = medium().by_address ? "\"handle\"" : "\"connected\"";
  ASSERT_TRUE(CalleeDaemon().WaitFor(asked, [wanted](const std::string& answer) {
    return answer.find(wanted) != std::string::npos;
  }));
  const vcp_call_params params = CallOn(0);
  ASSERT_EQ(vcp_make_call(caller().client(), vc, &params, 1), VCP_PENDING);
  if (state != State::kOffered) {
    caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  }
  if (state == State::kPeerClosed) {
    EXPECT_EQ(caller_->Receive().bytes, "close, please");
    caller_->CloseCall(vc);
  } else if (state == State::kHolding || state == State::kClosing) {
    caller_->SendAndComplete(vc, "one");
    caller_->SendAndComplete(vc, "two");
  }
  ASSERT_TRUE(child->IsThere());
  child->Kill();
  if (state == State::kOffered) {
    EXPECT_NE(caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, 1).status, VCP_SUCCESS);
  } else if (state != State::kPeerClosed) {
    // Also of a close that was under way when its application ended.
    if (medium().by_address) {
      EXPECT_EQ(caller_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL).vc, vc);
    }
    caller_->CloseCall(vc);
  }
  caller_->DeleteVc(vc);
  caller_->ExpectNothing();
}

TEST_P(Leaving, ItsPartnerHearsAndNothingStays) {
  {
    // Before this process has any application of its own, whose descriptors the child would keep.
    Child child([this] { return leave().is_caller ? BeCaller() : BeCallee(); });
    if (leave().is_caller) {
      PartnerOfCaller(&child);
    } else {
      PartnerOfCallee(&child);
    }
  }
  if (HasFatalFailure()) return;
  caller_.reset();
  callee_.reset();
  ASSERT_TRUE(HoldsNothing(CallerDaemon()));
  ASSERT_TRUE(HoldsNothing(CalleeDaemon()));
  MakeBoth();
  const Call call = Connect(0);
  caller_->SendAndComplete(call.caller, "the next one");
  EXPECT_EQ(callee_->Receive().bytes, "the next one");
}

// The two ends of a PVC do not hear of each other's closes.
std::vector<std::tuple<Medium, Leave>> Cases() {
  std::vector<std::tuple<Medium, Leave>> cases;
  for (const Leave& leave : kLeaves) {
    cases.emplace_back(kLoopback, leave);
    cases.emplace_back(kUni, leave);
    cases.emplace_back(kExternal, leave);
    if (leave.state != State::kPeerClosed) cases.emplace_back(kPvc, leave);
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(, Leaving, ::testing::ValuesIn(Cases()), [](const auto& info) {
  return std::string(std::get<1>(info.param).name) + "Over" +
         std::string(std::get<0>(info.param).name);
});

}  // namespace
}  // namespace vcp::conformance
