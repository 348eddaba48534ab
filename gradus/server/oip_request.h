// A request for inference as the Open Inference Protocol v2 writes it over HTTP, with the binary tensor extension: a JSON
// object, behind which may stand the bytes of tensors that say `binary_data_size`, in their order.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::server {

// A tensor as it came. Either `binary` or, from JSON, `numbers` (truth values as 0 and 1, null as NaN) or `texts`; as many
// as the shape says.
struct InferInput {
  std::string name;
  std::string datatype;
  std::vector<std::size_t> shape;
  std::size_t elements = 0;  // product of the shape
  std::optional<std::string_view> binary;
  std::vector<double> numbers;
  std::vector<std::string> texts;
};

struct InferOutput {
  std::string name;
  std::optional<bool> binary;  // none: as the request says for all
};

struct InferRequest {
  std::optional<std::string> id;
  bool binary_output = false;
  std::vector<InferInput> inputs;
  std::vector<InferOutput> outputs;  // empty: all
};

// `header_length` is what Inference-Header-Content-Length says, empty where it is absent; `body` must outlive the result.
// Sizes are compared with what came before memory is asked for. Throws Error(kBadData), or kUnsupported for shared memory.
[[nodiscard]] InferRequest read_infer_request(std::string_view body, std::string_view header_length);

}  // namespace gradus::server
