#include "player.h"

#include <algorithm>
#include <array>

namespace vcp::conformance {

vcp_oid_target AtPort(const char* port, vcp_vc vc) {
  vcp_oid_target target = VCP_OID_TARGET_INIT;
  target.adapter = port;
  target.vc = vc;
  return target;
}

vcp_oid_target AtFamily(vcp_af af) {
  vcp_oid_target target = VCP_OID_TARGET_INIT;
  target.af = af;
  return target;
}

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
                                        "SAP_LOST",
                                        "ADD_PARTY_COMPLETE",
                                        "DROP_PARTY_COMPLETE",
                                        "INCOMING_DROP_PARTY",
                                        "MODIFY_CALL_QOS_COMPLETE",
                                        "INCOMING_CALL_QOS_CHANGE",
                                        "OID_COMPLETE",
                                        "STATUS"};
  return type < kNames.size() ? kNames[type] : "event " + std::to_string(type);
}

std::string Describe(const vcp_event& event) {
  return EventName(event.type) + " " + vcp_status_name(event.status) + " cookie " +
         std::to_string(event.cookie) + " vc " + std::to_string(event.vc);
}

// --- events --------------------------------------------------------------------------------------

bool Player::HasEvent() {
  Take();
  return !events_.empty();
}

vcp_event Player::Next() {
  vcp_event event{};
  if (WaitUntil([this] { return !events_.empty(); })) {
    event = events_.front();
    events_.pop_front();
  }
  return event;
}

vcp_event Player::Expect(vcp_event_type type, uint64_t cookie) {
  const vcp_event event = Next();
  EXPECT_EQ(EventName(event.type), EventName(type)) << "came: " << Describe(event);
  if (cookie != kAnyCookie) {
    EXPECT_EQ(event.cookie, cookie) << Describe(event);
  }
  return event;
}

vcp_event Player::Expect(vcp_event_type type, vcp_status status, uint64_t cookie) {
  const vcp_event event = Expect(type, cookie);
  EXPECT_STREQ(vcp_status_name(event.status), vcp_status_name(status)) << Describe(event);
  return event;
}

vcp_event Player::Take(vcp_status status) {
  const vcp_event event = Next();
  EXPECT_STREQ(vcp_status_name(event.status), vcp_status_name(status)) << Describe(event);
  return event;
}

vcp_status Player::OutcomeOf(vcp_status started, uint64_t cookie) {
  if (started != VCP_PENDING) return started;
  auto found = events_.end();
  const bool came = WaitUntil([&] {
    found = std::find_if(events_.begin(), events_.end(),
                         [cookie](const vcp_event& event) { return event.cookie == cookie; });
    return found != events_.end();
  });
  EXPECT_TRUE(came) << "cookie " << cookie;
  if (!came) return VCP_PENDING;
  const vcp_status status = found->status;
  events_.erase(found);
  return status;
}

void Player::StopWatching() {
  WatchStatus(false);
  Take();
  std::erase_if(events_, [](const vcp_event& event) { return event.type == VCP_EVENT_STATUS; });
}

void Player::ExpectNothing() {
  Fence();
  Take();
  for (const vcp_event& event : events_) ADD_FAILURE() << "came: " << Describe(event);
  events_.clear();
}

const Family* Player::FindFamily(std::string_view adapter, uint32_t family) {
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

vcp_event Player::Finish(vcp_status started, vcp_event_type type, uint64_t cookie) {
  EXPECT_STREQ(vcp_status_name(started), "PENDING") << "for " << EventName(type);
  return started == VCP_PENDING ? Expect(type, cookie) : vcp_event{};
}

vcp_af Player::OpenAf(const char* adapter, uint32_t family) {
  vcp_af af = 0;
  const uint64_t cookie = next_cookie_++;
  const vcp_event event =
      Finish(StartOpenAf(adapter, family, cookie, &af), VCP_EVENT_OPEN_AF_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.af, af);
  return af;
}

vcp_sap Player::RegisterSap(vcp_af af, const vcp_sap_params& params) {
  vcp_sap sap = 0;
  const uint64_t cookie = next_cookie_++;
  const vcp_event event =
      Finish(StartRegisterSap(af, params, cookie, &sap), VCP_EVENT_REGISTER_SAP_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.sap, sap);
  return sap;
}

vcp_status Player::TryRegisterSap(vcp_af af, const vcp_sap_params& params) {
  vcp_sap sap = 0;
  const vcp_status started = StartRegisterSap(af, params, 0, &sap);
  if (started != VCP_PENDING) return started;
  return Expect(VCP_EVENT_REGISTER_SAP_COMPLETE).status;
}

void Player::DeregisterSap(vcp_sap sap) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event =
      Finish(StartDeregisterSap(sap, cookie), VCP_EVENT_DEREGISTER_SAP_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.sap, sap);
}

