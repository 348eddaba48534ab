// What somebody else's program does with an installed gradus: the public headers, one linked call, a known
// result.
#include <cstdio>

#include "gradus/gradus.h"

int main() {
  const double drawn = gradus::Pcg64(42).uniform();
  const double numpy = 0.7739560485559633;  // numpy.random.default_rng(42).random()
  std::printf("drawn %.17g, expected %.17g\n", drawn, numpy);
  return drawn == numpy ? 0 : 1;
}
