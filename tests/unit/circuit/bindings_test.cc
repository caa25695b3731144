#include "stage.h"

namespace vcp::circuit {
namespace {

using Bindings = Stage;

TEST_F(Bindings, AdapterNamesAreUnique) {
  AdapterHandle other;
  EXPECT_EQ(board.RegisterAdapter("wire", &miniport, &other), Status::kInUse);
  EXPECT_FALSE(other);
  EXPECT_EQ(board.RegisterAdapter("", &miniport, &other), Status::kInvalidData);
  EXPECT_EQ(board.RegisterAdapter("cable", &miniport, &other), Status::kSuccess);
  EXPECT_EQ(board.FindAdapter("cable"), other);
  EXPECT_EQ(board.AdapterName(other), "cable");
  EXPECT_FALSE(board.FindAdapter("none"));
  EXPECT_EQ(board.AdapterName({}), "");
}

TEST_F(Bindings, AnAdapterStaysWhileItIsBound) {
  EXPECT_EQ(board.DeregisterAdapter(adapter), Status::kNotAccepted);
  EXPECT_EQ(board.CloseBinding(binding), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(binding), Status::kInvalidHandle);
  EXPECT_EQ(board.CloseBinding(manager_binding), Status::kSuccess);
  EXPECT_EQ(board.DeregisterAdapter(adapter), Status::kSuccess);
  EXPECT_EQ(board.DeregisterAdapter(adapter), Status::kInvalidHandle);
  EXPECT_EQ(board.LiveObjectCount(), 0u);
}

TEST_F(Bindings, ABindingNeedsAnAdapter) {
  BindingHandle none;
  EXPECT_EQ(board.OpenBinding(&client, AdapterHandle(), &none), Status::kInvalidHandle);
  EXPECT_FALSE(none);
}

TEST_F(Bindings, ARegistrationEndsWithItsBinding) {
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(manager_binding), Status::kSuccess);
  AfHandle af;
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kFailure);
  EXPECT_EQ(board.OpenBinding(&manager, adapter, &manager_binding), Status::kSuccess);
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
}

TEST_F(Bindings, C018_AnOpenFamilyHoldsBothBindings) {
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  AfHandle af;
  ASSERT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(binding), Status::kNotAccepted);
  EXPECT_EQ(board.CloseBinding(manager_binding), Status::kNotAccepted);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(manager_binding), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(binding), Status::kSuccess);
}

TEST_F(Bindings, UnbindingInsideTheFirstNotify) {
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  RecordingClient fickle;
  BindingHandle bound;
  fickle.on_af_registered = [&] { EXPECT_EQ(board.CloseBinding(bound), Status::kSuccess); };
  EXPECT_EQ(board.OpenBinding(&fickle, adapter, &bound), Status::kClosing);
  EXPECT_THAT(fickle.log, ElementsAre("AfRegistered 1"));
}

}  // namespace
}  // namespace vcp::circuit
