// Whether a model's inputs are the pixels of a picture, and of which size.
#pragma once

#include <cstddef>

#include "gradus/data/transform.h"

namespace gradus::report {

// Rows by columns, a channel behind the other; no channels where the inputs are no picture.
struct PictureShape {
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t channels = 0;

  [[nodiscard]] std::size_t pixels() const { return rows * cols * channels; }
};

// As the data said it; else a block of features whose number is a square from 8 x 8 on is taken for one.
[[nodiscard]] PictureShape picture_shape(const Transform& transform);

}  // namespace gradus::report
