// Every operation that a call manager outside the daemon has, with handles that were never given,
// are another's, are gone, or do not belong together: refused, and nothing happens.
#include <memory>

#include "stage.h"
#include "vcplane_cm.h"

namespace vcp::conformance {
namespace {

constexpr uint32_t kFamily = 0x2011;
constexpr uint32_t kNeverGiven[] = {0, 0x000fffff, 0xdeadbeef, 0xffffffff};

// What a call manager knows of one client: a family that it has open with a SAP and a multipoint
// call of one party, and a VC made for it on which there is no call.
struct Handles {
  vcp_cm_family family = 0;
  vcp_cm_af af = 0;
  vcp_cm_sap sap = 0;
  vcp_cm_vc called = 0;  // made by the client
  vcp_cm_party party = 0;
  vcp_cm_vc idle = 0;
  vcp_vc own = 0;
};

class HandlesOfExternal : public AttachedTest {
 protected:
  HandlesOfExternal() : AttachedTest(kLoopback) {}
  void SetUp() override {
    AttachedTest::SetUp();
    manager_ = std::make_unique<App>(CallerDaemon());
    const uint64_t cookie = ++cookie_;
    have_.family = manager_
                       ->Finish(vcp_cm_register_family(manager_->client(), kLoopPort, kFamily,
                                                       VCP_CM_ANSWERS_OIDS, cookie),
                                VCP_EVENT_CM_REGISTER_FAMILY_COMPLETE, cookie)
                       .af;
    caller_ = NewPlayer(Side::kCaller);
    have_.af = Open(caller_.get(), &caller_af_);
  }
  void TearDown() override {
    caller_.reset();
    other_.reset();
    manager_.reset();
    AttachedTest::TearDown();
  }

  vcp_event Asked(vcp_event_type type) { return manager_->Expect(type); }
  void Complete(const vcp_event& asked, vcp_status status = VCP_SUCCESS) {
    EXPECT_EQ(vcp_cm_complete(manager_->client(), asked.cookie, status, nullptr, nullptr),
              VCP_SUCCESS);
  }
  vcp_cm_af Open(Player* app, vcp_af* af) {
    EXPECT_EQ(app->StartOpenAf(kLoopPort, kFamily, 1, af), VCP_PENDING);
    const vcp_event asked = Asked(VCP_EVENT_CM_OPEN_AF);
    Complete(asked);
    app->Expect(VCP_EVENT_OPEN_AF_COMPLETE, VCP_SUCCESS, 1);
    return asked.af;
  }
  void MakeThem() {
    ASSERT_EQ(caller_->StartRegisterSap(caller_af_, SapOn(0), 2, &sap_), VCP_PENDING);
    const vcp_event registering = Asked(VCP_EVENT_CM_REGISTER_SAP);
    have_.sap = registering.sap;
    Complete(registering);
    caller_->Expect(VCP_EVENT_REGISTER_SAP_COMPLETE, VCP_SUCCESS, 2);
    vc_ = caller_->CreateVc(caller_af_);
    have_.called = Asked(VCP_EVENT_CM_VC_CREATED).vc;
    ASSERT_EQ(caller_->StartMultipointCall(vc_, CallOn(1), 3, &party_), VCP_PENDING);
    making_ = Asked(VCP_EVENT_CM_MAKE_CALL);
    have_.party = making_.party;
    const uint64_t cookie = ++cookie_;
    have_.idle = manager_
                     ->Finish(vcp_cm_create_vc(manager_->client(), have_.af, cookie),
                              VCP_EVENT_CM_CREATE_VC_COMPLETE, cookie)
                     .vc;
    ASSERT_EQ(vcp_cm_create_own_vc(manager_->client(), have_.family, ++cookie_, &have_.own),
              VCP_PENDING);
    Asked(VCP_EVENT_CM_CREATE_OWN_VC_COMPLETE);
  }
  // The call that is being made is made, and ends; all of the client's goes, and then the family.
  void EndThem() {
    const vcp_cm_path path{.transmit_label = 70'000, .receive_label = 70'000};
    const vcp_call_params params = CallOn(1);
    ASSERT_EQ(Outcome(manager_.get(), vcp_cm_activate_vc(manager_->client(), have_.called, &path,
                                                         &params, ++cookie_)),
              VCP_SUCCESS);
    Complete(making_);
    caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 3);
    ASSERT_EQ(caller_->StartCloseCall(vc_, 4), VCP_PENDING);
    Complete(Asked(VCP_EVENT_CM_CLOSE_CALL));
    caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 4);
    caller_->DeleteVc(vc_);
    EXPECT_EQ(Asked(VCP_EVENT_CM_VC_DELETED).vc, have_.called);
    ASSERT_EQ(caller_->StartDeregisterSap(sap_, 5), VCP_PENDING);
    Complete(Asked(VCP_EVENT_CM_DEREGISTER_SAP));
    caller_->Expect(VCP_EVENT_DEREGISTER_SAP_COMPLETE, VCP_SUCCESS, 5);
    vcp_client* const client = manager_->client();
    EXPECT_EQ(Outcome(manager_.get(), vcp_cm_delete_vc(client, have_.idle, ++cookie_)),
              VCP_SUCCESS);
    ASSERT_EQ(caller_->StartCloseAf(caller_af_, 6), VCP_PENDING);
    Complete(Asked(VCP_EVENT_CM_CLOSE_AF));
    caller_->Expect(VCP_EVENT_CLOSE_AF_COMPLETE, VCP_SUCCESS, 6);
    EXPECT_EQ(Outcome(manager_.get(), vcp_cm_delete_own_vc(client, have_.own, ++cookie_)),
              VCP_SUCCESS);
    EXPECT_EQ(Outcome(manager_.get(), vcp_cm_deregister_family(client, have_.family, ++cookie_)),
              VCP_SUCCESS);
  }

