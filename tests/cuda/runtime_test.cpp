// How the CUDA libraries are called: this program stands in front of some of their functions, and notes what is said.
#include "tests/cuda/device.h"

#include <cstdint>
#include <map>

#include <dlfcn.h>

namespace {

template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}
template <class F>
F* library(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_DEFAULT, name));
}

void* blas = nullptr;  // the handle made last
std::uint32_t reduction_schemes = 0;
bool ending = false;  // then cuBLAS may be gone already

}  // namespace

extern "C" int cublasSetMathMode(void* handle, int mode) {
  blas = handle;
  return next<int(void*, int)>("cublasSetMathMode")(handle, mode);
}
extern "C" int cublasLtMatmulPreferenceSetAttribute(void* wish, int attribute, const void* value, std::size_t bytes) {
  constexpr int reduction_scheme_mask = 3;
  if (attribute == reduction_scheme_mask) reduction_schemes = *static_cast<const std::uint32_t*>(value);
  return next<int(void*, int, const void*, std::size_t)>("cublasLtMatmulPreferenceSetAttribute")(wish, attribute, value,
                                                                                                 bytes);
}
extern "C" int cublasDestroy_v2(void* handle) {
  if (ending) std::_Exit(9);
  return next<int(void*)>("cublasDestroy_v2")(handle);
}
extern "C" int cublasLtMatmulDescDestroy(void* description) {
  if (ending) std::_Exit(9);
  return next<int(void*)>("cublasLtMatmulDescDestroy")(description);
}

namespace {

class CudaBlas : public Cuda {};
class CudaDevices : public Cuda {
 protected:
  void SetUp() override {
    Cuda::SetUp();
    if (!IsSkipped() && gt::cuda::device_count() < 2) GTEST_SKIP() << "one CUDA device";
  }
};
class CudaSync : public Cuda {};

// 16: reductions in the type of the sums alone. The schemes: 1 in place and 4 in the output's type, 2 in that of sums.
TEST_F(CudaBlas, PartsOfSumsAreNotRoundedTo16Bits) {
  const auto x = gt::ones({31, 37}, {.dtype = gt::float16, .device = cuda}), b = x[0];
  gt::linear(x, x, gt::ones({31}, {.dtype = gt::float16, .device = cuda}));

  int mode = 0;
  ASSERT_EQ(library<int(void*, int*)>("cublasGetMathMode")(blas, &mode), 0);
  EXPECT_EQ(mode, 16) << "and TF32 is allowed for single products, not by the mode";
  EXPECT_EQ(reduction_schemes, 2u);
}

TEST_F(CudaBlas, IsNotCalledWhenTheProgramEnds) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto multiply_and_end = [] {
    {
      const auto x = gt::ones({4, 4}, {.device = cuda});
      gt::sum(gt::linear(x, x, x[0])).item();
    }
    ending = true;
    std::exit(0);
  };

  EXPECT_EXIT(multiply_and_end(), testing::ExitedWithCode(0), "");
}

int current_device() {
  int device = -1;
  library<int(int*)>("cudaGetDevice")(&device);
  return device;
}
TEST_F(CudaDevices, TheCallersStaysTheCurrentOne) {
  for (const int callers : {0, 1})
    for (const int other : {1, 0}) {
      library<int(int)>("cudaSetDevice")(callers);
      const auto there = gt::Device::cuda(other);
      gt::Tensor y;
      const auto is_callers = [&](const char* after) {
        EXPECT_EQ(current_device(), callers) << "after " << after << " on device " << other;
      };
      const auto x = walk({8, 8}).to(there).requires_grad_();
      is_callers("a copy");
      {
        gt::Tape tape;
        y = gt::sum(gt::tanh(gt::matmul(x, gt::ones_like(x))));
        is_callers("ops");
        y.backward();
        is_callers("a backward pass");
      }
      y.item();
      is_callers("an element read");
      auto program = gt::capture({{"x", x.detach()}}, [](const gt::Inputs& in) { return in["x"] * 2; });
      is_callers("a capture");
      program({{"x", x.detach()}});
      is_callers("a run of a program");
      EXPECT_THROW(gt::cross_entropy(x, gt::full({8}, 9, {.dtype = gt::int64, .device = there})).item(),
                   gt::IndexError);
      is_callers("an exception");
      gt::cuda::release_spare_memory(there);
      gt::cuda::synchronize(there);
      is_callers("waiting");
    }
  library<int(int)>("cudaSetDevice")(0);
}

// In a process of its own: the device does not work on after such a fault.
TEST_F(CudaSync, AFaultBlamesTheLaunchThatMadeIt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const int line = __LINE__ + 10;
  const auto read_nowhere = [] {
    setenv("GT_CUDA_SYNC", "1", 1);
    const auto x = gt::ones({8}, {.device = cuda}), labels = gt::full({1}, 9, {.dtype = gt::int64, .device = cuda});
    try {
      gt::index_select(x, 0, labels);
      std::_Exit(1);
    } catch (const gt::IndexError&) {}
    const auto nowhere = gt::from_blob(reinterpret_cast<float*>(16), {8}, {.device = cuda});
    try {
      gt::tanh(nowhere + x);
    } catch (const gt::DeviceError& error) {
      std::fputs(error.what(), stderr);
      std::_Exit(7);
    }
  };

  EXPECT_EXIT(read_nowhere(), testing::ExitedWithCode(7),
              "DeviceError: (cuda: )?add:? failed( on cuda:0)?: .*\n  at .*runtime_test.cpp:" + std::to_string(line));
}

}  // namespace
