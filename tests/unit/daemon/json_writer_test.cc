#include "daemon/json_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace vcp::daemon {
namespace {

TEST(JsonWriter, WritesObjectsArraysAndValues) {
  JsonWriter json;
  json.BeginObject().Field("ok", true).Field("name", "loop0").Field("count", uint64_t{1} << 63);
  json.Key("rows").BeginArray();
  json.BeginObject().Field("low", -1).EndObject();
  json.BeginObject().EndObject();
  json.Value(1).Null().Value(false);
  json.EndArray();
  json.Key("none").BeginArray().EndArray();
  json.EndObject();
  EXPECT_EQ(json.text(), R"({"ok":true,"name":"loop0","count":9223372036854775808,)"
                         R"("rows":[{"low":-1},{},1,null,false],"none":[]})");
}

TEST(JsonWriter, EscapesWhatAStrangerWrote) {
  JsonWriter json;
  json.Value(std::string("a\"b\\c\n\x7f\xff") + '\0' + "d");
  EXPECT_EQ(json.Take(), "\"a\\\"b\\\\c\\u000a\\u007f\\u00ff\\u0000d\"");
}

}  // namespace
}  // namespace vcp::daemon
