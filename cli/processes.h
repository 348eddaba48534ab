// The processes that mpirun started beside this one, as the commands see them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "gradus/dist/process_group.h"

namespace gradus::cli {

// Joins them at the first call; alone() where mpirun started no other. Throws Error(kUnsupported) where it did and this program was built
// without MPI.
[[nodiscard]] ProcessGroup& processes();
// Before the program ends; waits for the others.
void leave_processes();

// Work that every process does and any may fail at: then all throw, process 0 the first of their errors, the others one without text.
void together(ProcessGroup& group, const std::function<void()>& work);

// Called by all, `digest` of at most 64 bytes: throws as together() does, Error(kBadData), where one has another than process 0. `what`
// says of what it is, in the plural.
void require_same_everywhere(ProcessGroup& group, std::string_view digest, const char* what);

// Called by all: the text of process 0.
[[nodiscard]] std::string told_by_first(ProcessGroup& group, std::string text);

// Work in which processes wait for each other: whoever fails says so by name and ends the job.
void ending_all(ProcessGroup& group, const std::function<void()>& work);

}  // namespace gradus::cli
