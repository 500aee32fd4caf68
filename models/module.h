// Module: a function of tensors with named parameters. The base of every model.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct ModuleOptions {
  DType dtype = DType::float32;
  Device device = {};
};

// A model of one's own derives from Module, adds its parameters and parts in its constructor, and writes forward().
class Module {
 public:
  virtual ~Module() = default;
  Module(const Module&) = delete;  // two models that share parameters are made on purpose, not by a copy
  Module& operator=(const Module&) = delete;

  // The model applied to x; recorded when a tape is open.
  Tensor operator()(const Tensor& x, Location where = Location::current()) const;

  // All parameters, parts included, in the order they were added; one that several parts share comes once, by its first name.
  std::vector<Tensor> parameters() const;
  std::vector<std::pair<std::string, Tensor>> named_parameters() const;
  // How many numbers there are to learn.
  std::int64_t parameter_count() const;

 protected:
  Module() = default;
  virtual Tensor forward(const Tensor& x) const = 0;
  // A parameter starts from `value` and asks for a gradient.
  // Throws ValueError for a name that is taken, DTypeError for integers.
  Tensor add_parameter(std::string name, Tensor value, Location where = Location::current());
  // The part's parameters appear as "name.parameter"; the part must live as long as this module.
  void add_part(std::string name, const Module& part);

 private:
  std::vector<std::pair<std::string, Tensor>> parameters_;
  std::vector<std::pair<std::string, const Module*>> parts_;
};

// Writes a model's parameters as safetensors; nothing half-written is left when it fails. Throws FileError.
void save(const Module& model, const std::string& path, Location where = Location::current());

// Reads them back into a model of the same shape. Throws FileError, or ValueError naming the first parameter that is missing,
// unknown or of another shape; then the model is unchanged.
void load(Module& model, const std::string& path, Location where = Location::current());

}  // namespace gradtape
