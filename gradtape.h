// Everything gradtape offers: tensors and tapes, derivatives, ops, models, losses, optimizers and data.
#pragma once

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/grad.h>
#include <gradtape/autograd/gradcheck.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/autograd/tensor.h>
#include <gradtape/ops.h>
