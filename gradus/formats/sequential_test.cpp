#include "gradus/formats/sequential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/core/error.h"

namespace gradus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Shapes = std::vector<std::pair<std::string, std::vector<std::size_t>>>;

class Sequential : public testing::Test {
 protected:
  static Safetensors file_of(const Shapes& shapes) {
    Safetensors file;
    for (const auto& [name, shape] : shapes) {
      Tensor tensor{.shape = shape, .values = {}};
      tensor.values = std::vector<float>(tensor.size(), 1.0F);
      file.tensors.emplace_back(name, std::move(tensor));
    }
    return file;
  }
  // The names of its layers.
  std::vector<std::string> read(const Shapes& shapes, const ImportOptions& options = {}) {
    return read_file(file_of(shapes), options);
  }
  std::vector<std::string> read_file(const Safetensors& file, const ImportOptions& options = {}) {
    const ImportedNetwork imported = read_sequential(file, options, "a.safetensors", notes_);
    std::vector<std::string> names;
    for (const LayerSpec& layer : imported.network.layers) names.emplace_back(name_of(layer));
    return names;
  }
  void expect_refused(const Safetensors& file, ErrorCode code, const std::string& words,
                      const ImportOptions& options = {}) {
    try {
      (void)read_file(file, options);
      ADD_FAILURE() << "expected: " << words;
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == code) << error.what();
      EXPECT_THAT(error.what(), HasSubstr("reading a.safetensors: " + words));
    }
  }

  std::vector<std::string> notes_;
};

const Shapes kThreeLayers = {{"0.weight", {4, 2}}, {"2.weight", {4, 4}}, {"4.weight", {1, 4}}};

TEST_F(Sequential, EveryPlaceBetweenLayersHasItsActivation) {
  EXPECT_THAT(read(kThreeLayers), ElementsAre("dense", "relu", "dense", "relu", "dense"));
  EXPECT_THAT(notes_, ElementsAre("activation relu: assumed; --activation says otherwise"));
  notes_.clear();
  EXPECT_THAT(read(kThreeLayers, {.activations = {Activation::kTanh}}),
              ElementsAre("dense", "tanh", "dense", "tanh", "dense"));
  EXPECT_THAT(read(kThreeLayers, {.activations = {Activation::kTanh, Activation::kElu}}),
              ElementsAre("dense", "tanh", "dense", "elu", "dense"));
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(Sequential, ActivationsMustBeAsManyAsTheirPlaces) {
  const std::vector<Activation> three = {Activation::kTanh, Activation::kElu, Activation::kRelu};
  expect_refused(file_of(kThreeLayers), ErrorCode::kBadConfiguration,
                 "3 activations are named; its layers have 2 places for them", {.activations = three});
  Shapes four = kThreeLayers;
  four.emplace_back("6.weight", std::vector<std::size_t>{1, 1});
  expect_refused(file_of(four), ErrorCode::kBadConfiguration,
                 "2 activations are named; its layers have 3 places for them",
                 {.activations = {Activation::kTanh, Activation::kElu}});
}

TEST_F(Sequential, PlacesBeforeTheFirstLayerDoNothing) {
  EXPECT_THAT(read({{"1.weight", {3, 2}}}), ElementsAre("identity", "dense"));
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(Sequential, OneDimensionIsANormalization) {
  EXPECT_THAT(read({{"0.weight", {3, 2}}, {"1.weight", {3}}, {"1.bias", {3}}}),
              ElementsAre("dense", "layer_norm"));
  Safetensors file = file_of({{"0.weight", {3, 2}},
                              {"1.weight", {3}},
                              {"1.bias", {3}},
                              {"1.running_mean", {3}},
                              {"1.running_var", {3}}});
  file.left_out = {"1.num_batches_tracked"};
  EXPECT_THAT(read_file(file), ElementsAre("dense", "batch_norm"));
}

TEST_F(Sequential, TensorsOfOtherNetworksAreRefusedByName) {
  const std::vector<std::pair<Shapes, std::string>> cases = {
      {{}, "it has no float tensors; expected weights of a PyTorch nn.Sequential"},
      {{{"net.0.weight", {3, 2}}, {"head.weight", {3}}}, "tensor head.weight does not begin with net."},
      {{{".weight", {3, 2}}}, "tensor .weight has no layer's number in its name"},
      {{{"weight", {3, 2}}}, "tensor weight has no layer's number in its name"},
      {{{"0.weight", {3, 2}}, {"12", {3}}}, "tensor 12 has no layer's number in its name"},
      {{{"0.weight", {3, 2}}, {"1.", {3}}}, "tensor 1. has no layer's number in its name"},
      {{{"0.weight", {3, 2}}, {"1_weight", {3}}}, "tensor 1_weight has no layer's number in its name"},
      {{{"0.weight", {3, 2}}, {"10001.weight", {3, 3}}},
       "tensor 10001.weight has no layer's number in its name"},
      {{{"0.bias", {3}}}, "layer 0 has no weight"},
      {{{"0.weight", {3, 2}}, {"1.weight", {3}}, {"1.bias", {3}}, {"1.running_mean", {3}}},
       "layer 1 has tensors of another kind of layer"},
      {{{"0.weight", {3, 2}}, {"1.weight", {3}}}, "1.weight has shape (3,)"},
      {{{"0.weight", {3}}, {"0.bias", {3}}}, "0.weight has shape (3,)"}};
  for (const auto& [shapes, words] : cases) expect_refused(file_of(shapes), ErrorCode::kBadData, words);
}

TEST_F(Sequential, TensorsThatHoldNoFloatsAreRefused) {
  Safetensors file = file_of({{"0.weight", {3, 2}}});
  file.left_out = {"0.zero_point"};
  expect_refused(file, ErrorCode::kUnsupported, "tensor 0.zero_point holds no floats");
}

}  // namespace
}  // namespace gradus
