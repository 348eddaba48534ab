// The three sorts of failure. A user's or the environment's fault is a gradus::Error, thrown by the public
// function before any work is done; our own mistake is a GRADUS_ASSERT; an outcome of training (diverged,
// interrupted) is a value, never an error.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace gradus {

// Whose fault it is, as the exit status of the program tells.
enum class ErrorCode {
  kInvalidArgument,   // a flag, an argument of a call
  kBadConfiguration,  // a field of a configuration or a configuration file
  kBadData,           // the content of a data or model file
  kUnsupported,       // valid, but not something this build or version can do
  kNotFound,          // a file or folder that is not there
  kFile,              // reading, writing, disk full
  kNetwork,           // download
};

// The message is one line: `what was being done: what came; what was expected; what to do`.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

// A bug in gradus. Thrown by GRADUS_ASSERT; nobody but main() and the tests catches it.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

namespace internal {
template <class... Values>
[[noreturn]] void assert_failed(const char* condition, const char* file, int line, const Values&... values) {
  std::ostringstream text;
  text << file << ":" << line << ": assertion " << condition << " failed";
  ((text << "; " << values), ...);
  throw InternalError(text.str());
}
}  // namespace internal

}  // namespace gradus

// Further arguments are printed: GRADUS_ASSERT(a == b, a, b).
#define GRADUS_ASSERT(condition, ...) \
  (static_cast<bool>(condition)       \
       ? static_cast<void>(0)         \
       : ::gradus::internal::assert_failed(#condition, __FILE__, __LINE__ __VA_OPT__(, ) __VA_ARGS__))
