// All kernels, written once over a small vector vocabulary `hn`, and the table of them. The source that
// includes this defines, for each instruction set it compiles for,
//   GRADUS_BEGIN_SET, GRADUS_END_SET  open and close the set's own namespace, with its target attributes
//   GRADUS_HAS_PARTIAL_CHUNKS         vectors have more than one lane
//   GRADUS_HAS_32_REGISTERS           32 vector registers, else 16
// and `hn` inside that namespace: Highway's, or one_lane-inl.h. Standard headers are included before, outside
// of the attributes. No include guard: foreach_target.h includes it once per target.

// The next loop, of a constant length, becomes straight code early enough for an array of vectors to live in registers: g++
// unrolls short loops by itself only after it has given such an array its place in memory.
#if defined(__clang__)
#define GRADUS_UNROLL _Pragma("clang loop unroll(full)")
#else
#define GRADUS_UNROLL _Pragma("GCC unroll 16")
#endif

#include "gradus/kernels/chunk-inl.h"
//
#include "gradus/kernels/functions-inl.h"
//
#include "gradus/kernels/activations-inl.h"
//
#include "gradus/kernels/updates-inl.h"
//
#include "gradus/kernels/terms-inl.h"
//
#include "gradus/kernels/products-inl.h"
//
#include "gradus/kernels/fused_update-inl.h"
//
#include "gradus/kernels/rows-inl.h"
//
#include "gradus/kernels/inputs-inl.h"
//
#include "gradus/kernels/sums-inl.h"
//
#include "gradus/kernels/normalization-inl.h"
//
#include "gradus/kernels/dropout-inl.h"

GRADUS_BEGIN_SET

template <class T>
constexpr KernelSet<T> make_kernel_set(std::string_view name) {
  return {name,
          &dense_forward<T>,
          &dense_input_gradient<T>,
          &dense_weight_gradient<T>,
          &dense_weight_update<T>,
          &activation_forward<T>,
          &activation_backward<T>,
          &softmax_forward<T>,
          &softmax_backward<T>,
          &softmax_cross_entropy<T>,
          &sigmoid_cross_entropy<T>,
          &update<T>,
          &scale_stored<T, std::uint8_t>,
          &scale_stored<T, float>,
          &scale_stored<T, double>,
          &block_of_squares<T>,
          &multiply_add_peak<T>,
          make_layer_kernels<T>()};
}

GRADUS_END_SET
