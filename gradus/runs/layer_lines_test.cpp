#include "gradus/runs/layer_lines.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "gradus/core/error.h"

namespace gradus {
namespace {

using testing::HasSubstr;

LayersEvent event() {
  LayersEvent event{41, 1, {}};
  event.layers.push_back({"0", {1.5, 0.1, 1.0 / 3, -2, 2, {1, 0, 7}}, {}, {}, 0.001, 0.25, std::nullopt});
  event.layers.push_back({"2", {}, {}, {}, std::numeric_limits<double>::infinity(), std::nullopt, 0.5});
  return event;
}

TEST(LayerLines, ComeBackToTheLastBit) {
  const std::string line = layers_line(event());
  EXPECT_THAT(line, HasSubstr(R"({"event":"layers","step":41,"epoch":1,"layers":[{"name":"0","weights":)"
                              R"({"norm":1.5,"mean":0.1,"deviation":0.3333333333333333,"low":-2.0,)"
                              R"("high":2.0,"counts":[1,0,7]})"));
  const LayersEvent again = parse_layers_line(line);
  ASSERT_EQ(again.layers.size(), 2u);
  EXPECT_EQ(again.layers[0].weights.deviation, 1.0 / 3);
  EXPECT_EQ(again.layers[0].dead_units, 0.25);
  EXPECT_FALSE(again.layers[0].saturated_units);
  EXPECT_TRUE(std::isnan(again.layers[1].update_ratio)) << again.layers[1].update_ratio;
  LayersEvent finite = again;
  finite.layers[1].update_ratio = std::numeric_limits<double>::infinity();
  EXPECT_EQ(layers_line(finite), line);
}

TEST(LayerLines, WhatIsNoneIsToldNotBelieved) {
  const std::string line = layers_line(event());
  for (const std::string& wrong :
       {std::string(), line.substr(0, 100), std::string(R"({"step":1})"),
        std::string(R"({"step":1,"epoch":0,"layers":[{"name":"0","weights":{"norm":"x"}}]})")}) {
    try {
      (void)parse_layers_line(wrong);
      ADD_FAILURE() << "taken: " << wrong;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadData) << wrong;
      EXPECT_THAT(error.what(), HasSubstr("expected a line as in docs/json.md")) << wrong;
    }
  }
}

}  // namespace
}  // namespace gradus
