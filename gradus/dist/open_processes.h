// How a program finds the processes that mpirun started beside it. MPI is opened only then, from a module of its own: a program that
// runs alone neither loads nor needs it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "gradus/dist/process_group.h"

namespace gradus {

// Joins through gradus_mpi.so in `folder`. Without `share_memory` processes of one machine send each other everything too. Throws
// Error(kUnsupported) where the module is not there or cannot be loaded.
[[nodiscard]] std::unique_ptr<ProcessGroup> open_processes(const std::filesystem::path& folder,
                                                           bool share_memory = true);

// What the module exports under the name below. Returns nullptr where MPI cannot be used as it must be.
using JoinProcesses = ProcessGroup* (*)(bool share_memory);
inline constexpr const char* kMpiModule = "gradus_mpi.so";
inline constexpr const char* kJoinProcesses = "gradus_join_processes";

}  // namespace gradus
