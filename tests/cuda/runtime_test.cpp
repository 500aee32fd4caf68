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
enum Way { to_device = 1, to_cpu = 2, on_device = 3 };
std::map<int, int> copies;  // of each way
void* upload_stream = nullptr;  // of the last copy to a device
int pinned_blocks = 0;
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
extern "C" int cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, int way, void* stream) {
  ++copies[way];
  if (way == to_device) upload_stream = stream;
  return next<int(void*, const void*, std::size_t, int, void*)>("cudaMemcpyAsync")(to, from, bytes, way, stream);
}
extern "C" int cudaHostAlloc(void** to, std::size_t bytes, unsigned flags) {
  ++pinned_blocks;
  return next<int(void**, std::size_t, unsigned)>("cudaHostAlloc")(to, bytes, flags);
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
      gt::Upload(walk({3}), there).tensor();
      is_callers("an upload");
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

TEST_F(CudaDevices, TensorsGoFromOneToAnotherInOrder) {
  const auto first = gt::Device::cuda(0), second = gt::Device::cuda(1);
  const auto x = walk({300, 70});
  const auto a = x.to(first);
  gt::full({300, 70}, 1, {.dtype = gt::float64, .device = second}) * 2;  // whose rooms are taken next
  copies.clear();

  const auto b = gt::tanh(a).to(second), c = gt::tanh(b).to(first), d = gt::t(b).to(gt::float32).to(first);
  auto into = gt::zeros({70, 300}, {.device = second});
  gt::t(into).copy_(a);

  EXPECT_EQ(copies[to_cpu] + copies[to_device], 0) << "by way of the CPU";
  EXPECT_EQ(b.device(), second);
  EXPECT_THAT(b, the_same_as(gt::tanh(x)));
  EXPECT_THAT(c, the_same_as(gt::tanh(gt::tanh(x))));
  EXPECT_THAT(d, the_same_as(gt::t(gt::tanh(x)).to(gt::float32)));
  EXPECT_THAT(gt::t(into), the_same_as(x.to(gt::float32)));
}

class CudaUploads : public Cuda {};
const gt::Tensor large = gt::full({1 << 18}, 3);

TEST_F(CudaUploads, GoBesideOtherWork) {
  large.to(cuda);
  const void* const main_stream = upload_stream;
  gt::Upload upload(large, cuda);

  EXPECT_NE(upload_stream, main_stream);
  EXPECT_THAT(upload.tensor() * 2, the_same_as(large * 2));
}
TEST_F(CudaUploads, WaitForWorkThatStillUsesTheirRoom) {
  const auto slowly = [](gt::Tensor x) { return gt::tanh(x) + x; };
  const auto y = slowly(gt::ones({1 << 18}, {.device = cuda}));  // lets go of rooms that it will read

  gt::Upload a(large, cuda), b(large, cuda);

  EXPECT_THAT(y, the_same_as(slowly(gt::ones({1 << 18}))));
  EXPECT_THAT(a.tensor() + b.tensor(), the_same_as(large * 2));
}
TEST_F(CudaUploads, ThatNobodyReadsWriteIntoNobodysRoom) {
  { gt::Upload unread(large, cuda), read(large, cuda); }
  const auto x = gt::zeros({1 << 18}, {.device = cuda}), y = gt::zeros({1 << 18}, {.device = cuda});

  EXPECT_THAT(x + y, the_same_as(gt::zeros({1 << 18})));
}
TEST_F(CudaUploads, OfBatchesServeWhatTheCpuServes) {
  gt::Generator generator(3);
  const gt::Dataset data{gt::randn({103, 40}, generator), gt::randint(0, 5, {103}, generator)};
  for (const std::int64_t ahead : {0, 1, 2, 50})
    for (const bool shuffle : {false, true}) {
      gt::BatchOptions options{.size = 10, .shuffle = shuffle, .seed = 1};
      const auto here = gt::batches(data, options);
      options.device = cuda;
      options.prefetch = ahead;
      std::int64_t number = 0;
      auto sum = gt::zeros({40}, {.device = cuda});
      for (const auto& [inputs, labels] : gt::batches(data, options)) {
        sum += gt::sum(gt::tanh(inputs), 0);
        EXPECT_THAT(inputs, the_same_as(here.batch(number).first));
        EXPECT_THAT(labels, the_same_as(here.batch(number++).second));
        if (number == 7) break;  // with some on their way
      }
      EXPECT_EQ(number, 7);
      EXPECT_EQ(gt::batches(data, options).batch(2).first.device(), cuda);
    }
}
TEST_F(CudaUploads, TakePinnedMemoryOnce) {
  large.to(cuda).to(gt::Device::cpu());
  const int before = pinned_blocks;
  std::vector<gt::Tensor> all;
  for (int i = 0; i < 2500; ++i) all.push_back(gt::full({3}, i).to(cuda));  // not waited for
  const auto x = gt::arange(0, 5000000, 1, {.dtype = gt::int64}), back = x.to(cuda).to(gt::Device::cpu());

  EXPECT_EQ(pinned_blocks, before);
  EXPECT_THAT(back, the_same_as(x));
  for (std::size_t i = 0; i < all.size(); i += 100) EXPECT_EQ(all[i].to_vector<float>()[2], static_cast<float>(i));
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
