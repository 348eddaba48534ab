// Reads /proc/cpuinfo, cpu.max (v2) and cpu.cfs_quota_us (v1). Anything unreadable or odd is no quota.
#include "gradus/core/processors.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace gradus {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
#if defined(__x86_64__)
  return "x86-64 processor";
#elif defined(__aarch64__)
  return "64-bit ARM processor";
#else
  return "processor of unknown kind";
#endif
}

}  // namespace gradus

namespace gradus::internal {
namespace fs = std::filesystem;
namespace {

std::size_t whole_processors(double quota, double period) {
  if (!(quota > 0 && period > 0)) return kNoQuota;
  return static_cast<std::size_t>(std::clamp(quota / period, 1.0, 1e6));
}

// "max 100000" or "50000 100000".
std::size_t quota_v2(const fs::path& folder) {
  std::ifstream file(folder / "cpu.max");
  double quota = 0;
  double period = 0;
  return file >> quota >> period ? whole_processors(quota, period) : kNoQuota;
}

// The quota is -1 where there is none.
std::size_t quota_v1(const fs::path& folder) {
  std::ifstream quota_file(folder / "cpu.cfs_quota_us");
  std::ifstream period_file(folder / "cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  return quota_file >> quota && period_file >> period ? whole_processors(quota, period) : kNoQuota;
}

bool names_cpu(const std::string& controllers) {
  std::istringstream list(controllers);
  for (std::string name; std::getline(list, name, ',');) {
    if (name == "cpu") return true;
  }
  return false;
}

// In a container the path may be one of the host's that is not mounted here; the walk then ends at the mount,
// which is ours.
template <class Quota>
std::size_t smallest_upwards(const fs::path& mount, fs::path group, Quota quota) {
  std::size_t smallest = quota(mount);
  for (group = group.relative_path(); !group.empty(); group = group.parent_path()) {
    smallest = std::min(smallest, quota(mount / group));
  }
  return smallest;
}

}  // namespace

std::size_t cgroup_processors(const fs::path& root) {
  const fs::path mount = root / "sys/fs/cgroup";
  std::size_t smallest = kNoQuota;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // hierarchy:controllers:path
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    if (controllers.empty()) {
      smallest = std::min(smallest, smallest_upwards(mount, group, quota_v2));
    } else if (names_cpu(controllers)) {
      const fs::path own = fs::exists(mount / controllers) ? mount / controllers : mount / "cpu";
      smallest = std::min(smallest, smallest_upwards(own, group, quota_v1));
    }
  }
  return smallest;
}

}  // namespace gradus::internal
