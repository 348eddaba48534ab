#include "gradus/formats/model_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/npy.h"
#include "gradus/data/safetensors.h"
#include "gradus/data/source.h"
#include "gradus/data/zip.h"
#include "gradus/formats/model_fixture.h"
#include "gradus/nn/activation.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ModelFiles : public testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

  Model through(const std::string& name, const Model& model) {
    write_model(path(name), model, notes_);
    return read_model(path(name), {}, notes_);
  }

  std::string error_of(const std::string& name, const ImportOptions& options = {}) {
    try {
      (void)read_model(path(name), options, notes_);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  // A file of tensors of PyTorch, all ones.
  void write_tensors(const std::string& name,
                     const std::vector<std::pair<std::string, std::vector<std::size_t>>>& tensors) {
    Safetensors file;
    for (const auto& [key, shape] : tensors) {
      std::size_t size = 1;
      for (const std::size_t length : shape) size *= length;
      file.tensors.emplace_back(key, Tensor{.shape = shape, .values = std::vector<float>(size, 1.0F)});
    }
    write_safetensors(path(name), file);
  }

  test::TemporaryFolder folder_;
  std::vector<std::string> notes_;
};

std::vector<RunConfig> configurations() {
  std::vector<RunConfig> all;
  for (const std::string_view activation : activation_names()) {
    if (activation == "softmax" || activation == "exp") continue;  // for outputs
    RunConfig config;
    config.activation = activation;
    config.normalization = all.size() % 3 == 0 ? "none" : all.size() % 3 == 1 ? "batch" : "layer";
    config.dropout = all.size() % 2 == 0 ? 0 : 0.25;
    config.hidden = {5, 7};
    all.push_back(config);
  }
  RunConfig linear;
  linear.hidden = {};
  linear.bias = "ones_column";
  linear.standardize = "minmax";
  all.push_back(linear);
  RunConfig likelihood;
  likelihood.loss = "negative_log_likelihood";
  likelihood.standardize = "none";
  all.push_back(likelihood);
  return all;
}

TEST_F(ModelFiles, EveryNetworkComesBackFromEveryFormatToTheBit) {
  const Table table = load_table("digits");
  for (const RunConfig& config : configurations()) {
    const Model model = test::trained_digits(config);
    const Dataset data = apply(model.transform, model.target, table, true);
    const std::vector<double> expected = predictions(model, data).values;
    for (const char* name : {"a.safetensors", "a.npz", "a.onnx"}) {
      const Model read = through(name, model);
      EXPECT_EQ(read.network, model.network) << name;
      EXPECT_EQ(read.config, model.config) << name;
      EXPECT_EQ(weights_sha256(read), weights_sha256(model)) << name << " " << config.activation;
      EXPECT_EQ(predictions(read, data).values, expected) << name << " " << config.activation;
      EXPECT_EQ(check_golden(read, name).first_difference(), nullptr) << name;
    }
  }
  EXPECT_THAT(notes_, ElementsAre());
}

TEST_F(ModelFiles, SameModelSameBytes) {
  const Model model = test::trained_digits();
  for (const char* name : {"a.npz", "a.onnx"}) {
    write_model(path(name), model, notes_);
    const std::string first = read_file(path(name));
    write_model(path(name), read_model(path(name), {}, notes_), notes_);
    EXPECT_TRUE(read_file(path(name)) == first) << name;
  }
}

TEST_F(ModelFiles, ADoubleModelKeepsItsBitsInNpzAndIsRoundedForOnnx) {
  RunConfig config;
  config.precision = "double";
  const Model model = test::trained_digits(config);
  EXPECT_EQ(weights_sha256(through("a.npz", model)), weights_sha256(model));
  EXPECT_THAT(notes_, ElementsAre());
  const Model rounded = through("a.onnx", model);
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("rounded from double to float")));
  EXPECT_FALSE(is_double(rounded));
  EXPECT_EQ(rounded.golden.inputs, model.golden.inputs);
}

TEST_F(ModelFiles, OtherEndingsAreRefused) {
  EXPECT_THAT(error_of("a.pt"), HasSubstr("its ending is '.pt'; expected .safetensors, .npz or .onnx"));
  EXPECT_THROW(check_writable_ending("model"), Error);
}

TEST_F(ModelFiles, OptionsForAGradusFileAreRefused) {
  const Model model = test::trained_digits();
  for (const char* name : {"a.safetensors", "a.npz", "a.onnx"}) {
    write_model(path(name), model, notes_);
    for (const ImportOptions& options :
         {ImportOptions{.activations = {Activation::kTanh}}, ImportOptions{.loss = LossKind::kHuber},
          ImportOptions{.classes = {"a", "b"}}}) {
      EXPECT_THAT(error_of(name, options), HasSubstr("says all of itself")) << name;
    }
  }
}

TEST_F(ModelFiles, PlainWeightsAreASequential) {
  write_tensors("t.safetensors", {{"net.0.weight", {4, 3}},
                                  {"net.0.bias", {4}},
                                  {"net.1.weight", {4}},
                                  {"net.1.bias", {4}},
                                  {"net.1.running_mean", {4}},
                                  {"net.1.running_var", {4}},
                                  {"net.4.weight", {2, 4}}});
  const Model model = read_model(path("t.safetensors"),
                                 {.activations = {Activation::kElu}, .classes = {"no", "yes"}}, notes_);
  std::vector<std::string> names;
  for (const LayerSpec& layer : model.network.layers) names.emplace_back(name_of(layer));
  EXPECT_THAT(names, ElementsAre("dense", "batch_norm", "elu", "identity", "dense"));
  EXPECT_EQ(model.loss.kind, LossKind::kSoftmaxCrossEntropy);
  EXPECT_THAT(model.target.classes, ElementsAre("no", "yes"));
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("loss softmax_cross_entropy: assumed of 2 outputs")));
}

