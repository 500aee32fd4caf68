// What the library asks of a device, as exact counts beside their budgets: instructions and bytes for each element,
// launches and products for each run. The software device cudasim counts; a real one does not, and nothing is compared.
//
//   device_counts [part of a name]     every case, or those that are named
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <gradtape/gradtape.h>

namespace gt = gradtape;

namespace {

const gt::Device cuda = gt::Device::cuda();
using Step = std::function<void()>;

// `instructions`, of PTX, and `bytes` are the most for each of `elements`; `launches` of kernels, and `products`, for
// each run.
struct Case {
  std::string name;
  std::int64_t elements;
  double instructions, bytes;
  int launches, products;
  std::function<Step()> prepare;  // on the device; what it gives is what is counted
};

gt::Tensor drawn(const gt::Shape& shape, std::uint64_t stream = 0) {
  gt::Generator generator(1, stream);
  return gt::randn(shape, generator).to(cuda);
}
gt::Tensor classes(const gt::Shape& shape, std::int64_t most) {
  gt::Generator generator(2);
  return gt::randint(0, most, shape, generator, {.dtype = gt::int64}).to(cuda);
}

// An op of one tensor.
template <class Op>
Case op(std::string name, const gt::Shape& shape, double instructions, double bytes, int launches, Op run) {
  return {name + " " + gt::to_string(shape), gt::count_of(shape), instructions, bytes, launches, 0, [=]() -> Step {
            return [run, x = drawn(shape)] { run(x); };
          }};
}
// Its gradient alone: the value is recorded before.
template <class Op>
Case slope(std::string name, const gt::Shape& shape, double instructions, double bytes, int launches, Op run) {
  return {"gradient of " + name + " " + gt::to_string(shape),
          gt::count_of(shape),
          instructions,
          bytes,
          launches,
          0,
          [=]() -> Step {
            auto tape = std::make_shared<gt::Tape>();
            const gt::Tensor x = drawn(shape).requires_grad_(), y = run(x), seed = drawn(y.shape(), 1);
            return [tape, x, y, seed] {
              gt::grad(std::vector{y}, std::vector{x}, {.retain_graph = true, .seeds = {seed}});
            };
          }};
}

// An op of two tensors.
template <class Op>
Case op_of_two(std::string name, const gt::Shape& shape, const gt::Shape& other, gt::DType type, double instructions,
               double bytes, int launches, Op run) {
  return {fmt::format("{} {} {}, {}", name, gt::to_string(shape), gt::to_string(other), gt::name_of(type)),
          gt::count_of(shape),
          instructions,
          bytes,
          launches,
          0,
          [=]() -> Step { return [run, x = drawn(shape).to(type), y = drawn(other, 1).to(type)] { run(x, y); }; }};
}
// Sums over the middle of about 200 shapes of awkward sizes. What a result costs beside its elements is that of one and
// a half of them.
void add_sums(std::vector<Case>& all) {
  constexpr std::int64_t elements = 1 << 17;
  for (const std::int64_t columns : {1, 2, 3, 5, 8, 16, 17, 31, 33, 64, 100, 257, 1000, 4099})
    for (const std::int64_t inner : {1, 2, 3, 4, 5, 8, 10, 16, 31, 33, 64, 100, 129, 1000}) {
      const gt::Shape shape{(elements - 1) / (columns * inner) + 1, columns, inner};
      Case sum = op("sum over the middle of", shape, 40, 8.1, 2, [](auto& x) { return gt::sum(x, {1}); });
      sum.elements += 3 * sum.elements / columns / 2;
      all.push_back(std::move(sum));
    }
}

// A training step by Adam, recorded each time or captured. Counted for each run.
template <class Make>
Case training(std::string name, bool captured, double instructions, double bytes, int launches, int products,
              Make make) {
  return {std::move(name), 1, instructions, bytes, launches, products, [=]() -> Step {
            auto model = make();
            auto optimizer = std::make_shared<gt::Adam>(model->parameters());
            const std::vector<gt::NamedTensor> inputs = {{"x", drawn({128, 784})}, {"labels", classes({128}, 10)}};
            const auto step = [=](const gt::Inputs& in) {
              gt::Tape tape;
              const gt::Tensor loss = gt::cross_entropy((*model)(in["x"]), in["labels"]);
              loss.backward();
              optimizer->step();
              return loss.detach();
            };
            if (!captured) return [=] { step(gt::Inputs(inputs)); };
            auto program = std::make_shared<gt::Program>(gt::capture(inputs, step));
            return [=] { (*program)(); };
          }};
}

// The three gradients of sum(tanh(a·x + b)), captured.
Case affine_tanh(double instructions, double bytes, int launches) {
  const gt::Shape shape{1 << 17};
  return {"captured gradients of tanh(a x + b)", gt::count_of(shape), instructions, bytes, launches, 0, [=]() -> Step {
            std::vector<gt::Tensor> leaves;
            for (std::uint64_t i = 0; i < 3; ++i) leaves.push_back(drawn(shape, i).requires_grad_());
            auto program =
                std::make_shared<gt::Program>(gt::capture({{"x", leaves[0].detach()}}, [leaves](const gt::Inputs&) {
                  for (gt::Tensor leaf : leaves) leaf.zero_grad();
                  gt::Tape tape;
                  const gt::Tensor loss = gt::sum(gt::tanh(leaves[0] * leaves[1] + leaves[2]));
                  loss.backward();
                  return loss.detach();
                }));
            return [program] { (*program)(); };
          }};
}

std::vector<Case> cases() {
  const auto plus = [](const gt::Tensor& x, const gt::Tensor& y) { return x + y; };
  const auto softmax = [] {
    return std::make_shared<gt::SoftmaxRegression>(784, 10, gt::ModuleOptions{.device = cuda});
  };
  const auto network = [] {
    auto net = std::make_shared<gt::Sequential>();
    const gt::LinearOptions there{.device = cuda};
    net->add<gt::Linear>(784, 256, there).add(gt::relu).add<gt::Linear>(256, 128, there).add(gt::relu);
    net->add<gt::Linear>(128, 10, there);
    return net;
  };
  const auto loss = [](auto& x) { return gt::cross_entropy(x, classes({x.shape()[0]}, x.shape()[1])); };
  std::vector<Case> all = {
      op("add", {1 << 18}, 21, 12, 1, [](auto& x) { return x + x; }),
      op_of_two("add", {1024, 256}, {256}, gt::float32, 28, 12, 1, plus),
      op_of_two("add", {1024, 256}, {1024, 1}, gt::float32, 28, 9, 1, plus),
      op_of_two("add", {4096, 10}, {10}, gt::float32, 78, 12, 1, plus),
      op_of_two("add", {1 << 18}, {1 << 18}, gt::float16, 42, 6, 1, plus),
      op_of_two("add", {1 << 18}, {1 << 18}, gt::bfloat16, 36, 6, 1, plus),
      op_of_two("tanh", {1 << 18}, {1}, gt::float16, 55, 4, 1, [](auto& x, auto&) { return gt::tanh(x); }),
      op("copy of a slice", {1024, 256}, 10, 4, 1, [](auto& x) { return gt::narrow(x, 1, 0, 128).clone(); }),
      op("copy of a column", {1 << 17, 2}, 18, 4, 1, [](auto& x) { return gt::select(x, 1, 1).clone(); }),
      op("float64", {1 << 18}, 20, 12, 1, [](auto& x) { return x.to(gt::float64); }),
      op("ones", {1 << 18}, 7, 4, 1, [](auto& x) { return gt::ones_like(x); }),
      op("zeros", {1 << 18}, 0, 0, 0, [](auto& x) { return gt::zeros_like(x); }),
      op("tanh", {1 << 18}, 40, 8, 1, [](auto& x) { return gt::tanh(x); }),
      slope("tanh", {1 << 18}, 16, 12, 1, [](auto& x) { return gt::tanh(x); }),
      op("index_select of 8192", {5000, 64}, 45, 16.5, 1,
         [](auto& x) { return gt::index_select(x, 0, classes({8192}, 5000)); }),
      slope("embedding of 65536", {100000, 64}, 17, 7.3, 7,
            [](auto& x) { return gt::embedding(classes({65536}, 100000), x); }),
      slope("gather of [1024, 128]", {1024, 512}, 130, 23.3, 7,
            [](auto& x) { return gt::gather(x, 1, classes({1024, 128}, 512)); }),
      slope("gather of [8192, 1]", {8192, 10}, 8, 1.7, 1,
            [](auto& x) { return gt::gather(x, 1, classes({8192, 1}, 10)); }),
      op("sum", {1 << 18}, 31, 4.1, 2, [](auto& x) { return gt::sum(x); }),
      op("sum", {1000, 1000}, 20, 4.1, 1, [](auto& x) { return gt::sum(x, {1}); }),
      op("log_softmax", {1024, 1000}, 68, 8, 1, [](auto& x) { return gt::log_softmax(x); }),
      op("log_softmax", {256, 4096}, 70, 8, 1, [](auto& x) { return gt::log_softmax(x); }),
      op("log_softmax", {32, 10000}, 70, 8, 1, [](auto& x) { return gt::log_softmax(x); }),
      op("log_softmax", {2, 1 << 17}, 130, 12.2, 2, [](auto& x) { return gt::log_softmax(x); }),
      slope("log_softmax", {1024, 1000}, 50, 12, 1, [](auto& x) { return gt::log_softmax(x); }),
      slope("cross_entropy", {4, 1 << 17}, 75, 8.1, 1, loss),
      op("cross_entropy", {4, 1 << 18}, 85, 4.1, 2, loss),
      slope("softmax", {1024, 1000}, 33, 12, 1, [](auto& x) { return gt::softmax(x); }),
      op("layer_norm", {1024, 1000}, 30, 8, 1, [](auto& x) { return gt::layer_norm(x, {1000}); }),
      affine_tanh(88, 33.1, 3),
      training("softmax step", false, 1.55e6, 2.7e5, 5, 2, softmax),
      training("captured softmax step", true, 1.55e6, 2.7e5, 4, 2, softmax),
      training("captured network", true, 1.5e7, 8.1e6, 10, 8, network),
  };
  add_sums(all);
  return all;
}

struct Counts {
  double instructions = 0, bytes = 0, launches = 0, products = 0;
};
// Of a run of this program with so many steps of a case.
Counts counted(const std::string& program, const std::string& name, int steps) {
  const std::string file = fmt::format("device_counts_{}.json", getpid());
  std::remove(file.c_str());
  const std::string command = fmt::format("CUDASIM_PROFILE='{}' '{}' --run {} '{}'", file, program, steps, name);
  if (std::system(command.c_str()) != 0) throw std::runtime_error("this failed: " + command);
  std::ifstream in(file);
  if (!in) {
    fmt::print("this device does not count\n");
    std::exit(0);
  }
  const auto profile = nlohmann::json::parse(in);
  std::remove(file.c_str());
  Counts all;
  for (const auto& kernel : profile["kernels"]) {
    all.instructions += kernel["thread_instructions"].get<double>();
    all.bytes += kernel["global_load_bytes"].get<double>() + kernel["global_store_bytes"].get<double>();
    all.launches += kernel["launches"].get<double>();
  }
  for (const auto& call : profile["libraries"]) all.products += call["calls"].get<double>();
  return all;
}

int run(const std::string& name, int steps) {
  for (const Case& each : cases())
    if (each.name == name) {
      const Step step = each.prepare();
      for (int i = 0; i < steps; ++i) step();
      gt::cuda::synchronize();
      return 0;
    }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!gt::cuda::is_available()) return fmt::print("no CUDA device\n"), 0;
  if (arguments.size() == 3 && arguments[0] == "--run") return run(arguments[2], std::stoi(arguments[1]));
  const std::string wanted = arguments.empty() ? "" : arguments[0];
  bool kept = true;
  fmt::print("{:36}{:>26}{:>26}{:>12}{:>12}\n", "", "instructions", "bytes", "launches", "products");
  for (const Case& each : cases()) {
    if (each.name.find(wanted) == std::string::npos) continue;
    const Counts one = counted(argv[0], each.name, 1), two = counted(argv[0], each.name, 2);
    const auto elements = static_cast<double>(each.elements);
    const auto beside = [&](double count, double most) {
      kept &= count <= most;
      return fmt::format("{:.4g} of {:.4g}{}", count, most, count <= most ? "" : " !");
    };
    fmt::print("{:36}{:>26}{:>26}{:>12}{:>12}\n", each.name,
               beside((two.instructions - one.instructions) / elements, each.instructions),
               beside((two.bytes - one.bytes) / elements, each.bytes),
               beside(two.launches - one.launches, each.launches), beside(two.products - one.products, each.products));
  }
  if (!kept) fmt::print("a budget is broken where a \"!\" stands\n");
  return kept ? 0 : 1;
}
