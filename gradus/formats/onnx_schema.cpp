#include "gradus/formats/onnx_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "gradus/data/protobuf.h"

namespace gradus::onnx {

namespace {

using protobuf::MessageReader;
using protobuf::WireType;

constexpr int kMostDepth = 64;

// Of onnx.proto. kVarints and the next two are lists of numbers, which may stand packed.
enum class Kind : std::uint8_t {
  kModel,
  kGraph,
  kNode,
  kAttribute,
  kTensor,
  kSparseTensor,
  kValue,
  kType,
  kTensorType,
  kNestedType,
  kMap,
  kSparseType,
  kShape,
  kAnnotation,
  kTraining,
  kFunction,
  kNodeDevices,
  kSharding,
  kIntegers,
  kShardedDimension,
  kPlain,
  kVarints,
  kFourBytes,
  kEightBytes
};

struct Member {
  Kind of;
  std::uint32_t field;
  Kind kind;
};

using enum Kind;
constexpr Member kMembers[] = {
    {kModel, 7, kGraph},
    {kModel, 8, kPlain},
    {kModel, 14, kPlain},
    {kModel, 20, kTraining},
    {kModel, 25, kFunction},
    {kModel, 26, kPlain},
    {kGraph, 1, kNode},
    {kGraph, 5, kTensor},
    {kGraph, 11, kValue},
    {kGraph, 12, kValue},
    {kGraph, 13, kValue},
    {kGraph, 14, kAnnotation},
    {kGraph, 15, kSparseTensor},
    {kGraph, 16, kPlain},
    {kNode, 5, kAttribute},
    {kNode, 9, kPlain},
    {kNode, 10, kNodeDevices},
    {kAttribute, 5, kTensor},
    {kAttribute, 6, kGraph},
    {kAttribute, 7, kFourBytes},
    {kAttribute, 8, kVarints},
    {kAttribute, 10, kTensor},
    {kAttribute, 11, kGraph},
    {kAttribute, 14, kType},
    {kAttribute, 15, kType},
    {kAttribute, 22, kSparseTensor},
    {kAttribute, 23, kSparseTensor},
    {kTensor, 1, kVarints},
    {kTensor, 3, kPlain},
    {kTensor, 4, kFourBytes},
    {kTensor, 5, kVarints},
    {kTensor, 7, kVarints},
    {kTensor, 10, kEightBytes},
    {kTensor, 11, kVarints},
    {kTensor, 13, kPlain},
    {kTensor, 16, kPlain},
    {kSparseTensor, 1, kTensor},
    {kSparseTensor, 2, kTensor},
    {kSparseTensor, 3, kVarints},
    {kValue, 2, kType},
    {kValue, 4, kPlain},
    {kType, 1, kTensorType},
    {kType, 4, kNestedType},
    {kType, 5, kMap},
    {kType, 7, kPlain},
    {kType, 8, kTensorType},
    {kType, 9, kNestedType},
    {kTensorType, 2, kShape},
    {kNestedType, 1, kType},
    {kMap, 2, kType},
    {kShape, 1, kPlain},
    {kAnnotation, 2, kPlain},
    {kTraining, 1, kGraph},
    {kTraining, 2, kGraph},
    {kTraining, 3, kPlain},
    {kTraining, 4, kPlain},
    {kFunction, 7, kNode},
    {kFunction, 9, kPlain},
    {kFunction, 11, kAttribute},
    {kFunction, 12, kValue},
    {kFunction, 14, kPlain},
    {kNodeDevices, 2, kSharding},
    {kSharding, 2, kVarints},
    {kSharding, 3, kIntegers},
    {kSharding, 4, kShardedDimension},
    {kIntegers, 2, kVarints},
    {kShardedDimension, 2, kPlain},
};

void check(std::string_view message, Kind kind, const std::string& source, int depth) {
  MessageReader reader(message, "a message", source);
  if (kind == Kind::kVarints) return reader.check_varints();
  const std::size_t width = kind == Kind::kFourBytes ? 4 : kind == Kind::kEightBytes ? 8 : 0;
  if (width > 0) {
    if (message.size() % width != 0)
      reader.fail(fmt::format("its {} bytes are no numbers of {}", message.size(), width));
    return;
  }
  if (depth > kMostDepth) reader.fail(fmt::format("it is nested more than {} deep", kMostDepth));
  while (const auto field = reader.next()) {
    if (field->type != WireType::kLengthDelimited) continue;
    const auto* const member = std::ranges::find_if(
        kMembers, [&](const Member& each) { return each.of == kind && each.field == field->number; });
    if (member != std::end(kMembers)) check(field->bytes, member->kind, source, depth + 1);
  }
}

}  // namespace

void check_messages(std::string_view model, const std::string& source) {
  check(model, Kind::kModel, source, 0);
}

}  // namespace gradus::onnx
