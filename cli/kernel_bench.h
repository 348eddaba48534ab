// The kernels of the set in use, one by one: held against the reference, then timed.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace gradus::cli {

struct KernelBench {
  std::string name;   // "dense_forward"
  std::string shape;  // "32 x 784 x 64"
  double flops = 0;   // of one call; 0 where its work is not counted in products
  double error = 0;   // largest difference from the reference, in units of the largest value
  double bound = 0;   // that a right kernel keeps
  std::function<double(std::size_t calls)> time;  // seconds

  [[nodiscard]] bool right() const { return error <= bound; }
};

// Every one verified already; inputs from a fixed seed.
template <class T>
[[nodiscard]] std::vector<KernelBench> kernel_benches();
extern template std::vector<KernelBench> kernel_benches<float>();
extern template std::vector<KernelBench> kernel_benches<double>();

}  // namespace gradus::cli
