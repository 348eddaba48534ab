/* Predictions of a gradus model from C (C99) and from every language that calls C. Link with -lgradus.
 *
 *   gradus_model* model = gradus_load("digits.safetensors");
 *   if (model == NULL) { fprintf(stderr, "%s\n", gradus_last_error()); ... }
 *   gradus_predict(model, row, 1, probabilities);
 *   gradus_free(model);
 */
#ifndef GRADUS_C_GRADUS_H_
#define GRADUS_C_GRADUS_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A model in memory. Any number of threads may ask one model at once; one of them frees it when none asks any
 * more. Texts that it gives live as long as it. */
typedef struct gradus_model gradus_model;

/* From a file that gradus can read: .safetensors, .npz or .onnx. NULL where that fails: gradus_last_error() says
 * why. Free it with gradus_free(). */
gradus_model* gradus_load(const char* path);
/* NULL is nothing to free. */
void gradus_free(gradus_model* model);

/* How many numbers a row holds, and how many a prediction: a probability for each class, or one value. */
size_t gradus_feature_count(const gradus_model* model);
size_t gradus_output_count(const gradus_model* model);

/* What stands in place `index` of a row: a column's name, or "colour=red" for the feature that is 1 where the column
 * colour holds red and 0 elsewhere. NULL beyond the last one. */
const char* gradus_feature_name(const gradus_model* model, size_t index);
/* The class that probability `index` is of, as the training data write it. NULL beyond the last one, and for a
 * model that predicts values. */
const char* gradus_class_name(const gradus_model* model, size_t index);
/* The column that the model predicts. */
const char* gradus_target_name(const gradus_model* model);

/* Predicts `row_count` rows at once. `rows` holds row_count * gradus_feature_count() numbers as they came, before
 * scaling, one row behind the other; row_count * gradus_output_count() numbers are written to `predictions`:
 * probabilities, or values in the target's unit. The bits of `gradus predict`: floats for pictures and arrays of
 * float, doubles for CSV. NaN and infinity are not looked for. Allocates nothing once warm. Returns 0, or -1 where it
 * fails (a null pointer; out of memory at the first calls) and gradus_last_error() says why. */
int gradus_predict(const gradus_model* model, const float* rows, size_t row_count, double* predictions);
int gradus_predict_double(const gradus_model* model, const double* rows, size_t row_count,
                          double* predictions);

/* What the last call on this thread that failed says, in one line; "" where none has. Valid until the next call on
 * this thread fails. */
const char* gradus_last_error(void);

/* "0.1.0" */
const char* gradus_version(void);

#ifdef __cplusplus
}
#endif

#endif /* GRADUS_C_GRADUS_H_ */
