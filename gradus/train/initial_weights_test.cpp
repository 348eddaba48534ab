#include "gradus/train/initial_weights.h"

#include <gtest/gtest.h>

#include "gradus/core/buffer.h"
#include "gradus/core/error.h"
#include "gradus/data/safetensors.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

const NetworkSpec kNetwork = multilayer_perceptron(3, {}, 2, Activation::kRelu);

Safetensors file_with(std::vector<std::size_t> weight_shape) {
  Safetensors file;
  file.tensors.emplace_back("0.weight",
                            Tensor{std::move(weight_shape), std::vector<float>{1, 2, 3, 4, 5, 6}});
  file.tensors.emplace_back("0.bias", Tensor{{2}, std::vector<float>{7, 8}});
  return file;
}

TEST(InitialWeights, OutputsFirstInTheFileInputsFirstInMemory) {
  const test::TemporaryFolder folder;
  write_safetensors(folder.path() / "w.safetensors", file_with({2, 3}));
  const ParameterTable table = parameter_table(kNetwork);
  AlignedBuffer<double> block(table.block_size);
  read_initial_weights<double>(folder.path() / "w.safetensors", table, block.span());
  const double* weight = block.data() + table.tensors[0].offset;
  EXPECT_EQ(std::vector<double>(weight, weight + 6), (std::vector<double>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(block[table.tensors[1].offset + 1], 8);
}

void expect_error(const std::filesystem::path& path, ErrorCode code, const std::string& part) {
  const ParameterTable table = parameter_table(kNetwork);
  AlignedBuffer<float> block(table.block_size);
  try {
    read_initial_weights<float>(path, table, block.span());
    FAIL() << "expected an error with " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(InitialWeights, AnotherShapeNamesBoth) {
  const test::TemporaryFolder folder;
  write_safetensors(folder.path() / "w.safetensors", file_with({3, 2}));
  expect_error(folder.path() / "w.safetensors", ErrorCode::kBadData, "(3, 2); expected (2, 3)");
}

TEST(InitialWeights, AMissingTensorIsNamedWithThoseThatAreThere) {
  const test::TemporaryFolder folder;
  Safetensors file = file_with({2, 3});
  file.tensors.pop_back();
  write_safetensors(folder.path() / "w.safetensors", file);
  expect_error(folder.path() / "w.safetensors", ErrorCode::kBadData,
               "no tensor 0.bias; the file has 0.weight");
}

TEST(InitialWeights, OtherEndingsAndMissingFilesAreRefused) {
  expect_error("weights.pt", ErrorCode::kUnsupported, ".safetensors or .npz");
  expect_error("nowhere.safetensors", ErrorCode::kNotFound, "nowhere.safetensors");
}

}  // namespace
}  // namespace gradus
