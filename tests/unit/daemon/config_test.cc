#include "daemon/config.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/limits.h"

namespace vcp::daemon {
namespace {

using Errors = std::vector<std::string>;

Errors Parse(const std::string& text, Config* config) { return ParseConfig(text, "t", 4, config); }
Errors Parse(const std::string& text) {
  Config config;
  return Parse(text, &config);
}

constexpr char kLan[] = "[[port]]\nname = \"lan0\"\ndevice = \"net_null\"\n";
constexpr char kLoop[] = "[[port]]\nname = \"loop0\"\ndevice = \"loopback\"\n";  // 3 lines

TEST(Config, ReadsEverything) {
  Config config;
  Errors errors = Parse(R"(
[daemon]
attach_socket = "/a"
attach_mode = 0o600
attach_group = "g"
operator_socket = "/o"
stall_release_timeout_s = 90
[poll]
cpus = [1, 3]
idle = "spin"
[memory]
hugepages = false
frames = 4096
[dpdk]
arguments = ["--iova-mode=va"]
[[port]]
name = "lan0"
device = "net_af_packet,iface=eth0"
mtu = 9000
peer_mac = "02:00:00:00:00:01"
[[pvc]]
name = "line"
port = "lan0"
transmit_label = 100
receive_label = 200
count = 10
peer_mac = "02:00:00:00:00:02"
destination = "+358401234567"
max_sdu = 1500
rate = "100Mbit"
peak = "2.5Gbit"
burst = 65536
)",
                        &config);
  EXPECT_EQ(errors, Errors());
  EXPECT_EQ(config.attach_socket, "/a");
  EXPECT_EQ(config.attach_mode, 0600u);
  EXPECT_EQ(config.stall_release_timeout_s, 90u);
  EXPECT_EQ(config.poll.cpus, (std::vector<int>{1, 3}));
  EXPECT_TRUE(config.poll.spin);
  EXPECT_FALSE(config.memory.hugepages);
  EXPECT_EQ(config.memory.frames, 4096u);
  EXPECT_EQ(config.eal_arguments, std::vector<std::string>{"--iova-mode=va"});
  ASSERT_EQ(config.ports.size(), 1u);
  EXPECT_EQ(config.ports[0].mtu_bytes, 9000u);
  EXPECT_EQ((*config.ports[0].peer_mac)[5], 1);
  ASSERT_EQ(config.pvcs.size(), 1u);
  const PvcConfig& pvc = config.pvcs[0];
  EXPECT_EQ(pvc.transmit_label, 100u);
  EXPECT_EQ(pvc.receive_label, 200u);
  EXPECT_EQ(pvc.count, 10u);
  EXPECT_EQ(pvc.destination, ParseAddress("+358401234567"));
  EXPECT_EQ(pvc.max_sdu_bytes, 1500u);
  EXPECT_EQ(pvc.rate_bytes_per_second, 12'500'000u);
  EXPECT_EQ(pvc.peak_bytes_per_second, 312'500'000u);
  EXPECT_EQ(pvc.burst_bytes, 65536u);
}

TEST(Config, SignalingGoesByTheLinksOwnLabel) {
  Config config;
  EXPECT_EQ(Parse(std::string(kLan) + "[[link]]\nport = \"lan0\"\nside = \"user\"\nlabel = 37\n",
                  &config),
            Errors());
  ASSERT_EQ(config.links.size(), 1u);
  EXPECT_EQ(config.links[0].label, 37u);
  EXPECT_FALSE(config.links[0].udp);
}

TEST(Config, ALinksLabelAndAddressAreWhatTheyMayBe) {
  Config config;
  const Errors errors = Parse(std::string(kLan) + R"([[link]]
port = "lan0"
side = "user"
label = 64
address = "358"
)",
                              &config);
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_NE(errors[0].find("label is 64; write a whole number from 16 to 63"), std::string::npos);
  EXPECT_NE(errors[1].find("address is \"358\"; write"), std::string::npos);
}

