#include "gradus/server/oip_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "gradus/core/error.h"
#include "gradus/data/json_reader.h"
#include "gradus/data/shape.h"

namespace gradus::server {
namespace {

constexpr std::size_t kMostDimensions = 8;
constexpr std::size_t kMostTensors = 4096;

[[noreturn]] void fail(const std::string& what, ErrorCode code = ErrorCode::kBadData) {
  throw Error(code, "reading the request: " + what);
}

// A name that came twice in one object; readers would disagree which of the values counts.
void once(JsonReader& reader, bool& seen, const std::string& key) {
  if (seen) reader.fail(fmt::format("'{}' for the second time", key));
  seen = true;
}

// What an input says of itself, until it is whole.
struct PartialInput {
  InferInput input;
  std::optional<std::size_t> binary_size;
  std::vector<std::optional<std::size_t>> lengths;  // of the arrays in "data", by depth
  std::optional<std::size_t> leaf_depth;
};

// "data": one list of all elements, or nested as the shape is.
void read_data(JsonReader& reader, PartialInput& partial, std::size_t depth) {
  if (depth == kMostDimensions)
    reader.fail(fmt::format("'data' is nested more than {} deep", kMostDimensions));
  partial.lengths.resize(std::max(partial.lengths.size(), depth + 1));
  std::size_t count = 0;
  InferInput& input = partial.input;
  reader.array([&] {
    ++count;
    const JsonReader::Kind kind = reader.peek();
    if (kind == JsonReader::Kind::kArray) return read_data(reader, partial, depth + 1);
    if (partial.leaf_depth.value_or(depth) != depth) reader.fail("'data' is nested unevenly");
    partial.leaf_depth = depth;
    if (kind == JsonReader::Kind::kNumber) {
      input.numbers.push_back(reader.number());
    } else if (kind == JsonReader::Kind::kString) {
      input.texts.push_back(reader.string());
    } else if (kind == JsonReader::Kind::kBoolean) {
      input.numbers.push_back(reader.boolean() ? 1 : 0);
    } else {
      reader.null();
      input.numbers.push_back(std::numeric_limits<double>::quiet_NaN());
    }
  });
  if (partial.lengths[depth].value_or(count) != count) reader.fail("'data' is nested unevenly");
  partial.lengths[depth] = count;
}

void read_shape(JsonReader& reader, std::vector<std::size_t>& shape) {
  reader.array([&] {
    if (shape.size() == kMostDimensions) reader.fail(fmt::format("more than {} dimensions", kMostDimensions));
    shape.push_back(reader.whole_number());
  });
}

void read_input_parameters(JsonReader& reader, PartialInput& partial) {
  bool seen = false;
  reader.object([&](const std::string& key) {
    if (key.starts_with("shared_memory"))
      fail("shared memory is not served here; send the data", ErrorCode::kUnsupported);
    if (key != "binary_data_size") return reader.skip();
    once(reader, seen, key);
    partial.binary_size = reader.whole_number();
  });
}

PartialInput read_input(JsonReader& reader) {
  PartialInput partial;
  bool name = false;
  bool shape = false;
  bool datatype = false;
  bool parameters = false;
  bool data = false;
  reader.object([&](const std::string& key) {
    if (key == "name") {
      once(reader, name, key);
      partial.input.name = reader.string();
    } else if (key == "shape") {
      once(reader, shape, key);
      read_shape(reader, partial.input.shape);
    } else if (key == "datatype") {
      once(reader, datatype, key);
      partial.input.datatype = reader.string();
    } else if (key == "parameters") {
      once(reader, parameters, key);
      read_input_parameters(reader, partial);
    } else if (key == "data") {
      once(reader, data, key);
      read_data(reader, partial, 0);
    } else {
      reader.skip();
    }
  });
  if (!name || !shape || !datatype) reader.fail("the input before lacks its name, shape or datatype");
  if (data == partial.binary_size.has_value())
    reader.fail(fmt::format("input '{}' has {} 'data' and 'binary_data_size'; expected one of them",
                            partial.input.name, data ? "both" : "neither"));
  return partial;
}

InferOutput read_output(JsonReader& reader) {
  InferOutput output;
  bool name = false;
  reader.object([&](const std::string& key) {
    if (key == "name") {
      once(reader, name, key);
      output.name = reader.string();
    } else if (key == "parameters") {
      reader.object([&](const std::string& parameter) {
        if (parameter.starts_with("shared_memory"))
          fail("shared memory is not served here; take the data", ErrorCode::kUnsupported);
        if (parameter != "binary_data") return reader.skip();
        output.binary = reader.boolean();
      });
    } else {
      reader.skip();
    }
  });
  if (!name) reader.fail("the output before lacks its name");
  return output;
}

void count_tensor(JsonReader& reader, std::size_t count) {
  if (count == kMostTensors) reader.fail(fmt::format("more than {} tensors", kMostTensors));
}

InferRequest read_header(std::string_view json, std::vector<PartialInput>& inputs) {
  InferRequest request;
  JsonReader reader(json, "the request");
  bool id = false;
  bool has_inputs = false;
  bool has_outputs = false;
  reader.object([&](const std::string& key) {
    if (key == "id") {
      once(reader, id, key);
      request.id = reader.string();
    } else if (key == "inputs") {
      once(reader, has_inputs, key);
      reader.array([&] {
        count_tensor(reader, inputs.size());
        inputs.push_back(read_input(reader));
      });
    } else if (key == "outputs") {
      once(reader, has_outputs, key);
      reader.array([&] {
        count_tensor(reader, request.outputs.size());
        request.outputs.push_back(read_output(reader));
      });
    } else if (key == "parameters") {
      reader.object([&](const std::string& parameter) {
        if (parameter != "binary_data_output") return reader.skip();
        request.binary_output = reader.boolean();
      });
    } else {
      reader.skip();
    }
  });
  reader.end();
  if (inputs.empty()) fail("it has no 'inputs'; expected the tensors that the model's metadata name");
  return request;
}

// As many elements as the shape says, in the shape's nesting where there is one.
void check_elements(const PartialInput& partial) {
  const InferInput& input = partial.input;
  const std::size_t given = input.numbers.size() + input.texts.size();
  if (given != input.elements) {
    fail(fmt::format("input '{}' has {} elements in 'data'; its shape {} says {}", input.name, given,
                     shape_text(input.shape), input.elements));
  }
  if (partial.lengths.size() < 2) return;
  const bool as_shape = std::ranges::equal(partial.lengths, input.shape);
  if (!as_shape)
    fail(fmt::format("input '{}': 'data' is nested otherwise than its shape {}", input.name,
                     shape_text(input.shape)));
}

std::size_t length_of_header(std::string_view header_length, std::string_view body) {
  if (header_length.empty()) return body.size();
  std::size_t length = 0;
  const auto [end, error] =
      std::from_chars(header_length.data(), header_length.data() + header_length.size(), length);
  if (error != std::errc() || end != header_length.data() + header_length.size() || length > body.size()) {
    fail(fmt::format(
        "Inference-Header-Content-Length is '{}'; expected the bytes of the JSON, at most the {} of the "
        "body",
        header_length.substr(0, 40), body.size()));
  }
  return length;
}

}  // namespace

InferRequest read_infer_request(std::string_view body, std::string_view header_length) {
  const std::size_t length = length_of_header(header_length, body);
  std::string_view binary = body.substr(length);
  std::vector<PartialInput> inputs;
  InferRequest request = read_header(body.substr(0, length), inputs);
  for (PartialInput& partial : inputs) {
    InferInput& input = partial.input;
    const std::optional<std::size_t> elements = checked_bytes(input.shape, 1);
    if (!elements) fail(fmt::format("input '{}': the product of its shape does not fit 64 bits", input.name));
    input.elements = *elements;
    if (partial.binary_size) {
      if (*partial.binary_size > binary.size()) {
        fail(fmt::format("input '{}' says binary_data_size {}; {} bytes are left behind the JSON", input.name,
                         *partial.binary_size, binary.size()));
      }
      input.binary = binary.substr(0, *partial.binary_size);
      binary.remove_prefix(*partial.binary_size);
    } else {
      check_elements(partial);
    }
    request.inputs.push_back(std::move(input));
  }
  if (!binary.empty())
    fail(fmt::format("{} bytes are left behind those of the inputs; expected none", binary.size()));
  return request;
}

}  // namespace gradus::server
