#include "signaling/saal.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/saal_link.h"

namespace vcp::signaling {
namespace {

using testing::SaalEnd;
using testing::SaalLink;
using Kind = SaalAction::Kind;

std::vector<uint8_t> Sdu(std::string_view text) { return {text.begin(), text.end()}; }

TEST(Saal, EstablishesDeliversAndReleases) {
  SaalLink link;
  ASSERT_EQ(link.west.saal.EstablishRequest(link.now_ns()), Status::kSuccess);
  link.Settle();
  EXPECT_EQ(link.west.Told(), "establish.confirm");
  EXPECT_EQ(link.east.Told(), "establish.indication");
  EXPECT_EQ(link.west.saal.state(), SaalState::kEstablished);

  ASSERT_EQ(link.west.saal.DataRequest(Sdu("setup"), link.now_ns()), Status::kSuccess);
  ASSERT_EQ(link.east.saal.DataRequest(Sdu("connect"), link.now_ns()), Status::kSuccess);
  link.Settle();
  EXPECT_EQ(link.east.Told(), "data(setup)");
  EXPECT_EQ(link.west.Told(), "data(connect)");

  ASSERT_EQ(link.east.saal.ReleaseRequest(link.now_ns()), Status::kSuccess);
  link.Settle();
  EXPECT_EQ(link.east.Told(), "release.confirm");
  EXPECT_EQ(link.west.Told(), "release.indication");
  EXPECT_EQ(link.west.saal.NextDeadlineNs(), std::nullopt);
  EXPECT_EQ(link.east.saal.NextDeadlineNs(), std::nullopt);
}

}  // namespace
}  // namespace vcp::signaling
