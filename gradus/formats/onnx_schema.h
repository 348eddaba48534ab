// Which fields of ONNX's messages are messages and lists themselves: a file is one all through, or none. Internal to formats/.
#pragma once

#include <string>
#include <string_view>

namespace gradus::onnx {

// Throws Error(kBadData) naming `source` where a message of ModelProto is damaged, even one that nothing here reads: what other
// readers refuse is not taken.
void check_messages(std::string_view model, const std::string& source);

}  // namespace gradus::onnx