TEST(Config, ALinkSaysHowCallsAreCounted) {
  Config config;
  EXPECT_EQ(Parse(std::string(kLan) + R"([[link]]
port = "lan0"
side = "user"
real_time_permille = 500
total_permille = 900
rt_vbr_k_permille = 700
nrt_vbr_k_permille = 300
burst_buffer_cells = 4000
cbr_overbooking_permille = 1100
rt_vbr_overbooking_permille = 1200
nrt_vbr_overbooking_permille = 1300
abr_overbooking_permille = 1400
ubr_overbooking_permille = 1500
)",
                  &config),
            Errors());
  ASSERT_EQ(config.links.size(), 1u);
  const qos::AdmissionPolicy& admission = config.links[0].admission;
  EXPECT_EQ(admission.real_time_permille, 500u);
  EXPECT_EQ(admission.total_permille, 900u);
  EXPECT_EQ(admission.rt_vbr_k_permille, 700u);
  EXPECT_EQ(admission.nrt_vbr_k_permille, 300u);
  EXPECT_EQ(admission.buffer_cells, 4000u);
  EXPECT_EQ(admission.overbooking_permille,
            (std::array<uint32_t, qos::kServiceCategories>{1100, 1200, 1300, 1400, 1500}));
}

TEST(Config, HowCallsAreCountedIsWithinReason) {
  Config config;
  const Errors errors = Parse(std::string(kLan) + R"([[link]]
port = "lan0"
side = "user"
total_permille = 800
nrt_vbr_k_permille = 1001
cbr_overbooking_permille = 999
)",
                              &config);
  ASSERT_EQ(errors.size(), 3u);
  EXPECT_NE(errors[0].find("real_time_permille is 900, more than total_permille, 800"),
            std::string::npos);
  EXPECT_NE(errors[1].find("nrt_vbr_k_permille is 1001; write a whole number from 0 to 1000"),
            std::string::npos);
  EXPECT_NE(errors[2].find("cbr_overbooking_permille is 999; write"), std::string::npos);
}

