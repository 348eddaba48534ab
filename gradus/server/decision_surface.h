// What a model answers over a plane through its inputs, point by point: the picture of its decisions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gradus/server/lab_models.h"

namespace gradus::server {

// A plane of raw inputs, origin + x u + y v, and where the sample lies on it.
struct SurfacePlane {
  struct Axis {
    std::string name;
    double low = 0;
    double high = 1;
    std::vector<double> places;  // of the sample's rows
  };
  Axis x;
  Axis y;
  std::vector<double> origin, u, v;
};

// Through the mean of the sample, along two features. Throws Error(kInvalidArgument) for a name that is none of them,
// or twice the same.
[[nodiscard]] SurfacePlane feature_plane(const LabData& data, const std::string& x, const std::string& y);
// Along the first two principal components of the sample as the network sees it. Throws Error(kBadData) where the data
// have fewer than two features.
[[nodiscard]] SurfacePlane component_plane(const LabData& data);

// Values row by row from the lowest y, in each from the lowest x.
struct DecisionSurface {
  std::size_t size = 0;        // points on each side
  std::vector<int> winners;    // class of the largest probability; empty for a regression
  std::vector<double> values;  // that probability; of a regression the prediction
};

// `size` points on each side, at least 2.
[[nodiscard]] DecisionSurface decision_surface(const ModelPredictor& predictor, const SurfacePlane& plane,
                                               std::size_t size);

}  // namespace gradus::server
