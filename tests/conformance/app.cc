#include "app.h"

#include <array>
#include <chrono>

namespace vcp::conformance {
namespace {

constexpr uint64_t kPatienceNs = 20'000'000'000;
constexpr uint64_t kFenceCookie = ~uint64_t{1};

uint64_t NowNs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace

App::App(const testing::DaemonProcess& daemon, uint32_t flags, uint32_t receive_slots,
         uint32_t max_sdu_bytes) {
  vcp_attach_params params = VCP_ATTACH_PARAMS_INIT;
  params.socket_path = daemon.attach_socket().c_str();
  params.name = "conformance";
  params.flags = flags;
  params.receive_slots = receive_slots;
  params.max_sdu_bytes = max_sdu_bytes;
  const vcp_status status = vcp_attach(&params, &client_);
  if (status != VCP_SUCCESS) client_ = nullptr;
  EXPECT_EQ(status, VCP_SUCCESS) << vcp_last_error();
}

App::~App() { Leave(); }

void App::Leave() {
  vcp_detach(client_);
  client_ = nullptr;
}

// --- events --------------------------------------------------------------------------------------

uint64_t App::DeadlineNs() { return NowNs() + kPatienceNs; }

bool App::SleepUntil(uint64_t deadline_ns) {
  const uint64_t now_ns = NowNs();
  if (client_ == nullptr || now_ns >= deadline_ns) return false;
  return vcp_wait(client_, static_cast<int>((deadline_ns - now_ns) / 1'000'000) + 1) !=
         VCP_TIMED_OUT;
}

void App::Take() {
  if (client_ == nullptr) return;
  std::array<vcp_event, 16> events;
  while (const size_t count = vcp_poll(client_, events.data(), events.size())) {
    for (size_t i = 0; i < count; ++i) {
      const vcp_event& event = events[i];
      if (event.type == VCP_EVENT_AF_REGISTERED) {
        families_.push_back({event.adapter, event.family, event.max_sdu_bytes});
      } else {
        events_.push_back(event);
      }
    }
  }
  std::array<vcp_completion, 64> completions;
  while (const size_t count = vcp_completions(client_, completions.data(), completions.size())) {
    completions_.insert(completions_.end(), completions.begin(), completions.begin() + count);
  }
  std::array<vcp_received, 64> received;
  while (const size_t count = vcp_receive(client_, received.data(), received.size())) {
    received_.insert(received_.end(), received.begin(), received.begin() + count);
  }
}

// Opening an adapter that nobody has is answered in order and changes nothing.
void App::Fence() {
  vcp_af none = 0;
  EXPECT_EQ(vcp_open_af(client_, "no-such-port", VCP_AF_PVC, kFenceCookie, &none), VCP_PENDING);
  const bool answered =
      WaitUntil([this] { return !events_.empty() && events_.back().cookie == kFenceCookie; });
  EXPECT_TRUE(answered);
  if (answered) events_.pop_back();
}

// --- operations ----------------------------------------------------------------------------------

vcp_status App::StartOpenAf(const char* adapter, uint32_t family, uint64_t cookie, vcp_af* af) {
  return vcp_open_af(client_, adapter, family, cookie, af);
}
vcp_status App::StartCloseAf(vcp_af af, uint64_t cookie) {
  return vcp_close_af(client_, af, cookie);
}
vcp_status App::NotifyCloseAfComplete(vcp_af af, vcp_status status) {
  return vcp_notify_close_af_complete(client_, af, status);
}
vcp_status App::StartRegisterSap(vcp_af af, const vcp_sap_params& params, uint64_t cookie,
                                 vcp_sap* sap) {
  return vcp_register_sap(client_, af, &params, cookie, sap);
}
vcp_status App::StartDeregisterSap(vcp_sap sap, uint64_t cookie) {
  return vcp_deregister_sap(client_, sap, cookie);
}
vcp_status App::StartCreateVc(vcp_af af, uint64_t cookie, vcp_vc* vc) {
  return vcp_create_vc(client_, af, cookie, vc);
}
vcp_status App::StartDeleteVc(vcp_vc vc, uint64_t cookie) {
  return vcp_delete_vc(client_, vc, cookie);
}
vcp_status App::StartMakeCall(vcp_vc vc, const vcp_call_params& params, uint64_t cookie) {
  return vcp_make_call(client_, vc, &params, cookie);
}
vcp_status App::StartMultipointCall(vcp_vc vc, const vcp_call_params& params, uint64_t cookie,
                                    vcp_party* party) {
  return vcp_make_multipoint_call(client_, vc, &params, cookie, party);
}
vcp_status App::AnswerCall(vcp_vc vc, vcp_status answer, const vcp_call_params* params) {
  return vcp_answer_call(client_, vc, answer, params);
}
vcp_status App::StartModify(vcp_vc vc, const vcp_call_params& params, uint64_t cookie) {
  return vcp_modify_call_qos(client_, vc, &params, cookie);
}
vcp_status App::StartCloseCall(vcp_vc vc, uint64_t cookie, std::string_view data) {
  return vcp_close_call(client_, vc, data.data(), data.size(), cookie);
}
vcp_status App::StartAddParty(vcp_vc vc, const vcp_call_params& params, uint64_t cookie,
                              vcp_party* party) {
  return vcp_add_party(client_, vc, &params, cookie, party);
}
vcp_status App::StartDropParty(vcp_party party, uint64_t cookie) {
  return vcp_drop_party(client_, party, nullptr, nullptr, 0, cookie);
}

vcp_status App::StartOidQuery(const vcp_oid_target& target, uint32_t oid, uint32_t capacity_bytes,
                              uint64_t cookie) {
  return vcp_oid_query(client_, &target, oid, capacity_bytes, cookie);
}
vcp_status App::StartOidSet(const vcp_oid_target& target, uint32_t oid, std::string_view bytes,
                            uint64_t cookie) {
  return vcp_oid_set(client_, &target, oid, bytes.data(), bytes.size(), cookie);
}
void App::WatchStatus(bool on) {
  EXPECT_EQ(vcp_watch_status(client_, on ? 1 : 0), VCP_SUCCESS);
  Fence();  // it has no event of its own
}

vcp_vc_counters App::Counters(vcp_vc vc) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event =
      Finish(vcp_read_vc_counters(client_, vc, cookie), VCP_EVENT_VC_COUNTERS, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  return event.counters;
}

vcp_status App::Send(vcp_vc vc, std::string_view bytes, uint64_t cookie) {
  const vcp_status status = vcp_send(client_, vc, bytes.data(), bytes.size(), cookie);
  vcp_flush(client_);
  return status;
}

void App::Return(const Sdu& sdu) {
  if (sdu.vc == 0) return;
  vcp_return(client_, &sdu.raw, 1);
  vcp_flush(client_);
}

}  // namespace vcp::conformance
