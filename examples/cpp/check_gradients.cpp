// Holds every gradient of gradus against central differences, and then one that is wrong on purpose.
#include <cstdio>
#include <vector>

#include "gradus/gradus.h"

namespace {

// What one forgets: the gradient of the first parameter is twice too large.
void wrong_gradient(const gradus::GradientCheckProblem& problem, std::vector<double>& gradients,
                    std::vector<double>& dx) {
  gradus::own_gradient()(problem, gradients, dx);
  gradients[0] *= 2;
}

}  // namespace

int main() {
  std::size_t right = 0;
  const std::vector<gradus::GradientCheckCase> cases = gradus::gradient_check_cases();
  for (const gradus::GradientCheckCase& one : cases)
    right += gradus::check_gradient(one.name, one.make()).passed();
  std::printf("%zu of %zu operations right\n", right, cases.size());

  const gradus::GradientCheckResult wrong =
      gradus::check_gradient(cases[0].name, cases[0].make(), wrong_gradient);
  std::printf("%s: %s[%zu,%zu] is %.6g, differences say %.6g\n", wrong.name.c_str(),
              wrong.worst.tensor.c_str(), wrong.worst.row, wrong.worst.col, wrong.worst.analytic,
              wrong.worst.numeric);
  return right == cases.size() && !wrong.passed() ? 0 : 1;
}
