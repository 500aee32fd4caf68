// What a person sees while a model learns, and after.
#pragma once

#include <chrono>

#include "run_log.h"

// A line that is redrawn when stdout is a terminal; else a plain line now and then.
class Progress {
 public:
  explicit Progress(int epochs);
  void show(int epoch, const Epoch& result);
  void finish();  // ends the redrawn line

 private:
  bool terminal_, colour_;
  int epochs_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The picture beside the table of its class percentages.
void show_example(const RunLog& log, std::int64_t example);
