// The public face of gradus: what this header reaches is installed, every other header is internal. Nothing
// inside gradus/ includes it. Start reading at train/experiment.h (from a configuration to a trained network),
// formats/model.h (models as files) and study/runner.h (many runs and their verdicts).
#pragma once

#include "gradus/core/error.h"
#include "gradus/core/matrix.h"
#include "gradus/core/random.h"
#include "gradus/data/dataset.h"
#include "gradus/data/source.h"
#include "gradus/formats/model.h"
#include "gradus/formats/model_file.h"
#include "gradus/kernels/numerics_version.h"
#include "gradus/nn/gradient_check.h"
#include "gradus/nn/network_spec.h"
#include "gradus/optim/minimize.h"
#include "gradus/optim/optimizer.h"
#include "gradus/optim/schedule.h"
#include "gradus/report/study_report.h"
#include "gradus/runs/run_store.h"
#include "gradus/study/judge.h"
#include "gradus/study/runner.h"
#include "gradus/study/study_file.h"
#include "gradus/train/events.h"
#include "gradus/train/experiment.h"
#include "gradus/train/history.h"
#include "gradus/train/metrics.h"
#include "gradus/train/run_config.h"
#include "gradus/train/trainer.h"
