// The C interface over ModelPredictor: no exception leaves it.
#include "gradus/c/gradus.h"

#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/formats/model_predictor.h"

struct gradus_model {
  explicit gradus_model(gradus::Model model)
      : predictor(std::move(model)), feature_names(predictor.model().transform.feature_names()) {
    feature_names.resize(predictor.features());  // without a column of ones
  }

  gradus::ModelPredictor predictor;
  std::vector<std::string> feature_names;
};

namespace {

// A fixed length, so that saying that memory is short needs none.
constexpr std::size_t kLongestMessage = 2000;
thread_local char last_error[kLongestMessage + 1] = "";

void remember(const char* message) {
  const std::string_view text = std::string_view(message).substr(0, kLongestMessage);
  last_error[text.copy(last_error, kLongestMessage)] = '\0';
}

// What `work` returns; `failed` where it throws, and the message is remembered.
template <class Work, class Result>
Result guarded(const Work& work, Result failed) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    remember("out of memory");
  } catch (const std::exception& error) {
    remember(error.what());
  }
  return failed;
}

const char* name_at(const std::vector<std::string>& names, std::size_t index) {
  return index < names.size() ? names[index].c_str() : nullptr;
}

template <class Stored>
int predict(const gradus_model* model, const Stored* rows, std::size_t row_count, double* predictions) {
  const auto work = [&] {
    if (model == nullptr || ((rows == nullptr || predictions == nullptr) && row_count > 0)) {
      throw gradus::Error(gradus::ErrorCode::kInvalidArgument,
                          "predicting: a null pointer came; expected a model, rows and room for predictions");
    }
    const gradus::ModelPredictor& predictor = model->predictor;
    predictor.predict(gradus::MatrixView<const Stored>(rows, row_count, predictor.features()),
                      gradus::MatrixView<double>(predictions, row_count, predictor.columns()));
    return 0;
  };
  return guarded(work, -1);
}

}  // namespace

gradus_model* gradus_load(const char* path) {
  const auto work = [&] {
    if (path == nullptr)
      throw gradus::Error(gradus::ErrorCode::kInvalidArgument, "loading a model: no path came; expected one");
    return new gradus_model(gradus::Model::load(path));
  };
  return guarded(work, static_cast<gradus_model*>(nullptr));
}

void gradus_free(gradus_model* model) {
  delete model;
}

std::size_t gradus_feature_count(const gradus_model* model) {
  return model->predictor.features();
}

std::size_t gradus_output_count(const gradus_model* model) {
  return model->predictor.columns();
}

const char* gradus_feature_name(const gradus_model* model, std::size_t index) {
  return name_at(model->feature_names, index);
}

const char* gradus_class_name(const gradus_model* model, std::size_t index) {
  return name_at(model->predictor.model().target.classes, index);
}

const char* gradus_target_name(const gradus_model* model) {
  return model->predictor.model().target.name.c_str();
}

int gradus_predict(const gradus_model* model, const float* rows, std::size_t row_count, double* predictions) {
  return predict(model, rows, row_count, predictions);
}

int gradus_predict_double(const gradus_model* model, const double* rows, std::size_t row_count,
                          double* predictions) {
  return predict(model, rows, row_count, predictions);
}

const char* gradus_last_error(void) {
  return last_error;
}

const char* gradus_version(void) {
  return GRADUS_VERSION;
}
