// An application as a conformance test sees one: libvcplane's C ABI, with every wait bounded and
// everything that comes kept in order until the test asks for it. What was not expected fails the
// test. One thread.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "testing/daemon_process.h"
#include "vcplane.h"

namespace vcp::conformance {

inline constexpr uint64_t kAnyCookie = ~uint64_t{0};

struct Family {
  std::string adapter;
  uint32_t family;
  uint32_t max_sdu_bytes;
};

// One received SDU; `raw` goes back with Return.
struct Sdu {
  vcp_vc vc = 0;
  std::string bytes;
  vcp_received raw{};
};

std::string EventName(uint32_t type);
// "MAKE_CALL_COMPLETE NOT_FOUND", for messages of failed tests.
std::string Describe(const vcp_event& event);

class App {
 public:
  // Attaches; fails the test when it cannot.
  explicit App(const testing::DaemonProcess& daemon, uint32_t flags = 0,
               uint32_t receive_slots = 0);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  vcp_client* client() const { return client_; }
  // As a process that ends would.
  void Leave();

  // --- events ------------------------------------------------------------------------------------
  // The next event is this one. Families are kept aside: see families().
  vcp_event Expect(vcp_event_type type, uint64_t cookie = kAnyCookie);
  // The same, and has this status.
  vcp_event Expect(vcp_event_type type, vcp_status status, uint64_t cookie = kAnyCookie);
  // The next event, whatever it is, has this status.
  vcp_event Take(vcp_status status);
  // Nothing has come, even after the daemon answered something that was asked now.
  void ExpectNothing();
  const std::vector<Family>& families() const { return families_; }
  const Family* FindFamily(std::string_view adapter, uint32_t family);
  bool HasEvent();

  // --- whole steps, each of which has to succeed -------------------------------------------------
  // `started` is PENDING; its completion, with any status.
  vcp_event Finish(vcp_status started, vcp_event_type type, uint64_t cookie = kAnyCookie);
  vcp_af OpenAf(const char* adapter, uint32_t family);
  vcp_sap RegisterSap(vcp_af af, const vcp_sap_params& params);
  vcp_status TryRegisterSap(vcp_af af, const vcp_sap_params& params);
  void DeregisterSap(vcp_sap sap);
  void CloseAf(vcp_af af);
  vcp_vc CreateVc(vcp_af af);
  void DeleteVc(vcp_vc vc);
  void CloseCall(vcp_vc vc);
  // The status that a call on this VC ended up with.
  vcp_status TryCall(vcp_vc vc, const vcp_call_params& params);
  vcp_vc_counters Counters(vcp_vc vc);

  // --- data --------------------------------------------------------------------------------------
  // Sends one SDU at once; its completion is still to come.
  vcp_status Send(vcp_vc vc, std::string_view bytes, uint64_t cookie = 0);
  vcp_completion Completion();
  // Sends one SDU and sees it completed.
  void SendAndComplete(vcp_vc vc, std::string_view bytes);
  // The next SDU, given back at once; or held.
  Sdu Receive();
  Sdu ReceiveHeld();
  void Return(const Sdu& sdu);
  bool HasSdu() const { return !received_.empty(); }
  bool HasCompletion() const { return !completions_.empty(); }

  // Takes what is there; never waits.
  void Take();
  // Waits, for as long as a busy machine may need, until `done` says so.
  template <typename Done>
  [[nodiscard]] bool WaitUntil(Done&& done) {
    const uint64_t deadline_ns = DeadlineNs();
    for (;;) {
      Take();
      if (done()) return true;
      if (!SleepUntil(deadline_ns)) return false;
    }
  }

 private:
  vcp_event Next();
  static uint64_t DeadlineNs();
  bool SleepUntil(uint64_t deadline_ns);

  vcp_client* client_ = nullptr;
  uint64_t next_cookie_ = 1;
  std::vector<Family> families_;
  std::deque<vcp_event> events_;
  std::deque<vcp_completion> completions_;
  std::deque<vcp_received> received_;
};

}  // namespace vcp::conformance
