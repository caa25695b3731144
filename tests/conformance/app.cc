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

std::string EventName(uint32_t type) {
  static constexpr std::array kNames = {"no event",
                                        "AF_REGISTERED",
                                        "OPEN_AF_COMPLETE",
                                        "CLOSE_AF_COMPLETE",
                                        "NOTIFY_CLOSE_AF",
                                        "REGISTER_SAP_COMPLETE",
                                        "DEREGISTER_SAP_COMPLETE",
                                        "CREATE_VC_COMPLETE",
                                        "DELETE_VC_COMPLETE",
                                        "MAKE_CALL_COMPLETE",
                                        "INCOMING_CALL",
                                        "CALL_CONNECTED",
                                        "CLOSE_CALL_COMPLETE",
                                        "INCOMING_CLOSE_CALL",
                                        "VC_DELETED",
                                        "VC_COUNTERS",
                                        "DISCONNECTED",
                                        "RECONNECTED",
                                        "EVICTED",
                                        "AF_LOST",
                                        "SAP_LOST"};
  return type < kNames.size() ? kNames[type] : "event " + std::to_string(type);
}

std::string Describe(const vcp_event& event) {
  return EventName(event.type) + " " + vcp_status_name(event.status) + " cookie " +
         std::to_string(event.cookie) + " vc " + std::to_string(event.vc);
}

App::App(const testing::DaemonProcess& daemon, uint32_t flags, uint32_t receive_slots) {
  vcp_attach_params params = VCP_ATTACH_PARAMS_INIT;
  params.socket_path = daemon.attach_socket().c_str();
  params.name = "conformance";
  params.flags = flags;
  params.receive_slots = receive_slots;
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

bool App::HasEvent() {
  Take();
  return !events_.empty();
}

vcp_event App::Next() {
  vcp_event event{};
  if (WaitUntil([this] { return !events_.empty(); })) {
    event = events_.front();
    events_.pop_front();
  }
  return event;
}

vcp_event App::Expect(vcp_event_type type, uint64_t cookie) {
  const vcp_event event = Next();
  EXPECT_EQ(EventName(event.type), EventName(type)) << "came: " << Describe(event);
  if (cookie != kAnyCookie) {
    EXPECT_EQ(event.cookie, cookie) << Describe(event);
  }
  return event;
}

vcp_event App::Expect(vcp_event_type type, vcp_status status, uint64_t cookie) {
  const vcp_event event = Expect(type, cookie);
  EXPECT_STREQ(vcp_status_name(event.status), vcp_status_name(status)) << Describe(event);
  return event;
}

vcp_event App::Take(vcp_status status) {
  const vcp_event event = Next();
  EXPECT_STREQ(vcp_status_name(event.status), vcp_status_name(status)) << Describe(event);
  return event;
}

// Opening an adapter that nobody has is answered in order and changes nothing.
void App::ExpectNothing() {
  vcp_af none = 0;
  EXPECT_EQ(vcp_open_af(client_, "no-such-port", VCP_AF_PVC, kFenceCookie, &none), VCP_PENDING);
  const bool answered =
      WaitUntil([this] { return !events_.empty() && events_.back().cookie == kFenceCookie; });
  EXPECT_TRUE(answered);
  if (!answered) return;
  events_.pop_back();
  for (const vcp_event& event : events_) ADD_FAILURE() << "came: " << Describe(event);
  events_.clear();
}

const Family* App::FindFamily(std::string_view adapter, uint32_t family) {
  const Family* found = nullptr;
  const bool came = WaitUntil([&] {
    for (const Family& known : families_) {
      if (known.adapter == adapter && known.family == family) found = &known;
    }
    return found != nullptr;
  });
  return came ? found : nullptr;
}

// --- whole steps ---------------------------------------------------------------------------------

vcp_event App::Finish(vcp_status started, vcp_event_type type, uint64_t cookie) {
  EXPECT_STREQ(vcp_status_name(started), "PENDING") << "for " << EventName(type);
  return started == VCP_PENDING ? Expect(type, cookie) : vcp_event{};
}

vcp_af App::OpenAf(const char* adapter, uint32_t family) {
  vcp_af af = 0;
  const uint64_t cookie = next_cookie_++;
  const vcp_event event = Finish(vcp_open_af(client_, adapter, family, cookie, &af),
                                 VCP_EVENT_OPEN_AF_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.af, af);
  return af;
}

vcp_sap App::RegisterSap(vcp_af af, const vcp_sap_params& params) {
  vcp_sap sap = 0;
  const uint64_t cookie = next_cookie_++;
  const vcp_event event = Finish(vcp_register_sap(client_, af, &params, cookie, &sap),
                                 VCP_EVENT_REGISTER_SAP_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.sap, sap);
  return sap;
}

vcp_status App::TryRegisterSap(vcp_af af, const vcp_sap_params& params) {
  vcp_sap sap = 0;
  const vcp_status started = vcp_register_sap(client_, af, &params, 0, &sap);
  if (started != VCP_PENDING) return started;
  return Expect(VCP_EVENT_REGISTER_SAP_COMPLETE).status;
}

void App::DeregisterSap(vcp_sap sap) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event =
      Finish(vcp_deregister_sap(client_, sap, cookie), VCP_EVENT_DEREGISTER_SAP_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.sap, sap);
}