TEST(Config, ALinkSaysHowManyCallsMayBeSetUpInASecond) {
  Config config;
  EXPECT_EQ(Parse(std::string(kLan) + R"([[link]]
port = "lan0"
side = "user"
setups_per_second = 50000
client_setups_per_second = 45000
)",
                  &config),
            Errors());
  ASSERT_EQ(config.links.size(), 1u);
  const signaling::SetupLimits& setups = config.links[0].setups;
  EXPECT_EQ(setups.setups_per_second, 50'000u);
  EXPECT_EQ(setups.setup_burst, 5'000u);
  EXPECT_EQ(setups.client_setups_per_second, 45'000u);
  EXPECT_EQ(setups.client_setup_burst, 4'500u);
}

TEST(Config, AClientLeavesAQuarterOfTheSetUpsToOthersUnlessToldOtherwise) {
  const auto limits_of = [](const std::string& lines) {
    Config config;
    EXPECT_EQ(
        Parse(std::string(kLan) + "[[link]]\nport = \"lan0\"\nside = \"user\"\n" + lines, &config),
        Errors());
    return config.links.at(0).setups;
  };
  const signaling::SetupLimits defaults;
  EXPECT_EQ(limits_of("").setups_per_second, defaults.setups_per_second);
  EXPECT_EQ(limits_of("").setup_burst, defaults.setup_burst);
  EXPECT_EQ(limits_of("").client_setups_per_second, defaults.client_setups_per_second);
  EXPECT_EQ(limits_of("").client_setup_burst, defaults.client_setup_burst);
  EXPECT_EQ(limits_of("setups_per_second = 400\n").client_setups_per_second, 300u);
  EXPECT_EQ(limits_of("setups_per_second = 1\n").client_setups_per_second, 1u);
}

TEST(Config, AClientsSetUpsAreAPartOfTheLinks) {
  Config config;
  const Errors errors = Parse(std::string(kLan) + R"([[link]]
port = "lan0"
side = "user"
setups_per_second = 100
client_setups_per_second = 101
)",
                              &config);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_NE(errors[0].find("client_setups_per_second is 101; write a whole number from 1 to 100"),
            std::string::npos);
}

TEST(Config, ReadsLinksAndRoutes) {
  Config config;
  EXPECT_EQ(Parse(std::string(kLan) + R"(
[[link]]
port = "lan0"
side = "network"
udp_local_port = 5005
udp_remote_port = 5006
capacity = "1Gbit"
address = "+358401234567"
[[route]]
prefix = "+358"
port = "lan0"
priority = 3
[[route]]
prefix = "default"
port = "lan0"
)",
                  &config),
            Errors());
  ASSERT_EQ(config.links.size(), 1u);
  EXPECT_TRUE(config.links[0].is_network);
  ASSERT_TRUE(config.links[0].udp);
  EXPECT_EQ(config.links[0].udp->local_port, 5005u);
  EXPECT_EQ(config.links[0].udp->remote_port, 5006u);
  EXPECT_EQ(config.links[0].capacity_bits_per_second, 1'000'000'000u);
  EXPECT_EQ(config.links[0].address, ParseAddress("+358401234567"));
  EXPECT_EQ(config.links[0].label, 21u);
  ASSERT_EQ(config.routes.size(), 2u);
  EXPECT_EQ(config.routes[0].prefix, ParseAddressPrefix("+358"));
  EXPECT_EQ(config.routes[0].priority, 3u);
  EXPECT_EQ(config.routes[1].prefix, std::nullopt);
}

TEST(Config, WhatIsLeftOutHasADefault) {
  Config config;
  EXPECT_EQ(Parse(kLoop, &config), Errors());
  EXPECT_EQ(config.poll.cpus, std::vector<int>{-1});
  EXPECT_FALSE(config.poll.spin);
  EXPECT_TRUE(config.memory.hugepages);
  EXPECT_EQ(config.ports[0].mtu_bytes, 1500u);
  EXPECT_EQ(Parse(std::string(kLoop) + "[poll]\ncores = 2\n", &config), Errors());
  EXPECT_EQ(config.poll.cpus, (std::vector<int>{-1, -1}));
}

struct BadInput {
  const char* text;
  const char* error;  // the first
};

// With a loopback port in lines 1 to 3.
const BadInput kBadInputs[] = {
    {"[poll\n", "t:4:6: "},
    {"x = 1 1\n", "t:4:7: "},
    {"[pol]\n", "t:4:2: unknown key \"pol\" in this file; did you mean \"poll\"?"},
    {"[poll]\nidel = \"spin\"\n", "t:5:1: unknown key \"idel\" in [poll]; did you mean \"idle\"?"},
    {"[poll]\nzebra_stripes = 1\n",
     "t:5:1: unknown key \"zebra_stripes\" in [poll]; it has cpus, cores, idle"},
    {"[poll]\nidle = \"lazy\"\n", "t:5:8: idle is \"lazy\"; write \"adaptive\" or \"spin\""},
    {"[poll]\ncpus = [0, 4]\n", "t:5:8: this machine has no CPU 4; it has 0 to 3"},
    {"[poll]\ncpus = [1, 1]\n", "t:5:8: CPU 1 stands there twice; name it once"},
    {"[poll]\ncpus = []\n", "t:5:8: cpus names 0 CPUs; name 1 to 16"},
    {"[poll]\ncpus = 1\n", "t:5:8: cpus is a whole number; write a list of whole numbers: [1, 2]"},
    {"[poll]\ncpus = [1]\ncores = 2\n", "t:6:9: cores and cpus exclude each other; keep one"},
    {"[poll]\ncores = 17\n", "t:5:9: cores is 17; write a whole number from 1 to 16"},
    {"[memory]\nhugepages = 1\n", "t:5:13: hugepages is a whole number; write true or false"},
    {"[memory]\nframes = \"many\"\n",
     "t:5:10: frames is a text; write a whole number from 1024 to 1048576"},
    {"[dpdk]\narguments = [1]\n",
     "t:5:13: arguments is a list; write a list of texts: [\"one\", \"two\"]"},
    {"[daemon]\nattach_mode = 660\n",
     "t:5:15: attach_mode is 660; write it in octal, 0o000 to 0o777: 0o660"},
    {"[daemon]\nattach_mode = -1\n", "t:5:15: attach_mode is -1; write it in octal"},
    {"[daemon]\nattach_socket = \"/a\"\noperator_socket = \"/a\"\n",
     "t:6:19: attach_socket and operator_socket are the same; name two sockets"},
    {"[daemon]\nattach_socket = "
     "\"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n",
     "t:5:17: attach_socket has 115 characters; a socket's path has at most 107"},
    {"[daemon]\nattach_mode = \"rw\"\n", "t:5:15: attach_mode is a text; write a whole number"},
    {"[poll]\nidle = \"spin\n", "t:5:13: "},
    {"[port2]\n", "t:4:2: unknown key \"port2\" in this file; did you mean \"port\"?"},
    {"[pvc]\nname = \"a\"\n", "t:4:1: there may be several of pvc; begin each with a line [[pvc]]"},
    {"[[port]]\nname = \"x\"\n",
     "t:4:1: [[port]] has no device; write device = \"loopback\", a PCI address, or a DPDK virtual "
     "device"},
    {"[[port]]\nname = \"loop0\"\ndevice = \"loopback\"\n",
     "t:4:1: port \"loop0\" is already there (line 1); give each its own name"},
    {"[[port]]\nname = \"a/b\"\ndevice = \"loopback\"\n",
     "t:5:8: name is \"a/b\"; use letters, digits and the characters . _ -"},
    {"[[port]]\nname = \"a\"\ndevice = \"loopback\"\nmtu = 65\n",
     "t:7:7: mtu is 65; write a whole number from 68 to 9224"},
    {"[[port]]\nname = \"a\"\ndevice = \"loopback\"\npeer_mac = \"02:00\"\n",
     "t:7:12: peer_mac is \"02:00\"; write six pairs of hexadecimal digits, like "
     "\"02:00:5e:00:53:01\""},
    {"[[pvc]]\nname = \"a\"\nport = \"lan9\"\nlabel = 100\n",
     "t:4:1: PVC \"a\" is on port \"lan9\", which does not exist; there are: loop0"},
    {"[[pvc]]\nname = \"a\"\nport = \"loop0\"\n",
     "t:4:1: [[pvc]] has no label; write label = 100, or transmit_label and receive_label"},
    {"[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 63\n",
     "t:7:9: label is 63; write a whole number from 64 to 1048575"},
    {"[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 100\nreceive_label = 100\n",
     "t:7:9: label means both directions; leave out transmit_label and receive_label, or label"},
    {"[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 1048575\ncount = 2\n",
     "t:4:1: the group \"a\" ends at label 1048576; the last label is 1048575"},
    {"[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 100\nmax_sdu = 1493\n",
     "t:4:1: max_sdu is 1493, but port \"loop0\" carries at most 1492; lower it or raise the "
     "port's mtu to 1501"},
    {"[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 100\nrate = \"2bit\"\npeak = \"8bit\"\n",
     "t:8:8: rate is \"2bit\""},
    {"[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 100\nrate = \"9Mbit\"\npeak = \"8Mbit\"\n",
     "t:4:1: the peak of PVC \"a\" is lower than its rate; raise peak"},
    {"[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 100\nrate = \"fast\"\n",
     "t:8:8: rate is \"fast\"; write bits per second: \"64kbit\", \"100Mbit\", \"2.5Gbit\""},
    {"[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 100\ndestination = \"358\"\n",
     "t:8:15: destination is \"358\"; write \"+358401234567\" or 40 hexadecimal digits"},
    {"[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 100\n"
     "[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 101\n",
     "t:8:1: PVC \"a\" is already there (line 4); give each its own name"},
    {"[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 100\ncount = 65537\n",
     "t:8:9: count is 65537; write a whole number from 1 to 65536"},
    {"[[link]]\nport = \"lan9\"\nside = \"user\"\nudp_local_port = 1\nudp_remote_port = 2\n",
     "t:4:1: the link is on port \"lan9\", which does not exist; there are: loop0"},
    {"[[link]]\nport = \"loop0\"\nside = \"user\"\nudp_local_port = 1\nudp_remote_port = 2\n",
     "t:4:1: port \"loop0\" is a loopback, where calls need no link; remove this [[link]]"},
    {"[[link]]\nport = \"loop0\"\nside = \"left\"\nudp_remote_port = 2\n",
     "t:4:1: [[link]] has no udp_local_port; write the UDP port of 127.0.0.1 that signaling comes "
     "to"},
    {"[[link]]\nport = \"loop0\"\nside = \"left\"\nudp_local_port = 1\nudp_remote_port = 2\n",
     "t:4:1: port \"loop0\" is a loopback, where calls need no link; remove this [[link]]"},
    {"[[link]]\nport = \"loop0\"\nudp_local_port = 1\nudp_remote_port = 2\n",
     "t:4:1: [[link]] has no side; write side = \"user\" here and \"network\" at the other end"},
    {"[[route]]\nprefix = \"+358\"\nport = \"loop0\"\n",
     "t:4:1: the route for +358 leaves by port \"loop0\", which has no [[link]]; add one"},
};

TEST(Config, EveryErrorSaysWhereWhatAndHowToMendIt) {
  for (const BadInput& bad : kBadInputs) {
    Errors errors = Parse(std::string(kLoop) + bad.text);
    ASSERT_FALSE(errors.empty()) << bad.text;
    EXPECT_EQ(errors[0].substr(0, std::string(bad.error).size()), bad.error) << bad.text;
    EXPECT_EQ(errors[0].find('\n'), std::string::npos);
  }
}

TEST(Config, SlipsGetAHint) {
  for (const auto& [text, hint] :
       {std::pair{"[poll]\nidle = \"spin\n", "; is a closing quote missing?"},
        std::pair{"[poll]\nidle =\n", "; a text wants quotes, and every key a value"},
        std::pair{"[poll]\nidle = \"spin\"\nidle = \"spin\"\n", "; write each key once"}}) {
    const Errors errors = Parse(std::string(kLoop) + text);
    ASSERT_EQ(errors.size(), 1u) << text;
    EXPECT_TRUE(errors[0].ends_with(hint)) << errors[0];
  }
}

TEST(Config, AMisspeltPortIsOneErrorOnly) {
  EXPECT_EQ(Parse("[port]\nname = \"a\"\ndevice = \"loopback\"\n"),
            Errors{"t:1:1: there may be several of port; begin each with a line [[port]]"});
}

TEST(Config, LabelsInUseAreFoundAcrossGroups) {
  std::string text = kLoop;
  text += "[[pvc]]\nname = \"wide\"\nport = \"loop0\"\nlabel = 100\ncount = 100\n";  // line 4
  text += "[[pvc]]\nname = \"inside\"\nport = \"loop0\"\nlabel = 110\n";             // line 9
  text += "[[pvc]]\nname = \"beside\"\nport = \"loop0\"\nlabel = 200\ncount = 5\n";  // line 13
  text +=
      "[[pvc]]\nname = \"end\"\nport = \"loop0\"\n"
      "transmit_label = 300\nreceive_label = 199\n";  // line 18
  EXPECT_EQ(Parse(text),
            (Errors{"t:9:1: receive label 110 of PVC \"inside\" is in use on port \"loop0\" by PVC "
                    "\"wide\" (line 4); choose another",
                    "t:9:1: transmit label 110 of PVC \"inside\" is in use on port \"loop0\" by "
                    "PVC \"wide\" (line 4); choose another",
                    "t:18:1: receive label 199 of PVC \"end\" is in use on port \"loop0\" by PVC "
                    "\"wide\" (line 4); choose another"}));
}

TEST(Config, ARouteNeedsAPrefix) {
  const std::string text =
      kLan +
      std::string(
          "[[link]]\nport = \"lan0\"\nside = \"user\"\nudp_local_port = 1\nudp_remote_port = 2\n"
          "[[route]]\nport = \"lan0\"\nprefix = \"358x\"\n");
  ASSERT_EQ(Parse(text).size(), 1u);
  EXPECT_TRUE(Parse(text)[0].starts_with("t:11:10: prefix is \"358x\"; write the first digits"));
}

TEST(Config, OneLinkAPortAndOneRouteAPrefix) {
  std::string text = kLan;
  const std::string link =
      "[[link]]\nport = \"lan0\"\nside = \"user\"\nudp_local_port = 1\nudp_remote_port = 2\n";
  const std::string route = "[[route]]\nprefix = \"default\"\nport = \"lan0\"\n";
  EXPECT_EQ(Parse(text + link + link + route + route),
            (Errors{"t:9:1: port \"lan0\" has a link already (line 4); a port has one",
                    "t:9:1: udp_local_port 1 is another link's (line 4); choose another",
                    "t:17:1: the route for default by port \"lan0\" is already there (line 14); "
                    "remove one"}));
}

TEST(Config, TheSameLabelOnAnotherPortIsAnother) {
  std::string text = kLoop;
  text += "[[port]]\nname = \"loop1\"\ndevice = \"loopback\"\n";
  text += "[[pvc]]\nname = \"a\"\nport = \"loop0\"\nlabel = 100\n";
  text += "[[pvc]]\nname = \"b\"\nport = \"loop1\"\nlabel = 100\n";
  EXPECT_EQ(Parse(text), Errors());
}

TEST(Config, AllErrorsComeAtOnceInTheFilesOrder) {
  Errors errors = Parse("[memory]\nframes = 1\n[poll]\nidle = 1\n[x]\n");
  ASSERT_EQ(errors.size(), 4u);
  EXPECT_EQ(errors[0].substr(0, 6), "t:1:1:");  // there is no port
  EXPECT_EQ(errors[1].substr(0, 6), "t:2:10");
  EXPECT_EQ(errors[2].substr(0, 5), "t:4:8");
  EXPECT_EQ(errors[3].substr(0, 5), "t:5:2");
}

TEST(Config, TooMuchIsAnError) {
  std::string text;
  for (uint32_t i = 0; i <= kMaxPorts; ++i) {
    text += "[[port]]\nname = \"p" + std::to_string(i) + "\"\ndevice = \"loopback\"\n";
  }
  EXPECT_EQ(Parse(text), Errors{"t:97:1: one port too many; a daemon has at most 32"});
  text = kLoop;
  for (int i = 0; i < 2; ++i) {
    text += "[[pvc]]\nname = \"g" + std::to_string(i) +
            "\"\nport = \"loop0\"\nlabel = " + std::to_string(100 + i * 70000) +
            "\ncount = 40000\n";
  }
  EXPECT_EQ(Parse(text), Errors{"t:9:1: these are 80000 PVCs; a daemon has at most 65536"});
}

TEST(Config, AFileThatIsNotThere) {
  Config config;
  EXPECT_EQ(LoadConfig("/no/such/file", 4, &config),
            Errors{"/no/such/file:1:1: cannot be read; name a file that exists and that you may "
                   "read"});
  EXPECT_FALSE(LoadConfig("/", 4, &config).empty());
}

TEST(Config, Rates) {
  EXPECT_EQ(ParseRate("8bit"), 1u);
  EXPECT_EQ(ParseRate("64kbit"), 8000u);
  EXPECT_EQ(ParseRate("9.6kbit"), 1200u);
  EXPECT_EQ(ParseRate("400Gbit"), 50'000'000'000u);
  for (const char* bad : {"", "Mbit", "-1Mbit", "0Mbit", "1", "1mbit", "1 Mbit", "1e3kbit", "nan",
                          "infbit", "1Mbits", "9999999999Gbit"}) {
    EXPECT_EQ(ParseRate(bad), std::nullopt) << bad;
  }
}

TEST(Config, TheDevConfigurationIsAGoodOne) {
  Config config = DevConfig();
  EXPECT_FALSE(config.memory.hugepages);
  ASSERT_EQ(config.ports.size(), 1u);
  EXPECT_EQ(config.ports[0].device, kLoopbackDevice);
}

// Damaged files are refused or read, never more (F4).
TEST(Config, NoFileIsTooStrange) {
  const std::string good = std::string(kLoop) +
                           "[poll]\ncpus = [0]\n[[pvc]]\nname = \"a\"\nport = \"loop0\"\n"
                           "label = 100\ncount = 3\nrate = \"1Mbit\"\n";
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (uint32_t i = 0; i < 1 + random() % 4; ++i) {
      text[random() % text.size()] =
          static_cast<char>(random() % 3 == 0 ? random() : "[]={}\".\n"[random() % 8]);
    }
    for (const std::string& error : Parse(text)) {
      EXPECT_EQ(error.substr(0, 2), "t:");
      EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    }
  }
}

}  // namespace
}  // namespace vcp::daemon