TEST_F(ModelFiles, PlainNpzIsASequentialToo) {
  const Tensor weight{.shape = {1, 2}, .values = std::vector<double>{0.5, -2}};
  const Tensor bias{.shape = {1}, .values = std::vector<double>{0.25}};
  const std::vector<std::pair<std::string, std::string>> entries = {{"0.weight.npy", format_npy(weight)},
                                                                    {"0.bias.npy", format_npy(bias)}};
  write_file_atomically(path("a.npz"), format_zip(entries));
  const Model model = read_model(path("a.npz"), {}, notes_);
  EXPECT_TRUE(is_double(model));
  EXPECT_EQ(model.target.task, Task::kRegression);
  EXPECT_EQ(std::get<AlignedBuffer<double>>(model.parameters)[1], -2);
}

TEST_F(ModelFiles, MetadataOfAnNpzIsOneText) {
  const auto write = [&](std::string_view descr, std::string_view shape, std::string_view values) {
    std::string header =
        fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", descr, shape);
    header.resize(117, ' ');
    const std::string npy = std::string("\x93NUMPY\x01\0\x76\0", 10) + header + '\n' + std::string(values);
    write_file_atomically(
        path("a.npz"), format_zip(std::vector<std::pair<std::string, std::string>>{{"metadata.npy", npy}}));
  };
  write("|S1", "(2,)", "{}");
  EXPECT_THAT(error_of("a.npz"), HasSubstr("its metadata is no single text"));
  write("|u1", "(1,)", "x");
  EXPECT_THAT(error_of("a.npz"), HasSubstr("its metadata is no single text"));
  write("|S2", "(1,)", "{}");
  EXPECT_THAT(error_of("a.npz"), HasSubstr("it has no float tensors"));
}

TEST_F(ModelFiles, WeightsThatAreNoSequentialAreRefusedByName) {
  write_tensors("t.safetensors", {{"fc.weight", {4, 3}}});
  EXPECT_THAT(error_of("t.safetensors"), HasSubstr("tensor fc.weight has no layer's number in its name"));
  write_tensors("t.safetensors", {{"0.weight", {4, 3, 2, 2}}});
  EXPECT_THAT(error_of("t.safetensors"), HasSubstr("0.weight has shape (4, 3, 2, 2)"));
  write_tensors("t.safetensors", {{"0.weight", {4, 3}}, {"2.weight", {2, 5}}});
  EXPECT_THAT(error_of("t.safetensors"), HasSubstr("tensor 2.weight is of another shape"));
  write_tensors("t.safetensors", {{"0.weight", {4, 3}}, {"99999999.weight", {2, 4}}});
  EXPECT_THAT(error_of("t.safetensors"), HasSubstr("99999999.weight has no layer's number"));
  write_tensors("t.safetensors", {{"0.weight", {4, 3}}, {"0.gamma", {4}}});
  EXPECT_THAT(error_of("t.safetensors"), HasSubstr("layer 0 has tensors of another kind of layer"));
  write_tensors("t.safetensors", {{"0.weight", {0, 3}}});
  EXPECT_THAT(error_of("t.safetensors"), HasSubstr("0 outputs"));
  write_tensors("t.safetensors", {{"0.weight", {4, 3}}, {"2.weight", {2, 4}}});
  EXPECT_THAT(error_of("t.safetensors", {.activations = {Activation::kRelu, Activation::kTanh}}),
              HasSubstr("2 activations are named; its layers have 1 places"));
  EXPECT_THAT(error_of("t.safetensors", {.classes = {"a"}}),
              HasSubstr("1 classes are named; its network has 2"));
}

// Two directory entries that claim 4 GB each: their 5 MB of deflated data would be enough for that.
TEST_F(ModelFiles, AnNpzOfMoreThanModelsTakeIsNotUnpacked) {
  const std::string packed(5'000'000, '\0');
  const std::vector<std::pair<std::string, std::string>> entries = {{"0.weight.npy", packed},
                                                                    {"2.weight.npy", packed}};
  std::string file = format_zip(entries);
  for (std::size_t at = file.find("PK\x01\x02"); at != file.npos; at = file.find("PK\x01\x02", at + 1)) {
    file[at + 10] = 8;  // deflated
    file.replace(at + 24, 4, "\xfe\xfe\xfe\xfe");
  }
  write_file_atomically(path("a.npz"), file);
  EXPECT_THAT(error_of("a.npz"), HasSubstr("its arrays claim more than 4294967296 bytes"));
}

TEST_F(ModelFiles, EveryCutOfAnNpzOrOnnxFileIsAnError) {
  RunConfig config;
  config.hidden = {1};
  const Model model = test::trained_digits(config);
  for (const char* name : {"a.npz", "a.onnx"}) {
    write_model(path(name), model, notes_);
    const std::string whole = read_file(path(name));
    for (std::size_t length = 0; length < whole.size(); length += 1499) {
      write_file_atomically(path(name), whole.substr(0, length), Durability::kProgram);
      EXPECT_THAT(error_of(name), HasSubstr("reading ")) << name << " of " << length << " bytes";
    }
  }
}

TEST_F(ModelFiles, AFlippedByteOfAnOnnxFileIsAnErrorOrHarmless) {
  RunConfig config;
  config.hidden = {1};
  write_model(path("a.onnx"), test::trained_digits(config), notes_);
  const std::string whole = read_file(path("a.onnx"));
  for (std::size_t at = 0; at < whole.size(); at += 61) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    write_file_atomically(path("b.onnx"), damaged, Durability::kProgram);
    (void)error_of("b.onnx");  // any other exception fails the test
  }
}

}  // namespace
}  // namespace gradus
