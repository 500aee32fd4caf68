// says: free: ::M[.]
#pragma once
#ifndef GUARD
#define GUARD
#include <gradtape/gradtape.h>
#include <gradtape/ops/free.h>
#if GT_HAS_CUDA
void on_device();
#endif
struct M { static constexpr auto name = "m"; static void backward(gradtape::Backward& ctx); };
#endif
