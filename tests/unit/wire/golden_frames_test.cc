// Frames that another program's author made, and Wireshark understands, through our parser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>

#include "testing/golden.h"
#include "wire/frame.h"

namespace vcp::wire {
namespace {

using ::testing::ElementsAreArray;

std::vector<std::string_view> ErrorsOf(const std::vector<testing::GoldenPdu>& frames) {
  std::vector<std::string_view> errors;
  for (const testing::GoldenPdu& frame : frames) {
    FrameView view;
    errors.push_back(FrameErrorName(FrameView::Parse(frame.octets, &view)));
  }
  return errors;
}

TEST(GoldenFrames, PseudowiresAndWhatIsNone) {
  const auto frames = testing::ReadGolden("pw");
  // Without its control word a Q.2931 message looks like a cell; the fourth is in UDP.
  const FrameError expected[] = {FrameError::kNone,          FrameError::kNone,
                                 FrameError::kOamCell,       FrameError::kNotMpls,
                                 FrameError::kOamCell,       FrameError::kBadControlWord,
                                 FrameError::kBadControlWord};
  std::vector<std::string_view> names;
  for (const FrameError error : expected) names.push_back(FrameErrorName(error));
  EXPECT_EQ(ErrorsOf(frames), names);

  for (const size_t i : {0, 1}) {
    FrameView view;
    ASSERT_EQ(FrameView::Parse(frames[i].octets, &view), FrameError::kNone);
    EXPECT_EQ(view.header().label, 1000u);
    EXPECT_EQ(view.header().sequence, i + 1);
    EXPECT_EQ(view.header().flags, i == 1 ? kFlagLowPriority : 0);
    const uint8_t llc_snap_ipv4[] = {0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00, 0x45};
    EXPECT_THAT(view.sdu().first(sizeof(llc_snap_ipv4)), ElementsAreArray(llc_snap_ipv4));
    EXPECT_EQ(view.sdu().size(), 68u);
  }
}

// What was taken apart goes together again, octet for octet.
TEST(GoldenFrames, AreEmittedAsTheyCame) {
  size_t emitted = 0;
  for (const char* recording : {"pw", "pad"}) {
    for (const testing::GoldenPdu& frame : testing::ReadGolden(recording)) {
      FrameView view;
      if (FrameView::Parse(frame.octets, &view) != FrameError::kNone) continue;
      SCOPED_TRACE(frame.what);
      std::vector<uint8_t> out(kMaxHeaderBytes + frame.octets.size());
      out.resize(EmitFrame(view.header(), view.sdu(), out));
      EXPECT_EQ(out, frame.octets);
      ++emitted;
    }
  }
  EXPECT_EQ(emitted, 4u);
}

// An SSCOP PDU says what it is in its last octets: only the control word's length finds them.
TEST(GoldenFrames, PaddingComesOff) {
  const auto frames = testing::ReadGolden("pad");
  const std::vector<std::string_view> errors = {FrameErrorName(FrameError::kLengthMissing), "none",
                                                "none"};
  EXPECT_EQ(ErrorsOf(frames), errors);

  FrameView view;
  ASSERT_EQ(FrameView::Parse(frames[1].octets, &view), FrameError::kNone);
  EXPECT_EQ(view.header().label, 21u);
  EXPECT_THAT(view.sdu(), ElementsAreArray({0, 0, 0, 1, 0x0a, 0, 0, 0}));  // POLL
  ASSERT_EQ(FrameView::Parse(frames[2].octets, &view), FrameError::kNone);
  EXPECT_EQ(view.sdu().size(),
            frames[2].octets.size() - kEthernetBytes - kLabelEntryBytes - kControlWordBytes);
  EXPECT_EQ(view.sdu().back(), 0);
  EXPECT_EQ(view.sdu()[view.sdu().size() - 4], 0x08);  // SD, no padding of its own
}

}  // namespace
}  // namespace vcp::wire