  // What was started just now with the last cookie.
  vcp_status Outcome(App* app, vcp_status started) { return app->OutcomeOf(started, cookie_); }
  void ExpectRefused(App* app, vcp_status started) {
    EXPECT_STREQ(vcp_status_name(Outcome(app, started)), "INVALID_HANDLE");
  }
  void ExpectNone(App* app, const Handles& none);
  void ExpectNoVc(App* app, const Handles& none, vcp_cm_vc vc);
  void ExpectNothing() {
    manager_->ExpectNothing();
    caller_->ExpectNothing();
  }

  std::unique_ptr<App> manager_, other_;
  Handles have_;
  uint64_t cookie_ = uint64_t{1} << 40;  // operations have smaller ones
  vcp_sap sap_ = 0;
  vcp_vc vc_ = 0;
  vcp_party party_ = 0;
  vcp_event making_{};
};

void HandlesOfExternal::ExpectNoVc(App* app, const Handles& none, vcp_cm_vc vc) {
  vcp_client* const client = app->client();
  const vcp_cm_path path{.transmit_label = 70'001, .receive_label = 70'001};
  const vcp_call_params params = CallOn(0);
  ExpectRefused(app, vcp_cm_delete_vc(client, vc, ++cookie_));
  ExpectRefused(app, vcp_cm_activate_vc(client, vc, &path, &params, ++cookie_));
  ExpectRefused(app, vcp_cm_deactivate_vc(client, vc, ++cookie_));
  ExpectRefused(app, vcp_cm_name_vc(client, vc, "mine", ++cookie_));
  ExpectRefused(app, vcp_cm_incoming_call(client, none.sap, vc, &params, ++cookie_));
  ExpectRefused(app, vcp_cm_call_connected(client, vc, ++cookie_));
  ExpectRefused(
      app, vcp_cm_incoming_close_call(client, vc, VCP_SUCCESS, nullptr, nullptr, 0, ++cookie_));
  ExpectRefused(app, vcp_cm_incoming_call_qos_change(client, vc, &params, ++cookie_));
}

void HandlesOfExternal::ExpectNone(App* app, const Handles& none) {
  vcp_client* const client = app->client();
  ExpectRefused(app, vcp_cm_deregister_family(client, none.family, ++cookie_));
  ExpectRefused(app,
                vcp_cm_tell_clients(client, none.family, VCP_OID_CO_ADDRESS_CHANGE, ++cookie_));
  vcp_vc made = 0;
  ExpectRefused(app, vcp_cm_create_own_vc(client, none.family, ++cookie_, &made));
  ExpectRefused(app, vcp_cm_notify_close_af(client, none.af, ++cookie_));
  ExpectRefused(app, vcp_cm_create_vc(client, none.af, ++cookie_));
  ExpectRefused(
      app, vcp_cm_set_oid(client, none.af, 0, VCP_OID_CO_ADDRESS_CHANGE, nullptr, 0, ++cookie_));
  ExpectNoVc(app, none, none.called);
  ExpectNoVc(app, none, none.idle);
  ExpectRefused(app, vcp_cm_incoming_drop_party(client, none.party, VCP_SUCCESS, nullptr, nullptr,
                                                0, ++cookie_));
  const vcp_cm_path path{.transmit_label = 41, .receive_label = 41};
  EXPECT_EQ(vcp_cm_activate_own_vc(client, none.own, &path, ++cookie_), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_cm_delete_own_vc(client, none.own, ++cookie_), VCP_INVALID_HANDLE);
  // The daemon leaves these alone.
  for (const uint64_t operation : {uint64_t{none.called}, making_.cookie}) {
    EXPECT_EQ(vcp_cm_complete_oid(client, operation, VCP_SUCCESS, nullptr, 0), VCP_SUCCESS);
  }
}

