#include "qos/sdu_size.h"

#include <gtest/gtest.h>

namespace vcp::qos {
namespace {

TEST(SduSize, CellsOfAnAal5Frame) {
  EXPECT_EQ(CellsOfSdu(0), 1u);
  EXPECT_EQ(CellsOfSdu(1), 1u);
  EXPECT_EQ(CellsOfSdu(40), 1u);
  EXPECT_EQ(CellsOfSdu(41), 2u);
  EXPECT_EQ(CellsOfSdu(88), 2u);
  EXPECT_EQ(CellsOfSdu(89), 3u);
  EXPECT_EQ(CellsOfSdu(9180), 192u);
  EXPECT_EQ(CellsOfSdu(65535), 1366u);
}

TEST(SduSize, OctetsOnTheWire) {
  EXPECT_EQ(WireBytesOfSdu(1492), 14u + 4 + 4 + 1492 + 4 + 20);
  EXPECT_EQ(WireBytesOfSdu(38), 84u);
  EXPECT_EQ(WireBytesOfSdu(39), 85u);
  EXPECT_EQ(WireBytesOfSdu(0), 84u);  // Frames have a smallest size.
}

TEST(SduSize, WhatAPortsFramesHold) {
  EXPECT_EQ(MaxSduOfMtu(1500), 1492u);
  EXPECT_EQ(MaxSduOfMtu(1500, 2), 1488u);
  EXPECT_EQ(MaxSduOfMtu(1500, 1, 20 + 8), 1464u);
  EXPECT_EQ(MaxSduOfMtu(1500, 1, 40 + 8), 1444u);
  EXPECT_EQ(MaxSduOfMtu(8), 0u);
  EXPECT_EQ(MaxSduOfMtu(9), 1u);
}

TEST(SduSize, TheCalledSideLowersTheOffer) {
  EXPECT_EQ(NegotiateSdu(8192, 1492), 1492u);
  EXPECT_EQ(NegotiateSdu(1000, 1492), 1000u);
  EXPECT_EQ(NegotiateSdu(1492, 1492), 1492u);
  EXPECT_EQ(NegotiateSdu(0, 1492), 0u);
}

TEST(SduSize, ButNotBelowWhatEveryHostTakes) {
  EXPECT_EQ(NegotiateSdu(8192, 576), 576u);
  EXPECT_FALSE(NegotiateSdu(8192, 575));
  EXPECT_EQ(NegotiateSdu(100, 100), 100u);  // The caller asked for no more.
  EXPECT_FALSE(NegotiateSdu(100, 99));
  EXPECT_FALSE(NegotiateSdu(576, 0));
}

}  // namespace
}  // namespace vcp::qos
