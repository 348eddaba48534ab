/* The same from C: predict_c MODEL < numbers */
#include <stdio.h>
#include <stdlib.h>

#include "gradus/c/gradus.h"

static void print_prediction(const gradus_model* model, const double* prediction) {
  const size_t columns = gradus_output_count(model);
  size_t best = 0;
  size_t i;
  for (i = 1; i < columns; ++i) {
    if (prediction[i] > prediction[best]) best = i;
  }
  if (gradus_class_name(model, 0) != NULL) printf("%s", gradus_class_name(model, best));
  for (i = 0; i < columns; ++i) printf(" %.17g", prediction[i]);
  printf("\n");
}

int main(int count, char** arguments) {
  gradus_model* model;
  double* row;
  double* prediction;
  size_t features, filled = 0;
  int failed = 0;

  if (count != 2) {
    fprintf(stderr, "usage: predict_c MODEL < numbers\n");
    return 2;
  }
  model = gradus_load(arguments[1]);
  if (model == NULL) {
    fprintf(stderr, "%s\n", gradus_last_error());
    return 1;
  }
  features = gradus_feature_count(model);
  row = malloc(features * sizeof *row);
  prediction = malloc(gradus_output_count(model) * sizeof *prediction);
  if (row == NULL || prediction == NULL) return 1;

  while (!failed && scanf("%lf", &row[filled]) == 1) {
    if (++filled < features) continue;
    filled = 0;
    failed = gradus_predict_double(model, row, 1, prediction);
    if (!failed) print_prediction(model, prediction);
  }
  if (failed) fprintf(stderr, "%s\n", gradus_last_error());
  free(prediction);
  free(row);
  gradus_free(model);
  return failed ? 1 : 0;
}
