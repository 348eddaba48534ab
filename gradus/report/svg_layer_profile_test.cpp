#include "gradus/report/svg_layer_profile.h"

#include <gmock/gmock.h>

#include <cmath>

#include "gradus/core/error.h"
#include "gradus/report/svg_checker.h"
#include "gradus/report/svg_labels.h"

namespace gradus::report {
namespace {

using test::label_fault;
using test::occurrences;
using test::svg_fault;
using testing::HasSubstr;
using testing::Not;

LayerProfile vanishing(std::size_t layers) {
  LayerProfile profile;
  profile.title = "gradient <&>";
  profile.y_title = "gradient norm";
  profile.series = {{"step 1", {}}, {"step 500", {}}};
  for (std::size_t i = 0; i < layers; ++i) {
    profile.layers.push_back("dense " + std::to_string(i));
    for (LayerSeries& series : profile.series)
      series.values.push_back(std::pow(10, static_cast<double>(i) - 9));
  }
  return profile;
}

TEST(SvgLayerProfile, DrawsAMarkForEachLayer) {
  const std::string svg = svg_layer_profile(vanishing(10));
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(svg, svg_layer_profile(vanishing(10)));
  EXPECT_EQ(occurrences(svg, "<circle"), 20);
  for (const char* text : {">dense 9<", ">step 500<", "gradient norm", "&lt;&amp;&gt;"})
    EXPECT_THAT(svg, HasSubstr(text));
}

TEST(SvgLayerProfile, ZerosStandUnderALogarithmicAxis) {
  LayerProfile profile = vanishing(4);
  EXPECT_THAT(svg_layer_profile(profile), Not(HasSubstr("class=\"ring")));
  profile.series[0].values[0] = 0;
  EXPECT_EQ(occurrences(svg_layer_profile(profile), "<circle"), 8);
  EXPECT_EQ(occurrences(svg_layer_profile(profile), "class=\"ring c0\""), 1);
  profile.y_scale = Scale::kLinear;
  EXPECT_THAT(svg_layer_profile(profile), Not(HasSubstr("class=\"ring")));
}

TEST(SvgLayerProfile, LabelsKeepApart) {
  for (const double width : {320.0, 760.0}) {
    for (const std::size_t layers : {1u, 3u, 11u, 20u}) {
      LayerProfile profile = vanishing(layers);
      profile.width = width;
      profile.series[0].values[0] = 0;
      EXPECT_EQ(label_fault(svg_layer_profile(profile)), "") << width << " " << layers;
      for (std::string& name : profile.layers) name += " with a very long name";
      EXPECT_EQ(label_fault(svg_layer_profile(profile)), "") << width << " " << layers;
    }
  }
}

TEST(SvgLayerProfile, ExtremesAreDrawnWithoutFault) {
  EXPECT_EQ(svg_fault(svg_layer_profile({})), "");
  for (const Scale scale : {Scale::kLinear, Scale::kLogarithmic}) {
    for (const double value : {0.0, -1.0, 5e-324, 1e300, HUGE_VAL, std::nan("")}) {
      LayerProfile profile = vanishing(2);
      profile.y_scale = scale;
      profile.series[1].values = {value, value};
      EXPECT_EQ(svg_fault(svg_layer_profile(profile)), "") << value;
      profile.series[0].values = {value, value};
      EXPECT_EQ(svg_fault(svg_layer_profile(profile)), "") << value;
    }
  }
}

TEST(SvgLayerProfile, AValueMissingIsABug) {
  LayerProfile profile = vanishing(3);
  profile.series[0].values.pop_back();
  EXPECT_THROW((void)svg_layer_profile(profile), InternalError);
}

}  // namespace
}  // namespace gradus::report
