// vcplaned: the daemon. What to run is decided here; daemon/run.cc runs it.
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "daemon/daemon.h"
#include "shm/channel_abi.h"
#include "shm/socket_paths.h"

namespace {

using vcp::daemon::Config;
using vcp::daemon::DaemonOptions;

constexpr char kDefaultConfig[] = "/etc/vcplane/vcplaned.toml";

struct Arguments {
  std::string config;
  std::string attach_socket;
  std::string operator_socket;
  bool check_config = false;
  bool dev = false;
  bool eal_log = false;
};

constexpr int kBadUsage = 2;

void Declare(CLI::App* app, Arguments* arguments) {
  app->failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("vcplaned: ") + error.what() + " (see vcplaned --help)\n";
  });
  app->set_version_flag("--version", "vcplaned " VCP_VERSION ", ABI " +
                                         std::to_string(vcp::shm::kAbiMajor) + "." +
                                         std::to_string(vcp::shm::kAbiMinor));
  app->add_option("--config", arguments->config,
                  std::string("What to run: a TOML file; by default ") + kDefaultConfig)
      ->type_name("FILE");
  app->add_flag("--check-config", arguments->check_config,
                "Say whether the file is good, with every error's line and column, and exit");
  app->add_flag("--dev", arguments->dev,
                "Run as anybody, without hugepages, with sockets of your own; without a file: "
                "one loopback port");
  app->add_option("--attach-socket", arguments->attach_socket, "Where applications attach")
      ->type_name("PATH");
  app->add_option("--operator-socket", arguments->operator_socket, "Where vcctl asks")
      ->type_name("PATH");
  app->add_flag("--eal-log", arguments->eal_log, "Show DPDK's own log");
  app->footer(
      "Try it:  vcplaned --dev &\n"
      "         vcctl show ports\n"
      "Ends orderly on SIGTERM or SIGINT. Exit codes: 0 ended as asked, or the file is good; 1 "
      "could "
      "not start, and said why; 2 bad usage.");
}

// False: the errors are printed.
bool Load(const Arguments& arguments, Config* config) {
  if (arguments.config.empty() && arguments.dev && !arguments.check_config) {
    *config = vcp::daemon::DevConfig();
    return true;
  }
  std::string path = arguments.config.empty() ? kDefaultConfig : arguments.config;
  if (arguments.config.empty() && access(kDefaultConfig, F_OK) != 0) {
    std::fprintf(stderr,
                 "vcplaned: there is no %s; write one, name another with --config, or try it "
                 "without: vcplaned --dev\n",
                 kDefaultConfig);
    return false;
  }
  auto cpu_count = static_cast<int>(sysconf(_SC_NPROCESSORS_CONF));
  std::vector<std::string> errors = vcp::daemon::LoadConfig(path, cpu_count, config);
  for (const std::string& error : errors) std::fprintf(stderr, "%s\n", error.c_str());
  return errors.empty();
}

// A folder of our own and nobody else's, though its parent may be everybody's.
bool MakeDevFolder(const std::string& folder) {
  mkdir(folder.c_str(), 0700);
  struct stat found {};
  if (lstat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == getuid() &&
      (found.st_mode & 022) == 0) {
    return true;
  }
  std::fprintf(stderr,
               "vcplaned: %s is not a folder of yours alone; remove it, or name sockets with "
               "--attach-socket and --operator-socket\n",
               folder.c_str());
  return false;
}

// The command line's words over the file's; what neither names is where everybody looks for it.
bool ChooseSockets(const Arguments& arguments, Config* config) {
  std::string folder = arguments.dev ? vcp::shm::DevFolder() : vcp::shm::kSystemFolder;
  if (!arguments.attach_socket.empty()) config->attach_socket = arguments.attach_socket;
  if (!arguments.operator_socket.empty()) config->operator_socket = arguments.operator_socket;
  bool needs_folder = config->attach_socket.empty() || config->operator_socket.empty();
  if (needs_folder && arguments.dev && !MakeDevFolder(folder)) return false;
  if (config->attach_socket.empty()) {
    config->attach_socket = folder + "/" + vcp::shm::kAttachSocketName;
  }
  if (config->operator_socket.empty()) {
    config->operator_socket = folder + "/" + vcp::shm::kOperatorSocketName;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("vcplaned: virtual circuits for applications on this machine, over poll-mode ports");
  Arguments arguments;
  Declare(&app, &arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadUsage;
  }

  DaemonOptions options{.dev = arguments.dev, .eal_log = arguments.eal_log};
  if (!Load(arguments, &options.config)) return 1;
  if (arguments.check_config) {
    std::printf("OK\n");
    return 0;
  }
  if (arguments.dev) options.config.memory.hugepages = false;
  if (!ChooseSockets(arguments, &options.config)) return 1;
  return vcp::daemon::RunDaemon(options);
}