void Player::CloseAf(vcp_af af) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event = Finish(StartCloseAf(af, cookie), VCP_EVENT_CLOSE_AF_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.af, af);
}

vcp_vc Player::CreateVc(vcp_af af) {
  vcp_vc vc = 0;
  const uint64_t cookie = next_cookie_++;
  const vcp_event event =
      Finish(StartCreateVc(af, cookie, &vc), VCP_EVENT_CREATE_VC_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.vc, vc);
  return vc;
}

void Player::DeleteVc(vcp_vc vc) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event = Finish(StartDeleteVc(vc, cookie), VCP_EVENT_DELETE_VC_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.vc, vc);
}

void Player::CloseCall(vcp_vc vc) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event = Finish(StartCloseCall(vc, cookie), VCP_EVENT_CLOSE_CALL_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.vc, vc);
}

vcp_status Player::TryCall(vcp_vc vc, const vcp_call_params& params) {
  const uint64_t cookie = next_cookie_++;
  const vcp_status started = StartMakeCall(vc, params, cookie);
  if (started != VCP_PENDING) return started;
  return Expect(VCP_EVENT_MAKE_CALL_COMPLETE, cookie).status;
}

vcp_event Player::Query(const vcp_oid_target& target, uint32_t oid, uint32_t capacity_bytes) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event =
      Finish(StartOidQuery(target, oid, capacity_bytes, cookie), VCP_EVENT_OID_COMPLETE, cookie);
  EXPECT_EQ(event.oid.oid, oid);
  return event;
}

uint64_t Player::QueryNumber(const vcp_oid_target& target, uint32_t oid) {
  const vcp_event event = Query(target, oid);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_TRUE(event.oid.length == 4 || event.oid.length == 8) << event.oid.length;
  uint64_t number = 0;
  for (uint32_t i = 0; i < std::min(event.oid.length, 8u); ++i) {
    number |= uint64_t{event.oid.data[i]} << (8 * i);
  }
  return number;
}

vcp_status Player::Set(const vcp_oid_target& target, uint32_t oid, std::string_view bytes) {
  const uint64_t cookie = next_cookie_++;
  return Finish(StartOidSet(target, oid, bytes, cookie), VCP_EVENT_OID_COMPLETE, cookie).status;
}

std::string Player::NameVc(vcp_vc vc, const std::string& base) {
  const uint64_t cookie = next_cookie_++;
  const vcp_event event = Finish(StartNameVc(vc, base, cookie), VCP_EVENT_NAME_VC_COMPLETE, cookie);
  EXPECT_EQ(event.status, VCP_SUCCESS) << Describe(event);
  EXPECT_EQ(event.vc, vc);
  return event.text;
}

// --- data ----------------------------------------------------------------------------------------

vcp_completion Player::Completion() {
  if (!WaitUntil([this] { return !completions_.empty(); })) {
    ADD_FAILURE() << "no completion came";
    return {};
  }
  const vcp_completion completion = completions_.front();
  completions_.pop_front();
  return completion;
}

void Player::SendAndComplete(vcp_vc vc, std::string_view bytes) {
  const uint64_t cookie = next_cookie_++;
  const vcp_status status = Send(vc, bytes, cookie);
  EXPECT_EQ(status, VCP_SUCCESS) << vcp_status_name(status);
  if (status != VCP_SUCCESS) return;
  const vcp_completion completion = Completion();
  EXPECT_EQ(completion.cookie, cookie);
  EXPECT_EQ(completion.vc, vc);
  EXPECT_EQ(completion.status, VCP_SUCCESS) << vcp_status_name(completion.status);
}

Sdu Player::ReceiveHeld() {
  if (!WaitUntil([this] { return !received_.empty(); })) {
    ADD_FAILURE() << "no SDU came";
    return {};
  }
  const vcp_received raw = received_.front();
  received_.pop_front();
  return {raw.vc, std::string(static_cast<const char*>(raw.data), raw.size_bytes), raw};
}

Sdu Player::Receive() {
  Sdu sdu = ReceiveHeld();
  Return(sdu);
  return sdu;
}

}  // namespace vcp::conformance
