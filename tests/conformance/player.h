// A client as a conformance test sees one, whatever it is made of: operations in the C ABI's words,
// with every wait bounded and everything that comes kept in order until the test asks for it. What
// was not expected fails the test. One thread.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

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

// Whom queries go to: a port, all of it or one VC; or a family's other end.
vcp_oid_target AtPort(const char* port, vcp_vc vc = 0);
vcp_oid_target AtFamily(vcp_af af);

std::string EventName(uint32_t type);
// "MAKE_CALL_COMPLETE NOT_FOUND", for messages of failed tests.
std::string Describe(const vcp_event& event);

class Player {
 public:
  virtual ~Player() = default;
  Player() = default;
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  // As a process that ends would.
  virtual void Leave() = 0;

  // --- operations: VCP_PENDING, and an event with the cookie follows; anything else is over
  // -------
  virtual vcp_status StartOpenAf(const char* adapter, uint32_t family, uint64_t cookie,
                                 vcp_af* af) = 0;
  virtual vcp_status StartCloseAf(vcp_af af, uint64_t cookie) = 0;
  virtual vcp_status NotifyCloseAfComplete(vcp_af af, vcp_status status) = 0;
  virtual vcp_status StartRegisterSap(vcp_af af, const vcp_sap_params& params, uint64_t cookie,
                                      vcp_sap* sap) = 0;
  virtual vcp_status StartDeregisterSap(vcp_sap sap, uint64_t cookie) = 0;
  virtual vcp_status StartCreateVc(vcp_af af, uint64_t cookie, vcp_vc* vc) = 0;
  virtual vcp_status StartDeleteVc(vcp_vc vc, uint64_t cookie) = 0;
  virtual vcp_status StartMakeCall(vcp_vc vc, const vcp_call_params& params, uint64_t cookie) = 0;
  virtual vcp_status StartMultipointCall(vcp_vc vc, const vcp_call_params& params, uint64_t cookie,
                                         vcp_party* party) = 0;
  // These have no completion; `params` null: as offered.
  virtual vcp_status AnswerCall(vcp_vc vc, vcp_status answer, const vcp_call_params* params) = 0;
  vcp_status AcceptCall(vcp_vc vc) { return AnswerCall(vc, VCP_SUCCESS, nullptr); }
  virtual vcp_status StartModify(vcp_vc vc, const vcp_call_params& params, uint64_t cookie) = 0;
  virtual vcp_status StartCloseCall(vcp_vc vc, uint64_t cookie, std::string_view data = {}) = 0;
  virtual vcp_status StartAddParty(vcp_vc vc, const vcp_call_params& params, uint64_t cookie,
                                   vcp_party* party) = 0;
  virtual vcp_status StartDropParty(vcp_party party, uint64_t cookie) = 0;
  virtual vcp_status StartOidQuery(const vcp_oid_target& target, uint32_t oid,
                                   uint32_t capacity_bytes, uint64_t cookie) = 0;
  virtual vcp_status StartOidSet(const vcp_oid_target& target, uint32_t oid, std::string_view bytes,
                                 uint64_t cookie) = 0;
  // Of what was started with the cookie; no event of its own.
  virtual vcp_status CancelOid(uint64_t cookie) = 0;
  virtual vcp_status StartNameVc(vcp_vc vc, const std::string& base, uint64_t cookie) = 0;
  virtual void WatchStatus(bool on = true) = 0;
  // Sends one SDU at once; its completion is still to come.
  virtual vcp_status Send(vcp_vc vc, std::string_view bytes, uint64_t cookie = 0) = 0;
  virtual void Return(const Sdu& sdu) = 0;

  // Takes what is there; never waits.
  virtual void Take() = 0;
  // Lets what has been asked before happen, as far as it depends on this client's daemon alone.
  virtual void Fence() = 0;
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

  // --- events ------------------------------------------------------------------------------------
  // The next event is this one. Families are kept aside: see families().
  vcp_event Expect(vcp_event_type type, uint64_t cookie = kAnyCookie);
  // The same, and has this status.
  vcp_event Expect(vcp_event_type type, vcp_status status, uint64_t cookie = kAnyCookie);
  // The next event, whatever it is, has this status.
  vcp_event Take(vcp_status status);
  // How an operation ended that was started with this cookie; other events stay.
  vcp_status OutcomeOf(vcp_status started, uint64_t cookie);
  // No status any more, nor what came of it and was not asked for.
  void StopWatching();
  // Nothing has come, even after Fence.
  void ExpectNothing();
  const std::vector<Family>& families() const { return families_; }
  const Family* FindFamily(std::string_view adapter, uint32_t family);
  bool HasEvent();
  // The same, without a look for more.
  bool HoldsEvent() const { return !events_.empty(); }

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

  // What a query came to, whatever its status.
  vcp_event Query(const vcp_oid_target& target, uint32_t oid,
                  uint32_t capacity_bytes = VCP_MAX_OID_BYTES);
  // The value of one that succeeds, of 4 or 8 bytes.
  uint64_t QueryNumber(const vcp_oid_target& target, uint32_t oid);
  vcp_status Set(const vcp_oid_target& target, uint32_t oid, std::string_view bytes);
  // The VC's name.
  std::string NameVc(vcp_vc vc, const std::string& base);

  // --- data --------------------------------------------------------------------------------------
  vcp_completion Completion();
  // Sends one SDU and sees it completed.
  void SendAndComplete(vcp_vc vc, std::string_view bytes);
  // The next SDU, given back at once; or held.
  Sdu Receive();
  Sdu ReceiveHeld();
  bool HasSdu() const { return !received_.empty(); }
  bool HasCompletion() const { return !completions_.empty(); }

 protected:
  virtual uint64_t DeadlineNs() = 0;
  // Until something may have come; false when the deadline has passed.
  virtual bool SleepUntil(uint64_t deadline_ns) = 0;

  uint64_t next_cookie_ = 1;
  std::vector<Family> families_;
  std::deque<vcp_event> events_;
  std::deque<vcp_completion> completions_;
  std::deque<vcp_received> received_;

 private:
  vcp_event Next();
};

}  // namespace vcp::conformance
