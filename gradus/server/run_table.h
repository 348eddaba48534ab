// The list of runs as the page wants it: ten thousand at once, column by column.
#pragma once

#include <string>

#include "gradus/runs/run_store.h"

namespace gradus::server {

// {"count":10000,"series":[..],"metrics":[{"name":..,"higher_is_better":..}],"id":[..],"seed":[..],
//  "name":{"texts":["a","b"],"at":[0,1,0]},..,"tags":{"texts":[["red"]],"at":[0]},"figures":{"train_loss":{"last":[..],
//  "best":[..],"final":[..]}}}: `count` is that of the whole store, equal texts stand once. The usual metrics where the
// query has none. Throws as RunStore::list() does.
[[nodiscard]] std::string run_table_json(const RunStore& store, RunQuery query);

}  // namespace gradus::server