void App::CloseAf(vcp_af af) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event =
      Finish(vcp_close_af(client_, af, cookie), VCP_EVENT_CLOSE_AF_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.af, af);
}

vcp_vc App::CreateVc(vcp_af af) {
  vcp_vc vc = 0;
  const uint64_t cookie = next_cookie_++;
  const vcp_event event =
      Finish(vcp_create_vc(client_, af, cookie, &vc), VCP_EVENT_CREATE_VC_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.vc, vc);
  return vc;
}

void App::DeleteVc(vcp_vc vc) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event =
      Finish(vcp_delete_vc(client_, vc, cookie), VCP_EVENT_DELETE_VC_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.vc, vc);
}

void App::CloseCall(vcp_vc vc) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event = Finish(vcp_close_call(client_, vc, nullptr, 0, cookie),
                                 VCP_EVENT_CLOSE_CALL_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.vc, vc);
}

vcp_status App::TryCall(vcp_vc vc, const vcp_call_params& params) {
  const uint64_t cookie = next_cookie_++;
  const vcp_status started = vcp_make_call(client_, vc, &params, cookie);
  if (started != VCP_PENDING) return started;
  return Expect(VCP_EVENT_MAKE_CALL_COMPLETE, cookie).status;
}

vcp_vc_counters App::Counters(vcp_vc vc) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event =
      Finish(vcp_read_vc_counters(client_, vc, cookie), VCP_EVENT_VC_COUNTERS, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  return event.counters;
}

// --- data ----------------------------------------------------------------------------------------

vcp_status App::Send(vcp_vc vc, std::string_view bytes, uint64_t cookie) {
  const vcp_status status = vcp_send(client_, vc, bytes.data(), bytes.size(), cookie);
  vcp_flush(client_);
  return status;
}

vcp_completion App::Completion() {
  if (!WaitUntil([this] { return !completions_.empty(); })) {
    ADD_FAILURE() << "no completion came";
    return {};
  }
  const vcp_completion completion = completions_.front();
  completions_.pop_front();
  return completion;
}

void App::SendAndComplete(vcp_vc vc, std::string_view bytes) {
  const uint64_t cookie = next_cookie_++;
  const vcp_status status = Send(vc, bytes, cookie);
  EXPECT_EQ(status, VCP_SUCCESS) << vcp_status_name(status);
  if (status != VCP_SUCCESS) return;
  const vcp_completion completion = Completion();
  EXPECT_EQ(completion.cookie, cookie);
  EXPECT_EQ(completion.vc, vc);
  EXPECT_EQ(completion.status, VCP_SUCCESS) << vcp_status_name(completion.status);
}

Sdu App::ReceiveHeld() {
  if (!WaitUntil([this] { return !received_.empty(); })) {
    ADD_FAILURE() << "no SDU came";
    return {};
  }
  const vcp_received raw = received_.front();
  received_.pop_front();
  return {raw.vc, std::string(static_cast<const char*>(raw.data), raw.size_bytes), raw};
}

Sdu App::Receive() {
  Sdu sdu = ReceiveHeld();
  Return(sdu);
  return sdu;
}

void App::Return(const Sdu& sdu) {
  if (sdu.vc == 0) return;
  vcp_return(client_, &sdu.raw, 1);
  vcp_flush(client_);
}

}  // namespace vcp::conformance
