#include <gradtape/cuda/blas.h>

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include <cublasLt.h>
#include <cublas_v2.h>
#include <fmt/format.h>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/cuda/copy.h>
#include <gradtape/cuda/runtime.h>
#include <gradtape/cuda/stream.h>

namespace gradtape::cuda {
namespace {

void check_blas(cublasStatus_t status, const char* call) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  fail<DeviceError>(
      {}, "cuda", fmt::format("{} failed: {} ({})", call, cublasGetStatusString(status), cublasGetStatusName(status)));
}

// Made by a function of cuBLAS, destroyed by another.
template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* made) const {
    Destroy(made);
  }
};
template <class Handle, auto Destroy>
using Made = std::unique_ptr<std::remove_pointer_t<Handle>, Destroyer<Destroy>>;

using Description = Made<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using Layout = Made<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using Preference = Made<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

// The words of cuBLAS for a type. float32 keeps every bit unless TF32 is allowed. Numbers of 16 bits are summed
// in float32.
struct Numbers {
  cudaDataType_t type, scale;
  cublasComputeType_t compute;
  const void *zero, *one;
};
template <class S>
constexpr S zero_and_one[2] = {0, 1};
Numbers numbers_of(DType type) {
  const cudaDataType_t narrow = type == DType::float16    ? CUDA_R_16F
                                : type == DType::bfloat16 ? CUDA_R_16BF
                                                          : CUDA_R_32F;
  const cublasComputeType_t compute =
      type == DType::float32 && tf32_allowed() ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  if (type != DType::float64) return {narrow, CUDA_R_32F, compute, &zero_and_one<float>[0], &zero_and_one<float>[1]};
  return {CUDA_R_64F, CUDA_R_64F, CUBLAS_COMPUTE_64F, &zero_and_one<double>[0], &zero_and_one<double>[1]};
}

// Note: rows for columns. cuBLAS thinks of columns where we lay out rows, so it reads each of our matrices as its
// transpose, and is asked for cᵀ [n, m] = bᵀ [n, k] · aᵀ [k, m].
cublasOperation_t operation(Lines lines) { return lines.transposed ? CUBLAS_OP_T : CUBLAS_OP_N; }

// What the way to compute a product with a bias is chosen by.
struct Form {
  DType type;
  bool tf32;
  std::int64_t m, n, k;
  Lines a, b;
  auto operator<=>(const Form&) const = default;
};

constexpr std::uint32_t alignment = 16;  // what a plan may rely on, in bytes
bool aligned(const void* data) { return reinterpret_cast<std::uintptr_t>(data) % alignment == 0; }

// The way to compute a product with a bias, as cuBLASLt advises: asking takes longer than most products.
class Plan {
 public:
  Plan(cublasLtHandle_t blas, const Form& form, std::size_t workspace) {
    const Numbers numbers = numbers_of(form.type);
    cublasLtMatmulDesc_t made;
    check_blas(cublasLtMatmulDescCreate(&made, numbers.compute, numbers.scale), "cublasLtMatmulDescCreate");
    description_.reset(made);
    set(CUBLASLT_MATMUL_DESC_TRANSA, operation(form.b));
    set(CUBLASLT_MATMUL_DESC_TRANSB, operation(form.a));
    set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
    b_ = layout(numbers.type, form.n, form.k, form.b);
    a_ = layout(numbers.type, form.k, form.m, form.a);
    c_ = layout(numbers.type, form.n, form.m, {false, form.n});
    ask(blas, workspace);
  }

  // Is there a way?
  explicit operator bool() const { return found_; }

