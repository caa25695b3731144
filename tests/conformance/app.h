// An application: a player by way of libvcplane's C ABI.
#pragma once

#include "player.h"
#include "testing/daemon_process.h"

namespace vcp::conformance {

class App final : public Player {
 public:
  // Attaches; fails the test when it cannot.
  explicit App(const testing::DaemonProcess& daemon, uint32_t flags = 0, uint32_t receive_slots = 0,
               uint32_t max_sdu_bytes = 0);
  ~App() override;

  vcp_client* client() const { return client_; }
  vcp_vc_counters Counters(vcp_vc vc);

  void Leave() override;
  vcp_status StartOpenAf(const char* adapter, uint32_t family, uint64_t cookie,
                         vcp_af* af) override;
  vcp_status StartCloseAf(vcp_af af, uint64_t cookie) override;
  vcp_status NotifyCloseAfComplete(vcp_af af, vcp_status status) override;
  vcp_status StartRegisterSap(vcp_af af, const vcp_sap_params& params, uint64_t cookie,
                              vcp_sap* sap) override;
  vcp_status StartDeregisterSap(vcp_sap sap, uint64_t cookie) override;
  vcp_status StartCreateVc(vcp_af af, uint64_t cookie, vcp_vc* vc) override;
  vcp_status StartDeleteVc(vcp_vc vc, uint64_t cookie) override;
  vcp_status StartMakeCall(vcp_vc vc, const vcp_call_params& params, uint64_t cookie) override;
  vcp_status StartMultipointCall(vcp_vc vc, const vcp_call_params& params, uint64_t cookie,
                                 vcp_party* party) override;
  vcp_status AnswerCall(vcp_vc vc, vcp_status answer, const vcp_call_params* params) override;
  vcp_status StartModify(vcp_vc vc, const vcp_call_params& params, uint64_t cookie) override;
  vcp_status StartCloseCall(vcp_vc vc, uint64_t cookie, std::string_view data = {}) override;
  vcp_status StartAddParty(vcp_vc vc, const vcp_call_params& params, uint64_t cookie,
                           vcp_party* party) override;
  vcp_status StartDropParty(vcp_party party, uint64_t cookie) override;
  vcp_status StartOidQuery(const vcp_oid_target& target, uint32_t oid, uint32_t capacity_bytes,
                           uint64_t cookie) override;
  vcp_status StartOidSet(const vcp_oid_target& target, uint32_t oid, std::string_view bytes,
                         uint64_t cookie) override;
  vcp_status CancelOid(uint64_t cookie) override { return vcp_cancel_oid(client_, cookie); }
  vcp_status StartNameVc(vcp_vc vc, const std::string& base, uint64_t cookie) override {
    return vcp_name_vc(client_, vc, base.c_str(), cookie);
  }
  void WatchStatus(bool on = true) override;
  vcp_status Send(vcp_vc vc, std::string_view bytes, uint64_t cookie = 0) override;
  void Return(const Sdu& sdu) override;
  using Player::Take;
  void Take() override;
  void Fence() override;

 private:
  uint64_t DeadlineNs() override;
  bool SleepUntil(uint64_t deadline_ns) override;

  vcp_client* client_ = nullptr;
};

}  // namespace vcp::conformance
