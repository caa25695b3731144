#include <cstdint>
#include <vector>

#include "base/check.h"
#include "wire/frame.h"

// Any bytes may be refused; what is accepted lies inside the frame and survives emit and parse.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vcp::wire;
  FrameView view;
  if (FrameView::Parse({data, size}, &view) != FrameError::kNone) return 0;
  VCP_CHECK(view.sdu().data() >= data && view.sdu().data() + view.sdu().size() <= data + size);

  FrameHeader header = view.header();
  std::vector<uint8_t> copy(size + kMinFrameBytes);
  copy.resize(EmitFrame(header, view.sdu(), copy));
  FrameView again;
  VCP_CHECK(FrameView::Parse(copy, &again) == FrameError::kNone);
  VCP_CHECK(again.header() == header && again.sdu().size() == view.sdu().size());
  VCP_CHECK(!ToString(header).empty());
  return 0;
}
