#include "gradus/nn/parameter_layout.h"

#include <algorithm>

#include "gradus/core/buffer.h"
#include "gradus/core/error.h"
#include "gradus/core/thread_pool.h"

namespace gradus {

namespace {

template <class T>
constexpr std::size_t kLine = kAlignment / sizeof(T);

template <class T>
std::size_t whole_lines(std::size_t elements) {
  return (elements + kLine<T> - 1) / kLine<T> * kLine<T>;
}

// row(flat elements, elements in the layout, count) for every row of every block.
template <class Row>
void for_each_row(const ParameterTable& table, const ParameterLayout& layout, const Row& row) {
  for (std::size_t t = 0; t < table.tensors.size(); ++t) {
    const ParameterInfo& tensor = table.tensors[t];
    for (const ColumnBlock& block : layout.blocks(t)) {
      for (std::size_t r = 0; r < tensor.rows; ++r) {
        row(tensor.offset + r * tensor.cols + block.columns.begin, block.offset + r * block.stride,
            block.columns.end - block.columns.begin);
      }
    }
  }
}

}  // namespace

ParameterLayout ParameterLayout::flat(const ParameterTable& table) {
  ParameterLayout layout;
  for (const ParameterInfo& tensor : table.tensors)
    layout.blocks_.push_back({{{0, tensor.cols}, tensor.cols, tensor.cols, tensor.offset}});
  layout.flat_ = true;
  layout.size_ = table.block_size;
  layout.trained_size_ = table.trained_size;
  return layout;
}

template <class T>
ParameterLayout ParameterLayout::of_team(const ParameterTable& table, std::size_t members) {
  constexpr std::size_t kPage = 4096 / sizeof(T);  // no reading ahead goes beyond it
  ParameterLayout layout;
  layout.blocks_.resize(table.tensors.size());
  std::size_t at = 0;
  for (std::size_t member = 0; member < members; ++member) {
    for (std::size_t t = 0; t < table.tensors.size(); ++t) {
      const ParameterInfo& tensor = table.tensors[t];
      if (!tensor.is_weight) continue;
      const auto [begin, end] = TeamMember::share_of(member, members, tensor.cols, kLine<T>);
      const std::size_t stride = begin < end ? padded_row<T>(end - begin) : 0;
      layout.blocks_[t].push_back({{begin, end}, whole_lines<T>(end - begin), stride, at});
      at += tensor.rows * stride;
    }
    at = (at + kPage - 1) / kPage * kPage;
  }
  for (const bool buffers : {false, true}) {
    for (std::size_t t = 0; t < table.tensors.size(); ++t) {
      const ParameterInfo& tensor = table.tensors[t];
      if (tensor.is_weight || tensor.is_buffer != buffers) continue;
      const std::size_t row = whole_lines<T>(tensor.cols);
      layout.blocks_[t].push_back({{0, tensor.cols}, row, row, at});
      at += tensor.rows * row;
    }
    if (!buffers) layout.trained_size_ = at;
  }
  layout.size_ = at;
  return layout;
}

template <class T>
void to_layout(const ParameterTable& table, const ParameterLayout& layout, std::span<const T> flat,
               std::span<T> parameters) {
  GRADUS_ASSERT(flat.size() == table.block_size && parameters.size() == layout.size(), flat.size(),
                parameters.size());
  for_each_row(table, layout, [&](std::size_t from, std::size_t to, std::size_t count) {
    std::copy_n(flat.data() + from, count, parameters.data() + to);
  });
}

template <class T>
void from_layout(const ParameterTable& table, const ParameterLayout& layout, std::span<const T> parameters,
                 std::span<T> flat) {
  GRADUS_ASSERT(flat.size() == table.block_size && parameters.size() == layout.size(), flat.size(),
                parameters.size());
  for_each_row(table, layout, [&](std::size_t to, std::size_t from, std::size_t count) {
    std::copy_n(parameters.data() + from, count, flat.data() + to);
  });
}

template ParameterLayout ParameterLayout::of_team<float>(const ParameterTable&, std::size_t);
template ParameterLayout ParameterLayout::of_team<double>(const ParameterTable&, std::size_t);
template void to_layout(const ParameterTable&, const ParameterLayout&, std::span<const float>,
                        std::span<float>);
template void to_layout(const ParameterTable&, const ParameterLayout&, std::span<const double>,
                        std::span<double>);
template void from_layout(const ParameterTable&, const ParameterLayout&, std::span<const float>,
                          std::span<float>);
template void from_layout(const ParameterTable&, const ParameterLayout&, std::span<const double>,
                          std::span<double>);

}  // namespace gradus
