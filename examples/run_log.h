// What a training run leaves for the terminal and the report.
#pragma once

#include <string>
#include <vector>

#include <gradtape/gradtape.h>

struct Epoch {
  double train_loss, validation_loss, train_accuracy, validation_accuracy;
};

struct RunLog {
  std::string command;                                        // as it was typed
  std::vector<std::pair<std::string, std::string>> settings;  // name and value, as used
  std::vector<Epoch> epochs;
  std::string loss_unit;           // " (nats)", where it has one
  int best_epoch = 0;              // the one whose weights were kept; 0 is before the first
  gradtape::Tensor images;         // held-out, [size, rows, columns], 0 to 1
  gradtape::Tensor labels;         // int64 [size]
  gradtape::Tensor probabilities;  // [size, classes]
  gradtape::Tensor weights;        // of the first layer, an image a class or hidden unit: [count, rows, columns]
  bool weights_of_classes = true;
  double train_accuracy = 0, test_accuracy = 0, test_loss = 0;
};
