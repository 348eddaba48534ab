// The scaling of a transform in the form that the kernels read.
#pragma once

#include <type_traits>
#include <vector>

#include "gradus/data/transform.h"
#include "gradus/kernels/kernels.h"

namespace gradus {

// One entry per stored feature; nothing where the transform scales nothing. The views live as long as it.
template <class T>
class InputScales {
 public:
  InputScales(const Transform& transform, std::size_t features) {
    if (transform.shift.empty()) return;
    const bool same = transform.shift.size() == 1;
    for (std::size_t f = 0; f < features; ++f) {
      shift_.push_back(transform.shift[same ? 0 : f]);
      scale_.push_back(transform.scale[same ? 0 : f]);
      wide_factor_.push_back(1.0 / scale_[f]);
      wide_offset_.push_back(-shift_[f] / scale_[f]);
      factor_.push_back(static_cast<T>(wide_factor_[f]));
      offset_.push_back(static_cast<T>(wide_offset_[f]));
    }
    if constexpr (std::is_same_v<T, double>) {
      if (!same) return;
      for (std::size_t value = 0; value < 256; ++value)
        of_byte_.push_back((static_cast<double>(value) - transform.shift[0]) / transform.scale[0]);
    }
  }

  [[nodiscard]] InputScaling<T> view() const {
    if (shift_.empty()) return {};
    return {.factor = factor_.data(),
            .offset = offset_.data(),
            .wide_factor = wide_factor_.data(),
            .wide_offset = wide_offset_.data(),
            .shift = shift_.data(),
            .scale = scale_.data(),
            .of_byte = of_byte_.empty() ? nullptr : of_byte_.data()};
  }

 private:
  std::vector<double> shift_;
  std::vector<double> scale_;
  std::vector<double> wide_factor_;  // 1 / scale
  std::vector<double> wide_offset_;  // -shift / scale
  std::vector<T> factor_;
  std::vector<T> offset_;
  std::vector<T> of_byte_;  // double alone: a division less for each
};

}  // namespace gradus
