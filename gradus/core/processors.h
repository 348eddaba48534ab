// What this machine's processors are called, and how many of them a control group grants. Apart from the
// thread pool so that tests can hand in a made-up file system.
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>

namespace gradus {

// "Intel(R) Xeon(R) Processor @ 2.60GHz"; the architecture where the system does not say.
[[nodiscard]] std::string processor_name();

}  // namespace gradus

namespace gradus::internal {

inline constexpr std::size_t kNoQuota = std::numeric_limits<std::size_t>::max();

// The smallest quota of this process's cgroup (v1 or v2) and all its parents, rounded down but at least 1;
// kNoQuota where there is none. `root` stands for "/": proc/self/cgroup and sys/fs/cgroup are read below it.
[[nodiscard]] std::size_t cgroup_processors(const std::filesystem::path& root);

}  // namespace gradus::internal
