// What a training run leaves for the terminal and the report.
#pragma once

#include <string>
#include <vector>

#include <gradtape/gradtape.h>

struct Epoch {
  double train_loss, validation_loss, train_accuracy, validation_accuracy;
};

struct RunLog {
  std::vector<std::pair<std::string, std::string>> settings;  // name and value, as used
  std::vector<Epoch> epochs;
  gradtape::Tensor images;         // held-out, [size, rows, columns], 0 to 1
  gradtape::Tensor labels;         // int64 [size]
  gradtape::Tensor probabilities;  // [size, classes]
  gradtape::Tensor weights;        // [classes, rows, columns] of a softmax model, else undefined
  double train_accuracy = 0, test_accuracy = 0;
};
