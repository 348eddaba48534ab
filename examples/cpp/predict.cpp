// Predicts rows of numbers from standard input with a model of any format: predict MODEL < numbers
//
// One ModelPredictor serves any number of threads; each call below could come from another one.
#include <cstdio>
#include <vector>

#include "gradus/gradus.h"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: predict MODEL < numbers\n");
    return 2;
  }
  try {
    const gradus::ModelPredictor predictor(gradus::Model::load(arguments[1]));
    std::vector<double> row(predictor.features());
    std::vector<double> prediction(predictor.columns());
    std::size_t filled = 0;
    while (std::scanf("%lf", &row[filled]) == 1) {
      if (++filled < row.size()) continue;
      filled = 0;
      predictor.predict(gradus::MatrixView<const double>(row.data(), 1, row.size()),
                        gradus::MatrixView<double>(prediction.data(), 1, prediction.size()));
      const bool classes = !predictor.model().target.classes.empty();
      if (classes) std::printf("%s", predictor.label(prediction).c_str());
      for (const double number : prediction) std::printf(" %.17g", number);
      std::printf("\n");
    }
  } catch (const gradus::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