  void run(cublasLtHandle_t blas, const Product& product, void* workspace, std::size_t bytes, cudaStream_t stream) {
    set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, product.bias);
    const Numbers numbers = numbers_of(product.type);
    check_blas(
        cublasLtMatmul(blas, description_.get(), numbers.one, product.b.data, b_.get(), product.a.data, a_.get(),
                       numbers.zero, product.c, c_.get(), product.c, c_.get(), &algorithm_, workspace, bytes, stream),
        "cublasLtMatmul");
  }

 private:
  template <class Value>
  void set(cublasLtMatmulDescAttributes_t attribute, Value value) {
    check_blas(cublasLtMatmulDescSetAttribute(description_.get(), attribute, &value, sizeof value),
               "cublasLtMatmulDescSetAttribute");
  }
  static Layout layout(cudaDataType_t type, std::int64_t rows, std::int64_t columns, Lines lines) {
    cublasLtMatrixLayout_t made;
    auto down = static_cast<std::uint64_t>(rows), across = static_cast<std::uint64_t>(columns);
    if (lines.transposed) std::swap(down, across);
    check_blas(cublasLtMatrixLayoutCreate(&made, type, down, across, lines.lead), "cublasLtMatrixLayoutCreate");
    return Layout(made);
  }
  void ask(cublasLtHandle_t blas, std::size_t workspace) {
    cublasLtMatmulPreference_t made;
    check_blas(cublasLtMatmulPreferenceCreate(&made), "cublasLtMatmulPreferenceCreate");
    const Preference wish(made);
    auto want = [&](cublasLtMatmulPreferenceAttributes_t attribute, auto value) {
      check_blas(cublasLtMatmulPreferenceSetAttribute(made, attribute, &value, sizeof value),
                 "cublasLtMatmulPreferenceSetAttribute");
    };
    want(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace);
    want(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
         std::uint32_t(CUBLASLT_REDUCTION_SCHEME_NONE | CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
    for (const auto matrix : {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                              CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
      want(matrix, alignment);
    cublasLtMatmulHeuristicResult_t advice;
    int given = 0;
    const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(blas, description_.get(), b_.get(), a_.get(), c_.get(),
                                                                 c_.get(), made, 1, &advice, &given);
    found_ = status == CUBLAS_STATUS_SUCCESS && given == 1;
    if (found_) algorithm_ = advice.algo;
  }

  Description description_;
  Layout a_, b_, c_;
  cublasLtMatmulAlgo_t algorithm_;
  bool found_ = false;
};

// cuBLAS on one device: made when it is first used, with memory to work in, so that no product allocates.
class Blas {
 public:
  explicit Blas(Device device) : device_(device), stream_(stream_of(device)) {
    check_blas(cublasCreate(&handle_), "cublasCreate");
    check_blas(cublasSetStream(handle_, stream_), "cublasSetStream");
    // Parts of sums of 16-bit numbers are float32, too; whether TF32 may be used is said for each product.
    check_blas(cublasSetMathMode(handle_, CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION), "cublasSetMathMode");
    int major = 0;
    check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device.index), "cudaDeviceGetAttribute");
    workspace_bytes_ = std::size_t(major >= 9 ? 32 : 4) << 20;  // as NVIDIA recommends
    workspace_ = device::take("matmul", device, workspace_bytes_);
    check_blas(cublasSetWorkspace(handle_, workspace_, workspace_bytes_), "cublasSetWorkspace");
  }
  Blas(const Blas&) = delete;
  Blas& operator=(const Blas&) = delete;
  // At the end of the program.
  void give_back_memory() { device::give(device_, workspace_, workspace_bytes_); }

  void multiply(const Product& product) {
    std::lock_guard lock(mutex_);
    if (product.k == 0) return product.bias ? start_with_bias(product) : start_with_zeros(product);
    if (!product.bias) return multiply_and_add(product, numbers_of(product.type).zero);
    if (Plan* plan = plan_for(product)) return plan->run(blas_lt(), product, workspace_, workspace_bytes_, stream_);
    start_with_bias(product);
    multiply_and_add(product, numbers_of(product.type).one);
  }

 private:
  // c = a · b + beta · c
  void multiply_and_add(const Product& p, const void* beta) {
    const Numbers numbers = numbers_of(p.type);
    const Lines a = lines_of(p.a, p.m, p.k), b = lines_of(p.b, p.k, p.n);
    const cublasOperation_t of_b = operation(b), of_a = operation(a);
    const cublasGemmAlgo_t way = CUBLAS_GEMM_DEFAULT;
    if (p.count == 1)
      return check_blas(
          cublasGemmEx_64(handle_, of_b, of_a, p.n, p.m, p.k, numbers.one, p.b.data, numbers.type, b.lead, p.a.data,
                          numbers.type, a.lead, beta, p.c, numbers.type, p.n, numbers.compute, way),
          "cublasGemmEx");
    check_blas(cublasGemmStridedBatchedEx_64(handle_, of_b, of_a, p.n, p.m, p.k, numbers.one, p.b.data, numbers.type,
                                             b.lead, p.b_step, p.a.data, numbers.type, a.lead, p.a_step, beta, p.c,
                                             numbers.type, p.n, p.m * p.n, p.count, numbers.compute, way),
               "cublasGemmStridedBatchedEx");
  }
  void start_with_zeros(const Product& p) {
    check(cudaMemsetAsync(p.c, 0, static_cast<std::size_t>(p.count * p.m * p.n) * size_of(p.type), stream_),
          "cudaMemsetAsync");
  }
  void start_with_bias(const Product& p) {
    CopyPass pass{device_, p.c, p.bias, p.type, p.type, {}};
    pass.index.add(p.count * p.m, {p.n, 0});
    pass.index.add(p.n, {1, 1});
    launch_copy(pass);
  }

  // Null where cuBLASLt has no way to add the bias in the same launch.
  Plan* plan_for(const Product& p) {
    if (p.count > 1 || !aligned(p.a.data) || !aligned(p.b.data) || !aligned(p.c) || !aligned(p.bias)) return nullptr;
    const Form form{p.type, tf32_allowed(), p.m, p.n, p.k, lines_of(p.a, p.m, p.k), lines_of(p.b, p.k, p.n)};
    auto at = plans_.find(form);
    if (at == plans_.end()) {
      if (plans_.size() == most_plans) plans_.clear();
      at = plans_.try_emplace(form, blas_lt(), form, workspace_bytes_).first;
    }
    return at->second ? &at->second : nullptr;
  }
  cublasLtHandle_t blas_lt() const { return reinterpret_cast<cublasLtHandle_t>(handle_); }  // as its manual allows

  static constexpr std::size_t most_plans = 1000;

  Device device_;
  cudaStream_t stream_;
  cublasHandle_t handle_ = nullptr;
  void* workspace_;
  std::size_t workspace_bytes_;
  std::mutex mutex_;
  std::map<Form, Plan> plans_;
};

// For ever: at the end of the program cuBLAS may be gone already, so that it is not called, and only memory goes back.
struct AllBlas {
  std::mutex mutex;
  std::map<int, Blas> of;
};
struct ReturnOfMemory {
  AllBlas& all;
  ~ReturnOfMemory() {
    for (auto& [index, blas] : all.of) blas.give_back_memory();
  }
};
Blas& blas_of(Device device) {
  static AllBlas& all = *new AllBlas;
  static const ReturnOfMemory at_exit{all};
  std::lock_guard lock(all.mutex);
  return all.of.try_emplace(device.index, device).first->second;
}

}  // namespace

void prepare_blas(Device device) { blas_of(device); }
void multiply(const Product& product) {
  if (product.count == 0 || product.m == 0 || product.n == 0) return;
  blas_of(product.device).multiply(product);
}

}  // namespace gradtape::cuda