TEST_F(HandlesOfExternal, C033_ThoseThatWereNeverGivenAreRefused) {
  MakeThem();
  for (const uint32_t none : kNeverGiven) {
    ExpectNone(manager_.get(), {none, none, none, none, none, none, none});
    EXPECT_EQ(vcp_cm_complete(manager_->client(), none, VCP_SUCCESS, nullptr, nullptr),
              VCP_SUCCESS);
  }
  // One that is given, with another that is not.
  vcp_client* const client = manager_->client();
  const vcp_call_params params = CallOn(0);
  for (const uint32_t none : kNeverGiven) {
    ExpectRefused(manager_.get(),
                  vcp_cm_incoming_call(client, none, have_.idle, &params, ++cookie_));
    if (none == 0) continue;
    ExpectRefused(manager_.get(), vcp_cm_set_oid(client, have_.af, none, VCP_OID_CO_ADDRESS_CHANGE,
                                                 nullptr, 0, ++cookie_));
  }
  // Nor is a VC of the application's as a client one of its own as a call manager.
  const vcp_vc clients = manager_->CreateVc(manager_->OpenAf(kLoopPort, VCP_AF_Q2931));
  EXPECT_EQ(vcp_cm_delete_own_vc(client, clients, ++cookie_), VCP_INVALID_HANDLE);
  ExpectNothing();
  EndThem();
}

TEST_F(HandlesOfExternal, C033_C120_AnotherCallManagersAreRefused) {
  MakeThem();
  other_ = std::make_unique<App>(CallerDaemon());
  ExpectNone(other_.get(), have_);
  // Not with a family of its own either, whose handle may be the same number.
  ASSERT_EQ(Outcome(other_.get(),
                    vcp_cm_register_family(other_->client(), kLoopPort, kFamily + 1, 0, ++cookie_)),
            VCP_SUCCESS);
  ExpectNoVc(other_.get(), have_, have_.called);
  ExpectNoVc(other_.get(), have_, have_.idle);
  EXPECT_EQ(vcp_cm_complete(other_->client(), making_.cookie, VCP_FAILURE, nullptr, nullptr),
            VCP_SUCCESS);
  other_->ExpectNothing();
  ExpectNothing();  // The call is being made still.
  EndThem();
}

TEST_F(HandlesOfExternal, C017_C025_C046_ThoseThatAreGoneAreRefused) {
  MakeThem();
  EndThem();
  ExpectNone(manager_.get(), have_);
  EXPECT_EQ(vcp_cm_complete(manager_->client(), making_.cookie, VCP_SUCCESS, nullptr, nullptr),
            VCP_SUCCESS);
  ExpectNothing();
}

// Each is there, but the VC is another client's, or the client's own to make calls on.
TEST_F(HandlesOfExternal, C045_C057_ThoseThatDoNotBelongTogetherAreRefused) {
  MakeThem();
  const std::unique_ptr<Player> second = NewPlayer(Side::kCaller);
  vcp_af seconds_af = 0;
  const vcp_cm_af af = Open(second.get(), &seconds_af);
  vcp_client* const client = manager_->client();
  const uint64_t cookie = ++cookie_;
  const vcp_cm_vc vc =
      manager_
          ->Finish(vcp_cm_create_vc(client, af, cookie), VCP_EVENT_CM_CREATE_VC_COMPLETE, cookie)
          .vc;
  const vcp_call_params params = CallOn(0);
  for (const vcp_cm_vc wrong : {vc, have_.called}) {
    EXPECT_EQ(
        Outcome(manager_.get(), vcp_cm_incoming_call(client, have_.sap, wrong, &params, ++cookie_)),
        VCP_NOT_ACCEPTED);
  }
  EXPECT_EQ(Outcome(manager_.get(), vcp_cm_delete_vc(client, have_.called, ++cookie_)),
            VCP_NOT_ACCEPTED);
  EXPECT_EQ(Outcome(manager_.get(), vcp_cm_set_oid(client, have_.af, vc, VCP_OID_CO_ADDRESS_CHANGE,
                                                   nullptr, 0, ++cookie_)),
            VCP_INVALID_DATA);
  second->ExpectNothing();
  ExpectNothing();
  EXPECT_EQ(Outcome(manager_.get(), vcp_cm_delete_vc(client, vc, ++cookie_)), VCP_SUCCESS);
  ASSERT_EQ(second->StartCloseAf(seconds_af, 1), VCP_PENDING);
  Complete(Asked(VCP_EVENT_CM_CLOSE_AF));
  second->Expect(VCP_EVENT_CLOSE_AF_COMPLETE, VCP_SUCCESS, 1);
  EndThem();
}

}  // namespace
}  // namespace vcp::conformance
