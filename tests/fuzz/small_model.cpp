#include "tests/fuzz/small_model.h"

#include "tests/support/test_support.h"

namespace gradus::fuzz {

std::string_view small_table() {
  return "area,colour,garden,price\n50.1,red,yes,100.5\n71.3,blue,no,150.25\n,green,no,120.75\n"
         "33.7,red,yes,80.5\n90.9,blue,no,190.125\n44.4,,yes,90.5\n61.2,green,no,130.5\n58.8,red,yes,110.5\n"
         "77.7,blue,no,160.5\n85.5,green,yes,170.5\n";
}

const Model& small_model() {
  static const Model model = [] {
    const test::TemporaryFolder folder;
    RunConfig config;
    config.data = folder.write("houses.csv", std::string(small_table())).string();
    config.task = "regression";
    config.hidden = {4};
    config.epochs = 2;
    Experiment experiment = set_up(config, {});
    Observer nobody;
    TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, nobody);
    return make_model(experiment, result);
  }();
  return model;
}

}  // namespace gradus::fuzz
