// Where the tensors of a parameter table lie in memory. Flat is how everybody but training sees them. Training
// keeps the weights in pieces: the columns of each member of a team together, so that no core writes to a line
// of memory that another one reads ahead, and rows padded to whole cache lines, so that no vector is partial.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "gradus/kernels/layer_kernels.h"
#include "gradus/nn/network_spec.h"

namespace gradus {

// Some columns of a tensor as rows of memory.
struct ColumnBlock {
  ColumnRange columns;     // of the tensor
  std::size_t width = 0;   // of a row: the columns, and zeros that may be computed with as if they were some
  std::size_t stride = 0;  // from row to row
  std::size_t offset = 0;  // of the first row in the block of parameters
};

// How tensors are cut into the blocks in which they lie.
class ParameterLayout {
 public:
  // One block a tensor, rows without gaps, where the table says.
  static ParameterLayout flat(const ParameterTable& table);
  // One block of each weight for each member, by TeamMember::share of whole cache lines of T; some may be empty.
  template <class T>
  static ParameterLayout of_team(const ParameterTable& table, std::size_t members);

  [[nodiscard]] const std::vector<ColumnBlock>& blocks(std::size_t tensor) const { return blocks_[tensor]; }
  [[nodiscard]] bool is_flat() const { return flat_; }
  [[nodiscard]] std::size_t size() const { return size_; }  // elements, gaps included
  [[nodiscard]] std::size_t trained_size() const { return trained_size_; }

 private:
  std::vector<std::vector<ColumnBlock>> blocks_;  // of each tensor, in order of the columns
  bool flat_ = false;
  std::size_t size_ = 0;
  std::size_t trained_size_ = 0;
};

// From the flat block of the table into the layout, and back. What lies between the blocks is left alone.
template <class T>
void to_layout(const ParameterTable& table, const ParameterLayout& layout, std::span<const T> flat,
               std::span<T> parameters);
template <class T>
void from_layout(const ParameterTable& table, const ParameterLayout& layout, std::span<const T> parameters,
                 std::span<T> flat);

}  // namespace gradus
