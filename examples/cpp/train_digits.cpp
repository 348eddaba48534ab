// Trains a network on the built-in handwritten digits and writes it to a file: train_digits [digits.safetensors]
#include <cstdio>

#include "gradus/gradus.h"

namespace {

// Called as training goes on; here once an epoch.
class Printer : public gradus::Observer {
 public:
  void on_epoch(const gradus::EpochEvent& epoch) override {
    std::printf("epoch %2zu  loss %.4f  test accuracy %.4f\n", epoch.epoch, epoch.train.loss,
                epoch.test ? epoch.test->score : 0.0);
  }
};

}  // namespace

int main(int count, char** arguments) {
  const char* path = count > 1 ? arguments[1] : "digits.safetensors";
  try {
    gradus::RunConfig config;  // the fields of docs/configuration.md
    config.data = "digits";
    config.hidden = {32};
    config.epochs = 10;
    gradus::Experiment experiment = gradus::set_up(config, {});
    Printer printer;
    gradus::TrainingResult result =
        gradus::train(experiment.plan, experiment.data, experiment.streams, printer);
    gradus::save_model(path, gradus::make_model(experiment, result));
    std::printf("wrote %s\n", path);
  } catch (const gradus::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
