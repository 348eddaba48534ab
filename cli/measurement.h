// Times beside the peak of the same second: processors change their clock and share it with neighbours.
#pragma once

#include <functional>

namespace gradus::cli {

struct Measurement {
  double seconds = 0;  // of one call, the median
  double spread = 0;   // distance between the quartiles, relative to the median
  double flops = 0;    // floating-point operations per second, the median
  double share = 0;    // of the peak measured next to it, the median
  double peak = 0;     // the median
};

// Alternates bursts of the peak with bursts of the work for about `seconds`, at least five of each.
// peak(rounds) returns the operations it did; work(calls) the seconds it took; flops are those of one call.
[[nodiscard]] Measurement measure(const std::function<double(std::size_t rounds)>& peak,
                                  const std::function<double(std::size_t calls)>& work, double flops,
                                  double seconds);

}  // namespace gradus::cli
