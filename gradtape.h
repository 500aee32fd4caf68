// Everything gradtape offers: tensors and tapes, derivatives, ops, models, losses, optimizers and data.
#pragma once

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/grad.h>
#include <gradtape/autograd/gradcheck.h>
#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/random.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/autograd/tensor.h>
#include <gradtape/models/csv.h>
#include <gradtape/models/data.h>
#include <gradtape/models/fit.h>
#include <gradtape/models/idx.h>
#include <gradtape/models/least_squares.h>
#include <gradtape/models/linear.h>
#include <gradtape/models/logistic_regression.h>
#include <gradtape/models/losses.h>
#include <gradtape/models/metrics.h>
#include <gradtape/models/module.h>
#include <gradtape/models/optimizer.h>
#include <gradtape/models/polynomial_features.h>
#include <gradtape/models/safetensors.h>
#include <gradtape/models/sequential.h>
#include <gradtape/models/softmax_regression.h>
#include <gradtape/ops.h>
#include <gradtape/ops/random.h>
#include <gradtape/ops/threads.h>
